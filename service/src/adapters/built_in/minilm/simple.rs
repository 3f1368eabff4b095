//! Functions of numbers, written so that the compiler makes SIMD of loops of them.

/// As many sums side by side as a wide register holds, or two narrow ones.
const LANES: usize = 8;

/// The product of two vectors; their length is a multiple of eight.
#[inline(always)]
pub(super) fn dot(one: &[f32], other: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    for (a, b) in one.as_chunks::<LANES>().0.iter().zip(other.as_chunks::<LANES>().0) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

/// The sum of a vector.
#[inline(always)]
pub(super) fn sum(vector: &[f32]) -> f32 {
    let mut sums = [0.0; LANES];
    let (parts, rest) = vector.as_chunks::<LANES>();
    for part in parts {
        for lane in 0..LANES {
            sums[lane] += part[lane];
        }
    }
    sums.iter().chain(rest).sum()
}

/// e to the power of `x`, for `x` from -87 to 88; below, as at -87. Relative error: 3e-7, and 1e-7 for each unit of `x`.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    /// Added to a number, it leaves the nearest whole one in the lowest bits.
    const ROUNDING: f32 = 12_582_912.0;
    let x = x.max(-87.0) * std::f32::consts::LOG2_E;
    let shifted = x + ROUNDING;
    let part = (x - (shifted - ROUNDING)) * std::f32::consts::LN_2;
    let series = 1.0 / 720.0;
    let series = series * part + 1.0 / 120.0;
    let series = series * part + 1.0 / 24.0;
    let series = series * part + 1.0 / 6.0;
    let series = series * part + 0.5;
    let series = series * part + 1.0;
    let series = series * part + 1.0;
    // The whole number becomes the exponent.
    f32::from_bits(shifted.to_bits().wrapping_add(127) << 23) * series
}

/// The Gaussian error linear unit: `x` as often as a normal number lies below it.
///
/// By Abramowitz and Stegun's formula 7.1.26, which is within 1.5e-7 of the error function.
#[inline(always)]
pub(super) fn gelu(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let series = 1.061_405_4;
    let series = series * t - 1.453_152;
    let series = series * t + 1.421_413_7;
    let series = series * t - 0.284_496_74;
    let series = series * t + 0.254_829_6;
    let erf = 1.0 - series * t * exp(-z * z);
    0.5 * x * (1.0 + erf.copysign(x))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_far_below_zero_is_no_power_worth_telling() {
        assert!(exp(-1000.0) < 1e-37);
        assert!(exp(f32::MIN) >= 0.0);
        assert!((exp(0.0) - 1.0).abs() < 1e-7);
    }

    proptest! {
        #[test]
        fn powers_are_those_of_the_standard_library(x in -87.0_f32..88.0) {
            prop_assert!((exp(x) / x.exp() - 1.0).abs() < 3e-7 + 1e-7 * x.abs(), "{x}");
        }

        #[test]
        fn the_unit_and_its_mirror_differ_by_the_number(x in -30.0_f32..30.0) {
            prop_assert!((gelu(x) - gelu(-x) - x).abs() < 1e-5);
            prop_assert!(gelu(x.abs()) <= x.abs() && gelu(x.abs()) >= x.abs() / 2.0);
        }

        #[test]
        fn sums_are_those_of_one_lane(vector in proptest::collection::vec(-9_i16..9, 32)) {
            let vector: Vec<f32> = vector.into_iter().map(f32::from).collect();
            prop_assert_eq!(sum(&vector[3..]), vector[3..].iter().sum::<f32>());
            prop_assert_eq!(dot(&vector, &vector), vector.iter().map(|it| it * it).sum::<f32>());
        }
    }
}
