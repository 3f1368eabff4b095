//! What a local backend is told when it is made.

use std::{ffi::OsString, fmt, path::PathBuf};

/// Looks up a secret by its reference, such as `env:OPENAI_API_KEY`; says why when it cannot be had.
pub type Secrets = Box<dyn Fn(&str) -> Result<String, String> + Send + Sync>;

/// What a local backend is told when it is made.
pub struct LocalOptions {
    /// The stack's folder, `.ragctl/<stack>`. Relative paths in resources start two folders above it.
    pub root: PathBuf,
    /// The stack's name.
    pub stack: String,
    /// How many times faster than real the timings run; 1 is real time. It takes effect with the next step, and with
    /// [`crate::LocalBackend::set_time_scale`].
    pub time_scale: f64,
    /// What starts the supervisor: a program that calls [`crate::supervise`] with the same root.
    pub supervisor: SupervisorProgram,
    /// Looks up secrets. Values go to the supervisor's memory, and into no file.
    pub secrets: Secrets,
}

impl fmt::Debug for LocalOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalOptions")
            .field("root", &self.root)
            .field("stack", &self.stack)
            .field("time_scale", &self.time_scale)
            .field("supervisor", &self.supervisor)
            .finish_non_exhaustive()
    }
}

/// A program that calls [`crate::supervise`], and its arguments.
#[derive(Clone, Debug)]
pub struct SupervisorProgram {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<OsString>,
}
