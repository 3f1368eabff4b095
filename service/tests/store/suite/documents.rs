//! Documents: added, claimed, finished, deleted, listed.

use std::{collections::BTreeSet, io::Write, sync::Arc};

use rag_service::ports::store::{
    Added, Content, Counts, DocumentStatus, Measured, NewDocument, PART_BYTES, Page, Portion, Sort,
    SortBy,
};

use super::{
    MODEL, Place, add, at, chunk, content, document, keep, matching, near, only_document, page,
    texts, whole,
};

pub(crate) async fn a_document_goes_from_pending_to_processed(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let text = "Straße and 検索: a text of some length. ".repeat(20);
    assert_eq!(add(&*store, "a.md", &text).await, Added::New);

    let listed = only_document(&*store).await;
    assert_eq!(listed.status, DocumentStatus::Pending);
    assert_eq!((listed.id.as_str(), listed.source.as_str()), ("doc-a.md", "a.md"));
    assert_eq!(listed.track_id, "track-1");
    assert_eq!(listed.length, text.chars().count() as u64);
    assert!(text.starts_with(&listed.summary) && listed.summary.len() > 50);
    assert_eq!((listed.created_at, listed.error), (at(0), None));

    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    assert_eq!((claimed.bytes, claimed.attempt), (text.len() as u64, 1));
    assert_eq!(content(&*store, &claimed.id).await, text);
    assert_eq!(only_document(&*store).await.status, DocumentStatus::Processing);

    let chunks = vec![chunk("one", [1.0, 0.0, 0.0, 0.0]), chunk("two", [0.0, 1.0, 0.0, 0.0])];
    assert!(store.put(claimed.id, "one".into(), whole(chunks, MODEL)).await.unwrap());
    let listed = only_document(&*store).await;
    assert_eq!((listed.status, listed.chunks), (DocumentStatus::Processed, 2));
    assert_eq!((listed.summary.as_str(), listed.length), ("summary", 7));
    let counts = Counts { processed: 1, ..Counts::default() };
    assert_eq!(store.counts().await.unwrap(), counts);
}

pub(crate) async fn adding_again_tells_same_from_different(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let track_id = || "track-1".to_owned();
    assert_eq!(add(&*store, "a.md", "text").await, Added::New);
    assert_eq!(add(&*store, "a.md", "text").await, Added::Same { track_id: track_id() });
    assert_eq!(add(&*store, "a.md", "other").await, Added::Different);
    let duplicate = Added::Duplicate { source: "a.md".into(), track_id: track_id() };
    assert_eq!(add(&*store, "b.md", "text").await, duplicate);
    let first = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    assert_eq!(content(&*store, &first.id).await, "text");
    assert_eq!(store.counts().await.unwrap().pending, 0);
}

pub(crate) async fn one_of_many_that_add_the_same_wins(place: impl Place) {
    let stores = [place.open(MODEL).await.unwrap(), place.open(MODEL).await.unwrap()];
    for round in 0..10 {
        let adders = (0..4).map(|number| {
            let store = Arc::clone(&stores[number % 2]);
            let (source, text) = (format!("{round}-{}", number / 2), format!("text {round}"));
            tokio::spawn(async move { add(&*store, &source, &text).await })
        });
        let mut new = 0;
        for adder in adders.collect::<Vec<_>>() {
            new += usize::from(adder.await.unwrap() == Added::New);
        }
        assert_eq!(new, 1);
    }
    assert_eq!(stores[0].counts().await.unwrap().pending, 10);
}

