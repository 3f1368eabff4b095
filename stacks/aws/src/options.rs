//! How the backend is made.

use std::path::PathBuf;

use ragctl_image::{Archives, Layout};
use ragctl_stacks::{lease::Lease, stack::Stack};

/// How the backend is made.
#[derive(Clone, Debug)]
pub struct AwsOptions {
    /// The stack: its name, and where on AWS the file says that it lives.
    pub stack: Stack,
    /// Where what is known of a failed rollout is kept.
    pub failures: PathBuf,
    /// Where the image is that was built for the stack, if one was.
    pub image: Option<Layout>,
    /// Where the archives are that were made for the stack, if some were.
    pub archives: Option<Archives>,
    /// What makes a rollout complete.
    pub gate: Gate,
    /// Where AWS's services answer, for emulators and tests; else where AWS has them, or the environment says.
    pub endpoint: Option<String>,
    /// Whether it is known that who took a lease is gone, so that nobody has to wait until it has run out.
    pub is_abandoned: fn(&Lease) -> bool,
}

/// What makes a rollout complete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Gate {
    /// ECS says so.
    #[default]
    Completed,
    /// All tasks of the new revision run and are healthy, and no other runs: for emulators, which never say so.
    Settled,
}
