//! Jobs that wait for a worker: queries first, and documents never starved.

use std::collections::VecDeque;

use tokio::time::Instant;

use super::job::Job;

/// Queries in a row while a document's call waits; then it is its turn.
const QUERIES_IN_A_ROW: u32 = 8;

/// Who waits for a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Somebody who asked a question.
    Query,
    /// Nobody: a document is worked on.
    Ingest,
}

/// A job that no worker has begun.
pub(super) struct Waiting {
    pub(super) id: u64,
    pub(super) job: Box<dyn Job>,
    pub(super) priority: Priority,
    pub(super) since: Instant,
    /// When its caller gives up.
    pub(super) deadline: Option<Instant>,
    /// What its caller's lines in the log carry.
    pub(super) log: tracing::Span,
    /// What it is in its caller's trace.
    pub(super) trace: tracing::Span,
}

/// Jobs by priority, each kind in the order in which it came.
#[derive(Default)]
pub(super) struct Queue {
    queries: VecDeque<Waiting>,
    ingest: VecDeque<Waiting>,
    /// Queries begun since a document's call was.
    in_a_row: u32,
}

impl Queue {
    pub(super) fn push(&mut self, waiting: Waiting) {
        match waiting.priority {
            Priority::Query => self.queries.push_back(waiting),
            Priority::Ingest => self.ingest.push_back(waiting),
        }
    }

    /// Lets a job go before all others.
    pub(super) fn push_first(&mut self, waiting: Waiting) {
        self.in_a_row = 0;
        self.queries.push_front(waiting);
    }

    pub(super) fn pop(&mut self) -> Option<Waiting> {
        let is_ingests_turn = self.in_a_row >= QUERIES_IN_A_ROW || self.queries.is_empty();
        if is_ingests_turn && !self.ingest.is_empty() {
            self.in_a_row = 0;
            return self.ingest.pop_front();
        }
        self.in_a_row = if self.ingest.is_empty() { 0 } else { self.in_a_row + 1 };
        self.queries.pop_front()
    }

    /// Takes a job out, wherever it stands.
    pub(super) fn remove(&mut self, id: u64) {
        self.queries.retain(|waiting| waiting.id != id);
        self.ingest.retain(|waiting| waiting.id != id);
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = Waiting> {
        self.in_a_row = 0;
        std::mem::take(&mut self.queries).into_iter().chain(std::mem::take(&mut self.ingest))
    }

    pub(super) fn len(&self) -> usize {
        self.queries.len() + self.ingest.len()
    }

    pub(super) fn len_of(&self, priority: Priority) -> usize {
        match priority {
            Priority::Query => self.queries.len(),
            Priority::Ingest => self.ingest.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queries.is_empty() && self.ingest.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::BoxFuture;
    use proptest::prelude::*;

    use super::*;
    use crate::pool::{
        CallError,
        job::{Desk, Ended},
    };

    struct Nothing;

    impl Job for Nothing {
        fn run(self: Box<Self>, _: Desk) -> BoxFuture<'static, Ended> {
            Box::pin(async { Ended::Abandoned })
        }

        fn refuse(self: Box<Self>, _: CallError) {}
    }

    fn waiting(id: u64, priority: Priority) -> Waiting {
        let (log, trace) = (tracing::Span::none(), tracing::Span::none());
        let since = Instant::now();
        Waiting { id, job: Box::new(Nothing), priority, since, deadline: None, log, trace }
    }

    fn priority() -> impl Strategy<Value = Priority> {
        prop_oneof![Just(Priority::Query), Just(Priority::Ingest)]
    }

    proptest! {
        /// Nothing is lost, each kind keeps its order, and a document's call waits for a few queries at most.
        #[test]
        fn queries_go_first_and_documents_are_not_starved(
            kinds in proptest::collection::vec(priority(), 0..100)
        ) {
            let mut queue = Queue::default();
            for (id, kind) in kinds.iter().enumerate() {
                queue.push(waiting(id as u64, *kind));
            }
            let mut out: Vec<(Priority, u64)> = Vec::new();
            let mut queries_in_a_row = 0;
            while !queue.is_empty() {
                let ingest_waits = queue.len_of(Priority::Ingest) > 0;
                let query_waits = queue.len_of(Priority::Query) > 0;
                let next = queue.pop().unwrap();
                match next.priority {
                    Priority::Query if ingest_waits => queries_in_a_row += 1,
                    Priority::Query => queries_in_a_row = 0,
                    Priority::Ingest => {
                        prop_assert!(!query_waits || queries_in_a_row == QUERIES_IN_A_ROW);
                        queries_in_a_row = 0;
                    }
                }
                prop_assert!(queries_in_a_row <= QUERIES_IN_A_ROW);
                out.push((next.priority, next.id));
            }
            for kind in [Priority::Query, Priority::Ingest] {
                let came = kinds.iter().enumerate().filter(|(_, it)| **it == kind);
                let came: Vec<u64> = came.map(|(id, _)| id as u64).collect();
                let left: Vec<u64> =
                    out.iter().filter(|(it, _)| *it == kind).map(|(_, id)| *id).collect();
                prop_assert_eq!(came, left);
            }
        }
    }

    #[test]
    fn a_job_can_be_taken_out_and_one_can_go_before_all() {
        let mut queue = Queue::default();
        for id in 0..3 {
            queue.push(waiting(id, Priority::Query));
        }
        queue.remove(1);
        queue.push_first(waiting(9, Priority::Query));
        let ids: Vec<u64> = queue.drain().map(|waiting| waiting.id).collect();
        assert_eq!((ids, queue.len()), (vec![9, 0, 2], 0));
    }
}
