//! Every combination of strategies, as text.

use ragctl_stacks::{advise::Judged, bench::Percentile};

use super::{
    Human, Page,
    figure::{dollars, seconds},
    simulated::percent,
    table::table,
    text::wrapped,
};
use crate::{
    commands::bench::ablation::Ablation,
    output::style::{BOLD, FAINT, GOOD, LOOK, styled},
};

impl Human for Ablation {
    fn human(&self, page: Page) -> String {
        let advice = &self.advice;
        let title = styled(BOLD, format!("{} ({})", self.stack, self.target));
        let mut text =
            format!("{title}: every combination of strategies, for {}\n\n", self.traffic);
        let cost = if advice.choice().month.is_some() { "$ a month" } else { "task hours" };
        let heading = ["strategies", "cold", "warm p99", "meet cold", "p95", "p99", cost, ""];
        let rows: Vec<Vec<String>> = advice
            .judged
            .iter()
            .enumerate()
            .map(|(at, it)| self.row(it, at == advice.chosen))
            .collect();
        text += &table(&heading, &rows);
        let how = "cold: from nothing to the first answer, p50, and warm p99: measured on this machine. meet cold, p95, p99: \
                   of all requests, simulated for the target with what was measured.";
        text += &styled(FAINT, wrapped(how, page.width, 2).trim_end());
        text += "\n\n";
        let reached = advice.is_fast_enough != Some(false) && advice.is_cheap_enough != Some(false);
        let why = wrapped(&advice.why, page.width, 0);
        text += &styled(if reached { GOOD } else { LOOK }, why.trim_end());
        text += "\n";
        text + &advice.notes.iter().map(|it| wrapped(it, page.width, 0)).collect::<String>()
    }
}

impl Ablation {
    fn row(&self, it: &Judged, is_chosen: bool) -> Vec<String> {
        let [cold, warm] = self.measured(it);
        let time = |p| match it.seconds(p) {
            time if time.is_finite() => seconds(time),
            _ => "–".to_owned(),
        };
        let cost = match &it.month {
            Some(month) => dollars(month.total),
            None => format!("{:.0}", it.cost),
        };
        vec![
            it.variant.name.clone(),
            cold,
            warm,
            percent(it.simulated.cold_share()),
            time(Percentile::P95),
            time(Percentile::P99),
            cost,
            if is_chosen { "←".to_owned() } else { String::new() },
        ]
    }
}
