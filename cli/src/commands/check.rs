use ragctl_stacks::{
    check::{self, Allowed, Finding, Fixed, Report, Severity},
    config,
};
use serde::Serialize;

use crate::{
    exit::Exit,
    failure::Failure,
    output::{
        human::{Human, Page, diff::diff, findings, text::count},
        style::{BOLD, FAINT, PLACE, styled},
    },
    rewrite::rewrite,
    session::{Session, StackFile},
};

/// Find mistakes in the stack file, and what will hurt although it is none
///
/// Mistakes are what the file may not say. Findings are what rules say of a file that is right: each with its place,
/// what will happen, and what to do. `allow` in the file silences a rule.
///
/// Without `--env`, the file is checked by itself and with each of its environments.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: fail a CI job on a wrong file, and on warnings too\n  \
                        ragctl check --strict --json\n\n\
                        Example: write better values into the file, each with its reason\n  \
                        ragctl check --fix\n\n\
                        Exit code 64 says that there are mistakes or errors; `--strict` counts warnings too.")]
pub(crate) struct CheckArgs {
    /// Write better values into the file, each with its reason as a comment; with `--env`, into that environment
    #[arg(long)]
    fix: bool,

    /// Let warnings count as errors do
    #[arg(long)]
    strict: bool,
}

/// What a check found.
#[derive(Serialize)]
pub(crate) struct Checked {
    file: String,
    /// The rules whose findings were mended in the file.
    mended: Vec<&'static str>,
    mistakes: Vec<config::Mistake>,
    findings: Vec<Finding>,
    allowed: Vec<Allowed>,
}

pub(crate) fn run(args: &CheckArgs, session: &Session) -> Result<Exit, Failure> {
    let mut file = session.file()?;
    let mut mended = Vec::new();
    if args.fix {
        let fixed = check::fix(&file.text, &file.shown(), session.environment());
        let fixed = fixed.map_err(Failure::Mistakes)?;
        mended = fixed.mended.iter().map(|it| it.finding.rule.id).collect();
        file = written(file, fixed, session)?;
    }
    let report = check::report(&file.text, &file.shown(), session.environment());
    let exit = exit(&report, args.strict);
    let Report { mistakes, findings, allowed } = report;
    let told = mistakes.iter().cloned().collect();
    let checked = Checked { file: file.shown(), mended, mistakes: told, findings, allowed };
    let output = session.output;
    if !mistakes.is_empty() {
        output.mistakes(&mistakes);
        output.note(&format!("\n{}", count(mistakes.len(), "mistake")));
    }
    // Where there are mistakes only, all is said.
    let is_said = !mistakes.is_empty() && checked.findings.is_empty() && !output.is_json();
    if !is_said {
        output.result(&checked)?;
    }
    Ok(exit)
}

/// Writes the mended file, and shows what changes.
fn written(file: StackFile, fixed: Fixed, session: &Session) -> Result<StackFile, Failure> {
    let mut before = file.text.as_str();
    for it in &fixed.mended {
        let rule = it.finding.rule;
        session.output.note(&format!("{} {}", styled(BOLD, rule.id), rule.title));
        session.output.note(diff(before, &it.text).trim_end_matches('\n'));
        before = &it.text;
    }
    if fixed.text != file.text {
        rewrite(&file.path, &fixed.text)?;
    }
    Ok(StackFile { text: fixed.text, ..file })
}

fn exit(report: &Report, strict: bool) -> Exit {
    let warns = strict && report.of_severity(Severity::Warning).next().is_some();
    if report.forbids() || warns { Exit::Usage } else { Exit::Done }
}

impl Human for Checked {
    fn human(&self, page: Page) -> String {
        let mut text = findings::all(&self.findings, &self.file, page);
        if !text.is_empty() {
            text.push('\n');
        }
        for it in &self.allowed {
            text += &styled(FAINT, allowed(it, &self.file));
            text.push('\n');
        }
        text + &self.verdict() + "\n"
    }
}

impl Checked {
    /// The last line: how much was found, and what can be typed next.
    fn verdict(&self) -> String {
        let mut counts = vec![match self.mistakes.len() {
            0 => "no mistakes".to_owned(),
            number => count(number, "mistake"),
        }];
        for severity in Severity::ALL {
            let number = self.findings.iter().filter(|it| it.rule.severity == severity).count();
            if number > 0 {
                counts.push(count(number, severity.as_str()));
            }
        }
        let mended = match self.mended.as_slice() {
            [] => String::new(),
            mended => format!(", mended {}", mended.join(", ")),
        };
        let verdict = format!("{}: {}{mended}", self.file, counts.join(", "));
        let Some(first) = self.findings.first() else { return verdict };
        let mendable = self.findings.iter().filter(|it| !it.fix.is_empty()).count();
        let fix = match mendable {
            0 => String::new(),
            number => format!("`ragctl check --fix` mends {number}, "),
        };
        let hint = format!("{fix}`ragctl explain {}` says more", first.rule.id);
        format!("{verdict}\n{} {hint}", styled(PLACE, "hint:"))
    }
}

/// What the file allows, in a line.
fn allowed(it: &Allowed, file: &str) -> String {
    let Allowed { rule, reason, at, is_needed } = it;
    let place = format!("{file}:{}:{}", at.line, at.column);
    match (is_needed, reason) {
        (true, Some(reason)) => format!("allowed: {rule} ({place}): {reason}"),
        (true, None) => format!("allowed: {rule} ({place}), without a reason"),
        (false, _) => format!("note: {rule} is allowed ({place}), and there is nothing to allow"),
    }
}
