//! Whether times have changed by more than chance makes of them.
//!
//! The test is Mann and Whitney's, which asks nothing of how times are spread; cold starts have a long tail, which a test
//! of means would trip over. How far they have moved is the shift of Hodges and Lehmann: the median of all differences.

use serde::Serialize;

use crate::{rounded, tune::Spread};

/// Chance makes of equal times what looks like a change in fewer than this share of comparisons.
const CHANCE: f64 = 0.01;
/// A change of no more than this share of the median before is none that matters, however certain it is.
const MATTERS: f64 = 0.05;
/// So many times together are counted exactly; more, by the normal distribution, which is as good by then.
const EXACT: usize = 50;

/// What became of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It takes longer, and that is no chance.
    Slower,
    /// It takes less, and that is no chance.
    Faster,
    /// The difference may be chance, or is too small to matter.
    Noise,
    /// There are too few times to tell, however far they are apart.
    TooFew,
}

/// Times against those before.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Change {
    /// By how many seconds they have moved.
    #[serde(rename = "shift_s", serialize_with = "rounded::number")]
    pub shift: f64,
    /// How often chance makes at least as much of equal times, of 1.
    pub p: f64,
    /// What that means.
    pub verdict: Verdict,
}

impl Change {
    /// From the times before to those now; none where either are none.
    #[must_use]
    pub fn of(now: &[f64], before: &[f64]) -> Option<Self> {
        let shift = shift(now, before)?;
        let Spread { p50, .. } = Spread::of(before.iter().copied())?;
        let p = p(now, before);
        let verdict = match p < CHANCE && shift.abs() > MATTERS * p50 {
            true if shift > 0.0 => Verdict::Slower,
            true => Verdict::Faster,
            false if least(now.len(), before.len()) >= CHANCE => Verdict::TooFew,
            false => Verdict::Noise,
        };
        Some(Self { shift, p, verdict })
    }
}

/// The fewest runs on each side with which a change can be told from chance.
#[must_use]
pub fn runs_needed() -> usize {
    (1..).find(|runs| least(*runs, *runs) < CHANCE).expect("more runs make any chance smaller")
}

/// The smallest chance that so many times can have: when all of one side are above all of the other.
fn least(now: usize, before: usize) -> f64 {
    let orders: f64 = (1..=now).map(|i| (before + i) as f64 / i as f64).product();
    (2.0 / orders).min(1.0)
}

/// The median of what each time now is more than each before.
fn shift(now: &[f64], before: &[f64]) -> Option<f64> {
    let mut all: Vec<f64> =
        now.iter().flat_map(|it| before.iter().map(move |be| it - be)).collect();
    all.sort_by(f64::total_cmp);
    let middle = all.len() / 2;
    let upper = *all.get(middle)?;
    Some(if all.len() % 2 == 1 { upper } else { f64::midpoint(all[middle - 1], upper) })
}

/// How often chance makes at least as much of equal times: Mann and Whitney's test, two-sided.
fn p(now: &[f64], before: &[f64]) -> f64 {
    let halves = |it: &f64| {
        let of_pair = |be: &f64| usize::from(it > be) + usize::from(it >= be);
        before.iter().map(of_pair).sum::<usize>()
    };
    // Two for each pair whose time now is above the other, one where they are equal.
    let above: usize = now.iter().map(halves).sum();
    let halves = above.max(2 * now.len() * before.len() - above);
    let ties = Ties::of(now, before);
    if ties.none && now.len() + before.len() <= EXACT {
        let ways = ways(now.len(), before.len());
        (2.0 * ways[halves / 2..].iter().sum::<f64>() / ways.iter().sum::<f64>()).min(1.0)
    } else {
        ties.normal(halves as f64 / 2.0, now.len() as f64, before.len() as f64)
    }
}

/// In how many ways `u` of all pairs can be the wrong way round, for each `u`: the coefficients of Gauss's binomial.
fn ways(one: usize, other: usize) -> Vec<f64> {
    let pairs = one * other;
    let mut ways = vec![0.0; pairs + 1];
    ways[0] = 1.0;
    for i in 1..=one {
        for u in (other + i..=pairs).rev() {
            ways[u] -= ways[u - other - i];
        }
        for u in i..=pairs {
            ways[u] += ways[u - i];
        }
    }
    ways
}

/// Times that are equal.
struct Ties {
    none: bool,
    /// The sum of t³ − t over each t equal ones.
    weight: f64,
}

