//! How a command ended, as scripts see it.

use std::process::ExitCode;

/// The exit codes of `ragctl`. Scripts rely on them: a code never changes its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: done, or there was nothing to do.
    Done,
    /// 1: something failed while working, or was declined.
    Failed,
    /// 2: `plan --detailed-exitcode` found changes (Terraform's 0/1/2, which CI people know).
    Changes,
    /// 3: the stack costs more than its file allows.
    OverBudget,
    /// 4: done but for what only time can do; the same command does the rest later.
    Postponed,
    /// 5: cold starts break a budget, or got slower.
    TooSlow,
    /// 64: the usage or the configuration is wrong; nothing was attempted (`EX_USAGE` of `sysexits.h`).
    Usage,
    /// 130: interrupted, as shells count SIGINT.
    Interrupted,
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Changes => 2,
            Self::OverBudget => 3,
            Self::Postponed => 4,
            Self::TooSlow => 5,
            Self::Usage => 64,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
