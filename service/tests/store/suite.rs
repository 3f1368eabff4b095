//! The promises of `ports::Store`. A new kind of store adds a [`Place`] and calls [`contract!`].

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    process::{Command, Stdio},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use rag_service::ports::{
    Store, StoreError,
    store::{Added, Candidates, Counts, DocumentStatus, NewChunk, NewDocument, Page, Search},
};

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

pub(crate) async fn a_document_goes_from_pending_to_processed(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    let text = "Straße and 検索: a text of some length. ".repeat(20);
    assert_eq!(store.add(document("a.md", &text)).await.unwrap(), Added::New);

    let listed = only_document(&*store).await;
    assert_eq!(listed.status, DocumentStatus::Pending);
    assert_eq!((listed.id.as_str(), listed.source.as_str()), ("doc-a.md", "a.md"));
    assert_eq!(listed.track_id, "track-1");
    assert_eq!(listed.length, text.chars().count() as u64);
    assert!(text.starts_with(&listed.summary) && listed.summary.len() > 50);
    assert_eq!((listed.created_at, listed.error), (at(0), None));

    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    assert_eq!(claimed.text, text);
    assert_eq!(only_document(&*store).await.status, DocumentStatus::Processing);

    let chunks = vec![chunk("one", [1.0, 0.0, 0.0, 0.0]), chunk("two", [0.0, 1.0, 0.0, 0.0])];
    store.finish(claimed.id, chunks, MODEL.into()).await.unwrap();
    let listed = only_document(&*store).await;
    assert_eq!((listed.status, listed.chunks), (DocumentStatus::Processed, 2));
    let counts = Counts { processed: 1, ..Counts::default() };
    assert_eq!(store.counts().await.unwrap(), counts);
}

pub(crate) async fn adding_again_tells_same_from_different(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    assert_eq!(store.add(document("a.md", "text")).await.unwrap(), Added::New);
    assert_eq!(store.add(document("a.md", "text")).await.unwrap(), Added::Same);
    assert_eq!(store.add(document("a.md", "other")).await.unwrap(), Added::Different);
    assert_eq!(store.add(document("b.md", "text")).await.unwrap(), Added::New);
    let first = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    assert_eq!(first.text, "text");
    assert_eq!(store.counts().await.unwrap().pending, 1);
}

pub(crate) async fn a_failed_document_waits_again_when_it_is_added_again(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    store.add(document("a.md", "text")).await.unwrap();
    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    store.fail(claimed.id, "the provider is away".into()).await.unwrap();
    let listed = only_document(&*store).await;
    assert_eq!(listed.status, DocumentStatus::Failed);
    assert_eq!(listed.error.as_deref(), Some("the provider is away"));
    assert_eq!(store.claim("one".into(), at(100), at(160)).await.unwrap(), None);

    assert_eq!(store.add(document("a.md", "text")).await.unwrap(), Added::Same);
    let listed = only_document(&*store).await;
    assert_eq!((listed.status, listed.error), (DocumentStatus::Pending, None));
    assert!(store.claim("one".into(), at(100), at(160)).await.unwrap().is_some());
}

pub(crate) async fn documents_are_claimed_once_and_oldest_first(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    for source in ["z", "a", "m"] {
        store.add(document(source, source)).await.unwrap();
    }
    let mut sources = Vec::new();
    while let Some(claimed) = store.claim("one".into(), at(1), at(60)).await.unwrap() {
        sources.push(claimed.source);
    }
    assert_eq!(sources, ["z", "a", "m"]);
}

pub(crate) async fn a_claim_that_ran_out_is_given_to_another(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    store.add(document("a", "text")).await.unwrap();
    assert!(store.claim("dies".into(), at(0), at(60)).await.unwrap().is_some());
    assert_eq!(store.claim("waits".into(), at(59), at(119)).await.unwrap(), None);
    assert!(store.claim("waits".into(), at(60), at(120)).await.unwrap().is_some());
    assert_eq!(store.claim("dies".into(), at(61), at(121)).await.unwrap(), None);
}

pub(crate) async fn a_claim_is_renewed_and_given_back_by_its_holder_alone(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    let renew = |holder: &str, until| store.renew("doc-a".into(), holder.into(), until);
    assert!(!renew("works", at(60)).await.unwrap());
    store.add(document("a", "text")).await.unwrap();
    assert!(store.claim("works".into(), at(0), at(60)).await.unwrap().is_some());
    assert!(renew("works", at(120)).await.unwrap());
    assert!(!renew("waits", at(0)).await.unwrap());
    assert_eq!(store.claim("waits".into(), at(119), at(179)).await.unwrap(), None);
    assert!(renew("works", at(0)).await.unwrap());
    assert!(store.claim("waits".into(), at(1), at(61)).await.unwrap().is_some());
    assert!(!renew("works", at(120)).await.unwrap());
}

