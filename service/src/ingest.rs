//! `rag-service ingest PATH…`: puts files into the store without a server.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use futures_util::{Stream, stream};
use jiff::Timestamp;

use crate::{
    app::workshop,
    compose::{ComposeError, Parts, compose},
    config::Settings,
    pipeline::{
        document::{self, track_id},
        format::{Format, told_endings},
        ingest::Ingest,
        spool::Spool,
    },
    pool::{EmbeddingPool, LlmPool},
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
    let Parts { store, embedder, generator, files: reader, .. } = compose(settings).await?;
    let (embedding, llm) = (&settings.embedding, &settings.llm);
    let pool = EmbeddingPool::new(embedder, embedding.binding.provider(), embedding.limits);
    let llm = Arc::new(LlmPool::new(generator, llm.binding.provider(), llm.limits));
    let workshop = workshop(settings, reader, &Arc::new(pool), &llm);
    let track_id = track_id("ingest", Timestamp::now(), fastrand::u32(..));
    let folder = settings.spool_dir.clone();
    let mut is_complete = true;
    for path in files(paths) {
        let told = match path {
            Ok(path) => (path.display().to_string(), add(&*store, &path, &folder, &track_id).await),
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
    Ingest::new(Arc::clone(&store), workshop).drain().await?;
    for (name, reason) in failed(&*store, &track_id).await? {
        is_complete = false;
        writeln!(out, "failed {name}: {reason}")?;
    }
    Ok(is_complete)
}

/// Bytes of a file that are read at once.
const STRIDE: usize = 64 * 1024;

async fn add(
    store: &dyn Store,
    path: &Path,
    folder: &Path,
    track_id: &str,
) -> Result<String, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let spool = Spool::take(parts(file), folder, u64::MAX).await.map_err(|error| told(&error))?;
    let (document, content) =
        document::file(&path.to_string_lossy(), spool, track_id, Timestamp::now())
            .map_err(|error| told(&error))?;
    match store.add(document, content).await.map_err(|error| error.to_string())? {
        Added::New => Ok("added".to_owned()),
        Added::Same { .. } => Ok("unchanged".to_owned()),
        Added::Duplicate { source, .. } => Ok(format!("the same as {source}:")),
        Added::Different => Err("it is there with other text; delete it first".to_owned()),
    }
}

/// A file, part by part.
fn parts(file: File) -> impl Stream<Item = io::Result<Bytes>> {
    let read = |mut file: File| {
        let mut part = Vec::new();
        let read = Read::by_ref(&mut file).take(STRIDE as u64).read_to_end(&mut part);
        read.map(|length| (length > 0).then(|| (Bytes::from(part), file)))
    };
    stream::try_unfold(file, move |file| std::future::ready(read(file)))
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
