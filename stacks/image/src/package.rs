//! The service as AWS Lambda takes it: an archive with the program, and one for each layer.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use ragctl_stacks::stack::Architecture;
use sha2::{Digest as _, Sha256};

use crate::{
    archive,
    bundle::{Bundle, Data},
    digest::Digest,
    layer::Entry,
};

/// What Lambda starts of an archive for an OS-only runtime.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-provided.html>
const BOOTSTRAP: &str = "bootstrap";

/// The layer of the embedder's data.
const EMBEDDER: &str = "embedder";

/// The most that an archive may have that is sent with a call, and not by way of S3.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const LARGEST: u64 = 50 << 20;

/// The most that all archives of a function may have once they are unpacked.
///
/// Source: the same.
const LARGEST_UNPACKED: u64 = 250 << 20;

/// Archives of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packages {
    /// The program's.
    pub code: Archive,
    /// The layers', by their names.
    pub layers: BTreeMap<String, Archive>,
    /// What should be better, and hinders nothing.
    pub remarks: Vec<String>,
}

/// An archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// What it is called by.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// Its size in bytes once it is unpacked.
    pub unpacked: u64,
}

/// Why no archives can be made.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// A file or folder cannot be read or written.
    #[error("{} cannot be used", path.display())]
    Unusable {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A folder of a layer has nothing in it.
    #[error("there is nothing in {}, which is to be the layer `{layer}`", folder.display())]
    Empty {
        /// The layer.
        layer: String,
        /// The folder.
        folder: PathBuf,
    },
    /// Lambda does not take so much.
    #[error("{what} has {} MB, and Lambda takes at most {} MB", size >> 20, limit >> 20)]
    TooLarge {
        /// What has it.
        what: String,
        /// Its size in bytes.
        size: u64,
        /// The most that is taken, in bytes.
        limit: u64,
    },
}

/// A folder with archives, each called by its digest.
#[derive(Clone, Debug)]
pub struct Archives {
    folder: PathBuf,
}

impl Archives {
    /// The archives in `folder`, which need not be there yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The archive with this digest.
    ///
    /// # Errors
    ///
    /// [`PackageError::Unusable`] where there is none.
    pub fn read(&self, digest: &str) -> Result<Bytes, PackageError> {
        let path = self.path(digest);
        fs::read(&path).map(Bytes::from).map_err(|source| PackageError::Unusable { path, source })
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{}.zip", digest.trim_start_matches("sha256:")))
    }

    /// The archive of these entries, made unless one of them was made before.
    fn archive(&self, entries: &[Entry]) -> Result<Archive, PackageError> {
        let unpacked = entries.iter().flat_map(|it| &it.content).map(|it| it.len() as u64).sum();
        // Packing takes a second, and reading what was packed a moment.
        let known = self.folder.join(format!("{}.made", made_of(entries)));
        if let Ok(name) = fs::read_to_string(&known)
            && let Ok(digest) = name.trim().parse::<Digest>()
            && let Ok(about) = fs::metadata(self.path(digest.as_str()))
        {
            return Ok(Archive { digest, size: about.len(), unpacked });
        }
        let content = archive::packed(entries);
        let digest = Digest::of(&content);
        self.keep(&self.path(digest.as_str()), &content)?;
        self.keep(&known, digest.as_str().as_bytes())?;
        Ok(Archive { digest, size: content.len() as u64, unpacked })
    }

    /// Writes a file whole, or not at all.
    fn keep(&self, path: &Path, content: &[u8]) -> Result<(), PackageError> {
        let written = fs::create_dir_all(&self.folder)
            .and_then(|()| tempfile::NamedTempFile::new_in(&self.folder))
            .and_then(|mut file| file.write_all(content).map(|()| file))
            .and_then(|file| file.persist(path).map_err(io::Error::from));
        match written {
            Ok(_) => Ok(()),
            Err(source) => Err(PackageError::Unusable { path: path.to_owned(), source }),
        }
    }
}

