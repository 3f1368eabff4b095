//! Times that were measured, in place of those that are assumed.
//!
//! ```json
//! {
//!   "format": 1,
//!   "where": "handbook on Fargate, us-east-1, arm64",
//!   "when": "2026-11-20",
//!   "phases": {
//!     "pull": { "samples": [4.4, 4.5, 7.3] },
//!     "start": { "range": { "best": 1.0, "typical": 3.1, "worst": 3.2 } }
//!   }
//! }
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{phase::Phase, range::Range};
use crate::tune::Spread;

/// Times that were measured. Seconds throughout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// Version of this record's form.
    pub format: u32,
    /// On what they were measured.
    #[serde(rename = "where")]
    pub place: String,
    /// When.
    #[serde(rename = "when")]
    pub time: String,
    /// What was measured of each phase.
    pub phases: BTreeMap<Phase, Measurement>,
    /// Answers of a warm service; none: nobody measured any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Measurement>,
}

/// What was measured of a phase.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measurement {
    /// Each time by itself.
    Samples(Vec<f64>),
    /// What was made of them.
    Range(Range),
}

/// Why a record of measurements cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MeasuredError {
    /// It is no such record.
    #[error("the file is not a record of measured times")]
    NotMeasured(#[source] serde_json::Error),
    /// Another version wrote it.
    #[error("the record has format {0}, and this version of ragctl reads {known}", known = Measured::FORMAT)]
    OtherFormat(u32),
    /// A phase, or `answer`, has no times, or times that no clock shows.
    #[error("`{0}` needs times of 0 s and more, best to worst")]
    NotTimes(String),
}

impl Measurement {
    /// Shortest, median and longest; none where there is no sample.
    fn range(&self) -> Option<Range> {
        match self {
            Self::Range(range) => Some(*range),
            Self::Samples(samples) => {
                let Spread { p50, .. } = Spread::of(samples.iter().copied())?;
                let best = samples.iter().copied().fold(p50, f64::min);
                let worst = samples.iter().copied().fold(p50, f64::max);
                Some(Range::new(best, p50, worst))
            }
        }
    }
}

impl Measured {
    /// The version that this program writes and reads.
    pub const FORMAT: u32 = 1;

    /// Reads a record.
    ///
    /// # Errors
    ///
    /// [`MeasuredError`] says what is wrong with it.
    pub fn from_json(text: &str) -> Result<Self, MeasuredError> {
        #[derive(Deserialize)]
        struct Versioned {
            format: u32,
        }
        let Versioned { format } =
            serde_json::from_str(text).map_err(MeasuredError::NotMeasured)?;
        if format != Self::FORMAT {
            return Err(MeasuredError::OtherFormat(format));
        }
        let read: Self = serde_json::from_str(text).map_err(MeasuredError::NotMeasured)?;
        let are_times =
            |it: Range| 0.0 <= it.best && it.best <= it.typical && it.typical <= it.worst;
        let is_wrong = |it: &Measurement| !it.range().is_some_and(are_times);
        if read.answer.as_ref().is_some_and(is_wrong) {
            return Err(MeasuredError::NotTimes("answer".to_owned()));
        }
        match read.phases.iter().find(|(_, it)| is_wrong(it)) {
            Some((phase, _)) => Err(MeasuredError::NotTimes(phase.to_string())),
            None => Ok(read),
        }
    }

    /// These times over those that are `kept`: what was not measured this time stays as it is, and where it was measured is
    /// told on.
    #[must_use]
    pub fn over(mut self, kept: Option<&Self>) -> Self {
        let Some(kept) = kept else { return self };
        let stays: Vec<_> =
            kept.phases.iter().filter(|(phase, _)| !self.phases.contains_key(phase)).collect();
        if !stays.is_empty() || (self.answer.is_none() && kept.answer.is_some()) {
            let others = kept.place.split("; ").filter(|it| *it != self.place);
            self.place =
                [self.place.as_str()].into_iter().chain(others).collect::<Vec<_>>().join("; ");
        }
        self.phases.extend(stays.into_iter().map(|(phase, it)| (*phase, it.clone())));
        self.answer = self.answer.or_else(|| kept.answer.clone());
        self
    }

    /// What was measured of a phase.
    #[must_use]
    pub fn of(&self, phase: Phase) -> Option<Range> {
        self.phases.get(&phase)?.range()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(phases: &str) -> Result<Measured, MeasuredError> {
        Measured::from_json(&format!(
            r#"{{"format": 1, "where": "here", "when": "2026-11-20", "phases": {phases}}}"#
        ))
    }

    #[test]
    fn samples_become_shortest_median_and_longest() {
        let measured = read(r#"{"pull": {"samples": [7.3, 4.4, 4.5]}}"#).unwrap();
        assert_eq!(measured.of(Phase::Pull), Some(Range::new(4.4, 4.5, 7.3)));
        assert_eq!(measured.of(Phase::Place), None);
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let range = r#"{"range": {"best": 1.0, "typical": 2.0, "worst": 3.0}}"#;
        let measured =
            read(&format!(r#"{{"start": {range}, "warm": {{"samples": [1.0]}}}}"#)).unwrap();
        let text = serde_json::to_string(&measured).unwrap();
        assert_eq!(Measured::from_json(&text).unwrap(), measured);
    }

    #[test]
    fn what_was_not_measured_this_time_stays_and_where_it_was_is_told_on() {
        let old = Measured {
            place: "this machine".to_owned(),
            ..read(r#"{"pull": {"samples": [9.0]}, "warm": {"samples": [2.0]}}"#).unwrap()
        };
        let new = read(r#"{"pull": {"samples": [4.5]}}"#).unwrap();
        let merged = new.clone().over(Some(&old));
        assert_eq!(merged.place, "here; this machine");
        assert_eq!(merged.of(Phase::Pull), Some(Range::exactly(4.5)));
        assert_eq!(merged.of(Phase::Warm), Some(Range::exactly(2.0)));
        assert_eq!(new.clone().over(Some(&merged)).place, merged.place, "each place once");
        assert_eq!(new.clone().over(None), new);
        let text = serde_json::to_string(&merged).unwrap();
        assert_eq!(Measured::from_json(&text).unwrap(), merged);
    }

    #[test]
    fn what_no_clock_shows_is_refused() {
        for phases in [
            r#"{"pull": {"samples": []}}"#,
            r#"{"pull": {"samples": [-1.0]}}"#,
            r#"{"pull": {"range": {"best": 3.0, "typical": 2.0, "worst": 4.0}}}"#,
        ] {
            let error = read(phases).unwrap_err();
            assert_eq!(error.to_string(), "`pull` needs times of 0 s and more, best to worst");
        }
        assert!(matches!(read(r#"{"pul": {"samples": [1]}}"#), Err(MeasuredError::NotMeasured(_))));
        let newer = Measured::from_json(r#"{"format": 2, "what": "ever"}"#);
        assert!(matches!(newer, Err(MeasuredError::OtherFormat(2))));
    }
}
