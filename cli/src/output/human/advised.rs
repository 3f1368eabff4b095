//! What is advised, as text.

use ragctl_stacks::advise::Judged;

use super::{
    Human, Page,
    figure::{dollars, seconds},
    simulated::percent,
    table::table,
    text::wrapped,
};
use crate::{
    commands::advise::AdvisedStack,
    output::style::{BOLD, FAINT, GOOD, LOOK, styled},
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
        text += &table(&["", "p50", "p95", "p99", "cold", self.cost_heading(), ""], &rows);
        let hidden = advice.judged.len() - shown;
        if hidden > 0 {
            let words = format!("  {hidden} more are slower and no cheaper; `--all` shows them");
            text += &styled(FAINT, words);
            text += "\n";
        }
        text += "\n";
        let reached = advice.is_fast_enough != Some(false) && advice.is_cheap_enough != Some(false);
        let why = wrapped(&advice.why, page.width, 0);
        text += &styled(if reached { GOOD } else { LOOK }, why.trim_end());
        text += "\n";
        for note in &advice.notes {
            text += &wrapped(note, page.width, 0);
        }
        text + &self.change(page)
    }
}

impl AdvisedStack {
    fn cost_heading(&self) -> &'static str {
        if self.advice.choice().month.is_some() { "$ a month" } else { "task hours" }
    }

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
    let latency = it.simulated.latency.as_ref();
    let time = |of: Option<f64>| of.map_or_else(|| "–".to_owned(), seconds);
    let cost = match &it.month {
        Some(month) => dollars(month.total),
        None => format!("{:.0}", it.cost),
    };
    vec![
        it.variant.name.clone(),
        time(latency.map(|it| it.p50)),
        time(latency.map(|it| it.p95)),
        time(latency.map(|it| it.p99)),
        percent(it.simulated.cold_share()),
        cost,
        if is_chosen { "←".to_owned() } else { String::new() },
    ]
}
