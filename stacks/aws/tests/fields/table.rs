//! Changes of the file, one after the other, and what is planned for each: for the account in memory and for an emulator.

use serde::Deserialize;
use serde_yaml::Value;

/// What the changes begin from.
pub(crate) const FILE: &str = "
stack: handbook
target: fargate
aws: {region: us-east-1}
service: {image: 'rag-service:good'}
load_balancer: {deregistration_delay: 0s, health_check: {interval: 6s, timeout: 4s}}
";

/// A change of the file, and the lines of the plan for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// What is merged into the file; null takes away.
    pub(crate) set: Value,
    pub(crate) plan: Vec<String>,
}

/// The changes, with what their placeholders stand for in an account.
pub(crate) fn changes(ids: &[(&str, &str)]) -> Vec<Change> {
    let mut table = include_str!("table.yaml").to_owned();
    for (placeholder, id) in ids {
        table = table.replace(placeholder, id);
    }
    serde_yaml::from_str(&table).unwrap()
}

/// The lines of a plan that tell of steps, without the blanks that make columns, without revisions, which are digests of all else,
/// and without the ids of subnets, which each account has in an order of its own.
pub(crate) fn steps(plan: &str) -> Vec<String> {
    let steps = plan.lines().filter(|line| line.starts_with("  "));
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let steps = steps.map(words).map(|line| {
        let cut = ["revision:", "subnets:", "code:"]
            .iter()
            .find_map(|field| Some((line.find(field)?, field)));
        cut.map_or(line.clone(), |(at, field)| line[..at + field.len()].to_owned())
    });
    steps.collect()
}

/// Merges a change into the file.
pub(crate) fn merge(to: &mut Value, from: &Value) {
    let (Value::Mapping(into), Value::Mapping(from)) = (&mut *to, from) else {
        *to = from.clone();
        return;
    };
    for (key, value) in from {
        match value {
            Value::Null => drop(into.remove(key)),
            value => {
                let empty = || Value::Mapping(serde_yaml::Mapping::new());
                merge(into.entry(key.clone()).or_insert_with(empty), value);
            }
        }
    }
}
