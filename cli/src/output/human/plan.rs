//! A plan as text, and what it does to seconds and dollars.

use ragctl_stacks::{outlook::OutlookChange, plan::Plan, stack::Dollars};
use serde::Serialize;

use super::{Human, Page, figure::dollars, outlook};
use crate::output::{
    Output,
    style::{of_mark, styled},
};

/// A plan, and what it does to seconds and dollars.
#[derive(Serialize)]
pub(crate) struct Shown<'a> {
    /// The plan.
    #[serde(flatten)]
    pub(crate) plan: &'a Plan,
    /// What it does; none when what it leaves takes no requests.
    pub(crate) outlook: Option<OutlookChange>,
}

impl Shown<'_> {
    /// The plan as Markdown, and what it does in a block below.
    pub(crate) fn markdown(&self) -> String {
        let mut page = self.plan.markdown();
        let lines = self.lines();
        if !lines.is_empty() {
            // Dollars outside a block would begin a formula.
            page.extend([format!("\n```text\n{}\n```\n", lines.join("\n"))]);
        }
        page
    }

    /// Warns when the stack would cost more than it may.
    pub(crate) fn warn_of(&self, limit: Option<Dollars>, output: Output) {
        let monthly = self.outlook.and_then(|it| it.planned.monthly);
        if let (Some(monthly), Some(limit)) = (monthly, limit)
            && monthly > f64::from(limit.get())
        {
            output.warn(&format!(
                "{} a month are more than `budget.monthly` of {limit} $; `ragctl cost` says for what",
                dollars(monthly)
            ));
        }
    }

    /// Nothing to do leaves all as it is.
    fn lines(&self) -> Vec<String> {
        let outlook = self.outlook.as_ref().filter(|_| !self.plan.is_empty());
        outlook.map(outlook::lines).unwrap_or_default()
    }
}

impl Human for Shown<'_> {
    fn human(&self, _page: Page) -> String {
        let steps = self.plan.lines();
        let steps = steps.iter().map(|line| styled(of_mark(line.mark), &line.text) + "\n");
        steps.chain(self.lines().into_iter().map(|line| line + "\n")).collect()
    }
}