pub(crate) async fn two_stores_never_claim_the_same_document(place: impl Place) {
    let stores = [place.open(MODEL).unwrap(), place.open(MODEL).unwrap()];
    for number in 0..60 {
        stores[0].add(document(&number.to_string(), "text")).await.unwrap();
    }
    let claimers = (0..4).map(|holder| {
        let store = Arc::clone(&stores[holder % 2]);
        tokio::spawn(async move {
            let mut ids = Vec::new();
            while let Some(claimed) = store.claim(holder.to_string(), at(1), at(60)).await.unwrap()
            {
                ids.push(claimed.id);
            }
            ids
        })
    });
    let mut ids = Vec::new();
    for claimer in claimers.collect::<Vec<_>>() {
        ids.extend(claimer.await.unwrap());
    }
    assert_eq!(ids.len(), 60);
    assert_eq!(ids.into_iter().collect::<BTreeSet<_>>().len(), 60);
}

pub(crate) async fn a_deleted_document_leaves_no_trace(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    keep(&*store, "stays", vec![chunk("an apple", [1.0, 0.1, 0.0, 0.0])]).await;
    keep(&*store, "goes", vec![chunk("an apple and a pear", [1.0, 0.0, 0.0, 0.0])]).await;
    let found = store.candidates(near([1.0, 0.0, 0.0, 0.0], 0.5)).await.unwrap();
    assert_eq!(found.near.len(), 2);

    assert!(store.delete("doc-goes".into()).await.unwrap());
    assert!(!store.delete("doc-goes".into()).await.unwrap());
    assert_eq!(matching(&*store, "apple").await, ["an apple"]);
    assert!(matching(&*store, "pear").await.is_empty());
    let left = store.candidates(near([1.0, 0.0, 0.0, 0.0], 0.5)).await.unwrap();
    assert_eq!(left.near.len(), 1);
    assert_eq!(
        texts(&*store, found.near.iter().map(|hit| hit.chunk).collect()).await,
        ["an apple"]
    );
    assert_eq!(only_document(&*store).await.source, "stays");
    assert_eq!(store.add(document("goes", "something else")).await.unwrap(), Added::New);
}

pub(crate) async fn finishing_a_document_that_is_gone_does_nothing(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    store.add(document("a", "text")).await.unwrap();
    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    store.delete(claimed.id.clone()).await.unwrap();
    let chunks = vec![chunk("text", [1.0, 0.0, 0.0, 0.0])];
    store.finish(claimed.id.clone(), chunks, MODEL.into()).await.unwrap();
    store.fail(claimed.id, "too late".into()).await.unwrap();
    assert_eq!(store.counts().await.unwrap(), Counts::default());
    assert!(matching(&*store, "text").await.is_empty());
}

pub(crate) async fn finishing_leaves_a_document_alone_that_was_added_anew(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    store.add(document("a", "old words")).await.unwrap();
    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    store.delete(claimed.id.clone()).await.unwrap();
    store.add(document("a", "new words")).await.unwrap();
    let chunks = vec![chunk("old words", [1.0, 0.0, 0.0, 0.0])];
    store.finish(claimed.id.clone(), chunks, MODEL.into()).await.unwrap();
    store.fail(claimed.id, "too late".into()).await.unwrap();
    assert!(matching(&*store, "old").await.is_empty());
    let again = store.claim("two".into(), at(2), at(60)).await.unwrap().unwrap();
    assert_eq!(again.text, "new words");
}

pub(crate) async fn finishing_again_replaces_the_chunks(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    keep(&*store, "a", vec![chunk("first try", [1.0, 0.0, 0.0, 0.0])]).await;
    let chunks = vec![chunk("second try", [0.0, 1.0, 0.0, 0.0])];
    store.finish("doc-a".into(), chunks, MODEL.into()).await.unwrap();
    assert_eq!(matching(&*store, "try").await, ["second try"]);
    let found = store.candidates(near([1.0, 0.0, 0.0, 0.0], -1.0)).await.unwrap();
    assert_eq!(found.near.len(), 1);
    assert_eq!(only_document(&*store).await.chunks, 1);
}

