//! Writing down what was measured on a stack, for predictions to take.

use std::path::PathBuf;

use ragctl_stacks::budget::Measured;

use crate::{facts, failure::Failure, rewrite::write_anew, session::Project};

/// Keeps `measured` in the stack's folder. Returns the file's path.
pub(crate) fn save(project: &Project, measured: &Measured) -> Result<PathBuf, Failure> {
    let path = facts::measured_path(project);
    let text = serde_json::to_string_pretty(measured).expect("a record has a JSON form") + "\n";
    write_anew(&path, &text)?;
    Ok(path)
}

/// The same, over what is kept there already.
pub(crate) fn save_over(project: &Project, measured: Measured) -> Result<PathBuf, Failure> {
    save(project, &measured.over(facts::measured_here(project)?.as_ref()))
}
