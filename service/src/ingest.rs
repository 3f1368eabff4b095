//! `rag-service ingest PATH…`: puts files into the store without a server.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;

use crate::{
    app::chunk_size,
    compose::{ComposeError, Parts, compose},
    config::Settings,
    pipeline::{
        document::{document, is_readable, text, track_id},
        graph::Extractor,
        ingest::Ingest,
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
    let Parts { store, embedder, generator, .. } = compose(settings).await?;
    let (embedding, llm) = (&settings.embedding, &settings.llm);
    let pool = EmbeddingPool::new(embedder, embedding.binding.provider(), embedding.limits);
    let pool = Arc::new(pool);
    let llm = Arc::new(LlmPool::new(generator, llm.binding.provider(), llm.limits));
    let extractor = Extractor::wanted(&settings.graph, &llm, &pool);
    let track_id = track_id("ingest", Timestamp::now(), fastrand::u32(..));
    let mut is_complete = true;
    for path in files(paths) {
        let told = match path {
            Ok(path) => (path.display().to_string(), add(&*store, &path, &track_id).await),
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
    let ingest = Ingest::new(Arc::clone(&store), pool, chunk_size(settings));
    ingest.with_graph(extractor).drain().await?;
    for (name, reason) in failed(&*store, &track_id).await? {
        is_complete = false;
        writeln!(out, "failed {name}: {reason}")?;
    }
    Ok(is_complete)
}

async fn add(store: &dyn Store, path: &Path, track_id: &str) -> Result<&'static str, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let text = text(bytes).map_err(|error| error.to_string())?;
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

type Found = Result<PathBuf, (PathBuf, String)>;

/// The files that are named, and those in folders that can be read, in the order of their names. Hidden files and
/// folders are left out unless they are named.
fn files(paths: &[PathBuf]) -> Vec<Found> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut found);
        } else if is_readable(&path.to_string_lossy()) {
            found.push(Ok(path.clone()));
        } else {
            let reason = "the name does not end in .txt, .md or .markdown".to_owned();
            found.push(Err((path.clone(), reason)));
        }
    }
    found
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
        } else if is_readable(&name) && path.is_file() {
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
