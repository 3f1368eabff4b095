//! Cold starts held to their limits, as text and as Markdown.

use ragctl_stacks::{
    bench::{Change, Gate, Row, Verdict},
    plan::in_markdown,
};

use super::{Human, Page, figure, table::table, text::count};
use crate::{
    commands::bench::check::Checked,
    output::style::{BAD, BOLD, GOOD, styled},
};

const HEADING: [&str; 6] = ["figure", "budget", "now", "before", "change", "verdict"];

impl Human for Checked {
    fn human(&self, _page: Page) -> String {
        let title = styled(BOLD, &self.gate.stack);
        let style = if self.passed { GOOD } else { BAD };
        let mut text = format!("{title}: {}\n", runs(&self.gate));
        text += &table(&HEADING, &self.gate.rows.iter().map(row).collect::<Vec<_>>());
        text += &self.note().map(|it| format!("{it}\n")).unwrap_or_default();
        text + &styled(style, self.outcome()) + "\n"
    }
}

impl Checked {
    /// The same for the page of a job.
    pub(crate) fn markdown(&self) -> String {
        let (stack, outcome) = (in_markdown(&self.gate.stack), self.outcome());
        let mut page = format!("### Cold starts of {stack}\n\n**{outcome}**\n\n");
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        page += &line(&HEADING.map(str::to_owned));
        page += "| --- | --: | --: | --: | --: | --- |\n";
        page += &self.gate.rows.iter().map(|it| line(&row(it))).collect::<String>();
        page.extend([format!("\n{}.", runs(&self.gate))]);
        page.extend(self.note().map(|it| format!(" {it}.")));
        page += "\n";
        page.extend(self.gate.differs.iter().map(|it| {
            let (now, before) = (in_markdown(&it.now), in_markdown(&it.before));
            format!("\n⚠ Measured otherwise: {}: {before} before, {now} now.\n", it.what)
        }));
        page
    }

    fn outcome(&self) -> &'static str {
        match (self.passed, self.broken, self.slower) {
            (true, _, true) => "passed, and slower than before",
            (true, ..) => "passed",
            (false, true, true) => "failed: over budget, and slower than before",
            (false, true, false) => "failed: over budget",
            (false, false, _) => "failed: slower than before",
        }
    }

    /// That there were too few runs.
    fn note(&self) -> Option<String> {
        let needed = self.runs_needed?;
        Some(format!("too few runs to tell a change from noise: {needed} each are needed at least"))
    }
}

fn runs(gate: &Gate) -> String {
    let before = gate.runs_before.map(|it| format!(", {it} before")).unwrap_or_default();
    format!("{}{before}", count(gate.runs, "run"))
}

fn row(it: &Row) -> Vec<String> {
    let kept = it.is_kept().map(|kept| if kept { "kept" } else { "broken" }.to_owned());
    let changed = it.change.map(|it| change(&it));
    vec![
        format!("{} {}", it.figure, it.percentile),
        it.limit.map(figure::measured).unwrap_or_default(),
        figure::measured(it.now),
        it.before.map(figure::measured).unwrap_or_default(),
        it.before.map(|before| percent(before, it.now)).unwrap_or_default(),
        kept.into_iter().chain(changed).collect::<Vec<_>>().join("; "),
    ]
}

fn change(it: &Change) -> String {
    let by = figure::measured(it.shift.abs());
    match it.verdict {
        Verdict::Slower => format!("slower by {by} ({})", chance(it.p)),
        Verdict::Faster => format!("faster by {by} ({})", chance(it.p)),
        Verdict::Noise => format!("noise (p {:.2})", it.p),
        Verdict::TooFew => "too few runs".to_owned(),
    }
}

fn chance(p: f64) -> String {
    if p < 0.0001 { "p < 0.0001".to_owned() } else { format!("p {p:.4}") }
}

/// `+12 %`; nothing where there was nothing.
fn percent(before: f64, now: f64) -> String {
    if before <= 0.0 {
        return String::new();
    }
    let percent = ((now / before - 1.0) * 100.0).round();
    if percent == 0.0 { "0 %".to_owned() } else { format!("{percent:+} %") }
}
