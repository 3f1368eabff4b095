//! How the stack is doing, from what it shows.

use ragctl_stacks::{status::State, timing::idle::Wakefulness};

/// What the stack as a whole shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) has_service: bool,
    pub(super) wakefulness: Option<Wakefulness>,
    pub(super) healthy: usize,
    /// Whether a task has failed lately.
    pub(super) has_failed: bool,
}

/// How the stack is doing, in one word.
pub(super) fn state(whole: Whole) -> State {
    match whole {
        Whole { has_service: false, .. } => State::Incomplete,
        Whole { wakefulness: Some(Wakefulness::Asleep), .. } => State::Asleep,
        Whole { healthy: 1.., .. } => State::Running,
        Whole { wakefulness: Some(Wakefulness::Waking), .. } => State::Waking,
        Whole { has_failed: true, .. } => State::Unhealthy,
        Whole { .. } => State::Starting,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_is_told_in_one_word() {
        let well = Whole {
            has_service: true,
            wakefulness: Some(Wakefulness::Awake),
            healthy: 1,
            has_failed: false,
        };
        let none = Whole { healthy: 0, ..well };
        for (whole, word) in [
            (well, State::Running),
            (Whole { has_service: false, ..well }, State::Incomplete),
            (Whole { has_failed: true, ..well }, State::Running),
            (none, State::Starting),
            (Whole { has_failed: true, ..none }, State::Unhealthy),
            (Whole { wakefulness: Some(Wakefulness::Asleep), ..none }, State::Asleep),
            (Whole { wakefulness: Some(Wakefulness::Waking), ..none }, State::Waking),
        ] {
            assert_eq!(state(whole), word, "{whole:?}");
        }
    }
}
