//! Reads single settings and remembers every one that is wrong.

use std::{fmt, ops::RangeInclusive, str::FromStr, time::Duration};

use reqwest::Url;

/// The settings that cannot be used, all of them, one a line.
#[derive(Debug, PartialEq, Eq)]
pub struct WrongSettings(pub Vec<String>);

impl fmt::Display for WrongSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for WrongSettings {}

/// Looks settings up by name. A setting of nothing but blanks counts as not set, as containers pass them.
pub(super) struct Reader<L> {
    lookup: L,
    wrong: Vec<String>,
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    pub(super) fn new(lookup: L) -> Self {
        Self { lookup, wrong: Vec::new() }
    }

    /// What was wrong so far.
    pub(super) fn finish<T>(self, settings: T) -> Result<T, WrongSettings> {
        if self.wrong.is_empty() { Ok(settings) } else { Err(WrongSettings(self.wrong)) }
    }

    pub(super) fn complain(&mut self, sentence: String) {
        self.wrong.push(sentence);
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.lookup)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A value that its own type can read; `wanted` completes "… is not ".
    pub(super) fn parsed<T: FromStr>(&mut self, name: &str, default: T, wanted: &str) -> T {
        match self.text(name).map(|value| value.parse().map_err(|_| value)) {
            None => default,
            Some(Ok(value)) => value,
            Some(Err(value)) => {
                self.complain(format!("{name}: `{value}` is not {wanted}"));
                default
            }
        }
    }

    /// A URL to which paths are joined: it ends in a slash.
    pub(super) fn base_url(&mut self, name: &str, default: &str) -> Url {
        let mut url = self.url(name, default);
        if !url.path().ends_with('/') {
            // Without the slash, joining a path would replace the last part of the base.
            url.set_path(&format!("{}/", url.path()));
        }
        url
    }

    /// A URL of a service that we call. It is told without its text, which may hold a password.
    pub(super) fn url(&mut self, name: &str, default: &str) -> Url {
        let default = || default.parse().expect("the default URL is one");
        let url = self.text(name).map_or_else(|| Ok(default()), |text| text.parse::<Url>());
        let is_ours = |url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host();
        let Some(url) = url.ok().filter(is_ours) else {
            self.complain(format!("{name}: it is not a URL that begins with http:// or https://"));
            return default();
        };
        if !url.username().is_empty() || url.password().is_some() {
            self.complain(format!("{name}: the URL holds a name or password; use the key"));
        }
        url
    }

    /// A number within `range`, both ends included.
    pub(super) fn number<T>(&mut self, name: &str, default: T, range: RangeInclusive<T>) -> T
    where
        T: FromStr + PartialOrd + Copy + fmt::Display,
    {
        let wanted = format!("a number from {} to {}", range.start(), range.end());
        let given = self.wrong.len();
        let value = self.parsed(name, default, &wanted);
        if self.wrong.len() == given && !range.contains(&value) {
            self.complain(format!("{name}: `{value}` is not {wanted}"));
            return default;
        }
        value
    }

    /// A number within `range`, when there is one.
    pub(super) fn optional(&mut self, name: &str, range: RangeInclusive<usize>) -> Option<usize> {
        self.text(name)?;
        let default = *range.start();
        Some(self.number(name, default, range))
    }

    pub(super) fn seconds(
        &mut self,
        name: &str,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> Duration {
        Duration::from_secs(self.number(name, default, range))
    }

    pub(super) fn switch(&mut self, name: &str) -> bool {
        self.choice(name, false, &[("true", true), ("false", false)])
    }

    /// One of a few words, in any case.
    pub(super) fn choice<T: Copy>(&mut self, name: &str, default: T, words: &[(&str, T)]) -> T {
        let Some(value) = self.text(name) else { return default };
        if let Some((_, choice)) = words.iter().find(|(word, _)| value.eq_ignore_ascii_case(word)) {
            return *choice;
        }
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.complain(format!("{name}: `{value}` is not one of {}", words.join(", ")));
        default
    }
}
