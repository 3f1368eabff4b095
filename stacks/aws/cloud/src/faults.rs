//! Chance, in the amounts a test asks for.

use std::time::Duration;

/// What goes wrong, and how often.
#[derive(Clone, Debug, PartialEq)]
pub struct Faults {
    /// Share of the calls refused as too many, before any work. Default: 0.
    pub throttle_rate: f64,
    /// Share of the calls answered with a 500 before any work. Default: 0.
    pub fail_rate: f64,
    /// Share of the calls that are carried out but answered with a 500. Default: 0.
    pub lose_rate: f64,
    /// Where chance begins: the same seed and calls give the same faults. Default: 1.
    pub seed: u64,
    /// How long each call takes besides. Default: none.
    pub delay: Duration,
}

impl Default for Faults {
    fn default() -> Self {
        Self { throttle_rate: 0.0, fail_rate: 0.0, lose_rate: 0.0, seed: 1, delay: Duration::ZERO }
    }
}

/// What becomes of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is carried out and answered.
    Spared,
    /// It is refused as too many.
    Throttled,
    /// It fails before any work.
    Failed,
    /// It is carried out, but its answer is a 500.
    Lost,
}

/// The faults asked for, and the chance that deals them.
#[derive(Debug)]
pub(crate) struct Dice {
    faults: Faults,
    rng: fastrand::Rng,
}

impl Dice {
    /// Dice for these faults, beginning at their seed.
    pub(crate) fn new(faults: Faults) -> Self {
        let rng = fastrand::Rng::with_seed(faults.seed);
        Self { faults, rng }
    }

    /// How long each call takes besides.
    pub(crate) fn delay(&self) -> Duration {
        self.faults.delay
    }

    /// Draws the fate of the next call.
    pub(crate) fn roll(&mut self) -> Fate {
        let Faults { throttle_rate, fail_rate, lose_rate, .. } = self.faults;
        let roll = self.rng.f64();
        if roll < throttle_rate {
            Fate::Throttled
        } else if roll < throttle_rate + fail_rate {
            Fate::Failed
        } else if roll < throttle_rate + fail_rate + lose_rate {
            Fate::Lost
        } else {
            Fate::Spared
        }
    }
}
