//! Writing the user's file anew.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// Writes the user's file so that it is the old one or the new one, whatever happens meanwhile.
pub(crate) fn rewrite(path: &Path, text: &str) -> Result<(), Failure> {
    let unwritable = |source| Failure::Unwritable { path: path.to_owned(), source };
    // A link stays a link.
    let path = path.canonicalize().map_err(unwritable)?;
    let beside = beside(&path);
    let written = write(&path, &beside, text);
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written.map_err(unwritable)
}

fn write(path: &Path, beside: &Path, text: &str) -> io::Result<()> {
    fs::write(beside, text)?;
    fs::set_permissions(beside, fs::metadata(path)?.permissions())?;
    fs::rename(beside, path)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}
