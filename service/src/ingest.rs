//! `rag-service ingest PATH…`: puts files into the store without a server.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    adapters::extract::{Extractor, Limits, OWN_PROGRAM},
    app::chunk_size,
    compose::{ComposeError, Parts, compose},
    config::Settings,
    pipeline::{
        document::{document, track_id},
        format::{Format, told_endings},
        ingest::Ingest,
        spool,
    },
    pool::EmbeddingPool,
    ports::{
        Store, StoreError,
        store::{Added, DocumentStatus, Page, Sort},
    },
};

/// Why nothing was ingested. What is wrong with a single file is told, and does not stop the others.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The service cannot be put together.
    #[error(transparent)]
    Compose(#[from] ComposeError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no place for what is read.
    #[error("the folder {} cannot be used", .path.display())]
    Spool {
        /// The folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The lines cannot be written.
    #[error("the result cannot be printed")]
    Print(#[from] io::Error),
}

/// Ingests files, and what lies in folders; tells of each on `out`. True when none was refused.
///
/// # Errors
///
/// [`IngestError`] when the store cannot be used.
pub async fn ingest(
    settings: &Settings,
    paths: &[PathBuf],
    out: &mut (dyn io::Write + Send),
) -> Result<bool, IngestError> {
    let Parts { store, embedder, .. } = compose(settings).await?;
    let embedding = &settings.embedding;
    let pool = EmbeddingPool::new(embedder, embedding.binding.provider(), embedding.limits);
    let track_id = track_id("ingest", Timestamp::now(), fastrand::u32(..));
    let extractor = extractor(settings)?;
    let mut is_complete = true;
    for path in files(paths) {
        let told = match path {
            Ok(path) => {
                (path.display().to_string(), add(&*store, &extractor, &path, &track_id).await)
            }
            Err((path, reason)) => (path.display().to_string(), Err(reason)),
        };
        match told {
            (name, Ok(words)) => writeln!(out, "{words} {name}")?,
            (name, Err(reason)) => {
                is_complete = false;
                writeln!(out, "refused {name}: {reason}")?;
            }
        }
    }
    Ingest::new(Arc::clone(&store), Arc::new(pool), chunk_size(settings)).drain().await?;
    for (name, reason) in failed(&*store, &track_id).await? {
        is_complete = false;
        writeln!(out, "failed {name}: {reason}")?;
    }
    Ok(is_complete)
}

/// Reads one file after the other.
fn extractor(settings: &Settings) -> Result<Extractor, IngestError> {
    let path = settings.spool_folder();
    if let Err(source) = spool::make(&path) {
        return Err(IngestError::Spool { path, source });
    }
    Ok(Extractor::new(PathBuf::from(OWN_PROGRAM), path, Limits::default(), 1))
}

async fn add(
    store: &dyn Store,
    extractor: &Extractor,
    path: &Path,
    track_id: &str,
) -> Result<&'static str, String> {
    let text = read(extractor, path).await?;
    let source = path.to_string_lossy();
    let (document, content) = document(Some(&source), text, track_id, Timestamp::now())
        .map_err(|error| error.to_string())?;
    match store.add(document, content).await.map_err(|error| error.to_string())? {
        Added::New => Ok("added"),
        Added::Same { .. } => Ok("unchanged"),
        Added::Duplicate { source, .. } => Err(format!("the same content is there as {source}")),
        Added::Different => Err("it is there with other text; delete it first".to_owned()),
    }
}

/// The text of a file whose name tells its format.
async fn read(extractor: &Extractor, path: &Path) -> Result<String, String> {
    let format = Format::of_name(&path.to_string_lossy()).ok_or_else(unknown)?;
    let file = File::open(path).map_err(|error| error.to_string())?;
    let extracted = extractor.text(format, file).await.map_err(|error| told(&error))?;
    if let Some(warning) = extracted.warning() {
        tracing::warn!(path = %path.display(), "{warning}");
    }
    let mut text = String::new();
    extracted.reader().read_to_string(&mut text).map_err(|error| error.to_string())?;
    Ok(text)
}

fn unknown() -> String {
    format!("its name does not end in {}", told_endings())
}

/// An error and its causes, on one line.
fn told(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", told(cause)),
        None => error.to_string(),
    }
}

type Found = Result<PathBuf, (PathBuf, String)>;

/// The files that are named, and those in folders that can be read, in the order of their names. Hidden files and
/// folders are left out unless they are named.
fn files(paths: &[PathBuf]) -> Vec<Found> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut found);
        } else if is_known(path) {
            found.push(Ok(path.clone()));
        } else {
            found.push(Err((path.clone(), unknown())));
        }
    }
    found
}

fn is_known(path: &Path) -> bool {
    Format::of_name(&path.to_string_lossy()).is_some()
}

fn walk(folder: &Path, found: &mut Vec<Found>) {
    let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return found.push(Err((folder.to_owned(), error.to_string()))),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        // A link to a folder is not followed: it may lead back here.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if name.starts_with('.') {
            continue;
        } else if is_folder {
            walk(&path, found);
        } else if is_known(&path) && path.is_file() {
            found.push(Ok(path));
        }
    }
}

async fn failed(store: &dyn Store, track_id: &str) -> Result<Vec<(String, String)>, StoreError> {
    let mut failed = Vec::new();
    for page in 1.. {
        let track_id = Some(track_id.to_owned());
        let statuses = vec![DocumentStatus::Failed];
        let page = Page { page, size: 200, track_id, statuses, sort: Sort::default() };
        let documents = store.documents(page).await?.documents;
        if documents.is_empty() {
            break;
        }
        failed.extend(documents.into_iter().map(|it| (it.source, it.error.unwrap_or_default())));
    }
    Ok(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_searched_for_what_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir_all(path("sub/.git")).unwrap();
        for name in ["b.md", "a.txt", "image.png", ".hidden.md", "sub/c.markdown", "sub/.git/d.md"]
        {
            fs::write(path(name), "x").unwrap();
        }
        let found: Vec<PathBuf> =
            files(&[folder.path().to_owned()]).into_iter().map(Result::unwrap).collect();
        assert_eq!(found, [path("a.txt"), path("b.md"), path("sub/c.markdown")]);
    }

    #[test]
    fn a_named_file_that_cannot_be_read_is_told() {
        let found = files(&[PathBuf::from("image.png")]);
        assert!(matches!(&found[..], [Err((path, _))] if path.as_os_str() == "image.png"));
    }
}
