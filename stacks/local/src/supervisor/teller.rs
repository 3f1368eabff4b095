//! What a command that waits for a step is told.

use ragctl_stacks::{address::Address, backend::BackendError, event::Event};
use tokio::sync::mpsc;

use crate::control::Line;

/// A command that waits for a step.
#[derive(Debug)]
pub(super) struct Teller {
    address: Address,
    lines: mpsc::Sender<Line>,
}

impl Teller {
    /// Tells whoever reads `lines` about the step on `address`.
    pub(super) const fn new(address: Address, lines: mpsc::Sender<Line>) -> Self {
        Self { address, lines }
    }

    /// Tells an event. A command that reads too slowly misses it: the core does not wait.
    pub(super) fn tell(&self, event: Event) {
        drop(self.lines.try_send(Line::Event(event)));
    }

    /// Tells what people should know of the step, in a sentence.
    pub(super) fn note(&self, note: impl Into<String>) {
        self.tell(Event::StepNoted { address: self.address.clone(), note: note.into() });
    }

    /// Says that the step is done, and whether nothing is left.
    pub(super) fn done(self, leaving: bool) {
        self.last(Line::Done { leaving });
    }

    /// Says why the step failed.
    pub(super) fn refuse(self, error: BackendError) {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        tracing::warn!(address = %self.address, %error, cause, "a step failed");
        self.last(Line::Refused(error.into()));
    }

    /// The last line must arrive, however slowly the command reads; it may also have gone.
    fn last(self, line: Line) {
        tokio::spawn(async move { drop(self.lines.send(line).await) });
    }
}
