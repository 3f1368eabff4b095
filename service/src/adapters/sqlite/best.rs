//! The best of many, kept while they pass.

use std::cmp::Ordering;

/// Something by its id, and how well it fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scored {
    /// Its id.
    pub(super) id: i64,
    /// How well it fits: more is better.
    pub(super) score: f32,
}

impl Scored {
    /// By score; the older first where scores are equal.
    pub(super) fn best_first(&self, other: &Self) -> Ordering {
        other.score.total_cmp(&self.score).then(self.id.cmp(&other.id))
    }
}

/// Keeps the best of many.
#[derive(Debug)]
pub(super) struct Best {
    limit: usize,
    /// What one has to reach to be among them.
    floor: f32,
    kept: Vec<Scored>,
}

impl Best {
    /// Keeps `limit` at most, which is not 0, of `floor` or more.
    pub(super) fn new(limit: usize, floor: f32) -> Self {
        Self { limit, floor, kept: Vec::new() }
    }

    /// Takes one that may be among the best.
    #[inline(always)]
    pub(super) fn offer(&mut self, one: Scored) {
        if one.score >= self.floor {
            self.keep(one);
        }
    }

    #[inline(never)]
    fn keep(&mut self, one: Scored) {
        self.kept.push(one);
        // Sorting out now and then is cheaper than keeping order all the time.
        if self.kept.len() >= self.limit.saturating_mul(4).max(64) {
            self.kept.select_nth_unstable_by(self.limit - 1, Scored::best_first);
            self.kept.truncate(self.limit);
            self.floor = self.floor.max(self.kept[self.limit - 1].score);
        }
    }

    /// The best, best first.
    pub(super) fn into_sorted(mut self) -> Vec<Scored> {
        self.kept.sort_unstable_by(Scored::best_first);
        self.kept.truncate(self.limit);
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_are_kept_out_of_many_in_order() {
        let mut best = Best::new(3, 0.0);
        for id in 0..1000_i16 {
            best.offer(Scored { id: id.into(), score: f32::from(id * 7 % 1000) });
        }
        let scores: Vec<_> = best.into_sorted().iter().map(|one| one.score).collect();
        assert_eq!(scores, [999.0, 998.0, 997.0]);
    }
}
