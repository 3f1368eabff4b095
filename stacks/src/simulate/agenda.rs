//! What is due, in order.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use super::{callers::RequestId, function::Sandbox, task::TaskId};

/// Something that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// The next request comes.
    Arrival,
    /// A caller comes again.
    Again(RequestId),
    /// A request has been held as long as one may be.
    HeldTooLong(RequestId),
    /// A task has its answer.
    Answer(TaskId, RequestId),
    /// A sandbox has its answer.
    SandboxAnswer(Sandbox, RequestId),
    /// A task is paid for: its image is pulled.
    Pulling(TaskId),
    /// A task's process runs.
    Running(TaskId),
    /// It listens.
    Bound(TaskId),
    /// The first worker of each of its pools is warm.
    Warm(TaskId),
    /// So are all others.
    AllWarm(TaskId),
    /// The balancer probes it.
    Probe(TaskId),
    /// It checks itself.
    Check(TaskId),
    /// Its grace period is over.
    GraceOver(TaskId),
    /// It may not finish anything more.
    Drained(TaskId),
    /// A task may be started again after one that failed.
    GateOpens,
    /// The function that wakes has been told.
    Woken,
    /// A minute's figures are there for autoscaling.
    Minute,
    /// Sleep may be due.
    Sleep,
    /// Keep-alive asks.
    Ping,
    /// A function looks whether the service may sleep.
    Tick,
}

/// What is due, the earliest first; of what is due at the same time, what was noted first.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    due: BinaryHeap<Reverse<(Duration, u64, Due)>>,
    noted: u64,
}

impl Agenda {
    pub(super) fn note(&mut self, at: Duration, due: Due) {
        self.due.push(Reverse((at, self.noted, due)));
        self.noted += 1;
    }

    pub(super) fn next(&mut self) -> Option<(Duration, Due)> {
        self.due.pop().map(|Reverse((at, _, due))| (at, due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_of_two_the_one_that_was_noted_first() {
        let mut agenda = Agenda::default();
        let second = Duration::from_secs;
        agenda.note(second(5), Due::Tick);
        agenda.note(second(1), Due::Sleep);
        agenda.note(second(5), Due::Minute);
        let all: Vec<_> = std::iter::from_fn(|| agenda.next()).collect();
        assert_eq!(
            all,
            [(second(1), Due::Sleep), (second(5), Due::Tick), (second(5), Due::Minute)]
        );
    }
}
