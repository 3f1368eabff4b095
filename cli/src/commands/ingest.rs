mod source;
mod upload;

use std::{path::PathBuf, time::Duration};

use serde::Serialize;

pub(crate) use self::source::{Found, find};
use crate::{
    exit::Exit,
    failure::Failure,
    output::human::{
        Human, Page,
        text::{count, seconds},
    },
    session::{Project, Session},
};

/// Take files and folders in as documents
///
/// Text and Markdown (.txt, .md, .markdown) is taken in, other files are skipped. Returns once all of it can be asked about.
/// A stack that is asleep is woken.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  ragctl ingest docs README.md")]
pub(crate) struct IngestArgs {
    /// Files and folders
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,

    /// Where a document of the same name is there with other text, put the new text in its place
    #[arg(long)]
    replace: bool,

    /// How long to wait for a stack that is not ready yet
    #[arg(long, value_name = "TIME", default_value = "120s", value_parser = super::duration)]
    wait: Duration,
}

/// How documents are taken in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Whether new text takes the place of old text of the same name.
    pub(crate) replace: bool,
    /// How long a stack that is not ready is waited for.
    pub(crate) wait: Duration,
}

impl Default for Manner {
    fn default() -> Self {
        Self { replace: false, wait: Duration::from_secs(120) }
    }
}

/// What was taken in.
#[derive(Debug, Serialize)]
pub(crate) struct Ingested {
    event: &'static str,
    documents: usize,
    chunks: u64,
    skipped: usize,
    failed: Vec<FileFailed>,
    took_ms: u128,
    #[serde(skip)]
    took: Duration,
}

/// A file that was not taken in.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FileFailed {
    file: String,
    reason: String,
}

impl Human for Ingested {
    fn human(&self, _page: Page) -> String {
        let Self { chunks, skipped, took, .. } = self;
        let documents = count(self.documents, "document");
        let skipped = match skipped {
            0 => String::new(),
            some => format!("; {} of other types skipped", count(*some, "file")),
        };
        format!("{documents} taken in ({chunks} chunks) after {}{skipped}\n", seconds(*took))
    }
}

pub(crate) async fn run(args: IngestArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let found = find(&args.paths, project.file.folder())?;
    let manner = Manner { replace: args.replace, wait: args.wait };
    take_in(session, &project, found, &manner).await
}

/// Takes documents in, and tells how it went.
pub(crate) async fn take_in(
    session: &Session,
    project: &Project,
    found: Found,
    manner: &Manner,
) -> Result<Exit, Failure> {
    let client = session.client(project).await?;
    let of = found.sources.len();
    let ingested = upload::all(&client, found, manner).await?;
    session.output.item(&ingested)?;
    match ingested.failed.len() {
        0 => Ok(Exit::Done),
        failed => Err(Failure::FilesFailed { failed, of }),
    }
}