pub(crate) async fn documents_are_listed_newest_first_by_page(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    for number in 0..5 {
        let track_id = format!("track-{}", number % 2);
        let new = NewDocument { track_id, ..document(&number.to_string(), "text") };
        store.add(new).await.unwrap();
    }
    for (page, size, track, expected, total) in [
        (1, 2, None, vec!["4", "3"], 5),
        (3, 2, None, vec!["0"], 5),
        (4, 2, None, vec![], 5),
        (1, 10, Some("track-1"), vec!["3", "1"], 2),
        (1, 10, Some("track-9"), vec![], 0),
    ] {
        let page = Page { page, size, track_id: track.map(Into::into) };
        let listed = store.documents(page).await.unwrap();
        let sources: Vec<_> = listed.documents.iter().map(|one| one.source.as_str()).collect();
        assert_eq!((sources, listed.total), (expected, total));
    }
}

pub(crate) async fn words_are_found_in_english_chinese_and_japanese(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    let texts = [
        "Health checks run every thirty seconds; the Café is closed.",
        "混合检索结合了向量和关键词。",
        "冷たい起動には六十秒かかります。ガラスの靴。",
    ];
    let chunks = texts.iter().map(|text| chunk(text, [1.0, 0.0, 0.0, 0.0])).collect();
    keep(&*store, "all", chunks).await;
    for (question, expected) in [
        ("How often does the HEALTH check run?", 0),
        ("cafe", 0),
        ("检索", 1),
        ("量", 1),
        ("关键词是什么？", 1),
        ("起動", 2),
        ("靴", 2),
        ("ガラス", 2),
    ] {
        assert_eq!(matching(&*store, question).await, [texts[expected]], "{question}");
    }
    for question in ["penguin", "索检", "カ", "の检"] {
        assert!(matching(&*store, question).await.is_empty(), "{question}");
    }
}

pub(crate) async fn the_better_match_comes_first(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    let vector = [1.0, 0.0, 0.0, 0.0];
    let chunks = ["one fish", "red fish, blue fish, dead fish", "a dead bird", "a bird", "a tree"];
    keep(&*store, "a", chunks.iter().map(|text| chunk(text, vector)).collect()).await;
    let found = store.candidates(words("dead fish")).await.unwrap();
    assert_eq!(found.matching.len(), 3);
    assert!(found.matching.is_sorted_by(|one, other| one.score >= other.score));
    assert!(found.matching.iter().all(|hit| hit.score > 0.0));
    assert_eq!(matching(&*store, "dead fish").await[0], chunks[1]);
    let first = Search { limit: 1, ..words("dead fish") };
    assert_eq!(store.candidates(first).await.unwrap().matching.len(), 1);
}

pub(crate) async fn a_long_question_is_searched_by_its_rarest_words(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    let vector = [1.0, 0.0, 0.0, 0.0];
    let common = "alpha beta gamma delta epsilon zeta eta theta iota kappa";
    let mut chunks: Vec<_> = (0..20).map(|_| chunk(common, vector)).collect();
    chunks.push(chunk("quokka", vector));
    keep(&*store, "a", chunks).await;
    let question = format!("{common} {} quokka", "nowhere ".repeat(3));
    assert_eq!(matching(&*store, &question).await[0], "quokka");
}

pub(crate) async fn vectors_are_found_by_cosine_down_to_the_threshold(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    let chunks = vec![
        chunk("same", [2.0, 1.0, 0.0, 0.0]),
        chunk("near", [2.0, 0.0, 1.0, 0.0]),
        chunk("far", [0.0, 0.0, 0.0, 1.0]),
        chunk("opposite", [-2.0, -1.0, 0.0, 0.0]),
    ];
    keep(&*store, "a", chunks).await;
    let search = |threshold| store.candidates(near([2.0, 1.0, 0.0, 0.0], threshold));
    let found = search(0.5).await.unwrap();
    assert!(found.matching.is_empty());
    let ids = found.near.iter().map(|hit| hit.chunk).collect();
    assert_eq!(texts(&*store, ids).await, ["same", "near"]);
    assert!((found.near[0].score - 1.0).abs() < 0.02, "{found:?}");
    assert!((found.near[1].score - 0.8).abs() < 0.02, "{found:?}");
    assert_eq!(search(-1.1).await.unwrap().near.len(), 4);
    assert_eq!(search(1.1).await.unwrap(), Candidates::default());
}

