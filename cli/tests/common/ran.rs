//! How a run of the program ended, for all of the test binaries.

use std::process::Output;

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// -1 when it was killed.
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap_or(-1);
        Self { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}
