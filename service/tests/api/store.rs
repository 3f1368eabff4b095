//! A store in memory.

use std::sync::{
    Mutex, MutexGuard,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

use futures_util::FutureExt;
use jiff::Timestamp;
use rag_service::ports::store::*;

#[derive(Default)]
pub(crate) struct MemoryStore {
    kept: Mutex<Kept>,
    /// While set, every call fails.
    pub(crate) is_broken: AtomicBool,
    /// While set, nothing that takes room is kept.
    pub(crate) is_full: AtomicBool,
    /// Claims that were renewed.
    pub(crate) renewals: AtomicUsize,
}

#[derive(Default)]
struct Kept {
    documents: Vec<Held>,
    chunks: Vec<(Chunk, Vec<f32>)>,
    last_chunk: i64,
}

struct Held {
    new: NewDocument,
    status: DocumentStatus,
    claim: Option<(String, Timestamp)>,
    error: Option<String>,
}

impl MemoryStore {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap()
    }

    /// As `reply`, for what takes room.
    fn reply_if_room<T: Send + 'static>(
        &self,
        answer: impl FnOnce(&mut Kept) -> T,
    ) -> Reply<'_, T> {
        if self.is_full.load(SeqCst) {
            return async { Err(StoreError::Full { path: "/secret/place".into() }) }.boxed();
        }
        self.reply(answer)
    }

    fn reply<T: Send + 'static>(&self, answer: impl FnOnce(&mut Kept) -> T) -> Reply<'_, T> {
        let answer = match self.is_broken.load(SeqCst) {
            true => Err(StoreError::Failed { reason: "out of order at /secret/place".to_owned() }),
            false => Ok(answer(&mut self.kept())),
        };
        async { answer }.boxed()
    }
}

impl Kept {
    fn find(&mut self, id: &str) -> Option<&mut Held> {
        self.documents.iter_mut().find(|held| held.new.id == id)
    }

    fn forget_chunks(&mut self, id: &str) {
        self.chunks.retain(|(chunk, _)| chunk.document != id);
    }
}