pub(crate) async fn the_nearest_of_many_vectors_are_those_of_an_exact_search(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    let angle = |number: u16| f32::from(number) * 0.005;
    let vector = |number| [angle(number).cos(), angle(number).sin(), 0.0, 0.0];
    // In no order, and more than any limit.
    let numbers = (0..300_u16).map(|number| number * 77 % 300);
    let chunks = numbers.map(|number| chunk(&number.to_string(), vector(number))).collect();
    keep(&*store, "a", chunks).await;
    let search = Search { limit: 25, ..near(vector(0), -1.0) };
    let found = store.candidates(search).await.unwrap().near;
    assert_eq!(found.len(), 25);
    assert!(found.is_sorted_by(|one, other| one.score >= other.score));
    for hit in &found {
        let text = &texts(&*store, vec![hit.chunk]).await[0];
        let number: u16 = text.parse().unwrap();
        assert!(number < 40, "{number} is not among the nearest");
        assert!((hit.score - angle(number).cos()).abs() < 0.01);
    }
}

pub(crate) async fn chunks_come_in_the_order_asked_for(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    let vector = [1.0, 0.0, 0.0, 0.0];
    keep(&*store, "a", vec![chunk("word one", vector), chunk("word two", vector)]).await;
    let found = store.candidates(words("word")).await.unwrap().matching;
    let ids: Vec<_> = found.iter().map(|hit| hit.chunk).collect();
    let (first, second) = (ids[0], ids[1]);
    let chunks = store.chunks(vec![second, 999_999, first]).await.unwrap();
    assert_eq!(chunks.iter().map(|chunk| chunk.id).collect::<Vec<_>>(), [second, first]);
    assert!(chunks.iter().all(|chunk| chunk.document == "doc-a" && chunk.source == "a"));
}

pub(crate) async fn questions_of_any_kind_are_answered(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    keep(&*store, "a", vec![chunk("a plain text", [1.0, 0.0, 0.0, 0.0])]).await;
    let long = "word ".repeat(5000);
    for question in ["", " ", "\"", "AND OR NOT", "a* NEAR(b)", "\0", "😀", "'; DROP TABLE", &long]
    {
        let both = Search { text: Some(question.into()), ..near([1.0, 0.0, 0.0, 0.0], 0.5) };
        let found = store.candidates(both).await.unwrap();
        assert_eq!((found.near.len(), found.matching.len()), (1, 0), "{question:?}");
    }
    let nothing = Search { vector: None, text: None, limit: 10, threshold: 0.0 };
    assert_eq!(store.candidates(nothing).await.unwrap(), Candidates::default());
    let none = Search { limit: 0, text: Some("plain".into()), ..near([1.0; 4], 0.0) };
    assert_eq!(store.candidates(none).await.unwrap(), Candidates::default());
}

pub(crate) async fn one_store_sees_what_another_wrote_and_deleted(place: impl Place) {
    let (here, there) = (place.open(MODEL).unwrap(), place.open(MODEL).unwrap());
    let search = || Search { text: Some("apple".into()), ..near([1.0, 0.0, 0.0, 0.0], -1.0) };
    let sizes = |found: Candidates| (found.near.len(), found.matching.len());
    assert_eq!(sizes(there.candidates(search()).await.unwrap()), (0, 0));
    keep(&*here, "a", vec![chunk("apple", [1.0, 0.0, 0.0, 0.0])]).await;
    assert_eq!(sizes(there.candidates(search()).await.unwrap()), (1, 1));
    keep(&*here, "b", vec![chunk("apple two", [0.0, 1.0, 0.0, 0.0])]).await;
    assert_eq!(sizes(there.candidates(search()).await.unwrap()), (2, 2));
    here.delete("doc-a".into()).await.unwrap();
    let found = there.candidates(search()).await.unwrap();
    assert_eq!(texts(&*there, vec![found.near[0].chunk]).await, ["apple two"]);
    assert_eq!(sizes(found), (1, 1));
    // All at once: one goes, two come.
    here.delete("doc-b".into()).await.unwrap();
    let vector = [0.0, 0.0, 1.0, 0.0];
    keep(&*here, "c", vec![chunk("apple three", vector), chunk("apple four", vector)]).await;
    assert_eq!(sizes(there.candidates(search()).await.unwrap()), (2, 2));
}

