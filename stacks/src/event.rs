//! What is told while a plan is carried out. Facts only: how they look is the reader's business.

use serde::{Deserialize, Serialize};

use crate::{address::Address, plan::Verb, resource::Digest};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A step has begun.
    StepStarted {
        /// Its resource.
        address: Address,
        /// What is done to it.
        verb: Verb,
    },
    /// A step goes on: how far it has come, until the next one says so.
    StepProgressed {
        /// Its resource.
        address: Address,
        /// A sentence.
        note: String,
    },
    /// Something of a step that people should know of, also afterwards.
    StepNoted {
        /// Its resource.
        address: Address,
        /// A sentence.
        note: String,
    },
    /// Tasks of a revision are being started and others stopped.
    Rollout {
        /// The service.
        address: Address,
        /// The new revision.
        revision: Digest,
        /// How far it has come.
        counts: RolloutCounts,
    },
    /// A task ended, though it should run.
    TaskStopped {
        /// The service.
        address: Address,
        /// The task.
        task: String,
        /// Why, in words.
        reason: String,
        /// Its exit code, when it ended by itself.
        exit_code: Option<i32>,
        /// The last lines that it logged.
        log: Vec<String>,
    },
    /// A step is done.
    StepFinished {
        /// Its resource.
        address: Address,
        /// What was done to it.
        verb: Verb,
    },
    /// A step failed.
    StepFailed {
        /// Its resource.
        address: Address,
        /// What should have been done.
        verb: Verb,
        /// Why not, cause by cause.
        reason: String,
    },
    /// A step is left for a later run, and nothing is wrong.
    StepPostponed {
        /// Its resource.
        address: Address,
        /// What is to be done later.
        verb: Verb,
        /// What it waits for.
        reason: String,
    },
    /// A step was not tried, since one that it needs failed.
    StepSkipped {
        /// Its resource.
        address: Address,
        /// What should have been done.
        verb: Verb,
        /// The step that failed.
        because: Address,
    },
}

/// Tasks during a rollout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutCounts {
    /// Tasks that the new revision should have.
    pub wanted: u32,
    /// Those started.
    pub running: u32,
    /// Those healthy.
    pub healthy: u32,
    /// Those that failed so far.
    pub failed: u32,
    /// Tasks of older revisions that still run.
    pub old: u32,
}

/// Takes events. It must not block: apply waits for it.
pub trait Events: Sync {
    /// Takes one event.
    fn tell(&self, event: Event);
}

impl<F: Fn(Event) + Sync> Events for F {
    fn tell(&self, event: Event) {
        self(event);
    }
}
