//! Writing down what was measured on a stack, for predictions to take.

use std::{fs, io::Write, path::PathBuf};

use ragctl_stacks::budget::Measured;

use crate::{
    facts::{MEASURED, measured_here},
    failure::Failure,
    session::Project,
};

/// Keeps `measured` in the stack's folder: its phases take the place of those that were there, the others stay. The file is
/// whole at any time. Returns its path.
pub(crate) fn save(project: &Project, measured: Measured) -> Result<PathBuf, Failure> {
    let folder = project.state_folder();
    let path = folder.join(MEASURED);
    let merged = match measured_here(project)? {
        Some(mut was) => {
            was.phases.extend(measured.phases);
            Measured { phases: was.phases, ..measured }
        }
        None => measured,
    };
    let text = serde_json::to_string_pretty(&merged).expect("a record has a JSON form") + "\n";
    let written = fs::create_dir_all(&folder).and_then(|()| {
        let mut beside = tempfile::NamedTempFile::new_in(&folder)?;
        beside.write_all(text.as_bytes())?;
        beside.as_file().sync_all()?;
        beside.persist(&path).map_err(|it| it.error)
    });
    match written {
        Ok(_) => Ok(path),
        Err(source) => Err(Failure::Unwritable { path, source }),
    }
}
