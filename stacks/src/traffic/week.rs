//! Rates by the hours of a week.

use std::{fmt, ops::Range, str::FromStr};

use super::rate::{Rate, RateError};

/// Hours of a week.
const HOURS: usize = 168;

/// The days, in order.
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// When offices work.
const OFFICE: &str = "mon-fri 8-18";

/// The hour at which a day begins of which only the length is known.
const BEGINS: u32 = 8;

/// How many requests come in each hour of a week, from Monday, 0 o'clock.
///
/// Read from windows that add up: `mon-fri 8-18 60/h, mon-sun 0-24 2/h`. `office 60/h` is `mon-fri 8-18 60/h`; a rate alone
/// is every hour's.
#[derive(Clone, Debug, PartialEq)]
pub struct Week {
    /// Requests an hour.
    rates: Box<[f64; HOURS]>,
    text: String,
}

/// The text is no pattern of a week.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A part of it is no window.
    #[error("`{0}` is not days, hours and a rate, such as `mon-fri 8-18 60/h`")]
    NotWindow(String),
    /// The days of a window are none.
    #[error("`{0}` is no day and no days: mon, tue, wed, thu, fri, sat, sun, or mon-fri")]
    NotDays(String),
    /// The hours of a window are none.
    #[error("`{0}` is not hours of a day: 0 to 24, the first before the last, such as 8-18")]
    NotHours(String),
    /// The rate of a window is none.
    #[error(transparent)]
    NotRate(#[from] RateError),
}

impl Week {
    /// The same rate in each hour.
    pub(super) fn steady(rate: Rate) -> Self {
        Self { rates: Box::new([rate.per_hour(); HOURS]), text: rate.to_string() }
    }

    /// The same rate for so many hours of each day.
    pub(super) fn daily(rate: Rate, hours: u32) -> Self {
        let hours = hours.min(24);
        let from = BEGINS.min(24 - hours);
        let within = |hour: usize| (from..from + hours).contains(&(hour_of_day(hour)));
        let rates: [f64; HOURS] =
            std::array::from_fn(|hour| if within(hour) { rate.per_hour() } else { 0.0 });
        Self { rates: Box::new(rates), text: format!("mon-sun {from}-{} {rate}", from + hours) }
    }

    /// Requests in the hour that is `hour` hours after the first Monday's midnight.
    pub(super) fn rate_in(&self, hour: u64) -> f64 {
        let hour = usize::try_from(hour % HOURS as u64).unwrap_or(0);
        self.rates[hour]
    }

    /// Whether nobody ever asks.
    pub(super) fn is_silent(&self) -> bool {
        self.rates.iter().all(|it| *it <= 0.0)
    }

    /// Requests a week, on average.
    #[must_use]
    pub fn requests(&self) -> f64 {
        self.rates.iter().sum()
    }

    /// The days, from Monday, and the hours of each of them, in which most ask: at least half as many as in the busiest hour of
    /// all. None where that is every hour of the week, or where nobody asks.
    #[must_use]
    pub fn busy(&self) -> Option<(Vec<usize>, Range<u32>)> {
        let most = self.rates.iter().copied().fold(0.0, f64::max);
        let busy: Vec<usize> = (0..HOURS)
            .filter(|hour| self.rates[*hour] > 0.0 && self.rates[*hour] >= most / 2.0)
            .collect();
        let mut days: Vec<usize> = busy.iter().map(|hour| hour / 24).collect();
        days.dedup();
        let hours = || busy.iter().map(|hour| hour_of_day(*hour));
        let hours = hours().min()?..hours().max()? + 1;
        (busy.len() < HOURS).then_some((days, hours))
    }

