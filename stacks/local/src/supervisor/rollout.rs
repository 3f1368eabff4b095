//! From the tasks of one revision to those of another; and between rollouts, as many tasks as are desired.

use std::time::Instant;

use ragctl_stacks::{
    address::{Address, Kind},
    backend::BackendError,
    event::{Event, RolloutCounts},
    resource::{Digest, Service},
    status::{self, RolloutState},
    timing::{
        crew::{first_to_go, side, steady},
        rollout::{Rollout, Rules, Tasks, Work},
    },
};

use super::{
    core::{Core, Mode},
    teller::Teller,
};

/// A rollout under way.
#[derive(Debug)]
pub(super) struct UnderWay {
    machine: Rollout<Digest>,
    /// What the service shall be once it is complete.
    pub(super) to: Service,
    /// Real time: its limit bounds how long a person waits for programs, which do not run faster because timings do.
    begun: Instant,
    told: RolloutCounts,
    failed: u32,
    last: Option<Failed>,
    tellers: Vec<Teller>,
}

/// A task that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) task: String,
    pub(super) reason: String,
    pub(super) exit_code: Option<i32>,
    pub(super) log: Vec<String>,
}

impl UnderWay {
    fn new(to: Service, complete_before: Option<Digest>, teller: Teller) -> Self {
        let rules = Rules::of(&to);
        let revision = to.revision.clone();
        Self {
            machine: Rollout::begin(std::time::Duration::ZERO, revision, complete_before, rules),
            to,
            begun: Instant::now(),
            told: RolloutCounts::default(),
            failed: 0,
            last: None,
            tellers: vec![teller],
        }
    }

    /// The service's address.
    pub(super) fn address(&self) -> Address {
        Address { kind: Kind::Service, name: self.to.name.clone() }
    }

    /// Tells all that wait for it.
    pub(super) fn tell(&self, event: &Event) {
        self.tellers.iter().for_each(|it| it.tell(event.clone()));
    }

    /// Tells all that wait that it is over, and why.
    pub(super) fn refuse_all(self, error: impl Fn() -> BackendError) {
        self.tellers.into_iter().for_each(|it| it.refuse(error()));
    }

    /// Notes that a task got healthy.
    pub(super) fn task_got_healthy(&mut self, revision: &Digest) {
        if self.machine.wanted() == revision {
            self.machine.task_got_healthy();
        }
    }

    /// Notes that a task failed. True when it is of the revision that is wanted, and so has to go at once.
    pub(super) fn task_failed(&mut self, revision: &Digest, failed: Failed) -> bool {
        if *revision == self.to.revision {
            self.failed += 1;
            self.last = Some(failed);
        }
        let counts = self.machine.wanted() == revision;
        if counts {
            self.machine.task_failed();
        }
        counts
    }

    fn tell_counts(&mut self, desired: u32, new: Tasks, old: Tasks) {
        let counts = RolloutCounts {
            wanted: desired,
            running: new.running,
            healthy: new.healthy,
            failed: self.failed,
            old: old.running,
        };
        if counts != self.told {
            self.told = counts;
            let (address, revision) = (self.address(), self.to.revision.clone());
            self.tell(&Event::Rollout { address, revision, counts });
        }
    }

    /// Why it failed, in a sentence.
    fn reason(&self) -> String {
        let failure = self.machine.failure().map(|it| it.to_string()).unwrap_or_default();
        match &self.last {
            Some(last) => format!("{failure}; the last one, {}: {}", last.task, last.reason),
            None => failure,
        }
    }

    fn status(&self, state: RolloutState, reason: Option<String>) -> status::Rollout {
        status::Rollout { revision: self.to.revision.clone(), state, reason }
    }
}

impl Core {
    /// Begins to roll out `to`, or joins the rollout that does so already.
    pub(super) fn roll_out(&mut self, to: Service, teller: Teller) {
        if let Some(rollout) = self.rollout.as_mut().filter(|it| it.to == to) {
            rollout.tellers.push(teller);
            return;
        }
        if let Some(old) = self.rollout.take() {
            let newer = to.revision.clone();
            old.refuse_all(|| BackendError::Refused {
                operation: "the rollout".to_owned(),
                reason: format!("revision {newer} was asked for meanwhile"),
            });
        }
        let before = self.record.service().map(|it| it.revision.clone());
        self.gates.remove(&to.revision);
        tracing::info!(revision = %to.revision, "a rollout begins");
        let rollout = UnderWay::new(to, before, teller);
        self.record.service.count = self.record.service.count.max(1);
        self.record.service.rollout = Some(rollout.status(RolloutState::InProgress, None));
        self.unsaved = true;
        self.rollout = Some(rollout);
    }

