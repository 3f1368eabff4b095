//! Cold starts as they were measured, and as a file keeps them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::summary::Summary;
use crate::budget::{Measured, Measurement, Phase};

/// One cold start that was forced. Seconds throughout, in the stack's own time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColdRun {
    /// What each phase took, as far as it can be told.
    pub phases: BTreeMap<Phase, f64>,
    /// From nothing until `/health` answered 200.
    pub ready_s: f64,
    /// From there until the first question was answered.
    pub first_query_s: f64,
    /// How long the second question took.
    pub second_query_s: f64,
    /// How long each of the questions after it took, a few of them side by side.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warm_s: Vec<f64>,
}

impl ColdRun {
    /// From nothing to the first answer.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.ready_s + self.first_query_s
    }

    /// How many times as long the first question took as the second.
    #[must_use]
    pub fn speed_up(&self) -> f64 {
        self.first_query_s / self.second_query_s.max(f64::MIN_POSITIVE)
    }
}

/// Cold starts of one stack, and how they were measured. A result of one day is the baseline of the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColdStarts {
    /// Version of this record's form.
    pub format: u32,
    /// The stack.
    pub stack: String,
    /// On what they were measured, in a few words.
    #[serde(rename = "where")]
    pub place: String,
    /// The day, as `2026-11-27`.
    #[serde(rename = "when")]
    pub time: String,
    /// The strategies that were on, by name.
    pub strategies: Vec<String>,
    /// How many times faster than real time the stack's clock ran.
    pub time_scale: f64,
    /// Each of them.
    pub runs: Vec<ColdRun>,
}

/// Why a record of cold starts cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ColdStartsError {
    /// It is no such record.
    #[error(
        "the file is not a record of cold starts, as `ragctl bench cold-start --json` writes it"
    )]
    NotColdStarts(#[source] serde_json::Error),
    /// Another version wrote it.
    #[error("the record has format {0}, and this version of ragctl reads {known}", known = ColdStarts::FORMAT)]
    OtherFormat(u32),
    /// Nothing was measured.
    #[error("the record has no runs")]
    Empty,
}

impl ColdStarts {
    /// The version that this program writes and reads.
    pub const FORMAT: u32 = 1;

    /// Reads a record; what else a result holds beside it, its summary, is passed over.
    ///
    /// # Errors
    ///
    /// [`ColdStartsError`] says what is wrong with it.
    pub fn from_json(text: &str) -> Result<Self, ColdStartsError> {
        let mut read: serde_json::Value =
            serde_json::from_str(text).map_err(ColdStartsError::NotColdStarts)?;
        if let Some(format) = read.get("format").and_then(serde_json::Value::as_u64)
            && format != u64::from(Self::FORMAT)
        {
            return Err(ColdStartsError::OtherFormat(u32::try_from(format).unwrap_or(u32::MAX)));
        }
        if let Some(fields) = read.as_object_mut() {
            fields.remove("summary");
        }
        let read: Self = serde_json::from_value(read).map_err(ColdStartsError::NotColdStarts)?;
        if read.runs.is_empty() { Err(ColdStartsError::Empty) } else { Ok(read) }
    }

    /// What they have in common; none where there are none.
    #[must_use]
    pub fn summary(&self) -> Option<Summary> {
        Summary::of(&self.runs)
    }

    /// What warming one pool took, both side by side.
    fn one_pool(&self, run: &ColdRun) -> f64 {
        let has = |name: &str| self.strategies.iter().any(|it| it == name);
        let told = |phase| run.phases.get(&phase).copied().unwrap_or_default();
        match (has("prewarm"), has("async-init")) {
            (true, _) => told(Phase::Warm),
            // The balancer looked for it meanwhile: `warm` is what was left.
            (false, true) => told(Phase::Warm) + told(Phase::Register),
            // The first question warmed them, one after the other.
            (false, false) => told(Phase::Warm) / 2.0,
        }
    }

    /// What predictions take from them: each phase's times, and those of warm answers.
    #[must_use]
    pub fn measured(&self) -> Measured {
        let mut phases: BTreeMap<Phase, Vec<f64>> = BTreeMap::new();
        for run in &self.runs {
            for (phase, seconds) in &run.phases {
                let seconds = if *phase == Phase::Warm { self.one_pool(run) } else { *seconds };
                phases.entry(*phase).or_default().push(seconds);
            }
        }
        Measured {
            format: Measured::FORMAT,
            place: self.place.clone(),
            time: self.time.clone(),
            phases: phases.into_iter().map(|(at, it)| (at, Measurement::Samples(it))).collect(),
            answer: Some(Measurement::Samples(
                self.runs
                    .iter()
                    .flat_map(|it| std::iter::once(it.second_query_s).chain(it.warm_s.clone()))
                    .collect(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(ready_s: f64) -> ColdRun {
        ColdRun {
            phases: [(Phase::Bind, ready_s / 2.0)].into(),
            ready_s,
            first_query_s: 6.0,
            second_query_s: 4.0,
            warm_s: Vec::new(),
        }
    }

    fn record() -> ColdStarts {
        ColdStarts {
            format: 1,
            stack: "handbook".to_owned(),
            place: "here".to_owned(),
            time: "2026-11-27".to_owned(),
            strategies: vec!["prewarm".to_owned()],
            time_scale: 10.0,
            runs: vec![run(2.0), run(1.0)],
        }
    }

    #[test]
    fn a_result_reads_back_with_its_summary_or_without() {
        let mut written = serde_json::to_value(record()).unwrap();
        assert_eq!(ColdStarts::from_json(&written.to_string()).unwrap(), record());
        written["summary"] = serde_json::to_value(record().summary()).unwrap();
        assert_eq!(ColdStarts::from_json(&written.to_string()).unwrap(), record());
    }

    #[test]
    fn what_is_no_record_is_refused() {
        let mut other = serde_json::to_value(record()).unwrap();
        other["format"] = 2.into();
        let refused = ColdStarts::from_json(&other.to_string());
        assert!(matches!(refused, Err(ColdStartsError::OtherFormat(2))), "{refused:?}");
        let none = ColdStarts { runs: Vec::new(), ..record() };
        let refused = ColdStarts::from_json(&serde_json::to_string(&none).unwrap());
        assert!(matches!(refused, Err(ColdStartsError::Empty)), "{refused:?}");
        assert!(ColdStarts::from_json("[]").is_err());
    }

    #[test]
    fn predictions_take_what_one_pool_took_whenever_it_was_warmed() {
        let told = [(Phase::Warm, 8.0), (Phase::Register, 1.0)];
        let with = |strategy: &str| ColdStarts {
            strategies: vec![strategy.to_owned()],
            runs: vec![ColdRun { phases: told.into(), ..run(2.0) }],
            ..record()
        };
        for (strategy, seconds) in [("prewarm", 8.0), ("async-init", 9.0), ("keepalive", 4.0)] {
            let measured = with(strategy).measured();
            let wanted = Measurement::Samples(vec![seconds]);
            assert_eq!(measured.phases[&Phase::Warm], wanted, "{strategy}");
        }
    }

    #[test]
    fn predictions_take_each_phases_times() {
        let measured = record().measured();
        assert_eq!(measured.phases[&Phase::Bind], Measurement::Samples(vec![1.0, 0.5]));
        assert!((run(2.0).total() - 8.0).abs() < 1e-9 && (run(2.0).speed_up() - 1.5).abs() < 1e-9);
    }
}
