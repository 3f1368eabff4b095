//! The files to take in, and what their documents are called.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// What the service takes.
const TYPES: [&str; 3] = ["txt", "md", "markdown"];

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The files to take in, by the names of their documents.
    pub(crate) sources: Vec<Source>,
    /// How many files have other types.
    pub(crate) skipped: usize,
}

/// A file to take in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Source {
    /// What its document is called.
    pub(crate) name: String,
    /// Where it lies.
    pub(crate) path: PathBuf,
}

/// Finds the files to take in at `paths`, in folders and those below, hidden ones left out.
///
/// A document is called after its file's path from `base`, the folder of the stack file; a file that lies elsewhere, from
/// where the path that was given ends. So it has one name, whichever way it was given.
pub(crate) fn find(paths: &[PathBuf], base: &Path) -> Result<Found, Failure> {
    let base = base.canonicalize().unwrap_or_else(|_| base.to_owned());
    let mut found = Found::default();
    for given in paths {
        let path = match given.canonicalize() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Failure::NoSuchPath(given.clone()));
            }
            path => path.map_err(|source| unreadable(given, source))?,
        };
        let start = match path.starts_with(&base) && path != base {
            true => base.clone(),
            false if path.is_dir() && path == base => path.clone(),
            false => path.parent().unwrap_or(Path::new("/")).to_owned(),
        };
        found.add(&path, &start)?;
    }
    found.sources.sort();
    found.sources.dedup();
    if found.sources.is_empty() && !paths.is_empty() {
        return Err(Failure::NothingToIngest(paths.to_vec()));
    }
    Ok(found)
}

impl Found {
    fn add(&mut self, path: &Path, start: &Path) -> Result<(), Failure> {
        if !path.is_dir() {
            self.add_file(path, start);
            return Ok(());
        }
        for entry in fs::read_dir(path).map_err(|source| unreadable(path, source))? {
            let entry = entry.map_err(|source| unreadable(path, source))?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let is_link = entry.file_type().is_ok_and(|it| it.is_symlink());
            let path = entry.path();
            // A link to a folder may lead in a circle.
            if !(hidden || is_link && path.is_dir()) {
                self.add(&path, start)?;
            }
        }
        Ok(())
    }

    fn add_file(&mut self, path: &Path, start: &Path) {
        let extension = path.extension().map(|it| it.to_string_lossy().to_lowercase());
        if !extension.is_some_and(|it| TYPES.contains(&it.as_str())) {
            self.skipped += 1;
            return;
        }
        let name = path.strip_prefix(start).unwrap_or(path).display().to_string();
        self.sources.push(Source { name, path: path.to_owned() });
    }
}

fn unreadable(path: &Path, source: io::Error) -> Failure {
    Failure::Unreadable { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for file in [
            "project/docs/a.md",
            "project/docs/deep/b.TXT",
            "project/docs/picture.png",
            "project/docs/.hidden/c.md",
            "project/README.markdown",
            "elsewhere/notes/d.md",
        ] {
            let path = home.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "text").unwrap();
        }
        home
    }

    fn names(paths: &[&str]) -> (Vec<String>, usize) {
        let home = tree();
        let paths: Vec<PathBuf> = paths.iter().map(|it| home.path().join(it)).collect();
        let found = find(&paths, &home.path().join("project")).unwrap();
        (found.sources.into_iter().map(|it| it.name).collect(), found.skipped)
    }

    #[test]
    fn folders_are_searched_and_other_types_are_counted() {
        assert_eq!(
            names(&["project"]),
            (vec!["README.markdown".into(), "docs/a.md".into(), "docs/deep/b.TXT".into()], 1)
        );
    }

    #[test]
    fn a_document_has_one_name_however_it_is_given() {
        let (all, _) = names(&["project/docs", "project/docs/deep", "project/docs/deep/b.TXT"]);
        assert_eq!(all, ["docs/a.md", "docs/deep/b.TXT"]);
        assert_eq!(names(&["elsewhere/notes"]).0, ["notes/d.md"]);
        assert_eq!(names(&["elsewhere/notes/d.md"]).0, ["d.md"]);
    }

    #[test]
    fn what_is_not_there_or_holds_no_text_is_told() {
        let home = tree();
        let missing = [home.path().join("missing")];
        assert!(matches!(find(&missing, home.path()), Err(Failure::NoSuchPath(_))));
        let picture = [home.path().join("project/docs/picture.png")];
        assert!(matches!(find(&picture, home.path()), Err(Failure::NothingToIngest(_))));
    }
}