    fn add(&mut self, window: &str) -> Result<(), PatternError> {
        let window = window.trim();
        let named = window.strip_prefix("office ").map(|rate| format!("{OFFICE} {rate}"));
        let window = named.as_deref().unwrap_or(window);
        let parts: Vec<&str> = window.split_whitespace().collect();
        let (days, hours, rate) = match parts.as_slice() {
            [rate] if rate.contains('/') => ("mon-sun", "0-24", rate),
            [days, hours, rate] => (*days, *hours, rate),
            _ => return Err(PatternError::NotWindow(window.to_owned())),
        };
        let (days, hours, rate) = (days_of(days)?, hours_of(hours)?, rate.parse::<Rate>()?);
        for day in days {
            for hour in hours.clone() {
                self.rates[day * 24 + hour] += rate.per_hour();
            }
        }
        Ok(())
    }
}

fn hour_of_day(hour: usize) -> u32 {
    u32::try_from(hour % 24).unwrap_or(0)
}

/// The days of `mon-fri`, which may go over Sunday.
fn days_of(text: &str) -> Result<Vec<usize>, PatternError> {
    let wrong = || PatternError::NotDays(text.to_owned());
    let day = |name: &str| DAYS.iter().position(|it| *it == name.to_lowercase());
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (day(first).ok_or_else(wrong)?, day(last).ok_or_else(wrong)?);
    let count = (last + 7 - first) % 7 + 1;
    Ok((0..count).map(|step| (first + step) % 7).collect())
}

fn hours_of(text: &str) -> Result<Range<usize>, PatternError> {
    let wrong = || PatternError::NotHours(text.to_owned());
    let (from, to) = text.split_once('-').ok_or_else(wrong)?;
    let hour = |text: &str| text.parse().ok().filter(|it| *it <= 24);
    let hours = hour(from).ok_or_else(wrong)?..hour(to).ok_or_else(wrong)?;
    if hours.is_empty() { Err(wrong()) } else { Ok(hours) }
}

impl FromStr for Week {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut week = Self { rates: Box::new([0.0; HOURS]), text: text.trim().to_owned() };
        text.split(',').try_for_each(|window| week.add(window))?;
        Ok(week)
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_add_up() {
        let week: Week = "office 60/h, mon-sun 0-24 2/h".parse().unwrap();
        assert!((week.rate_in(8) - 62.0).abs() < 1e-9, "Monday at 8");
        assert!((week.rate_in(18) - 2.0).abs() < 1e-9, "Monday at 18");
        assert!((week.rate_in(5 * 24 + 9) - 2.0).abs() < 1e-9, "Saturday");
        assert!((week.rate_in(168 + 8) - 62.0).abs() < 1e-9, "the next Monday");
        assert!((week.requests() - (50.0 * 60.0 + 168.0 * 2.0)).abs() < 1e-6);
    }

    #[test]
    fn days_go_over_sunday_and_a_rate_alone_is_every_hours() {
        let week: Week = "sat-mon 0-1 1/h".parse().unwrap();
        assert_eq!(week.busy(), Some((vec![0, 5, 6], 0..1)));
        assert_eq!("10/h".parse::<Week>().unwrap().busy(), None);
        let office: Week = "office 60/h, mon-sun 0-24 2/h".parse().unwrap();
        assert_eq!(office.busy(), Some((vec![0, 1, 2, 3, 4], 8..18)));
        assert!("0/h".parse::<Week>().unwrap().is_silent());
    }

    #[test]
    fn active_hours_of_a_day_begin_at_8_or_as_early_as_they_must() {
        let day = |hours| Week::daily(Rate::an_hour(10.0), hours).to_string();
        assert_eq!(
            [day(8), day(20), day(24)],
            ["mon-sun 8-16 10/h", "mon-sun 4-24 10/h", "mon-sun 0-24 10/h"]
        );
        assert!(Week::daily(Rate::an_hour(10.0), 0).is_silent());
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_what_is_wrong() {
        for (text, said) in [
            ("", "is not days, hours and a rate"),
            ("mon-fri 60/h", "is not days, hours and a rate"),
            ("lun-fri 8-18 1/h", "is no day"),
            ("mon 18-8 1/h", "is not hours"),
            ("mon 8-25 1/h", "is not hours"),
            ("mon 8 1/h", "is not hours"),
            ("mon 8-9 1", "is no rate"),
        ] {
            let error = text.parse::<Week>().unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
