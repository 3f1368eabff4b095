//! What the fields of a `cron(…)` are made of, and what was meant by what is neither.

use super::super::value::ValueError;

/// What to tell about a schedule that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hint {
    write: Option<String>,
    why: String,
}

impl Hint {
    pub(super) fn why(why: impl Into<String>) -> Self {
        Self { write: None, why: why.into() }
    }

    pub(super) fn write(text: String, why: impl Into<String>) -> Self {
        Self { write: Some(text), why: why.into() }
    }

    pub(super) fn onto(self, error: ValueError) -> ValueError {
        let error = error.because(self.why);
        match self.write {
            Some(text) => error.suggest(text),
            None => error,
        }
    }
}

/// A field of a `cron(…)`: its name in messages, its limits, and words for its numbers.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) words: &'static [&'static str],
}

const MONTHS: &[&str] =
    &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

pub(super) const MINUTE: Field = Field { name: "minutes", first: 0, last: 59, words: &[] };
pub(super) const HOUR: Field = Field { name: "hours", first: 0, last: 23, words: &[] };
pub(super) const DAY_OF_MONTH: Field =
    Field { name: "day-of-month", first: 1, last: 31, words: &[] };
pub(super) const MONTH: Field = Field { name: "month", first: 1, last: 12, words: MONTHS };
pub(super) const DAY_OF_WEEK: Field = Field { name: "day-of-week", first: 1, last: 7, words: DAYS };
pub(super) const YEAR: Field = Field { name: "year", first: 1970, last: 2199, words: &[] };

impl Field {
    /// Reads a list such as `1,5-9,20/5` or `*` into its numbers, in order.
    pub(super) fn numbers(&self, text: &str) -> Result<Vec<u16>, Hint> {
        let mut numbers = Vec::new();
        for part in text.split(',') {
            numbers.extend(self.part(part)?);
        }
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    fn part(&self, part: &str) -> Result<Vec<u16>, Hint> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(self.step(step)?)),
            None => (part, None),
        };
        let (first, last) = match (range, range.split_once('-')) {
            ("*", _) => (self.first, self.last),
            (_, Some((first, last))) => (self.number(first)?, self.number(last)?),
            // `20/5` runs from 20 to the end, `20` is 20 alone.
            (_, None) => {
                let first = self.number(range)?;
                (first, if step.is_some() { self.last } else { first })
            }
        };
        if first > last {
            return Err(Hint::why(format!(
                "the {} range `{range}` goes from the greater to the smaller; write two ranges",
                self.name
            )));
        }
        Ok((first..=last).step_by(usize::from(step.unwrap_or(1))).collect())
    }

    fn step(&self, text: &str) -> Result<u16, Hint> {
        match text.parse() {
            Ok(step) if step > 0 => Ok(step),
            _ => Err(Hint::why(format!("the {} step `/{text}` is no number from 1 up", self.name))),
        }
    }

    /// Reads one number, or the word for one.
    pub(super) fn number(&self, text: &str) -> Result<u16, Hint> {
        let upper = text.to_ascii_uppercase();
        if let Some(index) = self.words.iter().position(|word| *word == upper) {
            return Ok(self.first + u16::try_from(index).expect("at most twelve words"));
        }
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse() {
            Ok(number) if digits && (self.first..=self.last).contains(&number) => Ok(number),
            _ => Err(Hint::why(self.refused(text))),
        }
    }

    fn refused(&self, text: &str) -> String {
        let Self { name, first, last, words } = self;
        let range = match (words.first(), words.last()) {
            (Some(from), Some(to)) => format!("{first} to {last} or {from} to {to}"),
            _ => format!("{first} to {last}"),
        };
        match text {
            "?" => format!("`?` may stand for day-of-month or day-of-week, not for {name}"),
            "" => format!("the {name} field has an empty part; it takes {range}"),
            _ => format!("the {name} field cannot have `{text}`; it takes {range}"),
        }
    }
}

/// Says what was meant by text that is neither a rate nor a cron expression.
pub(super) fn guess(text: &str) -> Hint {
    let trimmed = text.trim();
    let lower = trimmed.to_ascii_lowercase();
    for name in ["rate", "cron"] {
        if lower.starts_with(&format!("{name}(")) && lower.ends_with(')') {
            let inside = &trimmed[name.len()..];
            return Hint::write(
                format!("{name}{inside}"),
                "in small letters, without spaces around",
            );
        }
    }
    let fields: Vec<&str> = trimmed.split_whitespace().collect();
    if let [minute, hour, day, month, "*"] = fields.as_slice() {
        let why = "EventBridge's cron has a sixth field for the year, and `?` for one of the days";
        return Hint::write(format!("cron({minute} {hour} {day} {month} ? *)"), why);
    }
    if (5..=6).contains(&fields.len()) {
        return Hint::why("put it between `cron(` and `)`, with six fields");
    }
    match every(&lower) {
        Some(rate) => Hint::write(rate, "EventBridge writes it so"),
        None => Hint::why("a schedule is a rate or six cron fields"),
    }
}

/// Makes `10m`, `every 10 minutes` and `10 minutes` a rate.
fn every(text: &str) -> Option<String> {
    let text = text.strip_prefix("every").unwrap_or(text).trim();
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let value: u32 = text.get(..digits)?.parse().ok().filter(|value| *value > 0)?;
    let unit = match text[digits..].trim() {
        "m" | "min" | "mins" | "minute" | "minutes" => "minute",
        "h" | "hour" | "hours" => "hour",
        "d" | "day" | "days" => "day",
        _ => return None,
    };
    Some(format!("rate({value} {unit}{})", if value == 1 { "" } else { "s" }))
}