    /// Starts and drains tasks, as the rollout or the count wants it.
    pub(super) fn move_tasks(&mut self) {
        match self.rollout.take() {
            Some(rollout) => self.move_rollout(rollout),
            None => self.hold_steady(),
        }
    }

    fn hold_steady(&mut self) {
        let service = self.record.service().filter(|_| self.mode == Mode::Working);
        let revision = service.map(|it| it.revision.clone());
        let percent = service.map_or(100, |it| it.maximum_percent);
        let desired = if revision.is_some() { self.desired() } else { 0 };
        let most = u64::from(desired) * u64::from(percent) / 100;
        let tasks = self.seen(revision.as_ref());
        let work = steady(&tasks, desired, u32::try_from(most).unwrap_or(u32::MAX));
        self.work(work, revision.as_ref());
    }

    fn move_rollout(&mut self, mut rollout: UnderWay) {
        let wanted = rollout.machine.wanted().clone();
        let desired = self.desired();
        let tasks = self.seen(Some(&wanted));
        let (ours, others) = (side(&tasks, true), side(&tasks, false));
        if wanted == rollout.to.revision {
            rollout.tell_counts(desired, ours, others);
        } else {
            rollout.tell_counts(desired, others, ours);
        }
        let elapsed = rollout.begun.elapsed();
        let work = rollout.machine.next(elapsed, desired, ours, others);
        if *rollout.machine.wanted() != wanted {
            let back = rollout.machine.wanted().clone();
            tracing::warn!(reason = rollout.reason(), back_to = %back, "the rollout turns back");
            rollout.tellers.iter().for_each(|it| it.note(format!("going back to revision {back}")));
            self.gates.remove(&back);
        }
        match rollout.machine.state() {
            RolloutState::InProgress => {
                self.rollout = Some(rollout);
                self.work(work, Some(&wanted));
            }
            RolloutState::Completed => self.complete(rollout),
            state @ (RolloutState::RolledBack | RolloutState::Failed) => {
                self.give_up(rollout, state);
            }
        }
    }

    fn work(&mut self, work: Work, revision: Option<&Digest>) {
        let tasks = self.seen(revision);
        for id in first_to_go(&tasks, false, work.drain_others) {
            self.leave(&id);
        }
        for id in first_to_go(&tasks, true, work.drain_wanted) {
            self.leave(&id);
        }
        let Some(revision) = revision else { return };
        for _ in 0..work.start {
            if !self.gate_is_open(revision) {
                return;
            }
            if let Err(reason) = self.start(revision) {
                let task = format!("of revision {revision}");
                let failed = Failed { task, reason, exit_code: None, log: Vec::new() };
                self.note_failure(revision, failed);
            }
        }
    }

    fn complete(&mut self, rollout: UnderWay) {
        let (status, to) = (rollout.status(RolloutState::Completed, None), rollout.to.clone());
        let saved = self.change(|record| {
            record.service.rollout = Some(status);
            record.resources.insert(rollout.address(), to.into());
        });
        match saved {
            Ok(()) => {
                tracing::info!(revision = %rollout.to.revision, "the rollout is complete");
                self.set_pace();
                self.forget_revisions();
                rollout.tellers.into_iter().for_each(|it| it.done(false));
            }
            // The record still says the old revision, so that is what is run.
            Err(error) => {
                let refusal = crate::control::Refusal::from(error);
                rollout.refuse_all(|| refusal.clone().into());
            }
        }
    }

    fn give_up(&mut self, rollout: UnderWay, state: RolloutState) {
        let reason = rollout.reason();
        tracing::warn!(revision = %rollout.to.revision, reason, "the rollout failed");
        self.record.service.rollout = Some(rollout.status(state, Some(reason.clone())));
        self.unsaved = true;
        let back_to = self.record.service().map(|it| it.revision.clone());
        let (revision, last) = (rollout.to.revision.clone(), rollout.last.clone());
        let log = last.map(|it| it.log).unwrap_or_default();
        if back_to.is_none() {
            // Nothing may run on that nobody wants: the next look stops what is left.
            self.record.service.count = 0;
        }
        rollout.refuse_all(|| BackendError::RolledBack {
            revision: revision.clone(),
            reason: reason.clone(),
            back_to: back_to.clone(),
            log: log.clone(),
            evidence: None,
        });
    }
}
