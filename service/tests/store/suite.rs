//! The promises of `ports::Store`. A new kind of store adds a [`Place`] and calls [`contract!`].

mod documents;
mod lasting;
mod search;

use std::{process::Command, sync::Arc};

use jiff::Timestamp;
use rag_service::ports::{
    Store, StoreError,
    store::{Added, NewChunk, NewDocument, Page, Search},
};

pub(crate) use self::{documents::*, lasting::*, search::*};

/// The model whose vectors the tests store.
pub(crate) const MODEL: &str = "test-4";

/// Where a store lives that is opened more than once.
pub(crate) trait Place: Default {
    /// Opens the store, which the first call makes.
    fn open(&self, model: &str) -> Result<Arc<dyn Store>, StoreError>;

    /// A command that runs `adds_until_killed` of this binary on this place.
    fn child(&self) -> Command;
}

/// Makes a test of each promise.
macro_rules! contract {
    ($place:ty) => {
        contract!($place:
            a_document_goes_from_pending_to_processed,
            adding_again_tells_same_from_different,
            a_failed_document_waits_again_when_it_is_added_again,
            documents_are_claimed_once_and_oldest_first,
            a_claim_that_ran_out_is_given_to_another,
            a_claim_is_renewed_and_given_back_by_its_holder_alone,
            two_stores_never_claim_the_same_document,
            a_deleted_document_leaves_no_trace,
            finishing_a_document_that_is_gone_does_nothing,
            finishing_leaves_a_document_alone_that_was_added_anew,
            finishing_again_replaces_the_chunks,
            documents_are_listed_newest_first_by_page,
            words_are_found_in_english_chinese_and_japanese,
            the_better_match_comes_first,
            a_long_question_is_searched_by_its_rarest_words,
            vectors_are_found_by_cosine_down_to_the_threshold,
            the_nearest_of_many_vectors_are_those_of_an_exact_search,
            chunks_come_in_the_order_asked_for,
            questions_of_any_kind_are_answered,
            one_store_sees_what_another_wrote_and_deleted,
            vectors_of_another_model_are_refused,
            an_empty_store_takes_any_model,
            what_was_acknowledged_survives_a_kill,
            what_was_stored_is_there_after_opening_again,
        );
    };
    ($place:ty: $($name:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                crate::suite::$name(<$place>::default()).await;
            }
        )*
    };
}
pub(crate) use contract;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn document(source: &str, text: &str) -> NewDocument {
    NewDocument {
        id: format!("doc-{source}"),
        source: source.into(),
        text: text.into(),
        track_id: "track-1".into(),
        created_at: at(0),
    }
}

fn chunk(text: &str, vector: [f32; 4]) -> NewChunk {
    let length = vector.iter().map(|cell| cell * cell).sum::<f32>().sqrt();
    NewChunk { text: text.into(), vector: vector.iter().map(|cell| cell / length).collect() }
}

fn words(text: &str) -> Search {
    Search { vector: None, text: Some(text.into()), limit: 10, threshold: 0.0 }
}

fn near(vector: [f32; 4], threshold: f32) -> Search {
    Search { vector: Some(chunk("", vector).vector), text: None, limit: 10, threshold }
}

/// Adds, claims and finishes a document, a chunk for each text.
async fn keep(store: &dyn Store, source: &str, chunks: Vec<NewChunk>) {
    let text: Vec<_> = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
    assert_eq!(store.add(document(source, &text.join("\n"))).await.unwrap(), Added::New);
    let claimed = store.claim("keeper".into(), at(1), at(60)).await.unwrap().unwrap();
    assert_eq!(claimed.source, source);
    store.finish(claimed.id, chunks, MODEL.into()).await.unwrap();
}

/// The texts that match a question's words, best first.
async fn matching(store: &dyn Store, question: &str) -> Vec<String> {
    let found = store.candidates(words(question)).await.unwrap();
    assert!(found.near.is_empty());
    texts(store, found.matching.iter().map(|hit| hit.chunk).collect()).await
}

async fn texts(store: &dyn Store, ids: Vec<i64>) -> Vec<String> {
    store.chunks(ids).await.unwrap().into_iter().map(|chunk| chunk.text).collect()
}

async fn only_document(store: &dyn Store) -> rag_service::ports::store::Document {
    let page = Page { page: 1, size: 10, track_id: None };
    let mut listed = store.documents(page).await.unwrap();
    assert_eq!((listed.documents.len(), listed.total), (1, 1));
    listed.documents.remove(0)
}

/// Keeps a document of one chunk.
pub(crate) async fn keep_text(store: &dyn Store, source: &str, text: &str) {
    keep(store, source, vec![chunk(text, [1.0, 0.0, 0.0, 0.0])]).await;
}
