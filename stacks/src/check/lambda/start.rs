//! How long a sandbox takes to be ready, and what keeps it so.

use std::time::Duration;

use crate::{
    budget::{INIT_LIMIT, PROVISIONED_INIT_LIMIT},
    check::{facts::Facts, finding::Found},
    seconds,
};

pub(in crate::check) fn too_long(facts: &Facts<'_>) -> Option<Found> {
    let budget = facts.file.budget;
    let warm_up = if facts.warms() { budget.warm_up.get() } else { 0 };
    let ready = Duration::from_secs(u64::from(budget.bind.get() + warm_up));
    let is_ahead = facts.runs.provisioned.is_some();
    let limit = match is_ahead {
        true => facts.file.lambda.timeout.duration().max(PROVISIONED_INIT_LIMIT),
        false => INIT_LIMIT,
    };
    if ready <= limit {
        return None;
    }
    let (ready, limit) = (seconds::text(ready), seconds::text(limit));
    let fields = ["strategies.prewarm", "budget.warm_up", "budget.bind"];
    Some(match is_ahead {
        true => Found::at(
            &fields,
            format!(
                "a sandbox takes about {ready} to be ready, and Lambda gives it {limit}: no version \
                 would ever serve"
            ),
            "lower what a start takes, or switch prewarm off",
        ),
        false => Found::at(
            &fields,
            format!(
                "a sandbox takes about {ready} to be ready, and Lambda breaks its start off after \
                 {limit}: the rest is done while the first request waits, in each cold start"
            ),
            "write `strategies: {provisioned-concurrency: true}`, or lower what a start takes",
        ),
    })
}

pub(in crate::check) fn pings_for_nothing(facts: &Facts<'_>) -> Option<Found> {
    let strategies = &facts.file.strategies;
    strategies.keepalive.as_ref()?;
    let ahead = strategies.provisioned_concurrency?.minimum;
    Some(Found::at(
        &["strategies.keepalive", "strategies.provisioned-concurrency"],
        format!("{ahead} of the sandboxes stand ready in any case, and pings find no others"),
        "switch keepalive off",
    ))
}
