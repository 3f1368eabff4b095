//! Tasks as processes of this machine: started, checked, found again, and what they print.

pub(crate) mod adopt;
pub(crate) mod check;
pub(crate) mod launch;
pub(crate) mod log;
pub(crate) mod program;