pub(crate) async fn vectors_of_another_model_are_refused(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    keep(&*store, "a", vec![chunk("text", [1.0, 0.0, 0.0, 0.0])]).await;
    store.add(document("b", "text")).await.unwrap();
    let other = |vector, model: &str| {
        let chunk = NewChunk { text: "text".into(), vector };
        store.finish("doc-a".into(), vec![chunk], model.into())
    };
    for refused in [other(vec![1.0, 0.0], MODEL).await, other(vec![1.0; 4], "other").await] {
        // Its own chunks were the only ones, so another model may take the store over.
        assert!(refused.is_ok(), "{refused:?}");
    }
    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    let chunks = vec![chunk("text", [1.0, 0.0, 0.0, 0.0])];
    let refused = store.finish(claimed.id, chunks, MODEL.into()).await;
    assert!(matches!(refused, Err(StoreError::OtherModel { .. })), "{refused:?}");
    let opened = place.open(MODEL).map(drop);
    let Err(StoreError::OtherModel { stored, wanted }) = opened else { panic!("{opened:?}") };
    assert_eq!((stored.as_str(), wanted.as_str()), ("other", MODEL));
    let longer = Search { vector: Some(vec![1.0; 5]), text: None, limit: 1, threshold: 0.0 };
    let refused = store.candidates(longer).await;
    assert!(matches!(refused, Err(StoreError::OtherModel { .. })), "{refused:?}");
}

pub(crate) async fn an_empty_store_takes_any_model(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    keep(&*store, "a", vec![chunk("text", [1.0, 0.0, 0.0, 0.0])]).await;
    store.delete("doc-a".into()).await.unwrap();
    let store = place.open("other").unwrap();
    store.add(document("b", "text")).await.unwrap();
    let new = NewChunk { text: "text".into(), vector: vec![1.0, 0.0] };
    store.finish("doc-b".into(), vec![new.clone()], "other".into()).await.unwrap();
    store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    store.finish("doc-b".into(), vec![new], "other".into()).await.unwrap();
    let search = Search { vector: Some(vec![1.0, 0.0]), text: None, limit: 1, threshold: 0.5 };
    assert_eq!(store.candidates(search).await.unwrap().near.len(), 1);
}

pub(crate) async fn what_was_acknowledged_survives_a_kill(place: impl Place) {
    let mut child = place.child().stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut acknowledged = BTreeSet::new();
    let mut note = |line: &str| {
        acknowledged.extend(line.strip_prefix("kept ").map(str::to_owned));
        acknowledged.len()
    };
    while note(&lines.next().expect("the child keeps on adding")) < 40 {}
    child.kill().unwrap();
    for line in lines {
        note(&line);
    }
    child.wait().unwrap();

    let store = place.open(MODEL).unwrap();
    while let Some(claimed) = store.claim("one".into(), at(1), at(60)).await.unwrap() {
        assert_eq!(claimed.text, text_of(&claimed.source));
        acknowledged.remove(&claimed.id);
    }
    assert_eq!(acknowledged, BTreeSet::new(), "these were acknowledged and are lost");
}

fn text_of(source: &str) -> String {
    format!("the text of {source}, ").repeat(200)
}

/// What the child does: adds documents from several tasks, and says so after each acknowledgement.
pub(crate) async fn adds_until_killed(store: Arc<dyn Store>) {
    let adders = (0..4).map(|adder| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for number in 0.. {
                let source = format!("{adder}-{number}");
                let new = document(&source, &text_of(&source));
                let id = new.id.clone();
                store.add(new).await.unwrap();
                let mut out = std::io::stdout().lock();
                // The harness may have left a line unfinished.
                writeln!(out, "\nkept {id}").and_then(|()| out.flush()).unwrap();
            }
        })
    });
    for adder in adders.collect::<Vec<_>>() {
        adder.await.unwrap();
    }
}

pub(crate) async fn what_was_stored_is_there_after_opening_again(place: impl Place) {
    let store = place.open(MODEL).unwrap();
    keep(&*store, "a", vec![chunk("an apple", [1.0, 0.0, 0.0, 0.0])]).await;
    store.add(document("b", "waits")).await.unwrap();
    store.claim("died".into(), at(0), at(60)).await.unwrap().unwrap();
    drop(store);
    let store = place.open(MODEL).unwrap();
    let both = Search { text: Some("apple".into()), ..near([1.0, 0.0, 0.0, 0.0], 0.9) };
    let found = store.candidates(both).await.unwrap();
    assert_eq!((found.near.len(), found.matching.len()), (1, 1));
    let later = at(0) + SignedDuration::from_secs(60);
    let claimed = store.claim("one".into(), later, at(120)).await.unwrap().unwrap();
    assert_eq!(claimed.text, "waits");
}

/// Keeps a document of one chunk.
pub(crate) async fn keep_text(store: &dyn Store, source: &str, text: &str) {
    keep(store, source, vec![chunk(text, [1.0, 0.0, 0.0, 0.0])]).await;
}