pub(crate) async fn content_of_any_size_comes_back_in_parts(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    for length in [0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES] {
        let (new, _) = document(&length.to_string(), &format!("{length}"));
        let id = new.id.clone();
        let bytes: Vec<u8> = (0..=255).cycle().take(length).collect();
        let file = {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&bytes).unwrap();
            file
        };
        assert_eq!(store.add(new, Content::File(file)).await.unwrap(), Added::New);
        let mut kept = Vec::new();
        for position in 0.. {
            let Some(part) = store.part(id.clone(), position).await.unwrap() else { break };
            assert!(part.len() == PART_BYTES || kept.len() + part.len() == length);
            kept.extend_from_slice(&part);
        }
        assert!(kept == bytes, "{length}");
    }
    assert_eq!(store.part("doc-none".into(), 0).await.unwrap(), None);
}

pub(crate) async fn a_failed_document_waits_again_when_it_is_added_again(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    add(&*store, "a.md", "text").await;
    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    let failed = store.fail(claimed.id, "one".into(), "the provider is away".into());
    assert!(failed.await.unwrap());
    let listed = only_document(&*store).await;
    assert_eq!(listed.status, DocumentStatus::Failed);
    assert_eq!(listed.error.as_deref(), Some("the provider is away"));
    assert_eq!(store.claim("one".into(), at(100), at(160)).await.unwrap(), None);

    let same = Added::Same { track_id: "track-1".into() };
    assert_eq!(add(&*store, "a.md", "text").await, same);
    let listed = only_document(&*store).await;
    assert_eq!((listed.status, listed.error), (DocumentStatus::Pending, None));
    assert!(store.claim("one".into(), at(100), at(160)).await.unwrap().is_some());
}

pub(crate) async fn documents_are_claimed_once_and_oldest_first(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    for source in ["z", "a", "m"] {
        add(&*store, source, source).await;
    }
    let mut sources = Vec::new();
    while let Some(claimed) = store.claim("one".into(), at(1), at(60)).await.unwrap() {
        sources.push(claimed.source);
    }
    assert_eq!(sources, ["z", "a", "m"]);
}

pub(crate) async fn a_claim_that_ran_out_is_given_to_another(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    add(&*store, "a", "text").await;
    assert!(store.claim("dies".into(), at(0), at(60)).await.unwrap().is_some());
    assert_eq!(store.claim("waits".into(), at(59), at(119)).await.unwrap(), None);
    let taken = store.claim("waits".into(), at(60), at(120)).await.unwrap().unwrap();
    assert_eq!(taken.attempt, 2);
    assert_eq!(store.claim("dies".into(), at(61), at(121)).await.unwrap(), None);
}

pub(crate) async fn a_claim_is_renewed_and_given_back_by_its_holder_alone(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let renew = |holder: &str, until| store.renew("doc-a".into(), holder.into(), until);
    assert!(!renew("works", at(60)).await.unwrap());
    add(&*store, "a", "text").await;
    assert!(store.claim("works".into(), at(0), at(60)).await.unwrap().is_some());
    assert!(renew("works", at(120)).await.unwrap());
    assert!(!renew("waits", at(0)).await.unwrap());
    assert_eq!(store.claim("waits".into(), at(119), at(179)).await.unwrap(), None);
    store.give_back("doc-a".into(), "waits".into()).await.unwrap();
    assert_eq!(store.claim("waits".into(), at(1), at(61)).await.unwrap(), None);
    store.give_back("doc-a".into(), "works".into()).await.unwrap();
    let again = store.claim("waits".into(), at(1), at(61)).await.unwrap().unwrap();
    assert_eq!(again.attempt, 1);
    assert!(!renew("works", at(120)).await.unwrap());
}

