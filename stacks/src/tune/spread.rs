//! Percentiles of a few figures.

use serde::Serialize;

use crate::rounded;

/// Percentiles by the nearest rank: each is one of the figures that were measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// Half of all are no more than this: the median, the lower one of two.
    #[serde(serialize_with = "rounded::number")]
    pub p50: f64,
    /// 95 % of all are no more than this; the most of fewer than 20.
    #[serde(serialize_with = "rounded::number")]
    pub p95: f64,
    /// 99 % of all are no more than this; the most of fewer than 100.
    #[serde(serialize_with = "rounded::number")]
    pub p99: f64,
}

impl Spread {
    /// The percentiles of these; none where there are none.
    #[must_use]
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |percent: usize| {
            let rank = (sorted.len() * percent).div_ceil(100);
            sorted.get(rank.saturating_sub(1)).copied()
        };
        Some(Self { p50: at(50)?, p95: at(95)?, p99: at(99)? })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentiles_are_by_the_nearest_rank() {
        let spread = Spread::of((1..=100).map(f64::from)).unwrap();
        assert_eq!(spread, Spread { p50: 50.0, p95: 95.0, p99: 99.0 });
        let of_two = Spread::of([7.0, 3.0]).unwrap();
        assert_eq!(of_two, Spread { p50: 3.0, p95: 7.0, p99: 7.0 });
        assert_eq!(Spread::of([]), None);
    }

    proptest! {
        #[test]
        fn each_was_measured_and_none_is_below_the_one_before(
            figures in prop::collection::vec(0.0..1e6, 1..200)
        ) {
            let Spread { p50, p95, p99 } = Spread::of(figures.iter().copied()).unwrap();
            prop_assert!(p50 <= p95 && p95 <= p99);
            for it in [p50, p95, p99] {
                prop_assert!(figures.contains(&it));
            }
            let below = figures.iter().filter(|it| **it <= p50).count();
            prop_assert!(below * 2 >= figures.len());
        }
    }
}
