//! A store in memory.

use std::{
    collections::HashMap,
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
};

use bytes::Bytes;
use futures_util::FutureExt;
use jiff::Timestamp;
use rag_service::ports::{
    graph::{Entity, Graph, Mentions, Names, Near, Relation},
    store::*,
};

use crate::graph::Mentioned;

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
    /// What each chunk mentions, by its id.
    mentions: HashMap<i64, Mentions>,
    last_chunk: i64,
}

struct Held {
    new: NewDocument,
    content: Vec<Bytes>,
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
            return async { Err(StoreError::Full { place: "/secret/place".into() }) }.boxed();
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

    fn held_by(&mut self, id: &str, holder: &str) -> Option<&mut Held> {
        self.find(id).filter(|held| held.claim.as_ref().is_some_and(|(owner, _)| owner == holder))
    }

    /// What the chunks that there are mention.
    fn mentioned(&self) -> Mentioned<'_> {
        let mentions = |chunk: &Chunk| self.mentions.get(&chunk.id);
        Mentioned(
            self.chunks.iter().filter_map(|(chunk, _)| Some((chunk, mentions(chunk)?))).collect(),
        )
    }

    fn forget_chunks(&mut self, id: &str) {
        self.chunks.retain(|(chunk, _)| chunk.document != id);
    }
}

impl Store for MemoryStore {
    fn add(&self, new: NewDocument, mut content: Content) -> Reply<'_, Added> {
        self.reply_if_room(|kept| {
            let same = kept.documents.iter().find(|held| held.new.hash == new.hash);
            if let Some(other) = same.filter(|held| held.new.id != new.id) {
                let (source, track_id) = (other.new.source.clone(), other.new.track_id.clone());
                return Added::Duplicate { source, track_id };
            }
            match kept.find(&new.id) {
                None => {
                    let mut parts = Vec::new();
                    let keep = |_, part: &[u8]| {
                        parts.push(Bytes::copy_from_slice(part));
                        Ok::<_, std::io::Error>(())
                    };
                    content.each_part(keep).unwrap();
                    let (status, claim, error) = (DocumentStatus::Pending, None, None);
                    kept.documents.push(Held { new, content: parts, status, claim, error });
                    Added::New
                }
                Some(held) if held.new.hash != new.hash => Added::Different,
                Some(held) => {
                    if held.status == DocumentStatus::Failed {
                        held.status = DocumentStatus::Pending;
                        held.new.track_id = new.track_id;
                    }
                    Added::Same { track_id: held.new.track_id.clone() }
                }
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
            let NewDocument { id, source, format, bytes, .. } = held.new.clone();
            Some(Claimed { id, source, format, bytes, attempt: 1 })
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

    fn part(&self, id: String, position: u32) -> Reply<'_, Option<Bytes>> {
        self.reply(|kept| kept.find(&id)?.content.get(position as usize).cloned())
    }

    fn give_back(&self, id: String, holder: String) -> Reply<'_, ()> {
        self.reply(|kept| {
            if let Some(held) = kept.held_by(&id, &holder) {
                (held.status, held.claim) = (DocumentStatus::Pending, None);
            }
        })
    }

    fn put(&self, id: String, holder: String, portion: Portion) -> Reply<'_, bool> {
        self.reply_if_room(|kept| {
            let Some(held) = kept.held_by(&id, &holder) else { return false };
            if let Some(Measured { summary, length }) = portion.end {
                (held.status, held.claim) = (DocumentStatus::Processed, None);
                (held.new.summary, held.new.length) = (summary, length);
            }
            let source = held.new.source.clone();
            kept.chunks.retain(|(chunk, _)| chunk.document != id || chunk.position < portion.from);
            for (position, new) in (portion.from..).zip(portion.chunks) {
                let NewChunk { text, vector, mentions } = new;
                kept.last_chunk += 1;
                kept.mentions.insert(kept.last_chunk, mentions);
                let (document, source) = (id.clone(), source.clone());
                let chunk = Chunk { id: kept.last_chunk, document, position, source, text };
                kept.chunks.push((chunk, vector));
            }
            true
        })
    }

