//! Which size to have.

use std::fmt;

use serde::Serialize;

use super::size::{MemorySize, SizeFigures};

/// How much slower than the fastest a smaller size may be and still count as fast.
const AS_FAST: f64 = 1.03;

/// How much more a larger size may cost and still count as no dearer: less than two measurements differ by.
const NO_DEARER: f64 = 1.01;

/// What shall be least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The cost of a warm invocation; of several that cost the same, the fastest.
    Cost,
    /// The time of a warm run: the smallest size within 3 % of the fastest.
    Speed,
    /// Cost and time, each as a share of the most that any size takes, half and half.
    ///
    /// As AWS Lambda Power Tuning weighs them by default.
    /// Source: <https://github.com/alexcasalboni/aws-lambda-power-tuning>
    Balanced,
}

/// The size to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// Which one.
    pub memory_mb: MemorySize,
    /// Why, in a line.
    pub why: String,
    /// What else is worth knowing: that a larger size is no dearer.
    pub note: Option<String>,
}

impl Goal {
    /// Chooses among sizes; none where there are none.
    #[must_use]
    pub fn choose(self, sizes: &[SizeFigures]) -> Option<Choice> {
        let chosen = match self {
            Self::Cost => least(sizes, |it| (cost(it), time(it))),
            Self::Speed => {
                let fastest = sizes.iter().map(time).min_by(f64::total_cmp)?;
                let mut fast: Vec<_> =
                    sizes.iter().filter(|it| time(it) <= fastest * AS_FAST).collect();
                fast.sort_by_key(|it| it.memory_mb);
                fast.first().copied()
            }
            Self::Balanced => {
                let most =
                    |what: fn(&SizeFigures) -> f64| sizes.iter().map(what).fold(0.0, f64::max);
                let (most_cost, most_time) = (most(cost), most(time));
                least(sizes, |it| {
                    (share(cost(it), most_cost) + share(time(it), most_time), cost(it))
                })
            }
        }?;
        Some(Choice {
            memory_mb: chosen.memory_mb,
            why: self.why(chosen, sizes),
            note: note(chosen, sizes),
        })
    }

    fn why(self, chosen: &SizeFigures, sizes: &[SizeFigures]) -> String {
        let what = match self {
            Self::Cost => "the cheapest",
            Self::Speed => "the smallest within 3 % of the fastest",
            Self::Balanced => "the best balance of cost and time",
        };
        let (size, usd, ms) = (chosen.memory_mb, cost(chosen), time(chosen));
        format!(
            "{size} MB is {what} of {} sizes: {usd:.2} $ a million warm invocations, {ms:.1} ms each",
            sizes.len()
        )
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cost => "cost",
            Self::Speed => "speed",
            Self::Balanced => "balanced",
        })
    }
}

/// The size of which a pair of figures is least.
fn least(sizes: &[SizeFigures], of: impl Fn(&SizeFigures) -> (f64, f64)) -> Option<&SizeFigures> {
    sizes.iter().min_by(|one, other| {
        let (one, other) = (of(one), of(other));
        one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1))
    })
}

fn cost(of: &SizeFigures) -> f64 {
    of.warm_usd_per_million
}

fn time(of: &SizeFigures) -> f64 {
    of.warm.duration.p50
}

fn share(part: f64, most: f64) -> f64 {
    if most > 0.0 { part / most } else { 0.0 }
}

/// That more memory costs no more: a larger size than the chosen one, or the chosen one beside the smallest.
fn note(chosen: &SizeFigures, sizes: &[SizeFigures]) -> Option<String> {
    let is_better = |it: &&SizeFigures| {
        it.memory_mb > chosen.memory_mb
            && cost(it) <= cost(chosen) * NO_DEARER
            && time(it) < time(chosen)
    };
    if let Some(larger) = sizes.iter().filter(is_better).max_by_key(|it| it.memory_mb) {
        let times = time(chosen) / time(larger).max(f64::MIN_POSITIVE);
        return Some(format!("{} MB is no dearer, and {times:.1} times as fast", larger.memory_mb));
    }
    let smallest = sizes.iter().min_by_key(|it| it.memory_mb)?;
    let is_no_dearer = smallest.memory_mb < chosen.memory_mb
        && cost(chosen) <= cost(smallest) * NO_DEARER
        && time(chosen) < time(smallest);
    is_no_dearer.then(|| {
        let times = time(smallest) / time(chosen).max(f64::MIN_POSITIVE);
        format!("it is no dearer than {} MB, and {times:.1} times as fast", smallest.memory_mb)
    })
}

#[cfg(test)]
mod tests;
