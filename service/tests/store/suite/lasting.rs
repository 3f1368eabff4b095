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

use super::{MODEL, Place, at, chunk, document, keep, near, texts};

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
