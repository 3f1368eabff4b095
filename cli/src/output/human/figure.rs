//! Seconds and dollars that are predicted or measured: with the digits that they deserve.

use ragctl_stacks::budget::Range;

/// `0.07 s`, `2.5 s`, `90 s`.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        0.0 => "0 s".to_owned(),
        s if s < 0.995 => format!("{s:.2} s"),
        s if s < 9.95 && s.fract() != 0.0 => format!("{s:.1} s"),
        s => format!("{:.0} s", s.round()),
    }
}

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

/// `1.2 ms`, `141 ms`, `12.4 s`: milliseconds that were measured.
pub(crate) fn millis(millis: f64) -> String {
    match millis {
        ms if ms < 99.95 => format!("{ms:.1} ms"),
        ms if ms < 9999.5 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1e3),
    }
}

/// `63.42 $`.
pub(crate) fn dollars(usd: f64) -> String {
    format!("{usd:.2} $")
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
    fn seconds_have_the_digits_of_a_prediction() {
        let told = [0.0, 0.07, 0.999, 2.5, 3.0, 9.96, 90.5, 178.0].map(seconds);
        assert_eq!(told, ["0 s", "0.07 s", "1.0 s", "2.5 s", "3 s", "10 s", "91 s", "178 s"]);
    }

    #[test]
    fn milliseconds_have_the_digits_of_a_measurement() {
        let told = [0.84, 16.3, 99.96, 1382.4, 9999.6].map(millis);
        assert_eq!(told, ["0.8 ms", "16.3 ms", "100 ms", "1382 ms", "10.0 s"]);
    }

    #[test]
    fn a_difference_that_cannot_be_seen_is_none() {
        assert_eq!(more(55.22, 63.42, dollars).as_deref(), Some("+8.20 $"));
        assert_eq!(more(105.5, 90.5, seconds).as_deref(), Some("-15 s"));
        assert_eq!(more(1.0, 1.001, dollars), None);
    }
}
