//! What was done with documents last, for people who look.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;

/// The most messages that are kept.
const KEPT: usize = 100;

/// Notes what is done.
#[derive(Debug, Default)]
pub struct Journal(Mutex<Noted>);

#[derive(Debug, Default)]
struct Noted {
    at_work: usize,
    since: Option<Timestamp>,
    messages: VecDeque<String>,
}

/// What was done, at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Since when documents have been worked on without a pause.
    pub since: Option<Timestamp>,
    /// What was done last, oldest first.
    pub messages: Vec<String>,
}

impl Journal {
    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A document is taken up.
    pub(super) fn begins(&self, now: Timestamp, message: &str) {
        let mut noted = self.noted();
        noted.at_work += 1;
        noted.since.get_or_insert(now);
        noted.note(now, message);
    }

    /// The document that was taken up is done with.
    pub(super) fn ends(&self, now: Timestamp, message: &str) {
        let mut noted = self.noted();
        noted.at_work = noted.at_work.saturating_sub(1);
        if noted.at_work == 0 {
            noted.since = None;
        }
        noted.note(now, message);
    }

    /// What was done so far.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let noted = self.noted();
        Progress { since: noted.since, messages: noted.messages.iter().cloned().collect() }
    }
}

impl Noted {
    fn note(&mut self, now: Timestamp, message: &str) {
        if self.messages.len() == KEPT {
            self.messages.pop_front();
        }
        self.messages.push_back(format!("{} {message}", now.strftime("%FT%TZ")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_goes_on_from_the_first_document_to_the_last() {
        let (journal, at) = (Journal::default(), |second| Timestamp::from_second(second).unwrap());
        journal.begins(at(1), "one");
        journal.begins(at(2), "two");
        journal.ends(at(3), "one done");
        assert_eq!(journal.progress().since, Some(at(1)));
        journal.ends(at(4), "two done");
        let progress = journal.progress();
        assert_eq!((progress.since, progress.messages.len()), (None, 4));
        assert_eq!(progress.messages[3], "1970-01-01T00:00:04Z two done");
    }

    #[test]
    fn the_oldest_messages_go_first() {
        let journal = Journal::default();
        for number in 0..KEPT + 5 {
            journal.begins(Timestamp::UNIX_EPOCH, &number.to_string());
        }
        let messages = journal.progress().messages;
        assert_eq!(messages.len(), KEPT);
        assert!(messages[0].ends_with(" 5"));
    }
}
