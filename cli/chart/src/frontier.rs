//! Cost against latency, and which candidates nothing else beats.

mod draw;
#[cfg(test)]
mod tests;

/// Candidates by what they cost and how soon they answer.
#[derive(Clone, Debug, Default)]
pub struct Frontier {
    /// Its heading, and its accessible name.
    pub title: String,
    /// What is assumed; may be empty.
    pub lead: String,
    /// What the seconds are, such as `first answer, typical`.
    pub latency: String,
    /// In any order.
    pub candidates: Vec<Candidate>,
    /// Which candidate is recommended, by its index.
    pub recommended: Option<usize>,
    /// The most that an answer may take, in seconds.
    pub goal_seconds: Option<f64>,
    /// The most that it may cost, in dollars a month.
    pub budget_usd: Option<f64>,
}

/// One combination of strategies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Candidate {
    /// Its strategies.
    pub name: String,
    /// What it costs, in dollars.
    pub usd_per_month: f64,
    /// How long an answer takes.
    pub seconds: f64,
}

impl Candidate {
    fn is_finite(&self) -> bool {
        self.usd_per_month.is_finite() && self.seconds.is_finite()
    }

    /// Whether it is no worse in either, and better in one.
    fn beats(&self, other: &Self) -> bool {
        let no_worse = self.usd_per_month <= other.usd_per_month && self.seconds <= other.seconds;
        no_worse && (self.usd_per_month < other.usd_per_month || self.seconds < other.seconds)
    }
}

/// The candidates that no other beats in both cost and latency (Pareto): their indices, the soonest first.
///
/// Of equal ones all are there. Those with a number that is not finite are not.
#[must_use]
pub fn frontier(candidates: &[Candidate]) -> Vec<usize> {
    let order = |it: &usize| (candidates[*it].seconds, candidates[*it].usd_per_month);
    let mut indices: Vec<usize> =
        (0..candidates.len()).filter(|it| candidates[*it].is_finite()).collect();
    indices.sort_by(|one, other| {
        let ((s, usd), (other_s, other_usd)) = (order(one), order(other));
        s.total_cmp(&other_s).then(usd.total_cmp(&other_usd))
    });
    let mut best: Option<usize> = None;
    indices.retain(|it| {
        let is_beaten = best.is_some_and(|best| candidates[best].beats(&candidates[*it]));
        if !is_beaten {
            best = Some(*it);
        }
        !is_beaten
    });
    indices
}
