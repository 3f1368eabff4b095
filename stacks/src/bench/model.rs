//! How slow a provider is, and the service before it was tuned: what is measured in place of a real one.
//!
//! A file in YAML or in JSON; `docs/bench.md` describes it.
//!
//! ```yaml
//! format: 1
//! name: seed
//! workers: 8                  # of each pool, of the service before
//! pool_s: 30                  # to set up a pool; or `worker_s: 3.75`, to set up one worker
//! connections: in-turn        # in-turn: one after another; side-by-side: all at once
//! pools: in-turn              # how the service before sets up its two pools
//! answer_s: 4                 # for the LLM to answer
//! start_s: 10                 # from the start of a process until it listens
//! ```

use serde::{Deserialize, Serialize};

use crate::config::plain;

/// How long a provider takes, and in which order. Seconds throughout, in the stack's own time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProviderModel {
    /// What it is called.
    pub name: String,
    /// Workers of each pool of the service before, 1 to 256.
    pub workers: u32,
    /// How long the provider takes to set up a new connection, 0 to 600.
    pub worker_s: f64,
    /// How the provider sets up many connections of one pool.
    pub connections: InSet,
    /// How the service before sets up its two pools at its first question.
    pub pools: InSet,
    /// How long the LLM takes to answer, 0 to 600. An answer of one token, as it warms a connection, and an embedding take no time.
    pub answer_s: f64,
    /// From the start of a process until it listens, 0 to 600.
    pub start_s: f64,
    /// What was told of it elsewhere, which is shown beside; none of a user's own.
    #[serde(skip)]
    pub told: Option<SeedLines>,
}

/// How several of a kind are set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InSet {
    /// One after another.
    InTurn,
    /// All at once.
    SideBySide,
}

/// The lines that the seed of ragctl expects, before its advice and after. Seconds, but for the speed-up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SeedLines {
    /// `Service ready in`, `First query completed in`, `Total cold start time`, `Second query completed in`, `Speedup`.
    pub before: [f64; 5],
    /// The same after its advice was followed.
    pub after: [f64; 5],
}

/// Why a model of a provider cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ModelError {
    /// It is no such model.
    #[error("{0}")]
    NotAModel(String),
    /// Another version wrote it.
    #[error("the model has format {0}, and this version of ragctl reads {known}", known = ProviderModel::FORMAT)]
    OtherFormat(u32),
    /// Neither is said, or both are.
    #[error("one of `worker_s` and `pool_s` is needed, and not both")]
    OneOfTwo,
    /// A number is out of its range.
    #[error("`{field}` is a number from {least} to {most}")]
    OutOfRange {
        /// The field.
        field: &'static str,
        /// The least that is taken.
        least: u32,
        /// The most that is taken.
        most: u32,
    },
}

/// A model as its file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    name: String,
    workers: u32,
    worker_s: Option<f64>,
    pool_s: Option<f64>,
    connections: InSet,
    pools: InSet,
    answer_s: f64,
    start_s: f64,
}

/// The longest time of a model, in seconds.
const LONGEST: u32 = 600;

impl ProviderModel {
    /// The version that this program reads.
    pub const FORMAT: u32 = 1;

    /// The provider and the service of the document that ragctl started from ("the seed"): eight workers a pool, 30 s to set up a
    /// pool, one pool after the other, answers in 4 s; the service itself is up after 10 s.
    #[must_use]
    pub fn seed() -> Self {
        Self {
            name: "seed".to_owned(),
            workers: 8,
            worker_s: 30.0 / 8.0,
            connections: InSet::InTurn,
            pools: InSet::InTurn,
            answer_s: 4.0,
            start_s: 10.0,
            told: Some(SeedLines {
                before: [10.2, 62.5, 72.7, 4.3, 14.5],
                after: [28.5, 6.2, 34.7, 4.1, 1.5],
            }),
        }
    }

    /// Reads a model.
    ///
    /// # Errors
    ///
    /// [`ModelError`] says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, ModelError> {
        let it: Written = plain(text).map_err(ModelError::NotAModel)?;
        if it.format != Self::FORMAT {
            return Err(ModelError::OtherFormat(it.format));
        }
        within("workers", f64::from(it.workers), 1, 256)?;
        let seconds = [("answer_s", it.answer_s), ("start_s", it.start_s)];
        seconds.into_iter().try_for_each(|(field, value)| within(field, value, 0, LONGEST))?;
        let worker_s = match (it.worker_s, it.pool_s) {
            (Some(worker), None) => worker,
            (None, Some(pool)) => match it.connections {
                InSet::InTurn => pool / f64::from(it.workers),
                InSet::SideBySide => pool,
            },
            _ => return Err(ModelError::OneOfTwo),
        };
        let field = if it.pool_s.is_some() { "pool_s" } else { "worker_s" };
        within(field, worker_s, 0, LONGEST)?;
        Ok(Self {
            name: it.name,
            workers: it.workers,
            worker_s,
            connections: it.connections,
            pools: it.pools,
            answer_s: it.answer_s,
            start_s: it.start_s,
            told: None,
        })
    }

    /// How long setting up all workers of a pool takes, when that begins at once.
    #[must_use]
    pub fn pool_s(&self) -> f64 {
        match self.connections {
            InSet::InTurn => self.worker_s * f64::from(self.workers),
            InSet::SideBySide => self.worker_s,
        }
    }
}

fn within(field: &'static str, value: f64, least: u32, most: u32) -> Result<(), ModelError> {
    let range = f64::from(least)..=f64::from(most);
    range.contains(&value).then_some(()).ok_or(ModelError::OutOfRange { field, least, most })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &str = "format: 1\nname: seed\nworkers: 8\npool_s: 30\nconnections: in-turn\n\
                        pools: in-turn\nanswer_s: 4\nstart_s: 10\n";

    #[test]
    fn the_built_in_model_is_the_one_that_a_file_would_say() {
        let read = ProviderModel::read(SEED).unwrap();
        assert_eq!(ProviderModel { told: None, ..ProviderModel::seed() }, read);
        assert!((read.pool_s() - 30.0).abs() < 1e-9);
    }

    #[test]
    fn connections_side_by_side_take_no_longer_than_one() {
        let text = SEED.replace("connections: in-turn", "connections: side-by-side");
        let read = ProviderModel::read(&text).unwrap();
        assert!((read.worker_s - 30.0).abs() < 1e-9 && (read.pool_s() - 30.0).abs() < 1e-9);
    }

    #[test]
    fn json_is_read_too() {
        let text = r#"{"format": 1, "name": "n", "workers": 2, "worker_s": 1, "connections": "in-turn",
                       "pools": "side-by-side", "answer_s": 1, "start_s": 0}"#;
        assert_eq!(ProviderModel::read(text).unwrap().pools, InSet::SideBySide);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_name() {
        for (from, to, said) in [
            ("format: 1", "format: 2", "the model has format 2"),
            ("workers: 8", "workers: 0", "`workers` is a number from 1 to 256"),
            ("answer_s: 4", "answer_s: -1", "`answer_s` is a number from 0 to 600"),
            ("pool_s: 30", "pool_s: 30\nworker_s: 1", "one of `worker_s` and `pool_s`"),
            ("pool_s: 30\n", "", "one of `worker_s` and `pool_s`"),
            ("pool_s: 30", "pool_s: .nan", "`pool_s` is a number"),
            ("name: seed", "nam: seed", "unknown field `nam`"),
        ] {
            let error = ProviderModel::read(&SEED.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(said), "{to}: {error}");
        }
    }
}
