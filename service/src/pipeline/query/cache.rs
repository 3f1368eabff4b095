//! Answers that were given before to the very same words.
//!
//! The key is all that the model is told: rules, history, what was found, question. When a document comes or goes, what
//! is found changes, and so does the key; an answer cannot outlive what it was written from.

use std::sync::Arc;

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use quick_cache::{Weighter, sync::Cache};
use sha2::{Digest, Sha256};

use crate::{
    pool::Piece,
    ports::{Message, Role},
};

/// Bytes of all answers that are kept.
const KEPT_BYTES: u64 = 16 * 1024 * 1024;

/// About how many answers that is.
const KEPT: usize = 4096;

/// Longer answers are not kept.
const LONGEST_BYTES: usize = 256 * 1024;

/// SHA-256 of what a model is told.
pub(super) type Key = [u8; 32];

/// Answers by what the model was told. Cloning gives another handle to the same.
#[derive(Clone)]
pub struct AnswerCache(Arc<Cache<Key, Arc<str>, Bytes>>);

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Arc<str>> for Bytes {
    fn weight(&self, key: &Key, answer: &Arc<str>) -> u64 {
        (key.len() + answer.len()) as u64
    }
}

impl Default for AnswerCache {
    fn default() -> Self {
        Self(Arc::new(Cache::with_weighter(KEPT, KEPT_BYTES, Bytes)))
    }
}

impl AnswerCache {
    /// Forgets all.
    pub fn clear(&self) {
        self.0.clear();
    }

    /// The answer to the same words, in one piece.
    pub(super) fn get(&self, key: &Key) -> Option<BoxStream<'static, Piece>> {
        let answer = self.0.get(key)?;
        Some(stream::iter([Ok(answer.as_ref().to_owned())]).boxed())
    }

    /// The same answer, kept once its end has come. One that breaks off, or that nobody reads to its end, is not.
    pub(super) fn keeping(
        &self,
        key: Key,
        pieces: BoxStream<'static, Piece>,
    ) -> BoxStream<'static, Piece> {
        let reading = Reading { cache: self.clone(), key, pieces, answer: Some(String::new()) };
        stream::unfold(Some(reading), |reading| async move {
            let mut reading = reading?;
            match reading.pieces.next().await {
                Some(Ok(piece)) => {
                    reading.note(&piece);
                    Some((Ok(piece), Some(reading)))
                }
                Some(Err(error)) => Some((Err(error), None)),
                None => {
                    reading.keep();
                    None
                }
            }
        })
        .boxed()
    }
}

/// An answer while it comes in; none when it is too long to be kept.
struct Reading {
    cache: AnswerCache,
    key: Key,
    pieces: BoxStream<'static, Piece>,
    answer: Option<String>,
}

impl Reading {
    fn note(&mut self, piece: &str) {
        self.answer =
            self.answer.take().filter(|answer| answer.len() + piece.len() <= LONGEST_BYTES);
        if let Some(answer) = &mut self.answer {
            answer.push_str(piece);
        }
    }

    fn keep(self) {
        if let Some(answer) = self.answer.filter(|answer| !answer.is_empty()) {
            self.cache.0.insert(self.key, answer.into());
        }
    }
}

/// The key of what `model` is told. Lengths stand before words, so that no two conversations look alike.
pub(super) fn key(model: &str, messages: &[Message]) -> Key {
    let mut hash = Sha256::new();
    let mut take = |words: &str| {
        hash.update((words.len() as u64).to_le_bytes());
        hash.update(words);
    };
    take(model);
    for Message { role, content } in messages {
        take(match role {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        });
        take(content);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;

    use super::*;
    use crate::ports::ProviderError;

    const KEY: Key = [7; 32];

    fn pieces(pieces: Vec<Piece>) -> BoxStream<'static, Piece> {
        stream::iter(pieces).boxed()
    }

    fn words(words: &[&str]) -> BoxStream<'static, Piece> {
        pieces(words.iter().map(|word| Ok((*word).to_owned())).collect())
    }

    async fn kept(cache: &AnswerCache) -> Option<String> {
        let again: Result<String, ProviderError> = cache.get(&KEY)?.try_collect().await;
        again.ok()
    }

    #[tokio::test]
    async fn a_whole_answer_is_given_again_until_all_is_forgotten() {
        let cache = AnswerCache::default();
        let first: String = cache.keeping(KEY, words(&["He", "llo"])).try_collect().await.unwrap();
        assert_eq!((first.as_str(), kept(&cache).await.as_deref()), ("Hello", Some("Hello")));
        assert!(cache.get(&[8; 32]).is_none());
        cache.clear();
        assert_eq!(kept(&cache).await, None);
    }

    #[tokio::test]
    async fn what_is_not_a_whole_answer_is_not_kept() {
        let cache = AnswerCache::default();
        let error = ProviderError::Unreachable { provider: "p".into(), reason: "r".into() };
        let broken = pieces(vec![Ok("He".to_owned()), Err(error)]);
        assert_eq!(cache.keeping(KEY, broken).count().await, 2, "the error is passed on");
        let mut left = cache.keeping(KEY, words(&["He", "llo"]));
        left.next().await;
        drop(left);
        assert_eq!(cache.keeping(KEY, words(&[])).count().await, 0);
        let long = "x".repeat(LONGEST_BYTES);
        assert_eq!(cache.keeping(KEY, words(&[&long, "x"])).count().await, 2);
        assert_eq!(kept(&cache).await, None);
    }

    #[tokio::test]
    async fn no_more_is_kept_than_has_room() {
        let cache = AnswerCache::default();
        let long = "x".repeat(LONGEST_BYTES);
        for number in 0..200 {
            cache.keeping([number; 32], words(&[&long])).count().await;
        }
        assert!(cache.0.weight() <= KEPT_BYTES && !cache.0.is_empty(), "{}", cache.0.weight());
    }

    #[test]
    fn the_key_is_all_that_is_told() {
        let said = |role, content: &str| Message { role, content: content.to_owned() };
        let (user, other) = (Role::User, Role::Assistant);
        let keys = [
            key("m", &[]),
            key("n", &[]),
            key("m", &[said(user, "ab")]),
            key("m", &[said(other, "ab")]),
            key("m", &[said(user, "a"), said(user, "b")]),
            key("m", &[said(user, "a"), said(user, "bc")]),
        ];
        for (place, one) in keys.iter().enumerate() {
            assert!(!keys[place + 1..].contains(one), "{place}");
        }
        assert_eq!(keys[2], key("m", &[said(user, "ab")]));
    }
}
