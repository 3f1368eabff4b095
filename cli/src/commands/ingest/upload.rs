//! Uploading side by side, and waiting until what was uploaded is processed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::{Duration, Instant},
};

use futures_util::stream::{self, StreamExt};
use tokio::time::sleep;

use super::{FileFailed, Found, Ingested, Manner, source::Source};
use crate::{
    failure::Failure,
    output::{
        human::text::count,
        progress::{Wait, during},
        style::{BAD, styled},
    },
    service::{CallError, Client, Document, when_ready},
};

/// How many uploads are under way at once. Ours: enough to keep a service busy, few enough to leave it for others.
const AT_ONCE: usize = 4;

/// Between two looks at how far processing is: at first, and at most.
const LOOK: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// How long processing may stand still.
const STILL: Duration = Duration::from_secs(300);

/// How long processing may stand still until the service is asked what keeps it. It tries again every few seconds, so that
/// what it said before may be over.
const HINDERED: Duration = Duration::from_secs(6);

/// How long the service may take to say how it is.
const HEALTH: Duration = Duration::from_secs(5);

/// What became of an upload: the request that it came with, or why it was refused.
type Sent = (Source, Result<String, String>);

/// Uploads all that was found, and waits until it is processed.
pub(super) async fn all(
    client: &Client,
    found: Found,
    manner: &Manner,
) -> Result<Ingested, Failure> {
    let began = Instant::now();
    awake(client, manner).await?;
    let (sent, mut failed) = uploaded(client, found.sources, manner).await?;
    let (mine, obstacle) = processed(client, &sent).await?;
    for document in mine.iter().filter(|it| it.status != "processed") {
        let reason = match (document.status.as_str(), &document.error_msg, obstacle.as_deref()) {
            ("failed", Some(reason), _) => reason.clone(),
            ("failed", None, _) => "processing failed".to_owned(),
            (_, _, obstacle) => {
                let obstacle = obstacle.unwrap_or("it waits");
                format!("is kept, and not processed yet: {obstacle}")
            }
        };
        failed.push(FileFailed { file: document.file_path.clone(), reason });
    }
    failed.sort_by(|a, b| a.file.cmp(&b.file));
    let wait = Wait::open();
    for FileFailed { file, reason } in &failed {
        wait.line(&format!("{} {file}: {reason}", styled(BAD, "failed:")));
    }
    let good = mine.iter().filter(|it| it.status == "processed");
    let took = began.elapsed();
    Ok(Ingested {
        event: "ingested",
        documents: good.clone().count(),
        chunks: good.filter_map(|it| it.chunks_count).sum(),
        skipped: found.skipped,
        failed,
        took_ms: took.as_millis(),
        took,
    })
}

/// Wakes the stack once, so that not each upload waits for it.
async fn awake(client: &Client, manner: &Manner) -> Result<(), Failure> {
    let told = Wait::open();
    told.hint("reaching the service");
    when_ready(client, manner.wait, &told, || client.document_counts()).await.map(drop)
}

async fn uploaded(
    client: &Client,
    sources: Vec<Source>,
    manner: &Manner,
) -> Result<(BTreeMap<String, String>, Vec<FileFailed>), Failure> {
    let of = sources.len();
    let told = Wait::of_parts(u64::try_from(of).unwrap_or(u64::MAX));
    let waits = &told;
    let uploads = sources.into_iter().map(|source| async move {
        let sent = one(client, &source, manner, waits).await?;
        Ok::<Sent, Failure>((source, sent))
    });
    let mut uploads = stream::iter(uploads).buffer_unordered(AT_ONCE);
    let (mut sent, mut failed) = (BTreeMap::new(), Vec::new());
    while let Some(done) = during(&told, uploads.next()).await {
        match done? {
            (source, Ok(track)) => drop(sent.insert(source.name, track)),
            (source, Err(reason)) => failed.push(FileFailed { file: source.name, reason }),
        }
        let done = sent.len() + failed.len();
        let line = format!("uploaded {done} of {}", count(of, "file"));
        told.set(u64::try_from(done).unwrap_or(u64::MAX), "uploaded", line);
    }
    Ok((sent, failed))
}

/// Uploads one file. That this one is refused is told in `Ok`; that nobody answers ends everything.
async fn one(
    client: &Client,
    source: &Source,
    manner: &Manner,
    told: &Wait,
) -> Result<Result<String, String>, Failure> {
    let text = match text(&source.path) {
        Ok(text) => text,
        Err(reason) => return Ok(Err(reason)),
    };
    let send = || client.add(&source.name, &text);
    let sent = match when_ready(client, manner.wait, told, send).await {
        Err(Failure::Call(error)) if error.status() == Some(409) && manner.replace => {
            forget(client, &source.name).await?;
            when_ready(client, manner.wait, told, send).await
        }
        sent => sent,
    };
    match sent {
        Ok(kept) => Ok(Ok(kept.track_id)),
        Err(Failure::Call(CallError::Answered { status: 409, detail, .. })) => {
            Ok(Err(format!("{detail}; `--replace` puts the new text in its place")))
        }
        Err(Failure::Call(error @ CallError::Answered { .. })) => Ok(Err(error.to_string())),
        Err(error) => Err(error),
    }
}

/// The text of a file, without the mark that some editors put first.
fn text(path: &Path) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    Ok(text.strip_prefix('\u{feff}').map(ToOwned::to_owned).unwrap_or(text))
}

/// Deletes the document of this name.
async fn forget(client: &Client, name: &str) -> Result<(), Failure> {
    for document in client.documents().await? {
        if document.file_path == name {
            client.delete_document(&document.id).await?;
        }
    }
    Ok(())
}

/// Waits until nothing is left to process, or until the service says what keeps it from that. Returns the documents that were
/// sent, and what was said.
async fn processed(
    client: &Client,
    sent: &BTreeMap<String, String>,
) -> Result<(Vec<Document>, Option<String>), Failure> {
    let told = Wait::open();
    let (mut pause, mut last, mut moved) = (LOOK.0, None, Instant::now());
    loop {
        let look = || client.document_counts();
        let counts = when_ready(client, STILL, &told, look).await?;
        let left = counts.left();
        if left == 0 {
            return Ok((mine(client, sent).await?, None));
        }
        if moved.elapsed() > HINDERED
            && let Some(obstacle) =
                client.health(HEALTH).await.ok().and_then(|it| it.documents_error)
        {
            return Ok((mine(client, sent).await?, Some(obstacle)));
        }
        if last != Some(left) {
            (last, moved) = (Some(left), Instant::now());
        } else if moved.elapsed() > STILL {
            let left = usize::try_from(left).unwrap_or(usize::MAX);
            return Err(Failure::StillProcessing { left, waited: STILL });
        }
        told.news(format!("processing, {left} documents left"));
        during(&told, sleep(pause)).await;
        pause = (pause * 3 / 2).min(LOOK.1);
    }
}

/// The documents that were sent: by the request that they came with, or by name when they were there already.
async fn mine(client: &Client, sent: &BTreeMap<String, String>) -> Result<Vec<Document>, Failure> {
    if sent.is_empty() {
        return Ok(Vec::new());
    }
    let tracks: BTreeSet<&str> =
        sent.values().map(String::as_str).filter(|it| !it.is_empty()).collect();
    let is_mine = |it: &Document| {
        sent.contains_key(&it.file_path)
            || it.track_id.as_deref().is_some_and(|track| tracks.contains(track))
    };
    Ok(client.documents().await?.into_iter().filter(is_mine).collect())
}
