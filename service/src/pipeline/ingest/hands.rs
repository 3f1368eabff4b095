//! What this process is at: which documents, and whether there is anything at all.

use std::collections::BTreeSet;

use tokio::sync::watch;

/// The documents in hand.
#[derive(Debug, Default)]
pub(super) struct Hands(watch::Sender<Held>);

/// What is held.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Somebody said that there is a document, and nobody has looked since.
    is_woken: bool,
    /// Workers that look for a document or have one.
    at_work: usize,
    documents: BTreeSet<String>,
}

impl Hands {
    /// There is a document.
    pub(super) fn wake(&self) {
        self.0.send_modify(|held| held.is_woken = true);
    }

    /// A worker is at work until the guard is dropped.
    pub(super) fn begin(&self) -> AtWork<'_> {
        self.0.send_modify(|held| held.at_work += 1);
        AtWork(self)
    }

    /// A worker looks now. Whoever adds a document from now on wakes again.
    pub(super) fn look(&self) {
        self.0.send_modify(|held| held.is_woken = false);
    }

    /// Takes a document into the hand until the guard is dropped; none when another worker of this process has it.
    ///
    /// It cannot have it, unless the process stood still for longer than its claim holds: then the store gives the
    /// document to whoever asks first, which may be the same process.
    pub(super) fn take(&self, id: &str) -> Option<InHand<'_>> {
        let mut is_new = false;
        self.0.send_modify(|held| is_new = held.documents.insert(id.to_owned()));
        is_new.then(|| InHand(self, id.to_owned()))
    }

    /// The documents in hand.
    pub(super) fn documents(&self) -> Vec<String> {
        self.0.borrow().documents.iter().cloned().collect()
    }

    /// Whether nothing is done, and nothing is known to wait.
    pub(super) fn is_idle(&self) -> bool {
        let held = self.0.borrow();
        !held.is_woken && held.at_work == 0
    }

    /// Tells of each change from now on.
    pub(super) fn watch(&self) -> watch::Receiver<Held> {
        self.0.subscribe()
    }
}

pub(super) struct AtWork<'a>(&'a Hands);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|held| held.at_work -= 1);
    }
}

pub(super) struct InHand<'a>(&'a Hands, String);

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        self.0.0.send_modify(|held| {
            held.documents.remove(&self.1);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_work_from_the_call_until_a_worker_has_looked_in_vain() {
        let hands = Hands::default();
        assert!(hands.is_idle());
        hands.wake();
        assert!(!hands.is_idle(), "nobody has looked yet");
        let at_work = hands.begin();
        hands.look();
        assert!(!hands.is_idle(), "a worker looks");
        hands.wake();
        drop(at_work);
        assert!(!hands.is_idle(), "what came after it looked is still there");
        let at_work = hands.begin();
        hands.look();
        drop(at_work);
        assert!(hands.is_idle());
    }

    #[test]
    fn a_document_is_in_one_hand_of_a_process() {
        let hands = Hands::default();
        let held = hands.take("a");
        assert!(held.is_some() && hands.take("a").is_none());
        assert_eq!(hands.documents(), ["a"]);
        drop(held);
        assert!(hands.take("a").is_some());
    }
}
