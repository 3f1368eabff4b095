//! Cost against latency, and which candidates nothing else beats.

mod draw;
#[cfg(test)]
mod tests;

use crate::figure::dollars;

/// Candidates by what they cost and how soon they answer.
#[derive(Clone, Debug, Default)]
pub struct Frontier {
    /// Its heading, and its accessible name.
    pub title: String,
    /// What is assumed; may be empty.
    pub lead: String,
    /// What the seconds are, such as `first answer, typical`.
    pub latency: String,
    /// What the costs are.
    pub unit: CostUnit,
    /// In any order.
    pub candidates: Vec<Candidate>,
    /// Those that no other beats in both cost and latency, by their index, the cheapest or the dearest first: they are joined.
    pub best: Vec<usize>,
    /// Which candidate is recommended, by its index.
    pub recommended: Option<usize>,
    /// The most that an answer may take, in seconds.
    pub goal_seconds: Option<f64>,
    /// The most that it may cost.
    pub budget: Option<f64>,
}

/// One combination of strategies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidate {
    /// Its strategies.
    pub name: String,
    /// What it costs.
    pub cost: f64,
    /// How long an answer takes.
    pub seconds: f64,
}

impl Candidate {
    fn is_finite(&self) -> bool {
        self.cost.is_finite() && self.seconds.is_finite()
    }
}

/// What is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CostUnit {
    /// Dollars a month.
    #[default]
    Usd,
    /// Hours of tasks, where they cost nothing.
    TaskHours,
}

impl CostUnit {
    /// The unit as it heads a column or an axis.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usd => "$ a month",
            Self::TaskHours => "task hours",
        }
    }

    /// A cost in a cell of a column: `63.42 $`, `482`.
    #[must_use]
    pub fn cell(self, cost: f64) -> String {
        match self {
            Self::Usd => dollars(cost),
            Self::TaskHours => format!("{cost:.0}"),
        }
    }

    /// A cost in a sentence: `63.42 $ a month`, `482 task hours`.
    #[must_use]
    pub fn told(self, cost: f64) -> String {
        match self {
            Self::Usd => format!("{cost:.2} $ a month"),
            Self::TaskHours => format!("{cost:.0} task hours"),
        }
    }
}
