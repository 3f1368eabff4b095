//! Times that were taken over, as text.

use std::collections::BTreeMap;

use ragctl_stacks::bench::import::Reason;

use super::{
    Human, Page,
    figure::{measured, seconds, span},
    table::table,
    text::{count, wrapped},
};
use crate::{
    commands::bench::import::Imported,
    output::style::{BOLD, FAINT, styled},
};

/// How many ids are shown of those that were passed over for one reason.
const IDS: usize = 3;

impl Human for Imported {
    fn human(&self, page: Page) -> String {
        let Self { before, now, .. } = self;
        let title = styled(BOLD, &self.place);
        let mut text = format!("{title}: {}\n", self.gave());
        let rows = self.phases.iter().map(|it| {
            let samples = it.samples.to_string();
            let spread = [it.seconds.p50, it.seconds.p95].map(measured);
            [vec![it.phase.to_string(), samples], spread.to_vec()].concat()
        });
        text += &table(&["phase", "samples", "p50", "p95"], &rows.collect::<Vec<_>>());
        for line in self.passed_over() {
            text += &wrapped(&line, page.width, 0);
        }
        text.extend([format!(
            "predicted until the first answer: {} ({}) before, {} ({}) now\n",
            seconds(before.typical),
            span(*before),
            seconds(now.typical),
            span(*now)
        )]);
        let written = match &self.written {
            Some(path) => format!("written to {path}"),
            None => "nothing was written".to_owned(),
        };
        text + &styled(FAINT, written) + "\n"
    }
}

impl Imported {
    /// `12 tasks, 14 starts in the log`.
    fn gave(&self) -> String {
        let tasks = (self.tasks > 0).then(|| count(self.tasks, "task"));
        let starts = (self.starts > 0).then(|| count(self.starts, "start") + " in the log");
        tasks.into_iter().chain(starts).collect::<Vec<_>>().join(", ")
    }

    /// What was passed over, a line a reason.
    fn passed_over(&self) -> Vec<String> {
        let mut by_reason: BTreeMap<Reason, Vec<&str>> = BTreeMap::new();
        for it in &self.passed_over {
            by_reason.entry(it.reason).or_default().push(&it.id);
        }
        let lines = by_reason.into_iter().map(|(reason, ids)| {
            let more = ids.len().saturating_sub(IDS);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let shown = ids.iter().take(IDS).copied().collect::<Vec<_>>().join(", ");
            format!("passed over {} {}: {shown}{more}", ids.len(), reason.as_str())
        });
        let unread = (self.unread_lines > 0)
            .then(|| format!("passed over {} without JSON", count(self.unread_lines, "line")));
        lines.chain(unread).collect()
    }
}
