//! A limit that a percentile of cold starts has to keep, as it is typed: `p95=8s`, `first-query.p50=800ms`.

use std::{fmt, str::FromStr};

use super::figure::{Figure, Percentile};

/// The most that a percentile of a figure may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// What is held to it.
    pub figure: Figure,
    /// Which percentile.
    pub percentile: Percentile,
    /// The most that it may be, in seconds.
    pub seconds: f64,
}

/// Why a text is no limit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// It has not the form.
    #[error("a budget is a percentile and its limit, such as `p95=8s` or `first-query.p95=2s`")]
    NotALimit,
    /// No figure is called so.
    #[error("there is no figure `{}`; there are {}", .0, names(Figure::all()))]
    NoSuchFigure(String),
    /// No percentile is called so.
    #[error("there is no percentile `{}`; there are {}", .0, names(Percentile::ALL))]
    NoSuchPercentile(String),
    /// No time can be read.
    #[error("`{0}` is not a time above 0 in s or ms, such as `8s`, `2.5s` or `800ms`")]
    NotATime(String),
}

fn names<T: fmt::Display>(all: impl IntoIterator<Item = T>) -> String {
    all.into_iter().map(|it| it.to_string()).collect::<Vec<_>>().join(", ")
}

impl FromStr for Limit {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let (what, time) = text.split_once('=').ok_or(LimitError::NotALimit)?;
        let (figure, percentile) = what.rsplit_once('.').unwrap_or((Figure::Total.as_str(), what));
        Ok(Self {
            figure: figure.parse().map_err(|_| LimitError::NoSuchFigure(figure.to_owned()))?,
            percentile: percentile
                .parse()
                .map_err(|_| LimitError::NoSuchPercentile(percentile.to_owned()))?,
            seconds: seconds(time).ok_or_else(|| LimitError::NotATime(time.to_owned()))?,
        })
    }
}

fn seconds(text: &str) -> Option<f64> {
    let (number, unit) = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => (millis, 1e-3),
        (None, seconds) => (seconds?, 1.0),
    };
    let is_plain = number.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    let number: f64 = number.parse().ok().filter(|_| is_plain)?;
    (number > 0.0 && number.is_finite()).then_some(number * unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Phase;

    #[test]
    fn a_limit_is_of_the_total_unless_it_names_a_figure() {
        let read = |text: &str| {
            let Limit { figure, percentile, seconds } = text.parse().unwrap();
            (figure, percentile, seconds)
        };
        assert_eq!(read("p95=8s"), (Figure::Total, Percentile::P95, 8.0));
        assert_eq!(read("first-query.p50=800ms"), (Figure::FirstQuery, Percentile::P50, 0.8));
        assert_eq!(read("warm.p99=2.5s"), (Figure::Phase(Phase::Warm), Percentile::P99, 2.5));
    }

    #[test]
    fn what_is_no_limit_is_refused_and_says_what_would_be() {
        let told = |text: &str| text.parse::<Limit>().unwrap_err().to_string();
        assert!(told("p95").contains("such as `p95=8s`"));
        assert!(told("p90=8s").contains("there are p50, p95, p99"));
        assert!(
            told("firstquery.p95=8s").contains("total, ready, first-query, second-query, wake")
        );
        for text in ["", "8", "0s", "-1s", "infs", "1e3s", "NaNs", "s", "8m", "8 s", "1.2.3s"] {
            assert!(told(&format!("p50={text}")).contains("is not a time"), "{text}");
        }
    }
}
