//! One thing that is waited for: a line that changes in place on a terminal, and a line now and then off it.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};

use super::{SAID_AT_LEAST, TURN, Ticking, on_terminal};
use crate::output::say;

/// Off a terminal, news are told at most this often.
const NEWS_AT_MOST: Duration = Duration::from_secs(2);

/// One thing that is waited for.
pub(crate) struct Wait {
    bar: Option<ProgressBar>,
    told: Mutex<Told>,
}

struct Told {
    text: String,
    began: Instant,
    said: Option<Instant>,
}

impl Wait {
    /// Something whose end cannot be foreseen.
    pub(crate) fn open() -> Self {
        let style = ProgressStyle::with_template("{spinner} {msg}").expect("the template is right");
        let bar = on_terminal().then(|| ProgressBar::new_spinner().with_style(style));
        Self::new(bar)
    }

    /// Something that has `of` parts.
    pub(crate) fn of_parts(of: u64) -> Self {
        let template = "{bar:30} {pos}/{len} {msg}";
        let style = ProgressStyle::with_template(template).expect("the template is right");
        let style = style.progress_chars("━╸─");
        let bar = on_terminal().then(|| ProgressBar::new(of).with_style(style));
        Self::new(bar)
    }

    fn new(bar: Option<ProgressBar>) -> Self {
        if let Some(bar) = &bar {
            bar.enable_steady_tick(TURN);
        }
        Self {
            bar,
            told: Mutex::new(Told { text: String::new(), began: Instant::now(), said: None }),
        }
    }

    /// Tells how it stands: `done` parts, and in words. Off a terminal the words are told alone.
    pub(crate) fn set(&self, done: u64, words: impl Into<String>, line: impl Into<String>) {
        if let Some(bar) = &self.bar {
            bar.set_position(done);
            bar.set_message(words.into());
        } else {
            let mut told = self.lock();
            told.text = line.into();
            told.say_when_quiet_for(NEWS_AT_MOST);
        }
    }

    /// Tells in words how it stands; off a terminal, once it has gone on for a while.
    pub(crate) fn news(&self, words: String) {
        self.set(0, words.clone(), words);
    }

    /// Tells in words how it stands; off a terminal, at once when it is the first that is told.
    pub(crate) fn say(&self, words: impl Into<String>) {
        if let Some(bar) = &self.bar {
            bar.set_message(words.into());
        } else {
            let mut told = self.lock();
            told.text = words.into();
            let pause = if told.said.is_none() { Duration::ZERO } else { NEWS_AT_MOST };
            told.say_when_quiet_for(pause);
        }
    }

    /// Says on a terminal what goes on; off it, only when it goes on for long.
    pub(crate) fn hint(&self, words: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(words.to_owned()),
            None => words.clone_into(&mut self.lock().text),
        }
    }

    /// Writes a line that stays, above what changes.
    pub(crate) fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(text)),
            None => say(text),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends it; nothing of it stays on a terminal.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Told {
    /// Says how it stands when nothing was said for `pause`, so that what is over soon is not talked about.
    fn say_when_quiet_for(&mut self, pause: Duration) {
        let now = Instant::now();
        if self.is_due(now, pause) {
            say(&self.text);
            self.said = Some(now);
        }
    }

    fn is_due(&self, now: Instant, pause: Duration) -> bool {
        let quiet = now.duration_since(self.said.unwrap_or(self.began));
        !self.text.is_empty() && quiet >= pause
    }
}

impl Ticking for Wait {
    fn tick(&self) {
        if self.bar.is_none() {
            self.lock().say_when_quiet_for(SAID_AT_LEAST);
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_said_at_least_every_thirty_seconds_and_news_not_too_often() {
        let began = Instant::now();
        let mut told = Told { text: "waiting".to_owned(), began, said: None };
        let due =
            |told: &Told, after: u64, pause| told.is_due(began + Duration::from_secs(after), pause);
        assert!(!due(&told, 1, NEWS_AT_MOST) && due(&told, 2, NEWS_AT_MOST));
        assert!(!due(&told, 29, SAID_AT_LEAST) && due(&told, 30, SAID_AT_LEAST));
        told.said = Some(began + Duration::from_secs(20));
        assert!(!due(&told, 49, SAID_AT_LEAST) && due(&told, 50, SAID_AT_LEAST));
        told.text.clear();
        assert!(!due(&told, 500, SAID_AT_LEAST), "there is nothing to say");
    }
}
