//! The folder of a store.
//!
//! A folder that was made for a stack carries a mark with the stack's name. Only such a folder is ever deleted; one that someone
//! else filled is used, and left where it is.

use std::{fs, path::Path};

use ragctl_stacks::backend::{BackendError, Reply};
use serde::{Deserialize, Serialize};

use crate::folder::{self, make, unusable};

/// The name of the mark.
const MARK: &str = ".ragctl-store.json";

#[derive(Serialize, Deserialize)]
struct Mark {
    format: u32,
    stack: String,
}

/// What became of a store's folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// It carries our mark.
    Ours,
    /// It holds files that were there before the stack.
    Someones,
}

/// Makes the folder, or finds that it can be used.
pub(super) fn create(path: &Path, stack: &str) -> Reply<Whose> {
    make(path)?;
    if let Some(mark) = mark(path)? {
        if mark.stack == stack {
            return Ok(Whose::Ours);
        }
        return Err(BackendError::Refused {
            operation: format!("keeping documents in {}", path.display()),
            reason: format!("it is the store of the stack `{}`", mark.stack),
        });
    }
    let mut entries = fs::read_dir(path).map_err(|source| unusable(path, "read", source))?;
    if entries.next().is_some() {
        return Ok(Whose::Someones);
    }
    let mark = Mark { format: 1, stack: stack.to_owned() };
    let json = serde_json::to_vec(&mark).expect("a mark has a JSON form");
    folder::write(&path.join(MARK), &json)?;
    Ok(Whose::Ours)
}

/// Deletes the folder with its documents when it carries our mark; does nothing when it is gone.
pub(super) fn delete(path: &Path, stack: &str) -> Reply<Whose> {
    if !path.exists() {
        return Ok(Whose::Ours);
    }
    match mark(path)? {
        Some(mark) if mark.stack == stack => {
            folder::remove_all(path)?;
            Ok(Whose::Ours)
        }
        _ => Ok(Whose::Someones),
    }
}

fn mark(path: &Path) -> Reply<Option<Mark>> {
    let path = path.join(MARK);
    let Some(bytes) = folder::read(&path)? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|error| BackendError::RecordUnreadable {
        path,
        reason: format!("it is broken ({error}); remove it if the documents beside it are yours"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_was_made_is_deleted_with_its_documents() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("data");
        assert_eq!(create(&path, "shop").unwrap(), Whose::Ours);
        fs::write(path.join("store.sqlite"), "x").unwrap();
        assert_eq!(create(&path, "shop").unwrap(), Whose::Ours, "it can be repeated");
        assert_eq!(delete(&path, "shop").unwrap(), Whose::Ours);
        assert!(!path.exists());
        assert_eq!(delete(&path, "shop").unwrap(), Whose::Ours);
    }

    #[test]
    fn a_folder_with_someones_files_is_used_and_never_deleted() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("thesis.md"), "x").unwrap();
        assert_eq!(create(home.path(), "shop").unwrap(), Whose::Someones);
        assert_eq!(delete(home.path(), "shop").unwrap(), Whose::Someones);
        assert!(home.path().join("thesis.md").exists());
    }

    #[test]
    fn the_store_of_another_stack_is_refused_by_its_name() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("data");
        create(&path, "shop").unwrap();
        let error = create(&path, "blog").unwrap_err().to_string();
        assert!(error.contains("the stack `shop`"), "{error}");
        assert_eq!(delete(&path, "blog").unwrap(), Whose::Someones);
        assert!(path.exists());
    }
}
