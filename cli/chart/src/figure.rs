//! Seconds and dollars that are predicted or measured: with the digits that they deserve.

/// `0.07 s`, `2.5 s`, `90 s`.
#[must_use]
pub fn seconds(seconds: f64) -> String {
    match seconds {
        0.0 => "0 s".to_owned(),
        s if s < 0.995 => format!("{s:.2} s"),
        s if s < 9.95 && s.fract() != 0.0 => format!("{s:.1} s"),
        s => format!("{:.0} s", s.round()),
    }
}

/// `1.2 ms`, `141 ms`, `12.4 s`: milliseconds that were measured.
#[must_use]
pub fn millis(millis: f64) -> String {
    match millis {
        ms if ms < 99.95 => format!("{ms:.1} ms"),
        ms if ms < 9999.5 => format!("{ms:.0} ms"),
        ms => format!("{:.1} s", ms / 1e3),
    }
}

/// `63.42 $`.
#[must_use]
pub fn dollars(usd: f64) -> String {
    format!("{usd:.2} $")
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
}
