//! Which variant to have, and why.

use serde::Serialize;

use super::{aim::Aim, frontier::frontier, judge::Judged};
use crate::bench::Percentile;

/// The share of requests that may go without an answer.
const UNANSWERED: f64 = 0.001;

/// By how much two costs may differ and count as the same: chance alone makes more of it.
const SAME_COST: f64 = 1.01;

/// By how much two times may differ and count as the same: two measurements of one strategy differ by as much.
const SAME_TIME: f64 = 1.02;

/// What to have, among what was looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Advice {
    /// What was to be reached.
    pub aim: Aim,
    /// All variants, the cheapest first.
    pub judged: Vec<Judged>,
    /// Which of them to have.
    pub chosen: usize,
    /// Whether it is as fast as it should be; none where nothing was said.
    pub is_fast_enough: Option<bool>,
    /// Whether it costs no more than it may; none where nothing was said.
    pub is_cheap_enough: Option<bool>,
    /// Those that nothing beats in both, the cheapest first.
    pub frontier: Vec<usize>,
    /// Why this one, in a sentence.
    pub why: String,
    /// What else is worth knowing, a sentence each.
    pub notes: Vec<String>,
}

impl Advice {
    /// Whether it is all that was asked for: fast enough, and cheap enough.
    #[must_use]
    pub fn reaches_its_aim(&self) -> bool {
        self.is_fast_enough != Some(false) && self.is_cheap_enough != Some(false)
    }

    /// The variant to have.
    #[must_use]
    pub fn choice(&self) -> &Judged {
        &self.judged[self.chosen]
    }
}

/// Chooses; none where there is nothing to choose from.
#[must_use]
pub fn choose(aim: Aim, mut judged: Vec<Judged>) -> Option<Advice> {
    judged.sort_by(|one, other| {
        one.cost.total_cmp(&other.cost).then(changes(one).cmp(&changes(other)))
    });
    let percentile = aim.percentile();
    let time = |it: &Judged| it.seconds(percentile);
    let answers = |it: &Judged| it.simulated.failed_share() <= UNANSWERED;
    let is_fast = |it: &Judged| aim.goal.is_none_or(|goal| time(it) <= goal.seconds);
    let is_cheap = |it: &Judged| aim.monthly.is_none_or(|usd| it.cost <= usd);
    let those = |which: &dyn Fn(&Judged) -> bool| {
        judged.iter().enumerate().filter(|it| which(it.1)).collect()
    };
    let fastest_of = |which: &dyn Fn(&Judged) -> bool| fastest(those(which), time);
    let cheapest_of = |which: &dyn Fn(&Judged) -> bool| cheapest(those(which));
    // Of those that cost as good as the same, the fastest: it is worth a few cents.
    let chosen = match aim.goal {
        Some(_) => cheapest_of(&|it| answers(it) && is_fast(it) && is_cheap(it))
            .or_else(|| cheapest_of(&|it| answers(it) && is_fast(it))),
        None => None,
    };
    let chosen = chosen
        .or_else(|| fastest_of(&|it| answers(it) && is_cheap(it)))
        .or_else(|| fastest_of(&|it| is_cheap(it)))
        .or_else(|| fastest_of(&|_| true))?;
    let it = &judged[chosen];
    Some(Advice {
        aim,
        chosen,
        is_fast_enough: aim.goal.map(|_| is_fast(it)),
        is_cheap_enough: aim.monthly.map(|_| is_cheap(it)),
        frontier: frontier(judged.iter().map(|it| (it.cost, time(it)))),
        why: why(aim, it, judged.len(), time(it)),
        notes: notes(&judged),
        judged,
    })
}

fn changes(of: &Judged) -> usize {
    of.variant.changes.len()
}

/// The cheapest; of several that cost the same, the fastest, and of those the one that changes least.
fn cheapest(all: Vec<(usize, &Judged)>) -> Option<usize> {
    fastest(least(all, |it| it.cost, SAME_COST), |it| it.seconds(Percentile::P99))
}

