//! What is advised, as text.

use ragctl_stacks::{advise::Judged, bench::Percentile};

use super::{
    Human, Page,
    judged::{cold, conclusion, cost, mark, time, unit},
    scatter::scatter,
    table::table,
    text::wrapped,
};
use crate::{
    commands::advise::AdvisedStack,
    output::style::{BOLD, FAINT, styled},
};

impl Human for AdvisedStack {
    fn human(&self, page: Page) -> String {
        let advice = &self.advice;
        let title = styled(BOLD, format!("{} ({})", self.stack, self.target));
        let days = advice.choice().simulated.days;
        let mut text = format!("{title}: {days} days of {}\n\n", self.traffic);
        let is_shown = |(at, it): &(usize, &Judged)| {
            self.shows_all
                || *at == advice.chosen
                || advice.frontier.contains(at)
                || it.variant.changes.is_empty()
        };
        let rows: Vec<Vec<String>> = advice
            .judged
            .iter()
            .enumerate()
            .filter(is_shown)
            .map(|(at, it)| row(it, at == advice.chosen))
            .collect();
        let shown = rows.len();
        text += &table(&["", "p50", "p95", "p99", "cold", unit(advice).as_str(), ""], &rows);
        let hidden = advice.judged.len() - shown;
        if hidden > 0 {
            let words = format!("  {hidden} more are no faster and no cheaper; `--all` shows them");
            text += &styled(FAINT, words);
            text += "\n";
        }
        text += "\n";
        text += &scatter(advice, page);
        text += "\n";
        text += &conclusion(advice, page);
        text + &self.change(page)
    }
}

impl AdvisedStack {
    fn change(&self, page: Page) -> String {
        let changes = &self.advice.choice().variant.changes;
        if changes.is_empty() {
            return format!("\n{} is so already\n", self.file);
        }
        let mut text = format!("\n{}\n", self.diff.trim_end());
        for it in changes {
            text += &wrapped(&format!("{}: {}", it.path, it.why), page.width, 2);
        }
        text + &match self.applied {
            true => format!("\n{} is written; `ragctl deploy` carries it out\n", self.file),
            false => "\n`--apply` writes it\n".to_owned(),
        }
    }
}

fn row(it: &Judged, is_chosen: bool) -> Vec<String> {
    let times = Percentile::ALL.map(|p| time(it, p));
    let name = std::iter::once(it.variant.name.clone());
    name.chain(times).chain([cold(it), cost(it), mark(is_chosen)]).collect()
}
