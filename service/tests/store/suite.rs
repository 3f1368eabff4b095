//! The promises of `ports::Store` and `ports::Graph`. A new kind of store adds a [`Place`] and calls [`contract!`].

mod documents;
mod graph;
mod lasting;
mod search;

use std::{process::Command, sync::Arc};

use jiff::Timestamp;
use rag_service::{
    pipeline,
    ports::{
        Graph, Store, StoreError,
        store::{Added, Content, Measured, NewChunk, NewDocument, Page, Portion, Search, Sort},
    },
};

pub(crate) use self::{documents::*, graph::*, lasting::*, search::*};

/// The model whose vectors the tests store.
pub(crate) const MODEL: &str = "test-4";

/// What a store is as a whole.
pub(crate) trait Library: Store + Graph {}

impl<T: Store + Graph> Library for T {}

/// Where a store lives that is opened more than once.
pub(crate) trait Place: Default {
    /// Whether this machine has what such a store needs; it says so itself when not.
    fn is_possible() -> bool {
        true
    }

    /// Opens the store, which the first call makes.
    async fn open(&self, model: &str) -> Result<Arc<dyn Library>, StoreError>;

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
            one_of_many_that_add_the_same_wins,
            content_of_any_size_comes_back_in_parts,
            who_holds_a_document_no_more_changes_nothing,
            portions_follow_each_other_and_replace_what_was_there,
            a_failed_document_is_found_no_more_and_may_be_retried,
            a_cleared_store_is_empty,
            documents_are_listed_newest_first_by_page,
            documents_are_listed_as_asked,
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
            a_large_document_is_whole_after_a_kill_or_not_there,
            what_was_stored_is_there_after_opening_again,
            graph_tells_what_all_chunks_say_of_a_thing,
            graph_shows_the_older_of_two_spellings_as_frequent,
            graph_gives_things_in_the_order_asked_for,
            graph_knows_names_whatever_their_case_width_and_quotes,
            graph_tells_what_all_chunks_say_of_two_things,
            graph_gives_relations_in_the_order_asked_for,
            graph_counts_the_other_things_as_degree,
            graph_orders_relations_of_things_by_degree_then_weight,
            graph_lists_names,
            graph_finds_things_by_their_best_mention,
            graph_finds_relations_by_their_best_mention,
            graph_forgets_what_only_deleted_documents_said,
            graph_follows_the_portions_of_a_document,
            graph_is_the_same_to_two_stores,
            graph_is_there_after_opening_again,
            graph_refuses_vectors_of_another_length,
        );
    };
    ($place:ty: $($name:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if <$place as crate::suite::Place>::is_possible() {
                    crate::suite::$name(<$place>::default()).await;
                }
            }
        )*
    };
}
pub(crate) use contract;

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

pub(crate) fn document(source: &str, text: &str) -> (NewDocument, Content) {
    let (made, content) =
        pipeline::document::document(Some(source), text.into(), "track-1", at(0)).unwrap();
    (NewDocument { id: format!("doc-{source}"), ..made }, content)
}

pub(crate) async fn add(store: &dyn Store, source: &str, text: &str) -> Added {
    let (document, content) = document(source, text);
    store.add(document, content).await.unwrap()
}

/// All of a document's content.
pub(crate) async fn content(store: &dyn Store, id: &str) -> String {
    let mut content = Vec::new();
    for position in 0.. {
        let Some(part) = store.part(id.into(), position).await.unwrap() else { break };
        content.extend_from_slice(&part);
    }
    String::from_utf8(content).unwrap()
}

pub(crate) fn chunk(text: &str, vector: [f32; 4]) -> NewChunk {
    let length = vector.iter().map(|cell| cell * cell).sum::<f32>().sqrt();
    let vector = vector.iter().map(|cell| cell / length).collect();
    NewChunk { text: text.into(), vector, ..NewChunk::default() }
}

/// All chunks of a document in one.
pub(crate) fn whole(chunks: Vec<NewChunk>, model: &str) -> Portion {
    let end = Some(Measured { summary: "summary".into(), length: 7 });
    Portion { from: 0, chunks, model: model.into(), end }
}

pub(crate) fn page(page: u32, size: u32) -> Page {
    Page { page, size, track_id: None, statuses: Vec::new(), sort: Sort::default() }
}

pub(crate) fn words(text: &str) -> Search {
    Search { vector: None, text: Some(text.into()), limit: 10, threshold: 0.0 }
}

fn near(vector: [f32; 4], threshold: f32) -> Search {
    Search { vector: Some(chunk("", vector).vector), text: None, limit: 10, threshold }
}

/// Adds, claims and finishes a document, a chunk for each text.
pub(crate) async fn keep(store: &dyn Store, source: &str, chunks: Vec<NewChunk>) {
    let text: Vec<_> = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
    assert_eq!(add(store, source, &format!("{source}\n{}", text.join("\n"))).await, Added::New);
    let claimed = store.claim("keeper".into(), at(1), at(60)).await.unwrap().unwrap();
    assert_eq!(claimed.source, source);
    assert!(store.put(claimed.id, "keeper".into(), whole(chunks, MODEL)).await.unwrap());
}

/// The texts that match a question's words, best first.
pub(crate) async fn matching(store: &dyn Store, question: &str) -> Vec<String> {
    let found = store.candidates(words(question)).await.unwrap();
    assert!(found.near.is_empty());
    texts(store, found.matching.iter().map(|hit| hit.chunk).collect()).await
}

async fn texts(store: &dyn Store, ids: Vec<i64>) -> Vec<String> {
    store.chunks(ids).await.unwrap().into_iter().map(|chunk| chunk.text).collect()
}

async fn only_document(store: &dyn Store) -> rag_service::ports::store::Document {
    let mut listed = store.documents(page(1, 10)).await.unwrap();
    assert_eq!((listed.documents.len(), listed.total), (1, 1));
    listed.documents.remove(0)
}

/// Keeps a document of one chunk.
pub(crate) async fn keep_text(store: &dyn Store, source: &str, text: &str) {
    keep(store, source, vec![chunk(text, [1.0, 0.0, 0.0, 0.0])]).await;
}
