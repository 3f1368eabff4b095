//! Ways to write a file, by what they cost and how soon they answer.

use ragctl_chart::{Candidate, Column, Frontier, Table};
use ragctl_stacks::{
    advise::{Advice, Judged},
    bench::Percentile,
};

use super::{Part, sentence};
use crate::output::human::{
    figure::{dollars, seconds},
    simulated::percent,
};

/// All of them in a picture, with those of which none other is sooner and cheaper.
pub(super) fn frontier_part(advice: &Advice) -> Part {
    let percentile = advice.aim.goal.map_or(Percentile::P95, |it| it.percentile);
    let candidates = advice.judged.iter().map(|it| Candidate {
        name: it.variant.name.clone(),
        usd_per_month: it.cost,
        seconds: it.seconds(percentile),
    });
    let chart = Frontier {
        title: "Cost against latency".to_owned(),
        lead: "Joined: those of which none other is both sooner and cheaper".to_owned(),
        latency: format!("{percentile} of all answers"),
        candidates: candidates.collect(),
        recommended: Some(advice.chosen),
        goal_seconds: advice.aim.goal.map(|it| it.seconds),
        budget_usd: advice.aim.monthly,
    };
    Part {
        heading: "What it costs to be fast".to_owned(),
        text: sentence(&advice.why),
        chart: Some(("frontier", Box::new(chart))),
        table: None,
    }
}

/// All of them in rows, after what `first` tells of each.
pub(super) fn table(
    advice: &Advice,
    first: &[&str],
    told: impl Fn(&Judged) -> Vec<String>,
) -> Table {
    let words = |it: &&str| Column::Number((*it).to_owned());
    let cost = if advice.choice().month.is_some() { "$ a month" } else { "task hours" };
    let last = ["p50", "p95", "p99", "met a cold start", cost];
    let columns = std::iter::once(Column::Words("variant".to_owned()))
        .chain(first.iter().map(words))
        .chain(last.iter().map(words));
    let rows = advice.judged.iter().map(|it| {
        let times =
            [Percentile::P50, Percentile::P95, Percentile::P99].map(|p| match it.seconds(p) {
                time if time.is_finite() => seconds(time),
                _ => "–".to_owned(),
            });
        let cost = match &it.month {
            Some(month) => dollars(month.total),
            None => format!("{:.0}", it.cost),
        };
        let share = percent(it.simulated.cold_share());
        let name = std::iter::once(it.variant.name.clone());
        name.chain(told(it)).chain(times).chain([share, cost]).collect()
    });
    Table {
        caption: "All that was looked at, the cheapest first".to_owned(),
        columns: columns.collect(),
        rows: rows.collect(),
        marked: vec![advice.chosen],
    }
}
