//! The service's program on this machine: where it is, and which one it is.

use std::{
    fs,
    path::{Path, PathBuf},
    time::UNIX_EPOCH,
};

use ragctl_stacks::{resource, stack};

use crate::{
    environment,
    failure::{Failure, ProgramSource},
};

/// What the bundled program is called.
const BUNDLED: &str = "rag-service";

/// Finds the program that tasks of this stack run on this machine.
///
/// That is `service.binary` of the file; else `named`, the variable `RAGCTL_SERVICE`; else `rag-service` beside ragctl;
/// else on the path. `folder` is where the stack's file lies.
pub(crate) fn find(
    program: &stack::Program,
    folder: &Path,
    named: Option<&Path>,
) -> Result<resource::Program, Failure> {
    let (candidates, said_by) = match (program, named) {
        (stack::Program::Image(image), _) => {
            return Ok(resource::Program::Image(image.to_string()));
        }
        // These are made, not found; whoever needs one has seen to that.
        (stack::Program::Build(_) | stack::Program::Zip { .. }, _) => {
            return Ok(resource::Program::any(program));
        }
        (stack::Program::Binary(path), _) => (vec![folder.join(path)], ProgramSource::File),
        (stack::Program::Bundled, Some(path)) => (vec![absolute(path)], ProgramSource::Variable),
        (stack::Program::Bundled, None) => (installed(), ProgramSource::Nobody),
    };
    match candidates.iter().find_map(|path| identified(path)) {
        Some(found) => Ok(found),
        None => Err(Failure::NoProgram { looked_for: candidates, said_by }),
    }
}

fn installed() -> Vec<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|it| Some(it.parent()?.join(BUNDLED)));
    let on_path = environment::on_path(BUNDLED);
    let wanted: Vec<PathBuf> = beside.into_iter().chain(on_path).collect();
    if wanted.is_empty() { vec![PathBuf::from(BUNDLED)] } else { wanted }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// The program at `path`. Its version is its size and the time of its last change: reading all of it would take longer
/// than everything else that a plan does.
fn identified(path: &Path) -> Option<resource::Program> {
    let found = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let changed = found.modified().ok()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let version = format!("{}-{}", found.len(), changed.as_millis());
    Some(resource::Program::Binary { path: path.display().to_string(), version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_built_anew_has_another_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("service");
        let version = |content: &str| {
            fs::write(&path, content).unwrap();
            identified(&path).unwrap()
        };
        assert_ne!(version("one"), version("other"));
        assert_eq!(identified(folder.path()), None, "a folder is no program");
    }

    #[test]
    fn the_file_comes_before_the_variable() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["in-file", "in-variable"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        let variable = folder.path().join("in-variable");
        let found = |program| match find(&program, folder.path(), Some(&variable)).unwrap() {
            resource::Program::Binary { path, .. } => path,
            other => other.to_string(),
        };
        assert!(found(stack::Program::Binary("in-file".into())).ends_with("in-file"));
        assert!(found(stack::Program::Bundled).ends_with("in-variable"));
    }

    #[test]
    fn a_program_that_is_nowhere_is_told_with_where_it_was_looked_for() {
        let folder = tempfile::tempdir().unwrap();
        let missing = stack::Program::Binary("missing".into());
        let error = find(&missing, folder.path(), None).unwrap_err();
        assert!(error.to_string().contains("missing"), "{error}");
    }
}
