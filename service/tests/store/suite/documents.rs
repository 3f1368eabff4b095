//! Documents: added, claimed, finished, deleted, listed.

use std::{collections::BTreeSet, sync::Arc};

use rag_service::ports::store::{Added, Counts, DocumentStatus, NewDocument, Page};

use super::{MODEL, Place, at, chunk, document, keep, matching, near, only_document, texts};

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