impl Ties {
    fn of(now: &[f64], before: &[f64]) -> Self {
        let mut all = [now, before].concat();
        all.sort_by(f64::total_cmp);
        let equal: Vec<usize> = all.chunk_by(|a, b| a == b).map(<[f64]>::len).collect();
        Self {
            none: equal.iter().all(|it| *it == 1),
            weight: equal.iter().map(|it| (*it as f64).powi(3) - *it as f64).sum(),
        }
    }

    /// The chance by the normal distribution, with the usual half for continuity.
    fn normal(&self, above: f64, n: f64, m: f64) -> f64 {
        let all = n + m;
        let variance = n * m / 12.0 * (all + 1.0 - self.weight / (all * (all - 1.0)));
        let off = above - n * m / 2.0 - 0.5;
        if variance > 0.0 { libm::erfc(off / (2.0 * variance).sqrt()).min(1.0) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(one: f64, other: f64) {
        assert!((one - other).abs() < 1e-12, "{one} {other}");
    }

    /// `scipy.stats.mannwhitneyu(now, before).pvalue` of `SciPy` 1.17.1 says these.
    #[test]
    fn few_times_are_counted_as_scipy_counts_them() {
        close(p(&[7.1, 7.4, 7.2, 7.9, 7.3], &[6.1, 6.4, 6.2, 6.9, 6.3]), 0.007_936_507_936_507_936);
        let (now, before) = ([7.1, 6.3, 7.2, 6.8, 7.3, 6.95], [6.1, 6.4, 6.2, 6.9, 7.05]);
        close(p(&now, &before), 0.125_541_125_541_125_54);
        // The ages of SciPy's own example.
        let (now, before) = ([19.0, 22.0, 16.0, 29.0, 24.0], [20.0, 11.0, 17.0, 12.0]);
        close(p(&now, &before), 0.111_111_111_111_111_1);
    }

    /// The same, with `method="exact"` and `method="asymptotic"`.
    #[test]
    fn more_times_and_equal_ones_are_what_scipy_says_too() {
        let row = |step: f64, from: f64, n: u32| -> Vec<f64> {
            (0..n).map(|i| step * f64::from(i) + from).collect()
        };
        close(p(&row(20.0, 121.0, 20), &row(18.0, 0.0, 20)), 0.000_933_417_613_787_106_2);
        close(p(&row(20.0, 121.0, 25), &row(18.0, 0.0, 30)), 0.029_852_160_643_788_254);
        let (now, before) = ([7.0, 7.0, 8.0, 9.0, 9.0, 10.0], [1.0, 2.0, 7.0, 3.0, 4.0, 4.0]);
        close(p(&now, &before), 0.007_578_963_009_063_621);
        close(p(&[5.0; 6], &[5.0; 6]), 1.0);
    }

    #[test]
    fn a_change_has_to_be_certain_and_to_matter() {
        let before = [6.0, 6.1, 6.2, 6.3, 6.4, 6.5];
        let verdict = |more: f64| Change::of(&before.map(|it| it + more), &before).unwrap().verdict;
        assert_eq!(verdict(1.05), Verdict::Slower);
        assert_eq!(verdict(-1.05), Verdict::Faster);
        assert_eq!(verdict(0.15), Verdict::Noise);
        let fine = [6.0, 6.001, 6.002, 6.003, 6.004, 6.005];
        let certain = Change::of(&fine.map(|it| it + 0.1), &fine).unwrap();
        assert!(certain.p < CHANCE && certain.verdict == Verdict::Noise, "{certain:?}");
        close(certain.shift, 0.1);
    }

    #[test]
    fn too_few_times_are_said_to_be_too_few() {
        assert_eq!(runs_needed(), 5);
        let apart = |runs: usize| {
            let before: Vec<f64> = (0..runs).map(|it| it as f64).collect();
            let now: Vec<f64> = before.iter().map(|it| it + 100.0).collect();
            Change::of(&now, &before).unwrap().verdict
        };
        assert_eq!([4, 5].map(apart), [Verdict::TooFew, Verdict::Slower]);
        assert_eq!(Change::of(&[1.0], &[]), None);
    }

    proptest! {
        #[test]
        fn it_does_not_matter_which_is_called_before(
            now in prop::collection::vec(0_u8..20, 1..12), before in prop::collection::vec(0_u8..20, 1..12)
        ) {
            let (now, before): (Vec<f64>, Vec<f64>) =
                (now.into_iter().map(f64::from).collect(), before.into_iter().map(f64::from).collect());
            let (there, back) = (Change::of(&now, &before).unwrap(), Change::of(&before, &now).unwrap());
            prop_assert!((there.p - back.p).abs() < 1e-9 && (there.shift + back.shift).abs() < 1e-9);
            prop_assert!(0.0 < there.p && there.p <= 1.0);
        }
    }
}
