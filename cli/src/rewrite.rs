//! Writing a file so that it is the old one or the new one, whatever happens meanwhile.

use std::{
    fs::{self, Permissions},
    io,
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// Writes the user's file, which is there.
pub(crate) fn rewrite(path: &Path, text: &str) -> Result<(), Failure> {
    let written = path.canonicalize().and_then(|path| {
        // A link stays a link.
        let permissions = fs::metadata(&path)?.permissions();
        write(&path, text, Some(permissions))
    });
    written.map_err(|source| Failure::Unwritable { path: path.to_owned(), source })
}

/// Writes a file of ragctl's own, and the folder that it lies in, where they are not there.
pub(crate) fn write_anew(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = folder.and_then(|()| write(path, text, None));
    written.map_err(|source| Failure::Unwritable { path: path.to_owned(), source })
}

fn write(path: &Path, text: &str, permissions: Option<Permissions>) -> io::Result<()> {
    let beside = beside(path);
    let written = fs::write(&beside, text)
        .and_then(|()| permissions.map_or(Ok(()), |it| fs::set_permissions(&beside, it)))
        .and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}
