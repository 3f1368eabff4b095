//! How many requests come in a time.

use std::{fmt, str::FromStr};

/// The most requests an hour that a rate may have.
const MOST: f64 = 100_000_000.0;

/// Requests in a time: `10/h`, `0.5/m`, `200/s`, `1000/d`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Rate {
    an_hour: f64,
}

/// The text is no rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no rate: a number, `/` and one of s, m, h, d, such as 10/h, at most 100 million an hour"
)]
pub struct RateError(String);

impl Rate {
    /// So many an hour; none where that is no number of requests.
    #[must_use]
    pub fn an_hour(requests: f64) -> Self {
        let is_rate = requests.is_finite() && requests >= 0.0;
        Self { an_hour: if is_rate { requests.min(MOST) } else { 0.0 } }
    }

    /// Requests an hour.
    #[must_use]
    pub fn per_hour(self) -> f64 {
        self.an_hour
    }
}

impl FromStr for Rate {
    type Err = RateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || RateError(text.to_owned());
        let (number, unit) = text.trim().split_once('/').ok_or_else(wrong)?;
        let number: f64 = number.trim().parse().map_err(|_| wrong())?;
        let an_hour = match unit.trim() {
            "s" => number * 3600.0,
            "m" => number * 60.0,
            "h" => number,
            "d" => number / 24.0,
            _ => return Err(wrong()),
        };
        let is_rate = number.is_finite() && number >= 0.0 && an_hour <= MOST;
        if is_rate { Ok(Self { an_hour }) } else { Err(wrong()) }
    }
}

impl fmt::Display for Rate {
    /// In the unit in which it is a number of one and more.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, unit) = match self.an_hour {
            it if it >= 7200.0 => (it / 3600.0, 's'),
            it if it >= 1.0 || it == 0.0 => (it, 'h'),
            it => (it * 24.0, 'd'),
        };
        // Two digits behind the point, and none that say nothing.
        write!(f, "{}/{unit}", (number * 100.0).round() / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_in_four_units_and_told_in_one_that_fits() {
        for (text, an_hour, told) in [
            ("10/h", 10.0, "10/h"),
            ("0.5/m", 30.0, "30/h"),
            ("2/s", 7200.0, "2/s"),
            ("12/d", 0.5, "12/d"),
            ("0/h", 0.0, "0/h"),
            (" 60 / h ", 60.0, "60/h"),
        ] {
            let rate: Rate = text.parse().unwrap();
            assert!((rate.per_hour() - an_hour).abs() < 1e-9, "{text}");
            assert_eq!(rate.to_string(), told);
        }
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in ["", "10", "h", "10/w", "-1/h", "nan/h", "inf/h", "1e9/h", "ten/h"] {
            let error = text.parse::<Rate>().unwrap_err();
            assert!(error.to_string().contains("such as 10/h"), "{text}");
        }
    }
}
