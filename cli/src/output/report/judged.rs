//! Ways to write a file, by what they cost and how soon they answer.

use ragctl_chart::{Candidate, Column, Frontier, Table};
use ragctl_stacks::{
    advise::{Advice, Judged},
    bench::Percentile,
};

use super::{Part, sentence};
use crate::output::human::judged::{cold, cost, percentile, time, unit};

/// All of them in a picture, with those of which none other is sooner and cheaper.
pub(super) fn frontier_part(advice: &Advice) -> Part {
    let percentile = percentile(advice);
    let candidates = advice.judged.iter().map(|it| Candidate {
        name: it.variant.name.clone(),
        cost: it.cost,
        seconds: it.seconds(percentile),
    });
    let chart = Frontier {
        title: "Cost against latency".to_owned(),
        lead: "Joined: those of which none other is both sooner and cheaper".to_owned(),
        latency: format!("{percentile} of all answers"),
        unit: unit(advice),
        candidates: candidates.collect(),
        best: advice.frontier.clone(),
        recommended: Some(advice.chosen),
        goal_seconds: advice.aim.goal.map(|it| it.seconds),
        budget: advice.aim.monthly,
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
    let last = ["p50", "p95", "p99", "met a cold start", unit(advice).as_str()];
    let columns = std::iter::once(Column::Words("variant".to_owned()))
        .chain(first.iter().map(words))
        .chain(last.iter().map(words));
    let rows = advice.judged.iter().map(|it| {
        let times = Percentile::ALL.map(|p| time(it, p));
        let name = std::iter::once(it.variant.name.clone());
        name.chain(told(it)).chain(times).chain([cold(it), cost(it)]).collect()
    });
    Table {
        caption: "All that was looked at, the cheapest first".to_owned(),
        columns: columns.collect(),
        rows: rows.collect(),
        marked: vec![advice.chosen],
    }
}