/// Makes the archives of `bundle` for these processors into `archives`.
///
/// `folders` are those that become layers, by the layers' names; the one of the embedder's data is the bundle's own, and is
/// made where `embeds` says so.
///
/// The same files give the same bytes.
///
/// # Errors
///
/// [`PackageError`] where a folder cannot be read, or Lambda would not take what is in it.
///
/// # Panics
///
/// When the bundle has no program for these processors, which whoever opens it sees to.
pub fn package(
    bundle: &Bundle,
    architecture: Architecture,
    embeds: bool,
    folders: &BTreeMap<String, PathBuf>,
    archives: &Archives,
) -> Result<Packages, PackageError> {
    let program = bundle.programs.iter().find(|it| it.architecture == architecture);
    let program = program.expect("a bundle is opened for the processors that it is needed for");
    let bootstrap = Entry { mode: 0o755, ..Entry::file(BOOTSTRAP, program.content.clone()) };
    let code = archives.archive(&[bootstrap])?;
    must_fit("the service's program", code.size, LARGEST)?;
    let mut layers = BTreeMap::new();
    if embeds && !bundle.data.is_empty() {
        layers.insert(EMBEDDER.to_owned(), archives.archive(&data(&bundle.data))?);
    }
    for (name, folder) in folders {
        let mut files = Files { layer: name, entries: Vec::new(), size: 0 };
        files.add(folder, name)?;
        if files.entries.is_empty() {
            return Err(PackageError::Empty { layer: name.clone(), folder: folder.clone() });
        }
        layers.insert(name.clone(), archives.archive(&files.entries)?);
    }
    for (name, layer) in &layers {
        must_fit(&format!("the layer `{name}`"), layer.size, LARGEST)?;
    }
    let unpacked = code.unpacked + layers.values().map(|it| it.unpacked).sum::<u64>();
    must_fit("the function with its layers, unpacked,", unpacked, LARGEST_UNPACKED)?;
    Ok(Packages { code, layers, remarks: bundle.remarks() })
}

fn must_fit(what: &str, size: u64, limit: u64) -> Result<(), PackageError> {
    match size <= limit {
        true => Ok(()),
        false => Err(PackageError::TooLarge { what: what.to_owned(), size, limit }),
    }
}

fn data(data: &[Data]) -> Vec<Entry> {
    let entry = |it: &Data| Entry::file(format!("{EMBEDDER}/{}", it.name), it.content.clone());
    data.iter().map(entry).collect()
}

/// Files for a layer, as far as they were found.
struct Files<'a> {
    layer: &'a str,
    entries: Vec<Entry>,
    size: u64,
}

impl Files<'_> {
    /// Adds those below `folder`, at `path` in the layer, sorted; links are followed. More than Lambda would take is not read.
    fn add(&mut self, folder: &Path, path: &str) -> Result<(), PackageError> {
        let unusable =
            |path: &Path, source| PackageError::Unusable { path: path.to_owned(), source };
        let entries = fs::read_dir(folder).map_err(|error| unusable(folder, error))?;
        let names = entries.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>();
        let mut names = names.map_err(|error| unusable(folder, error))?;
        names.sort();
        for name in names {
            let from = folder.join(&name);
            let at = format!("{path}/{}", name.to_string_lossy());
            let about = fs::metadata(&from).map_err(|error| unusable(&from, error))?;
            if about.is_dir() {
                self.add(&from, &at)?;
                continue;
            }
            if !about.is_file() {
                // A pipe would be read for ever.
                let neither = io::Error::other("it is neither a file nor a folder");
                return Err(unusable(&from, neither));
            }
            self.size += about.len();
            let what = format!("the layer `{}`, unpacked,", self.layer);
            must_fit(&what, self.size, LARGEST_UNPACKED)?;
            let content = fs::read(&from).map_err(|error| unusable(&from, error))?;
            let mode = if is_executable(&about) { 0o755 } else { 0o644 };
            self.entries.push(Entry { mode, ..Entry::file(at, content) });
        }
        Ok(())
    }
}

fn is_executable(about: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    about.permissions().mode() & 0o100 != 0
}

