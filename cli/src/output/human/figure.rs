//! Seconds and dollars that are predicted or measured: with the digits that they deserve.

pub(crate) use ragctl_chart::figure::{dollars, millis, seconds};
use ragctl_stacks::budget::Range;

/// `57 s to 178 s`.
pub(crate) fn span(range: Range) -> String {
    format!("{} to {}", seconds(range.best), seconds(range.worst))
}

/// `0.012 s`, `1.42 s`, `45.6 s`, `75 s`: seconds that were measured.
pub(crate) fn measured(seconds: f64) -> String {
    match seconds {
        s if s < 0.1 => format!("{s:.3} s"),
        s if s < 9.995 => format!("{s:.2} s"),
        s if s < 59.95 => format!("{s:.1} s"),
        s => format!("{s:.0} s"),
    }
}

/// `+8.20`, `-15 s`: what is more or less, in the words of `told`; none when nobody could tell the difference.
pub(crate) fn more(from: f64, to: f64, told: impl Fn(f64) -> String) -> Option<String> {
    let difference = to - from;
    let text = told(difference.abs());
    if text == told(0.0) {
        return None;
    }
    Some(format!("{}{text}", if difference < 0.0 { '-' } else { '+' }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_that_cannot_be_seen_is_none() {
        assert_eq!(more(55.22, 63.42, dollars).as_deref(), Some("+8.20 $"));
        assert_eq!(more(105.5, 90.5, seconds).as_deref(), Some("-15 s"));
        assert_eq!(more(1.0, 1.001, dollars), None);
    }
}
