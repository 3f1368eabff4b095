use ragctl_stacks::{
    check::{self, Decided, FAMILIES, Report, Rule},
    strategy,
};
use serde::Serialize;

use super::strategy::explain;
use crate::{
    exit::Exit,
    failure::Failure,
    output::{
        human::{Human, Page, findings, text::wrapped},
        style::{BOLD, FAINT, styled},
    },
    session::Session,
};

/// Explain a rule of `check`, or a strategy; without a name, list all rules
///
/// Where there is a stack file, it says whether that breaks the rule, with the figures.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  ragctl explain HC07")]
pub(crate) struct ExplainArgs {
    /// The rule's name, or the strategy's [default: all rules, listed]
    name: Option<String>,
}

/// All rules.
#[derive(Serialize)]
#[serde(transparent)]
struct Listed(Vec<Line>);

#[derive(Serialize)]
struct Line {
    rule: &'static str,
    severity: &'static str,
    title: &'static str,
    #[serde(skip)]
    about: &'static str,
}

/// A rule, explained.
#[derive(Serialize)]
struct Explained {
    rule: &'static str,
    severity: &'static str,
    on: &'static str,
    title: &'static str,
    why: &'static str,
    remedy: &'static str,
    source: &'static str,
    decided: String,
    /// How the stack file stands to it; none where there is no file.
    here: Option<String>,
}

pub(crate) fn run(args: &ExplainArgs, session: &Session) -> Result<Exit, Failure> {
    let Some(name) = &args.name else {
        session.output.result(&listed())?;
        return Ok(Exit::Done);
    };
    if let Some(strategy) = strategy::find(name) {
        return explain::told(strategy, session);
    }
    let Some(rule) = check::find(name) else {
        let nearest = strategy::nearest(name).or_else(|| check::nearest(name).map(|rule| rule.id));
        return Err(Failure::NothingToExplain { name: name.clone(), nearest });
    };
    session.output.result(&Explained {
        rule: rule.id,
        severity: rule.severity.as_str(),
        on: rule.on.as_str(),
        title: rule.title,
        why: rule.why,
        remedy: rule.remedy,
        source: rule.source,
        decided: decided(rule),
        here: here(rule, session)?,
    })?;
    Ok(Exit::Done)
}

fn listed() -> Listed {
    let lines = FAMILIES.iter().flat_map(|family| {
        family.rules.iter().map(|rule| Line {
            rule: rule.id,
            severity: rule.severity.as_str(),
            title: rule.title,
            about: family.about,
        })
    });
    Listed(lines.collect())
}

/// Who sees whether a rule is broken, in words.
pub(super) fn decided(rule: &Rule) -> String {
    match rule.decided {
        Decided::File(_) | Decided::Strategy(..) => "`ragctl check` sees it in the file".to_owned(),
        Decided::Mistake => "the file may not say so: it is told as a mistake".to_owned(),
        Decided::Verify => "`ragctl verify` sees it, by asking AWS".to_owned(),
        Decided::Design(how) => format!("it cannot be broken: {how}"),
    }
}

/// How the stack file stands to a rule, in whole sentences; `None` where there is no file.
fn here(rule: &Rule, session: &Session) -> Result<Option<String>, Failure> {
    let file = match session.file() {
        Ok(file) => file,
        Err(Failure::NoStackFile(_)) => return Ok(None),
        Err(failure) => return Err(failure),
    };
    let shown = file.shown();
    let Report { mistakes, findings, allowed } =
        check::report(&file.text, &shown, session.environment());
    let mut told: Vec<String> = Vec::new();
    for it in mistakes.iter().filter(|it| it.rule == Some(rule.id)) {
        told.push(format!("{shown}:{}:{}: {}; {}.", it.line, it.column, it.title, it.help));
    }
    for it in findings.iter().filter(|it| it.rule.id == rule.id) {
        told.push(format!("{shown}:{}:{}: {}; {}.", it.at.line, it.at.column, it.why, it.remedy));
    }
    for it in allowed.iter().filter(|it| it.rule == rule.id && it.is_needed) {
        let reason = it.reason.as_deref().unwrap_or("without a reason");
        told.push(format!("{shown}:{}:{}: it is allowed ({reason}).", it.at.line, it.at.column));
    }
    let is_seen = rule.look().is_some() || matches!(rule.decided, Decided::Mistake);
    Ok(match (told.is_empty(), is_seen) {
        (false, _) => Some(told.join("\n\n")),
        (true, true) if mistakes.is_empty() => Some(format!("{shown} does not break it.")),
        (true, true) => Some(format!("{shown} has mistakes; `ragctl check` lists them.")),
        (true, false) => None,
    })
}

impl Human for Listed {
    fn human(&self, _page: Page) -> String {
        let families = self.0.chunk_by(|one, next| one.about == next.about);
        let told = families.map(|lines| {
            let about = lines.first().map(|line| styled(BOLD, line.about)).unwrap_or_default();
            let lines: String = lines.iter().map(Line::told).collect();
            format!("{about}\n{lines}")
        });
        told.collect::<Vec<_>>().join("\n")
    }
}

impl Line {
    fn told(&self) -> String {
        let severity = styled(FAINT, format!("{:<7}", self.severity));
        format!("  {}  {severity}  {}\n", self.rule, self.title)
    }
}

impl Human for Explained {
    fn human(&self, page: Page) -> String {
        let severity = check::find(self.rule).map(|rule| findings::look(rule.severity));
        let word = styled(severity.unwrap_or(FAINT), self.severity);
        let decided = findings::begun(&format!("{}.", self.decided));
        let mut paragraphs = vec![self.why, self.remedy, &decided];
        paragraphs.extend(self.here.as_deref());
        let text = wrapped(&paragraphs.join("\n\n"), page.width, 0);
        let (rule, source) = (styled(BOLD, self.rule), styled(FAINT, self.source));
        format!("{rule}: {}\n{word} on {}\n\n{text}\n{source}\n", self.title, self.on)
    }
}
