//! Which of many nothing beats.

/// Those of which none other costs no more and takes no longer (Pareto): their places, the cheapest first.
///
/// Of equal ones, the first is there. What never ends, or has no number, is not.
pub(super) fn frontier(of: impl IntoIterator<Item = (f64, f64)>) -> Vec<usize> {
    let all = of.into_iter().enumerate();
    let mut all: Vec<(usize, (f64, f64))> =
        all.filter(|(_, (cost, time))| cost.is_finite() && time.is_finite()).collect();
    all.sort_by(|(_, one), (_, other)| one.0.total_cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let mut soonest = f64::INFINITY;
    all.retain(|(_, (_, time))| {
        let is_sooner = *time < soonest;
        soonest = soonest.min(*time);
        is_sooner
    });
    all.into_iter().map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_frontier_is_what_nothing_beats_the_cheapest_first() {
        let found = frontier([
            (90.0, 1.0),
            // As dear as the next but one, and later.
            (50.0, 21.0),
            (91.0, 2.0),
            (50.0, 20.0),
            (50.0, 20.0),
            (10.0, 60.0),
            (10.0, 61.0),
            (1.0, f64::INFINITY),
            (f64::NAN, 0.1),
        ]);
        assert_eq!(found, [5, 3, 0]);
        assert!(frontier([]).is_empty());
    }

    proptest! {
        #[test]
        fn whatever_is_not_on_the_frontier_is_no_better_than_something_on_it(
            pairs in prop::collection::vec((0_u8..12, 0_u8..12), 0..40)
        ) {
            let all: Vec<(f64, f64)> =
                pairs.into_iter().map(|(cost, time)| (f64::from(cost), f64::from(time))).collect();
            let found = frontier(all.iter().copied());
            for (at, it) in all.iter().enumerate().filter(|(at, _)| !found.contains(at)) {
                let is_beaten = |on: &usize| all[*on].0 <= it.0 && all[*on].1 <= it.1;
                prop_assert!(found.iter().any(is_beaten), "{} {:?}", at, it);
            }
            let dearer_and_sooner =
                |it: &[usize]| all[it[0]].0 < all[it[1]].0 && all[it[0]].1 > all[it[1]].1;
            prop_assert!(found.windows(2).all(dearer_and_sooner));
        }
    }
}