pub(crate) async fn two_stores_never_claim_the_same_document(place: impl Place) {
    let stores = [place.open(MODEL).await.unwrap(), place.open(MODEL).await.unwrap()];
    for number in 0..60 {
        add(&*stores[0], &number.to_string(), &number.to_string()).await;
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
    let store = place.open(MODEL).await.unwrap();
    keep(&*store, "stays", vec![chunk("an apple", [1.0, 0.1, 0.0, 0.0])]).await;
    keep(&*store, "goes", vec![chunk("an apple and a pear", [1.0, 0.0, 0.0, 0.0])]).await;
    let found = store.candidates(near([1.0, 0.0, 0.0, 0.0], 0.5)).await.unwrap();
    assert_eq!(found.near.len(), 2);

    let ids = || vec!["doc-none".into(), "doc-goes".into()];
    assert_eq!(store.delete(ids()).await.unwrap(), ["doc-goes"]);
    assert!(store.delete(ids()).await.unwrap().is_empty());
    assert_eq!(matching(&*store, "apple").await, ["an apple"]);
    assert!(matching(&*store, "pear").await.is_empty());
    let left = store.candidates(near([1.0, 0.0, 0.0, 0.0], 0.5)).await.unwrap();
    assert_eq!(left.near.len(), 1);
    assert_eq!(
        texts(&*store, found.near.iter().map(|hit| hit.chunk).collect()).await,
        ["an apple"]
    );
    assert_eq!(only_document(&*store).await.source, "stays");
    assert_eq!(add(&*store, "goes", "something else").await, Added::New);
}

pub(crate) async fn who_holds_a_document_no_more_changes_nothing(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    let too_late = async |id: &str, holder: &str| {
        let chunks = vec![chunk("old words", [1.0, 0.0, 0.0, 0.0])];
        let (id, holder) = (|| id.to_owned(), || holder.to_owned());
        assert!(!store.put(id(), holder(), whole(chunks, MODEL)).await.unwrap());
        assert!(!store.fail(id(), holder(), "too late".into()).await.unwrap());
        store.give_back(id(), holder()).await.unwrap();
        assert!(matching(&*store, "old").await.is_empty());
    };
    add(&*store, "a", "old words").await;
    too_late("doc-a", "one").await;
    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    store.delete(vec![claimed.id.clone()]).await.unwrap();
    too_late("doc-a", "one").await;
    assert_eq!(store.counts().await.unwrap(), Counts::default());
    add(&*store, "a", "new words").await;
    too_late("doc-a", "one").await;
    let again = store.claim("two".into(), at(2), at(60)).await.unwrap().unwrap();
    assert_eq!(content(&*store, &again.id).await, "new words");
    too_late("doc-a", "one").await;
    assert_eq!(store.counts().await.unwrap().processing, 1);
}

pub(crate) async fn portions_follow_each_other_and_replace_what_was_there(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    add(&*store, "a", "text").await;
    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    let put = async |from, words: &[&str], is_last: bool| {
        let vector = [1.0, 0.0, 0.0, 0.0];
        let chunks = words.iter().map(|words| chunk(&format!("try {words}"), vector)).collect();
        let end = is_last.then(|| Measured { summary: "s".into(), length: 1 });
        let portion = Portion { from, chunks, model: MODEL.into(), end };
        assert!(store.put(claimed.id.clone(), "one".into(), portion).await.unwrap());
        let mut found = matching(&*store, "try").await;
        found.sort();
        found
    };
    assert_eq!(put(0, &["a", "b"], false).await, ["try a", "try b"]);
    assert_eq!(put(2, &["c", "d"], false).await, ["try a", "try b", "try c", "try d"]);
    assert_eq!(only_document(&*store).await.status, DocumentStatus::Processing);
    // Killed and taken up again: from the third chunk on.
    assert_eq!(put(2, &["e"], false).await, ["try a", "try b", "try e"]);
    assert_eq!(put(3, &["f"], true).await, ["try a", "try b", "try e", "try f"]);
    let found = store.candidates(near([1.0, 0.0, 0.0, 0.0], 0.5)).await.unwrap();
    assert_eq!(found.near.len(), 4);
    let listed = only_document(&*store).await;
    assert_eq!((listed.status, listed.chunks), (DocumentStatus::Processed, 4));
    let ids = found.near.iter().map(|hit| hit.chunk).collect();
    let chunks = store.chunks(ids).await.unwrap();
    let last = chunks.iter().find(|chunk| chunk.text == "try f").unwrap();
    assert_eq!((last.position, last.name().as_str()), (3, "doc-a-chunk-003"));
}

pub(crate) async fn a_failed_document_is_found_no_more_and_may_be_retried(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    add(&*store, "a", "text").await;
    let id = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap().id;
    let chunks = vec![chunk("half", [1.0, 0.0, 0.0, 0.0])];
    let portion = Portion { end: None, ..whole(chunks, MODEL) };
    assert!(store.put(id.clone(), "one".into(), portion).await.unwrap());
    assert!(store.fail(id, "one".into(), "no more".into()).await.unwrap());
    assert!(matching(&*store, "half").await.is_empty());
    assert_eq!(store.retry(at(9)).await.unwrap(), 1);
    assert_eq!(store.retry(at(9)).await.unwrap(), 0);
    let listed = only_document(&*store).await;
    assert_eq!((listed.status, listed.error), (DocumentStatus::Pending, None));
    let again = store.claim("one".into(), at(10), at(60)).await.unwrap().unwrap();
    assert_eq!(again.attempt, 1);
}

pub(crate) async fn a_cleared_store_is_empty(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    keep(&*store, "a", vec![chunk("apple", [1.0, 0.0, 0.0, 0.0])]).await;
    add(&*store, "b", "waits").await;
    assert_eq!(store.clear().await.unwrap(), 2);
    assert_eq!(store.counts().await.unwrap(), Counts::default());
    assert!(matching(&*store, "apple").await.is_empty());
    assert_eq!(store.clear().await.unwrap(), 0);
    assert_eq!(add(&*store, "b", "waits").await, Added::New);
}

pub(crate) async fn documents_are_listed_as_asked(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    keep(&*store, "b", vec![chunk("apple", [1.0, 0.0, 0.0, 0.0])]).await;
    for source in ["c", "a"] {
        add(&*store, source, source).await;
    }
    let listed = async |statuses: &[DocumentStatus], by, ascending| {
        let page =
            Page { statuses: statuses.to_vec(), sort: Sort { by, ascending }, ..page(1, 10) };
        let listed = store.documents(page).await.unwrap();
        let sources: Vec<_> = listed.documents.into_iter().map(|one| one.source).collect();
        assert_eq!(sources.len() as u64, listed.total);
        sources.concat()
    };
    use DocumentStatus::{Failed, Pending, Processed};
    assert_eq!(listed(&[], SortBy::Source, true).await, "abc");
    assert_eq!(listed(&[], SortBy::Id, false).await, "cba");
    assert_eq!(listed(&[], SortBy::Created, true).await, "bca");
    assert_eq!(listed(&[], SortBy::Updated, false).await, "bac");
    assert_eq!(listed(&[Pending], SortBy::Created, false).await, "ac");
    assert_eq!(listed(&[Pending, Processed], SortBy::Source, false).await, "cba");
    assert_eq!(listed(&[Failed], SortBy::Source, false).await, "");
}

pub(crate) async fn documents_are_listed_newest_first_by_page(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    for number in 0..5 {
        let track_id = format!("track-{}", number % 2);
        let (new, content) = document(&number.to_string(), &number.to_string());
        store.add(NewDocument { track_id, ..new }, content).await.unwrap();
    }
    for (number, size, track, expected, total) in [
        (1, 2, None, vec!["4", "3"], 5),
        (3, 2, None, vec!["0"], 5),
        (4, 2, None, vec![], 5),
        (1, 10, Some("track-1"), vec!["3", "1"], 2),
        (1, 10, Some("track-9"), vec![], 0),
    ] {
        let page = Page { track_id: track.map(Into::into), ..page(number, size) };
        let listed = store.documents(page).await.unwrap();
        let sources: Vec<_> = listed.documents.iter().map(|one| one.source.as_str()).collect();
        assert_eq!((sources, listed.total), (expected, total));
    }
}
