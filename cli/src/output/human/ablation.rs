//! Every combination of strategies, as text.

use ragctl_stacks::{advise::Judged, bench::Percentile};

use super::{
    Human, Page,
    judged::{cold, conclusion, cost, mark, percentile, time, unit},
    scatter::scatter,
    stacked::bars,
    table::table,
    text::wrapped,
};
use crate::{
    commands::bench::ablation::Ablation,
    output::style::{BOLD, FAINT, styled},
};

impl Human for Ablation {
    fn human(&self, page: Page) -> String {
        let advice = &self.advice;
        let title = styled(BOLD, format!("{} ({})", self.stack, self.target));
        let mut text =
            format!("{title}: every combination of strategies, for {}\n\n", self.traffic);
        let unit = unit(advice).as_str();
        let decides = percentile(advice);
        let heading = ["strategies", "cold", "warm p99", "meet cold", decides.as_str(), unit, ""];
        let rows: Vec<Vec<String>> = advice
            .judged
            .iter()
            .enumerate()
            .map(|(at, it)| self.row(it, decides, at == advice.chosen))
            .collect();
        text += &table(&heading, &rows);
        let how = format!(
            "cold: from nothing to the first answer, p50, and warm p99: measured on this machine. meet cold, {decides}: \
                   of all requests, simulated for the target with what was measured."
        );
        text += &styled(FAINT, wrapped(&how, page.width, 2).trim_end());
        text += "\n";
        text += &bars(&self.bars(), page);
        text += "\n";
        text += &scatter(advice, page);
        text += "\n";
        text + &conclusion(advice, page)
    }
}

impl Ablation {
    fn row(&self, it: &Judged, decides: Percentile, is_chosen: bool) -> Vec<String> {
        let [first, warm] = self.measured(it);
        let name = it.variant.name.clone();
        vec![name, first, warm, cold(it), time(it, decides), cost(it), mark(is_chosen)]
    }
}
