//! What lasts: between stores, between models, past a kill, past opening again.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    process::Stdio,
    sync::Arc,
};

use jiff::SignedDuration;
use rag_service::ports::{
    Store, StoreError,
    store::{Candidates, NewChunk, Search},
};

use super::{MODEL, Place, add, at, chunk, content, document, keep, near, texts, whole};

pub(crate) async fn one_store_sees_what_another_wrote_and_deleted(place: impl Place) {
    let (here, there) = (place.open(MODEL).await.unwrap(), place.open(MODEL).await.unwrap());
    let search = || Search { text: Some("apple".into()), ..near([1.0, 0.0, 0.0, 0.0], -1.0) };
    let sizes = |found: Candidates| (found.near.len(), found.matching.len());
    assert_eq!(sizes(there.candidates(search()).await.unwrap()), (0, 0));
    keep(&*here, "a", vec![chunk("apple", [1.0, 0.0, 0.0, 0.0])]).await;
    assert_eq!(sizes(there.candidates(search()).await.unwrap()), (1, 1));
    keep(&*here, "b", vec![chunk("apple two", [0.0, 1.0, 0.0, 0.0])]).await;
    assert_eq!(sizes(there.candidates(search()).await.unwrap()), (2, 2));
    here.delete(vec!["doc-a".into()]).await.unwrap();
    let found = there.candidates(search()).await.unwrap();
    assert_eq!(texts(&*there, vec![found.near[0].chunk]).await, ["apple two"]);
    assert_eq!(sizes(found), (1, 1));
    // All at once: one goes, two come.
    here.delete(vec!["doc-b".into()]).await.unwrap();
    let vector = [0.0, 0.0, 1.0, 0.0];
    keep(&*here, "c", vec![chunk("apple three", vector), chunk("apple four", vector)]).await;
    assert_eq!(sizes(there.candidates(search()).await.unwrap()), (2, 2));
}

pub(crate) async fn vectors_of_another_model_are_refused(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    keep(&*store, "a", vec![chunk("text", [1.0, 0.0, 0.0, 0.0])]).await;
    add(&*store, "b", "text").await;
    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    for (vector, model) in [(vec![1.0, 0.0], MODEL), (vec![1.0; 4], "other")] {
        let chunk = NewChunk { text: "text".into(), vector, ..NewChunk::default() };
        let put = store.put(claimed.id.clone(), "one".into(), whole(vec![chunk], model));
        let refused = put.await;
        assert!(matches!(refused, Err(StoreError::OtherModel { .. })), "{refused:?}");
    }
    let opened = place.open("other").await.map(drop);
    let Err(StoreError::OtherModel { stored, wanted }) = opened else { panic!("{opened:?}") };
    assert_eq!((stored.as_str(), wanted.as_str()), (MODEL, "other"));
    let longer = Search { vector: Some(vec![1.0; 5]), text: None, limit: 1, threshold: 0.0 };
    let refused = store.candidates(longer).await;
    assert!(matches!(refused, Err(StoreError::OtherModel { .. })), "{refused:?}");
}

pub(crate) async fn an_empty_store_takes_any_model(place: impl Place) {
    let store = place.open(MODEL).await.unwrap();
    keep(&*store, "a", vec![chunk("text", [1.0, 0.0, 0.0, 0.0])]).await;
    store.delete(vec!["doc-a".into()]).await.unwrap();
    let store = place.open("other").await.unwrap();
    add(&*store, "b", "text").await;
    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    let vector = vec![1.0, 0.0];
    let new = NewChunk { text: "text".into(), vector: vector.clone(), ..NewChunk::default() };
    assert!(store.put(claimed.id, "one".into(), whole(vec![new], "other")).await.unwrap());
    let search = Search { vector: Some(vector), text: None, limit: 1, threshold: 0.5 };
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

    let store = place.open(MODEL).await.unwrap();
    while let Some(claimed) = store.claim("one".into(), at(1), at(60)).await.unwrap() {
        assert_eq!(content(&*store, &claimed.id).await, text_of(&claimed.source));
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
                let (new, content) = document(&source, &text_of(&source));
                let id = new.id.clone();
                store.add(new, content).await.unwrap();
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
    let store = place.open(MODEL).await.unwrap();
    keep(&*store, "a", vec![chunk("an apple", [1.0, 0.0, 0.0, 0.0])]).await;
    add(&*store, "b", "waits").await;
    store.claim("died".into(), at(0), at(60)).await.unwrap().unwrap();
    drop(store);
    let store = place.open(MODEL).await.unwrap();
    let both = Search { text: Some("apple".into()), ..near([1.0, 0.0, 0.0, 0.0], 0.9) };
    let found = store.candidates(both).await.unwrap();
    assert_eq!((found.near.len(), found.matching.len()), (1, 1));
    let later = at(0) + SignedDuration::from_secs(60);
    let claimed = store.claim("one".into(), later, at(120)).await.unwrap().unwrap();
    assert_eq!(content(&*store, &claimed.id).await, "waits");
}
