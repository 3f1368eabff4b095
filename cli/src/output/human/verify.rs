//! What the checks before a deployment found, as text.

use anstyle::Style;
use ragctl_aws::{Finding, State};

use super::{Human, Page};
use crate::{
    commands::verify::Verified,
    output::style::{BAD, BOLD, FAINT, GOOD, LOOK, PLACE, styled},
};

/// In the order in which the last line counts them.
const STATES: [State; 4] = [State::Passed, State::Warning, State::Failed, State::Skipped];

impl Human for Verified {
    fn human(&self, _page: Page) -> String {
        let title = styled(BOLD, format!("{} ({})", self.stack, self.target));
        if self.findings.is_empty() {
            return format!("{title}: nothing outside this machine is needed\n");
        }
        let lines: String = self.findings.iter().map(line).collect();
        let counts = STATES.map(|it| (self.count(it), look(it)));
        let counts = counts.into_iter().filter(|(number, _)| *number > 0);
        let counts: Vec<String> = counts
            .map(|(number, (style, word))| styled(style, format!("{number} {word}")))
            .collect();
        let verdict = match self.count(State::Failed) {
            0 => "nothing found that is in a deployment's way",
            _ => "a deployment would not work",
        };
        format!("{title}\n{lines}{}: {verdict}\n", counts.join(", "))
    }
}

fn line(finding: &Finding) -> String {
    let (style, word) = look(finding.state);
    let mark = styled(style, format!("{word:<7}"));
    let check = styled(FAINT, format!("{:<11}", finding.check));
    let hint =
        finding.remedy.as_ref().map(|it| format!("           {} {it}\n", styled(PLACE, "hint:")));
    format!("  {mark}  {check}  {}\n{}", finding.what, hint.unwrap_or_default())
}

fn look(state: State) -> (Style, &'static str) {
    match state {
        State::Passed => (GOOD, "ok"),
        State::Warning => (LOOK, "warning"),
        State::Failed => (BAD, "failed"),
        State::Skipped => (FAINT, "skipped"),
    }
}
