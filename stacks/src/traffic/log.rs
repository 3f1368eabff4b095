//! When requests came once.

use std::{fmt, time::Duration};

use jiff::{Timestamp, tz::TimeZone};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Numbers from here on are seconds since 1970, smaller ones since the log's own beginning. It is in 2001.
const SINCE_1970: f64 = 1e9;

/// When requests came, a line each.
///
/// A line holds a time as RFC 3339 has it, or a number of seconds: since 1970, or smaller ones since the log's beginning, which
/// is then a Monday's midnight. Lines of an access log of a load balancer of AWS are read too, whose second word is the time
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html>). Empty lines and
/// those that begin with `#` are passed over; the order does not matter.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestLog {
    /// Midnight before the first request, UTC.
    start: Timestamp,
    /// Since then, in order.
    times: Vec<Duration>,
}

/// The text is no log of request times.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// A line has no time.
    #[error(
        "line {line}: `{text}` begins with no time, as RFC 3339 has it or in seconds, such as 2026-11-27T08:00:00Z"
    )]
    NotTime {
        /// Which line, from 1.
        line: usize,
        /// Its beginning.
        text: String,
    },
    /// Times of both sorts.
    #[error("line {0}: seconds since the log's beginning beside times with a date")]
    BothSorts(usize),
    /// No request came.
    #[error("it has no request")]
    Empty,
}

#[derive(Clone, Copy, PartialEq)]
enum At {
    Dated(f64),
    Since(f64),
}

impl RequestLog {
    /// Reads a log.
    ///
    /// # Errors
    ///
    /// [`LogError`] says which line has no time.
    pub fn parse(text: &str) -> Result<Self, LogError> {
        let mut seconds = Vec::new();
        let mut is_dated = None;
        let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
        for (line, text) in lines.filter(|(_, it)| !it.is_empty() && !it.starts_with('#')) {
            let at = time(text)
                .ok_or_else(|| LogError::NotTime { line, text: text.chars().take(40).collect() })?;
            let dated = matches!(at, At::Dated(_));
            if *is_dated.get_or_insert(dated) != dated {
                return Err(LogError::BothSorts(line));
            }
            let (At::Dated(second) | At::Since(second)) = at;
            seconds.push(second);
        }
        seconds.sort_by(f64::total_cmp);
        let first = *seconds.first().ok_or(LogError::Empty)?;
        let start = if is_dated == Some(true) { midnight(first) } else { super::MONDAY };
        let since = if is_dated == Some(true) { start as f64 } else { 0.0 };
        Ok(Self {
            start: Timestamp::from_second(start).unwrap_or_default(),
            times: seconds
                .iter()
                .map(|it| Duration::from_secs_f64((it - since).max(0.0)))
                .collect(),
        })
    }

    pub(super) const fn start(&self) -> Timestamp {
        self.start
    }

    pub(super) fn times(&self) -> &[Duration] {
        &self.times
    }

    /// Until the end of the last request's day.
    pub(super) fn length(&self) -> Duration {
        let last = self.times.last().copied().unwrap_or_default();
        let days = u32::try_from(last.as_secs() / DAY.as_secs() + 1).unwrap_or(u32::MAX);
        DAY * days
    }
}

/// The time that a line begins with, or has as its second word.
fn time(line: &str) -> Option<At> {
    let mut words = line.split([' ', '\t', ',']).filter(|it| !it.is_empty());
    words.by_ref().take(2).find_map(|word| {
        let word = word.trim_matches('"');
        if let Ok(at) = word.parse::<Timestamp>() {
            return Some(At::Dated(at.as_millisecond() as f64 / 1e3));
        }
        let number: f64 = word.parse().ok()?;
        let is_time = number.is_finite() && (0.0..1e11).contains(&number);
        is_time.then_some(if number >= SINCE_1970 { At::Dated(number) } else { At::Since(number) })
    })
}

#[expect(clippy::cast_possible_truncation, reason = "its callers look that it is a time")]
fn midnight(second: f64) -> i64 {
    let day = Timestamp::from_second(second as i64).unwrap_or_default();
    let day = day.to_zoned(TimeZone::UTC).start_of_day();
    day.map_or(0, |it| it.timestamp().as_second())
}

impl fmt::Display for RequestLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.length().as_secs() / DAY.as_secs();
        let plural = if days == 1 { "" } else { "s" };
        write!(f, "{} requests of a log, {days} day{plural}", self.times.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Vec<f64> {
        let log = RequestLog::parse(text).unwrap();
        log.times.iter().map(Duration::as_secs_f64).collect()
    }

    #[test]
    fn times_are_counted_from_midnight_of_the_first_day() {
        let text = "# when\n2026-11-27T08:00:01Z\n\n2026-11-27T09:30:00+01:00 POST /query\n";
        assert_eq!(seconds(text), [28_801.0, 30_600.0]);
        let log = RequestLog::parse(text).unwrap();
        assert_eq!(log.start.to_string(), "2026-11-27T00:00:00Z");
        assert_eq!(log.to_string(), "2 requests of a log, 1 day");
    }

    #[test]
    fn seconds_are_since_1970_or_since_the_beginning() {
        assert_eq!(seconds("30\n10.5\n"), [10.5, 30.0]);
        assert_eq!(seconds("1795737600.5"), [0.5]);
        assert_eq!(RequestLog::parse("90000").unwrap().length(), 2 * DAY);
    }

    #[test]
    fn lines_of_a_load_balancers_access_log_are_read() {
        let line = r#"https 2026-11-27T00:00:09.5Z app/handbook/50dc 10.0.0.1:2817 "POST /query""#;
        assert_eq!(seconds(line), [9.5]);
    }

    #[test]
    fn a_line_without_a_time_is_told_by_its_number() {
        let error = RequestLog::parse("10\nwhat is this\n").unwrap_err();
        assert!(error.to_string().starts_with("line 2: `what is this` begins with no time"));
        assert_eq!(RequestLog::parse("# none\n"), Err(LogError::Empty));
        assert_eq!(RequestLog::parse("1\n1795737600"), Err(LogError::BothSorts(2)));
        assert!(RequestLog::parse("-5").is_err() && RequestLog::parse("nan").is_err());
    }
}