/// Identifies what goes into an archive.
fn made_of(entries: &[Entry]) -> String {
    let mut all = Sha256::new();
    for Entry { path, content, mode, .. } in entries {
        let content = Sha256::digest(content.as_deref().unwrap_or_default());
        all.update(format!("{path}\n{mode}\n"));
        all.update(content);
    }
    all.finalize().iter().map(|it| format!("{it:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;
    use crate::program::tests::program;

    fn write(folder: &Path, path: &str, content: &[u8]) {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn bundle(folder: &Path) -> Bundle {
        write(folder, "x86_64/rag-service", &program(62, None, "file"));
        write(folder, "embedder/table.bin", b"table");
        Bundle::open(folder, Some(Architecture::X86_64)).unwrap()
    }

    fn listed(content: &[u8]) -> Vec<(String, u32, usize)> {
        let mut read = zip::ZipArchive::new(Cursor::new(content)).unwrap();
        let count = read.len();
        let mut each = |at| {
            let mut file = read.by_index(at).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            (file.name().unwrap().into_owned(), file.unix_mode().unwrap() & 0o777, content.len())
        };
        (0..count).map(&mut each).collect()
    }

    #[test]
    fn the_same_files_are_the_same_archives_and_are_packed_once() {
        let (folder, first, second) = (
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
        );
        let bundle = bundle(folder.path());
        write(folder.path(), "models/b/two", b"2");
        write(folder.path(), "models/a", b"1");
        let folders = BTreeMap::from([("models".to_owned(), folder.path().join("models"))]);
        let made = |to: &Path| {
            package(&bundle, Architecture::X86_64, true, &folders, &Archives::new(to)).unwrap()
        };
        let packages = made(first.path());
        assert_eq!(packages, made(second.path()));
        assert_eq!(packages, made(first.path()));
        let archives = Archives::new(first.path());
        let models = archives.read(packages.layers["models"].digest.as_str()).unwrap();
        let expected = [("models/a".to_owned(), 0o644, 1), ("models/b/two".to_owned(), 0o644, 1)];
        assert_eq!(listed(&models), expected);
        assert_eq!(Digest::of(&models), packages.layers["models"].digest);
    }

    #[test]
    fn what_lambda_starts_may_be_started() {
        let (folder, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let archives = Archives::new(to.path());
        let nothing = BTreeMap::new();
        let made =
            package(&bundle(folder.path()), Architecture::X86_64, false, &nothing, &archives)
                .unwrap();
        assert!(made.layers.is_empty(), "nobody embeds");
        let code = archives.read(made.code.digest.as_str()).unwrap();
        let mut read = zip::ZipArchive::new(Cursor::new(code)).unwrap();
        assert_eq!(read.len(), 1);
        let file = read.by_index(0).unwrap();
        assert_eq!(
            (&*file.name().unwrap(), file.unix_mode().unwrap() & 0o777),
            ("bootstrap", 0o755)
        );
    }

    #[test]
    fn a_link_that_leads_back_ends_in_an_error() {
        let (folder, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let bundle = bundle(folder.path());
        write(folder.path(), "models/a", b"1");
        std::os::unix::fs::symlink("..", folder.path().join("models/back")).unwrap();
        let folders = BTreeMap::from([("a".to_owned(), folder.path().join("models"))]);
        let archives = Archives::new(to.path());
        let error = package(&bundle, Architecture::X86_64, true, &folders, &archives).unwrap_err();
        assert!(error.to_string().contains("cannot be used"), "{error}");
    }

    #[test]
    fn what_is_neither_a_file_nor_a_folder_is_told() {
        let (folder, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let bundle = bundle(folder.path());
        fs::create_dir(folder.path().join("models")).unwrap();
        let socket = folder.path().join("models/socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let folders = BTreeMap::from([("a".to_owned(), folder.path().join("models"))]);
        let archives = Archives::new(to.path());
        let error = package(&bundle, Architecture::X86_64, true, &folders, &archives).unwrap_err();
        assert_eq!(error.to_string(), format!("{} cannot be used", socket.display()));
    }

    #[test]
    fn an_empty_folder_is_no_layer_and_a_missing_one_neither() {
        let (folder, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let bundle = bundle(folder.path());
        fs::create_dir(folder.path().join("empty")).unwrap();
        for (name, words) in [("empty", "there is nothing in"), ("missing", "cannot be used")] {
            let folders = BTreeMap::from([("a".to_owned(), folder.path().join(name))]);
            let archives = Archives::new(to.path());
            let error = package(&bundle, Architecture::X86_64, true, &folders, &archives);
            let error = error.unwrap_err().to_string();
            assert!(error.contains(words) && error.contains(name), "{error}");
        }
    }
}