/// The fastest; of several that are as fast, those that are as fast on average; of those the cheapest that changes least.
fn fastest(all: Vec<(usize, &Judged)>, time: impl Fn(&Judged) -> f64) -> Option<usize> {
    let mean = |it: &Judged| it.simulated.latency.as_ref().map_or(f64::INFINITY, |it| it.mean);
    let as_fast = least(least(all, time, SAME_TIME), mean, SAME_TIME);
    let as_cheap = least(as_fast, |it| it.cost, SAME_COST);
    as_cheap.into_iter().min_by_key(|(_, it)| changes(it)).map(|(at, _)| at)
}

/// Those with the least of something, and those that count as the same.
fn least(
    mut all: Vec<(usize, &Judged)>,
    of: impl Fn(&Judged) -> f64,
    same: f64,
) -> Vec<(usize, &Judged)> {
    let least = all.iter().map(|(_, it)| of(it)).fold(f64::INFINITY, f64::min);
    all.retain(|(_, it)| of(it) <= least * same);
    all
}

fn why(aim: Aim, chosen: &Judged, of: usize, seconds: f64) -> String {
    let percentile = aim.percentile();
    let is_dear = aim.monthly.is_some_and(|usd| chosen.cost > usd);
    let is_slow = aim.goal.is_some_and(|goal| seconds > goal.seconds);
    let what = match (aim.goal, aim.monthly) {
        (Some(_), Some(_)) if is_slow && is_dear => {
            "none is as fast as it should be, nor as cheap; this is the fastest".to_owned()
        }
        (Some(goal), Some(usd)) if is_dear => {
            format!("none of at most {usd} $ a month has {goal}; this is the cheapest that does")
        }
        (Some(goal), Some(usd)) if is_slow => {
            format!("none has {goal}; this is the fastest of at most {usd} $ a month")
        }
        (Some(goal), None) if is_slow => format!("none has {goal}; this is the fastest"),
        (Some(goal), _) => {
            format!("of {of} ways, the fastest that costs no more than the cheapest with {goal}")
        }
        (None, Some(usd)) if is_dear => {
            format!("none costs at most {usd} $ a month; this is the fastest")
        }
        (None, Some(usd)) => format!("the fastest of {of} ways for at most {usd} $ a month"),
        (None, None) => format!("the fastest of {of} ways"),
    };
    let cost = match &chosen.month {
        Some(month) => format!("{:.2} $ a month", month.total),
        None => format!("{:.0} hours of tasks in the time that was simulated", chosen.cost),
    };
    // Where the percentile that decides is the same, the next one does.
    let slowest = match percentile {
        Percentile::P99 => String::new(),
        _ => format!(", p99 {:.1} s", chosen.seconds(Percentile::P99)),
    };
    format!("{what}: {percentile} {seconds:.1} s{slowest} for {cost}")
}

/// That keep-alive around the clock costs what a task costs that always runs.
fn notes(judged: &[Judged]) -> Vec<String> {
    let keeps_awake = |it: &&Judged| {
        let work = it.simulated.work;
        it.strategies.contains(&"keepalive") && work.pings > 0 && is_awake(it)
    };
    let always = |it: &&Judged| {
        !it.strategies.contains(&"keepalive") && it.simulated.work.most == 1 && is_awake(it)
    };
    let (Some(pinged), Some(always)) =
        (judged.iter().find(keeps_awake), judged.iter().find(always))
    else {
        return Vec::new();
    };
    let (Some(pinged), Some(always)) = (&pinged.month, &always.month) else { return Vec::new() };
    vec![format!(
        "keep-alive around the clock costs what a minimum of one task costs ({:.2} $ and {:.2} $ a month): it is the same task \
         that runs",
        pinged.total, always.total
    )]
}

/// Whether a task runs nearly all of the time.
fn is_awake(it: &Judged) -> bool {
    it.simulated.work.task_hours >= 0.97 * 24.0 * it.simulated.days
}
