//! Ways to write a file, as they were judged: what texts and pages tell of them alike.

use ragctl_chart::CostUnit;
use ragctl_stacks::{
    advise::{Advice, Judged},
    bench::Percentile,
};

use super::{Page, figure::seconds, simulated::percent, text::wrapped};
use crate::output::style::{GOOD, LOOK, styled};

/// What their costs are.
pub(crate) fn unit(advice: &Advice) -> CostUnit {
    if advice.choice().month.is_some() { CostUnit::Usd } else { CostUnit::TaskHours }
}

/// What one costs.
pub(crate) fn cost(it: &Judged) -> String {
    let unit = if it.month.is_some() { CostUnit::Usd } else { CostUnit::TaskHours };
    unit.cell(it.cost)
}

/// A percentile of its answers.
pub(crate) fn time(it: &Judged, percentile: Percentile) -> String {
    match it.seconds(percentile) {
        time if time.is_finite() => seconds(time),
        _ => "–".to_owned(),
    }
}

/// The share of requests that meet a cold start.
pub(crate) fn cold(it: &Judged) -> String {
    percent(it.simulated.cold_share())
}

/// The percentile that decides.
pub(crate) fn percentile(advice: &Advice) -> Percentile {
    advice.aim.percentile()
}

/// What stands behind the one to have.
pub(super) fn mark(is_chosen: bool) -> String {
    if is_chosen { "←".to_owned() } else { String::new() }
}

/// Why this one, and what else is worth knowing.
pub(super) fn conclusion(advice: &Advice, page: Page) -> String {
    let why = wrapped(&advice.why, page.width, 0);
    let why = styled(if advice.reaches_its_aim() { GOOD } else { LOOK }, why.trim_end());
    let notes = advice.notes.iter().map(|it| wrapped(it, page.width, 0));
    format!("{why}\n{}", notes.collect::<String>())
}
