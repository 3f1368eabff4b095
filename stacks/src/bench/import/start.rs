//! What the service's own log says of its starts: when its process listened, how long its pools were warmed, and on Lambda
//! how long its init took.
//!
//! The lines: `docs/reference/service.md`; Lambda's report:
//! <https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report>

use std::{cmp::Reverse, collections::BTreeMap};

use jiff::Timestamp;
use serde::Deserialize;

use crate::budget::Phase;

/// The pools whose warming is the phase `warm`.
const POOLS: [&str; 2] = ["embedding", "llm"];

/// A line of the service's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartLine {
    /// Whose it is: a task or a sandbox, by its log stream.
    pub source: String,
    /// When it was logged.
    pub at: Timestamp,
    /// What it says.
    pub text: String,
}

/// Starts of tasks or of sandboxes, by the log streams that tell of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Starts(BTreeMap<String, Start>);

/// What is known of one start. Seconds throughout.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Start {
    source: String,
    at: Timestamp,
    bind: Option<f64>,
    /// When each pool was warm, and how long it took.
    pools: BTreeMap<String, (Timestamp, f64)>,
    /// Whether the pools were warmed in the init.
    warm_in_init: bool,
    init: Option<f64>,
    memory: Option<f64>,
}

/// A line in JSON: the service's own, or Lambda's.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Line {
    timestamp: Option<String>,
    message: String,
    bind_ms: Option<f64>,
    pool: String,
    duration_ms: Option<f64>,
    record: Record,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Record {
    metrics: Metrics,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metrics {
    #[serde(rename = "initDurationMs")]
    init: Option<f64>,
    #[serde(rename = "memorySizeMB")]
    memory: Option<f64>,
}

impl Starts {
    /// Takes in a line; one that tells nothing of a start makes none.
    pub fn line(&mut self, StartLine { source, at, text }: StartLine) {
        let Ok(line) = serde_json::from_str::<Line>(&text) else { return };
        let tells = matches!(line.message.as_str(), "listening" | "pool is ready" | "warm");
        if !tells && line.record.metrics.init.is_none() {
            return;
        }
        let start = self.0.entry(source).or_insert_with_key(|source| Start::new(source, at));
        let at = line.timestamp.and_then(|it| it.parse().ok()).unwrap_or(at);
        let seconds = |ms: f64| ms / 1e3;
        match line.message.as_str() {
            "listening" => start.bind = start.bind.or(line.bind_ms.map(seconds)),
            "warm" => start.warm_in_init = true,
            "pool is ready" if POOLS.contains(&line.pool.as_str()) => {
                if let Some(took) = line.duration_ms.map(seconds) {
                    // Once more after an outage is no start.
                    start.pools.entry(line.pool).or_insert((at, took));
                }
            }
            _ => {}
        }
        if let Some(init) = line.record.metrics.init {
            start.init = start.init.or(Some(seconds(init)));
            start.memory = line.record.metrics.memory;
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub(super) fn newest(&self, most: usize) -> Vec<&Start> {
        let mut all: Vec<&Start> = self.0.values().collect();
        all.sort_by_key(|it| Reverse(it.at));
        all.truncate(most);
        all
    }
}

impl Start {
    fn new(source: &str, at: Timestamp) -> Self {
        Self {
            source: source.to_owned(),
            at,
            bind: None,
            pools: BTreeMap::new(),
            warm_in_init: false,
            init: None,
            memory: None,
        }
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    pub(super) fn at(&self) -> Timestamp {
        self.at
    }

    /// Whether it is of a function whose memory is another one.
    pub(super) fn is_sized_otherwise(&self, memory: Option<u32>) -> bool {
        memory.zip(self.memory).is_some_and(|(wanted, is)| (f64::from(wanted) - is).abs() > 0.5)
    }

    pub(super) fn phases(&self) -> Vec<(Phase, f64)> {
        let warm = self.warm();
        // Nothing tells a function's start from its listening: both are its init, without the pools that it warms.
        let started = self.init.map(|init| match (self.warm_in_init, warm) {
            (true, Some(warm)) => (init - warm).max(0.0),
            _ => init,
        });
        let bind = self.bind.or(started.map(|_| 0.0));
        let told = [(Phase::Start, started), (Phase::Bind, bind), (Phase::Warm, warm)];
        told.into_iter()
            .filter_map(|(phase, it)| Some((phase, it.filter(|it| *it >= 0.0)?)))
            .collect()
    }

    /// How long the pools take when they are warmed side by side, as the budget counts. One after the other, each counts
    /// for half.
    fn warm(&self) -> Option<f64> {
        let of = |pool: &str| self.pools.get(pool).copied();
        let (one, other) = (of(POOLS[0])?, of(POOLS[1])?);
        let ((first_at, first), (last_at, last)) =
            if one.0 <= other.0 { (one, other) } else { (other, one) };
        // How long the later one was at work already when the first was warm.
        let beside = last - last_at.duration_since(first_at).as_secs_f64();
        let is_in_turn = beside < first / 2.0;
        Some(if is_in_turn { f64::midpoint(first, last) } else { first.max(last) })
    }
}
