//! A process that stands still for one reason or for two.

use std::sync::{Mutex, PoisonError};

use crate::process;

/// Why a process stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// There is no event.
    Frozen = 0,
    /// It has used its share of the CPU.
    Throttled = 1,
}

/// Stops a process and all that it started, and has it go on when there is no reason left.
#[derive(Debug)]
pub(super) struct Pause {
    pid: u32,
    reasons: Mutex<[bool; 2]>,
}

impl Pause {
    pub(super) fn of(pid: u32) -> Self {
        Self { pid, reasons: Mutex::default() }
    }

    pub(super) fn begin(&self, reason: Reason) {
        self.set(reason, true);
    }

    pub(super) fn end(&self, reason: Reason) {
        self.set(reason, false);
    }

    pub(super) fn is(&self, reason: Reason) -> bool {
        self.reasons.lock().unwrap_or_else(PoisonError::into_inner)[reason as usize]
    }

    /// Under the lock, so that of two who set at once the signals come in the same order.
    fn set(&self, reason: Reason, holds: bool) {
        let mut reasons = self.reasons.lock().unwrap_or_else(PoisonError::into_inner);
        let was_still = reasons.contains(&true);
        reasons[reason as usize] = holds;
        match (was_still, reasons.contains(&true)) {
            (false, true) => process::stop_group(self.pid),
            (true, false) => process::continue_group(self.pid),
            _ => {}
        }
    }
}
