//! What a configuration shall do, and what it may cost.

use std::{fmt, str::FromStr};

use serde::Serialize;

use crate::{
    bench::{Figure, Limit, LimitError, Percentile},
    simulate::Latency,
};

/// The most that a percentile of all answers may take: `p95=5s`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Goal {
    /// Which percentile.
    pub percentile: Percentile,
    /// The most that it may be, in seconds.
    #[serde(rename = "seconds")]
    pub seconds: f64,
}

/// What shall be reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Aim {
    /// How soon callers have their answers; none: as soon as the money allows.
    pub goal: Option<Goal>,
    /// Dollars a month that it may cost; none: whatever the goal costs.
    #[serde(rename = "monthly_usd")]
    pub monthly: Option<f64>,
}

/// The text is no goal, or no money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AimError {
    /// The text is no limit.
    #[error("a goal is a percentile of all answers and its limit, such as `p95=5s`")]
    NotGoal(#[source] LimitError),
    /// It limits something else.
    #[error("a goal is of all answers, so that `p95=5s` names no figure")]
    OtherFigure,
    /// The text is no money.
    #[error("`{0}` is no money: dollars a month, such as 40 or 40/month")]
    NotMoney(String),
}

impl Goal {
    /// What it is for these answers, in seconds.
    #[must_use]
    pub fn of(self, latency: &Latency) -> f64 {
        of(self.percentile, latency)
    }
}

/// A percentile of these answers, in seconds.
pub(super) fn of(percentile: Percentile, latency: &Latency) -> f64 {
    match percentile {
        Percentile::P50 => latency.p50,
        Percentile::P95 => latency.p95,
        Percentile::P99 => latency.p99,
    }
}

impl FromStr for Goal {
    type Err = AimError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Limit { figure, percentile, seconds } = text.parse().map_err(AimError::NotGoal)?;
        if figure != Figure::Total || text.contains("total") {
            return Err(AimError::OtherFigure);
        }
        Ok(Self { percentile, seconds })
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}s", self.percentile, self.seconds)
    }
}

impl Aim {
    /// The percentile that decides: the goal's, else the 95th.
    #[must_use]
    pub fn percentile(&self) -> Percentile {
        self.goal.map_or(Percentile::P95, |it| it.percentile)
    }

    /// Reads dollars a month: `40`, `40/month`, `$40`.
    ///
    /// # Errors
    ///
    /// [`AimError::NotMoney`] for anything else.
    pub fn money(text: &str) -> Result<f64, AimError> {
        let number = text.trim().trim_start_matches('$').trim_end_matches('$');
        let number = number.strip_suffix("/month").unwrap_or(number).trim();
        let usd: Option<f64> = number.trim_end_matches('$').trim().parse().ok();
        usd.filter(|it| it.is_finite() && *it > 0.0)
            .ok_or_else(|| AimError::NotMoney(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_are_percentiles_of_all_answers() {
        let goal: Goal = "p95=5s".parse().unwrap();
        assert_eq!((goal.percentile, goal.seconds), (Percentile::P95, 5.0));
        assert_eq!(goal.to_string(), "p95=5s");
        assert!(matches!("ready.p95=5s".parse::<Goal>(), Err(AimError::OtherFigure)));
        assert!(matches!("5s".parse::<Goal>(), Err(AimError::NotGoal(_))));
    }

    #[test]
    fn money_is_dollars_a_month() {
        for text in ["40", "40/month", "$40", "40$", "40.00"] {
            assert_eq!(Aim::money(text), Ok(40.0), "{text}");
        }
        for text in ["", "much", "-1", "0", "40/year", "inf"] {
            assert!(Aim::money(text).is_err(), "{text}");
        }
    }
}
