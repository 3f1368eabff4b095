//! `cron(minutes hours day-of-month month day-of-week year)`.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use super::parse::{DAY_OF_MONTH, DAY_OF_WEEK, HOUR, Hint, MINUTE, MONTH, YEAR};

/// Six fields that a minute must match, in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: Vec<u16>,
    hours: Vec<u16>,
    months: Vec<u16>,
    years: Vec<u16>,
    days: Vec<Day>,
}

/// One part of the field of days that is in use; the other field is `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Day {
    /// These days of the month.
    OfMonth(Vec<u16>),
    /// `L`: the last day of the month.
    LastOfMonth,
    /// `15W`: the weekday nearest to this day, within the month.
    NearestWeekday(u16),
    /// These days of the week; 1 is Sunday.
    OfWeek(Vec<u16>),
    /// `6L`: the last such day of the month.
    LastOfWeek(u16),
    /// `6#3`: the third such day of the month.
    Nth(u16, u16),
}

impl Cron {
    pub(super) fn parse(inside: &str) -> Result<Self, Hint> {
        let fields: Vec<&str> = inside.split_whitespace().collect();
        let [minutes, hours, day_of_month, months, day_of_week, years] = fields.as_slice() else {
            return Err(Hint::why(format!(
                "it has {} fields instead of six: minutes hours day-of-month month day-of-week year",
                fields.len()
            )));
        };
        let days = match (*day_of_month, *day_of_week) {
            ("?", "?") => return Err(Hint::why("only one of the days may be `?`")),
            (of_month, "?") => days_of_month(of_month)?,
            ("?", of_week) => days_of_week(of_week)?,
            (of_month, of_week) => {
                let kept = if of_week == "*" { (of_month, "?") } else { ("?", of_week) };
                let right =
                    format!("cron({minutes} {hours} {} {months} {} {years})", kept.0, kept.1);
                return Err(Hint::write(right, "one of day-of-month and day-of-week must be `?`"));
            }
        };
        Ok(Self {
            minutes: MINUTE.numbers(minutes)?,
            hours: HOUR.numbers(hours)?,
            months: MONTH.numbers(months)?,
            years: YEAR.numbers(years)?,
            days,
        })
    }

    pub(super) fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let now = TimeZone::UTC.to_datetime(after);
        // The first whole minute after `after`.
        let from = now.with().second(0).subsec_nanosecond(0).build().ok()?;
        let from = from.checked_add(Span::new().minutes(1)).ok()?;
        let mut date = from.date();
        loop {
            let year = u16::try_from(date.year()).ok()?;
            if self.years.last().is_none_or(|last| year > *last) {
                return None;
            }
            if !self.years.contains(&year) {
                date = Date::new(date.year().checked_add(1)?, 1, 1).ok()?;
                continue;
            }
            if !self.months.contains(&of(date.month())) {
                date = date.last_of_month().tomorrow().ok()?;
                continue;
            }
            if self.days.iter().any(|day| day.is(date)) {
                let earliest =
                    if date == from.date() { (of(from.hour()), of(from.minute())) } else { (0, 0) };
                if let Some((hour, minute)) = self.time_from(earliest) {
                    let hour = i8::try_from(hour).ok()?;
                    let minute = i8::try_from(minute).ok()?;
                    return TimeZone::UTC.to_timestamp(date.at(hour, minute, 0, 0)).ok();
                }
            }
            date = date.tomorrow().ok()?;
        }
    }

    /// The first hour and minute of a day that are not before `earliest`.
    fn time_from(&self, earliest: (u16, u16)) -> Option<(u16, u16)> {
        let hours = self
            .hours
            .iter()
            .flat_map(|hour| self.minutes.iter().map(move |minute| (*hour, *minute)));
        hours.filter(|time| *time >= earliest).min()
    }
}

fn days_of_month(text: &str) -> Result<Vec<Day>, Hint> {
    let mut days = Vec::new();
    let mut numbers = Vec::new();
    for part in text.split(',') {
        let upper = part.to_ascii_uppercase();
        if upper == "L" {
            days.push(Day::LastOfMonth);
        } else if let Some(day) = upper.strip_suffix('W') {
            days.push(Day::NearestWeekday(DAY_OF_MONTH.number(day)?));
        } else {
            numbers.extend(DAY_OF_MONTH.numbers(part)?);
        }
    }
    if !numbers.is_empty() {
        days.push(Day::OfMonth(numbers));
    }
    Ok(days)
}

fn days_of_week(text: &str) -> Result<Vec<Day>, Hint> {
    let mut days = Vec::new();
    let mut numbers = Vec::new();
    for part in text.split(',') {
        let upper = part.to_ascii_uppercase();
        if upper == "L" {
            numbers.push(DAY_OF_WEEK.last);
        } else if let Some((day, nth)) = upper.split_once('#') {
            if text.contains(',') {
                return Err(Hint::why("a day with `#` must be the only one"));
            }
            let nth = match nth.parse() {
                Ok(nth) if (1..=5).contains(&nth) => nth,
                _ => return Err(Hint::why("after `#` comes 1 to 5: the first to the fifth")),
            };
            days.push(Day::Nth(DAY_OF_WEEK.number(day)?, nth));
        } else if let Some(day) = upper.strip_suffix('L') {
            days.push(Day::LastOfWeek(DAY_OF_WEEK.number(day)?));
        } else {
            numbers.extend(DAY_OF_WEEK.numbers(part)?);
        }
    }
    if !numbers.is_empty() {
        days.push(Day::OfWeek(numbers));
    }
    Ok(days)
}

impl Day {
    fn is(&self, date: Date) -> bool {
        let day = of(date.day());
        let last = of(date.days_in_month());
        let weekday = weekday(date);
        match self {
            Self::OfMonth(days) => days.contains(&day),
            Self::LastOfMonth => day == last,
            Self::NearestWeekday(wanted) => nearest_weekday(date, *wanted) == Some(day),
            Self::OfWeek(days) => days.contains(&weekday),
            Self::LastOfWeek(wanted) => weekday == *wanted && day + 7 > last,
            Self::Nth(wanted, nth) => weekday == *wanted && day.div_ceil(7) == *nth,
        }
    }
}

/// 1 for Sunday to 7 for Saturday, as EventBridge counts.
fn weekday(date: Date) -> u16 {
    of(date.weekday().to_sunday_one_offset())
}

/// The weekday nearest to a day of this month; it never leaves the month.
fn nearest_weekday(month: Date, wanted: u16) -> Option<u16> {
    let wanted = i8::try_from(wanted).ok()?;
    let date = Date::new(month.year(), month.month(), wanted).ok()?;
    let day = match weekday(date) {
        7 if wanted == 1 => 3,
        7 => wanted - 1,
        1 if wanted == month.days_in_month() => wanted - 2,
        1 => wanted + 1,
        _ => wanted,
    };
    Some(of(day))
}

/// A part of a date or time, which is never negative.
fn of(part: i8) -> u16 {
    u16::try_from(part).expect("parts of a date are not negative")
}