impl Store for MemoryStore {
    fn add(&self, new: NewDocument) -> Reply<'_, Added> {
        self.reply_if_room(|kept| match kept.find(&new.id) {
            None => {
                let (status, claim, error) = (DocumentStatus::Pending, None, None);
                kept.documents.push(Held { new, status, claim, error });
                Added::New
            }
            Some(held) if held.new.text != new.text => Added::Different,
            Some(held) => {
                if held.status == DocumentStatus::Failed {
                    held.status = DocumentStatus::Pending;
                }
                Added::Same
            }
        })
    }

    fn claim(
        &self,
        holder: String,
        now: Timestamp,
        until: Timestamp,
    ) -> Reply<'_, Option<Claimed>> {
        self.reply(|kept| {
            let held = kept.documents.iter_mut().find(|held| match held.status {
                DocumentStatus::Pending => true,
                DocumentStatus::Processing => {
                    held.claim.as_ref().is_some_and(|(_, end)| *end <= now)
                }
                DocumentStatus::Processed | DocumentStatus::Failed => false,
            })?;
            held.status = DocumentStatus::Processing;
            held.claim = Some((holder, until));
            let NewDocument { id, source, text, .. } = held.new.clone();
            Some(Claimed { id, source, text })
        })
    }

    fn renew(&self, id: String, holder: String, until: Timestamp) -> Reply<'_, bool> {
        self.reply(|kept| match kept.find(&id).and_then(|held| held.claim.as_mut()) {
            Some((owner, end)) if *owner == holder => {
                self.renewals.fetch_add(1, SeqCst);
                *end = until;
                true
            }
            _ => false,
        })
    }

    fn finish(&self, id: String, chunks: Vec<NewChunk>, _: String) -> Reply<'_, ()> {
        self.reply_if_room(|kept| {
            let Some(held) = kept.find(&id) else { return };
            (held.status, held.claim) = (DocumentStatus::Processed, None);
            let source = held.new.source.clone();
            kept.forget_chunks(&id);
            for NewChunk { text, vector } in chunks {
                kept.last_chunk += 1;
                let (document, source) = (id.clone(), source.clone());
                let chunk = Chunk { id: kept.last_chunk, document, source, text };
                kept.chunks.push((chunk, vector));
            }
        })
    }

    fn fail(&self, id: String, reason: String) -> Reply<'_, ()> {
        self.reply(|kept| {
            let Some(held) = kept.find(&id) else { return };
            (held.status, held.claim) = (DocumentStatus::Failed, None);
            held.error = Some(reason);
        })
    }

    fn delete(&self, id: String) -> Reply<'_, bool> {
        self.reply(|kept| {
            let before = kept.documents.len();
            kept.documents.retain(|held| held.new.id != id);
            kept.forget_chunks(&id);
            kept.documents.len() < before
        })
    }

    fn documents(&self, page: Page) -> Reply<'_, DocumentPage> {
        self.reply(|kept| {
            let wanted = |held: &&Held| {
                page.track_id.as_ref().is_none_or(|track| held.new.track_id == *track)
            };
            let all: Vec<Document> = kept
                .documents
                .iter()
                .rev()
                .filter(wanted)
                .map(|held| Document {
                    id: held.new.id.clone(),
                    source: held.new.source.clone(),
                    status: held.status,
                    summary: held.new.text.chars().take(100).collect(),
                    length: held.new.text.chars().count() as u64,
                    chunks: kept.chunks.iter().filter(|(c, _)| c.document == held.new.id).count()
                        as u64,
                    created_at: held.new.created_at,
                    updated_at: held.new.created_at,
                    track_id: held.new.track_id.clone(),
                    error: held.error.clone(),
                })
                .collect();
            let skipped = (page.page - 1) as usize * page.size as usize;
            let total = all.len() as u64;
            let documents = all.into_iter().skip(skipped).take(page.size as usize).collect();
            DocumentPage { documents, total }
        })
    }

    fn counts(&self) -> Reply<'_, Counts> {
        self.reply(|kept| {
            let mut counts = Counts::default();
            for held in &kept.documents {
                *match held.status {
                    DocumentStatus::Pending => &mut counts.pending,
                    DocumentStatus::Processing => &mut counts.processing,
                    DocumentStatus::Processed => &mut counts.processed,
                    DocumentStatus::Failed => &mut counts.failed,
                } += 1;
            }
            counts
        })
    }

    fn candidates(&self, search: Search) -> Reply<'_, Candidates> {
        self.reply(|kept| {
            let best = |score: &dyn Fn(&Chunk, &[f32]) -> Option<f32>| {
                let mut hits: Vec<Hit> = kept
                    .chunks
                    .iter()
                    .filter_map(|(chunk, vector)| {
                        Some(Hit { chunk: chunk.id, score: score(chunk, vector)? })
                    })
                    .collect();
                hits.sort_by(|one, other| other.score.total_cmp(&one.score));
                hits.truncate(search.limit);
                hits
            };
            let near = search.vector.as_ref().map(|wanted| {
                best(&|_, vector| {
                    let cosine: f32 = wanted.iter().zip(vector).map(|(a, b)| a * b).sum();
                    (cosine >= search.threshold).then_some(cosine)
                })
            });
            let matching = search.text.as_ref().map(|words| {
                let words: Vec<String> =
                    words.to_lowercase().split_whitespace().map(ToOwned::to_owned).collect();
                best(&|chunk, _| {
                    let text = chunk.text.to_lowercase();
                    let count = words.iter().filter(|word| text.contains(*word)).count();
                    (count > 0).then(|| f32::from(u16::try_from(count).unwrap()))
                })
            });
            Candidates { near: near.unwrap_or_default(), matching: matching.unwrap_or_default() }
        })
    }

    fn chunks(&self, ids: Vec<i64>) -> Reply<'_, Vec<Chunk>> {
        self.reply(|kept| {
            let find = |id: &i64| {
                kept.chunks
                    .iter()
                    .find(|(chunk, _)| chunk.id == *id)
                    .map(|(chunk, _)| chunk.clone())
            };
            ids.iter().filter_map(find).collect()
        })
    }
}
