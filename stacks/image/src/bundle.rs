//! What goes into an image: a program an architecture, and the embedder's data.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use ragctl_stacks::stack::Architecture;

use crate::program::{Program, ProgramFlaw, Table};

/// The service's program, in the folder of its architecture.
const PROGRAM: &str = "rag-service";

/// The folder of the embedder's data.
const EMBEDDER: &str = "embedder";

/// What the embedder's data may have at most: a file beyond this is none.
const LARGEST: u64 = 4 << 30;

/// A folder with what goes into an image: `x86_64/rag-service`, `arm64/rag-service`, and files in `embedder/`.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// In the order of their architectures; at least one.
    pub(crate) programs: Vec<Program>,
    pub(crate) data: Vec<Data>,
}

/// A file of the embedder's.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) name: String,
    pub(crate) content: Bytes,
}

/// Why a folder is no bundle.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// There is no program in it.
    #[error(
        "there is no bundle in {}: neither x86_64/{PROGRAM} nor arm64/{PROGRAM}",
        .0.display()
    )]
    Missing(PathBuf),
    /// What is in it cannot be used.
    #[error("the bundle in {} cannot be used{}", folder.display(), told(flaws))]
    Unfit {
        /// The folder.
        folder: PathBuf,
        /// All that is wrong with it.
        flaws: Vec<Flaw>,
    },
}

/// What is wrong with a bundle.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    /// A program cannot go into an image.
    #[error("{}: {flaw}", path.display())]
    Program {
        /// The program.
        path: PathBuf,
        /// Why not.
        flaw: ProgramFlaw,
    },
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A program needs a table that is not there.
    #[error("{}: it has no embedding table inside, and there is no file in {EMBEDDER}/", .0.display())]
    NoTable(PathBuf),
    /// There is no program for these processors.
    #[error("there is no {0}/{PROGRAM}, and the stack runs on {0}")]
    NoProgramFor(Architecture),
}

fn told(flaws: &[Flaw]) -> String {
    flaws.iter().map(|it| format!("\n  {it}")).collect()
}

impl Bundle {
    /// Reads the bundle in `folder`, which must have a program for `needed`, if that is said.
    ///
    /// # Errors
    ///
    /// [`BundleError`], with all that is wrong.
    pub fn open(folder: &Path, needed: Option<Architecture>) -> Result<Self, BundleError> {
        let all = [Architecture::Arm64, Architecture::X86_64];
        let path = |it: &Architecture| folder.join(it.as_str()).join(PROGRAM);
        let there: Vec<_> = all.into_iter().filter(|it| path(it).exists()).collect();
        if there.is_empty() {
            return Err(BundleError::Missing(folder.to_owned()));
        }
        let mut flaws = Vec::new();
        flaws.extend(needed.filter(|it| !there.contains(it)).map(Flaw::NoProgramFor));
        let data = data(&folder.join(EMBEDDER)).unwrap_or_else(|flaw| {
            flaws.push(flaw);
            Vec::new()
        });
        let mut programs = Vec::new();
        for architecture in there {
            let path = path(&architecture);
            match Program::read(&path, architecture) {
                Ok(it) if it.about.table == Table::File && data.is_empty() => {
                    flaws.push(Flaw::NoTable(path));
                }
                Ok(it) => programs.push(it),
                Err(flaw) => flaws.push(Flaw::Program { path, flaw }),
            }
        }
        match flaws.is_empty() {
            true => Ok(Self { programs, data }),
            false => Err(BundleError::Unfit { folder: folder.to_owned(), flaws }),
        }
    }

    /// The same with the program for these processors alone.
    #[must_use]
    pub fn only(mut self, architecture: Architecture) -> Self {
        self.programs.retain(|it| it.architecture == architecture);
        self
    }

    /// What should be better, and hinders nothing.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let each = |what: &dyn Fn(&Program) -> bool, remark: &str| {
            let of = self.programs.iter().filter(|it| what(it));
            of.map(|it| format!("the program for {} {remark}", it.architecture)).collect::<Vec<_>>()
        };
        let silent = each(
            &|it| it.crates.is_empty(),
            "does not say which crates it is made of, so that the image's list of parts lacks them; `cargo auditable` builds one that does",
        );
        let symbols = each(
            &|it| it.has_symbols,
            "is not stripped: its names for debuggers make the image larger",
        );
        [silent, symbols].concat()
    }
}

/// The files of the embedder, by name; none where there is no such folder.
fn data(folder: &Path) -> Result<Vec<Data>, Flaw> {
    let unreadable = |path: &Path, source| Flaw::Unreadable { path: path.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, error)),
    };
    let mut all = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let about = fs::metadata(&path).map_err(|error| unreadable(&path, error))?;
        let Some(name) = path.file_name().and_then(|it| it.to_str()) else { continue };
        if !about.is_file() || name.starts_with('.') {
            continue;
        }
        if about.len() > LARGEST {
            return Err(unreadable(&path, io::Error::other("it is far too large")));
        }
        let content = fs::read(&path).map_err(|error| unreadable(&path, error))?;
        all.push(Data { name: name.to_owned(), content: content.into() });
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::tests::program;

    fn bundle(files: &[(&str, Vec<u8>)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let folder = bundle(&[
            ("x86_64/rag-service", program(183, None, "file")),
            ("arm64/rag-service", program(183, None, "file")),
        ]);
        let error = Bundle::open(folder.path(), Some(Architecture::X86_64)).unwrap_err();
        let BundleError::Unfit { flaws, .. } = error else { panic!("{error}") };
        let told: Vec<String> = flaws.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].ends_with("there is no file in embedder/"), "{told:?}");
        assert!(told[1].ends_with("it is built for arm64, not for x86_64"), "{told:?}");
    }

    #[test]
    fn a_folder_without_a_program_is_no_bundle() {
        let folder = bundle(&[("embedder/a.bin", vec![1])]);
        let error = Bundle::open(folder.path(), None).unwrap_err();
        assert!(matches!(error, BundleError::Missing(_)), "{error}");
    }

    #[test]
    fn the_stacks_processors_need_a_program() {
        let folder = bundle(&[("arm64/rag-service", program(183, None, "inside"))]);
        assert!(Bundle::open(folder.path(), None).is_ok());
        let error = Bundle::open(folder.path(), Some(Architecture::X86_64)).unwrap_err();
        assert!(error.to_string().contains("the stack runs on x86_64"), "{error}");
    }
}