    fn fail(&self, id: String, holder: String, reason: String) -> Reply<'_, bool> {
        self.reply(|kept| {
            let Some(held) = kept.held_by(&id, &holder) else { return false };
            (held.status, held.claim) = (DocumentStatus::Failed, None);
            held.error = Some(reason);
            kept.forget_chunks(&id);
            true
        })
    }

    fn delete(&self, ids: Vec<String>) -> Reply<'_, Vec<String>> {
        self.reply(|kept| {
            let deleted: Vec<String> =
                ids.into_iter().filter(|id| kept.find(id).is_some()).collect();
            kept.documents.retain(|held| !deleted.contains(&held.new.id));
            deleted.iter().for_each(|id| kept.forget_chunks(id));
            deleted
        })
    }

    fn clear(&self) -> Reply<'_, u64> {
        self.reply(|kept| {
            kept.chunks.clear();
            kept.documents.drain(..).count() as u64
        })
    }

    fn retry(&self, _: Timestamp) -> Reply<'_, u64> {
        self.reply(|kept| {
            let failed =
                kept.documents.iter_mut().filter(|held| held.status == DocumentStatus::Failed);
            failed.map(|held| held.status = DocumentStatus::Pending).count() as u64
        })
    }

    fn documents(&self, page: Page) -> Reply<'_, DocumentPage> {
        self.reply(|kept| {
            let wanted = |held: &&Held| {
                page.track_id.as_ref().is_none_or(|track| held.new.track_id == *track)
                    && (page.statuses.is_empty() || page.statuses.contains(&held.status))
            };
            let mut all: Vec<Document> = kept
                .documents
                .iter()
                .filter(wanted)
                .map(|held| Document {
                    id: held.new.id.clone(),
                    source: held.new.source.clone(),
                    status: held.status,
                    format: held.new.format.clone(),
                    summary: held.new.summary.clone(),
                    length: held.new.length,
                    chunks: kept.chunks.iter().filter(|(c, _)| c.document == held.new.id).count()
                        as u64,
                    created_at: held.new.created_at,
                    updated_at: held.new.created_at,
                    track_id: held.new.track_id.clone(),
                    error: held.error.clone(),
                })
                .collect();
            match page.sort.by {
                SortBy::Created => all.sort_by_key(|one| one.created_at),
                SortBy::Updated => all.sort_by_key(|one| one.updated_at),
                SortBy::Id => all.sort_by_key(|one| one.id.clone()),
                SortBy::Source => all.sort_by_key(|one| one.source.clone()),
            }
            if !page.sort.ascending {
                all.reverse();
            }
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

impl Graph for MemoryStore {
    fn nearest_entities(
        &self,
        vector: Vec<f32>,
        limit: usize,
        threshold: f32,
    ) -> Reply<'_, Vec<Near<String>>> {
        self.reply(|kept| kept.mentioned().nearest_entities(&vector, limit, threshold))
    }

    fn nearest_relations(
        &self,
        vector: Vec<f32>,
        limit: usize,
        threshold: f32,
    ) -> Reply<'_, Vec<Near<(String, String)>>> {
        self.reply(|kept| kept.mentioned().nearest_relations(&vector, limit, threshold))
    }

    fn entities(&self, keys: Vec<String>) -> Reply<'_, Vec<Entity>> {
        self.reply(|kept| keys.iter().filter_map(|key| kept.mentioned().entity(key)).collect())
    }

    fn relations(&self, pairs: Vec<(String, String)>) -> Reply<'_, Vec<Relation>> {
        self.reply(|kept| pairs.iter().filter_map(|it| kept.mentioned().relation(it)).collect())
    }

    fn relations_of(&self, keys: Vec<String>, limit: usize) -> Reply<'_, Vec<Relation>> {
        self.reply(|kept| kept.mentioned().relations_of(&keys, limit))
    }

    fn names(&self, order: Names, limit: usize) -> Reply<'_, Vec<String>> {
        self.reply(|kept| kept.mentioned().names(&order, limit))
    }
}
