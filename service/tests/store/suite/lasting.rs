//! What lasts: between stores, between models, past a kill, past opening again.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader, Write},
    process::Stdio,
    sync::Arc,
};

use jiff::SignedDuration;
use rag_service::ports::{
    Store, StoreError,
    graph::{EntityMention, Mentions},
    store::{Added, Candidates, NewChunk, NewDocument, Portion, Search},
};

use super::{
    MODEL, Place, add, at, chunk, content, document, keep, near, page, texts, whole, words,
};

/// Set for a child that is to store large documents instead of many.
const LARGE: &str = "RAG_TEST_LARGE";

/// Chunks of a portion of such a document.
const PORTION: usize = 200;

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
    if std::env::var_os(LARGE).is_some() {
        return keeps_large_until_killed(&*store).await;
    }
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

pub(crate) async fn a_large_document_is_whole_after_a_kill_or_not_there(place: impl Place) {
    let (mut kept, mut stored) = (BTreeSet::new(), BTreeMap::new());
    // Killed on the way to the next acknowledgement: of a document, or of one portion or another.
    for count in [1, 2, 4] {
        let mut command = place.child();
        command.env(LARGE, count.to_string());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut note = |line: &str| match line.split(' ').collect::<Vec<_>>()[..] {
            ["kept", id] => usize::from(kept.insert(id.to_owned())),
            ["stored", id, chunks] => {
                stored.insert(id.to_owned(), chunks.parse::<usize>().unwrap());
                1
            }
            _ => 0,
        };
        let mut seen = 0;
        while seen < count {
            seen += note(&lines.next().expect("the child keeps on storing"));
        }
        child.kill().unwrap();
        for line in lines {
            note(&line);
        }
        child.wait().unwrap();
    }

    let store = place.open(MODEL).await.unwrap();
    let listed = store.documents(page(1, 100)).await.unwrap().documents;
    for document in &listed {
        kept.remove(&document.id);
        assert_eq!(content(&*store, &document.id).await, large_text(&document.source));
    }
    assert_eq!(kept, BTreeSet::new(), "these were acknowledged and are lost");
    let all = Search { limit: 10_000, ..words("number") };
    let hits = store.candidates(all).await.unwrap().matching;
    let chunks = store.chunks(hits.iter().map(|hit| hit.chunk).collect()).await.unwrap();
    for document in &listed {
        let mut positions: Vec<_> =
            chunks.iter().filter(|it| it.document == document.id).map(|it| it.position).collect();
        positions.sort_unstable();
        let count = positions.len();
        assert!(positions.iter().copied().eq(0..u32::try_from(count).unwrap()), "{positions:?}");
        assert_eq!(count % PORTION, 0, "a part of a portion is there");
        assert!(count >= stored.remove(&document.id).unwrap_or(0), "a portion is lost");
        let thing = store.entities(vec![document.id.clone()]).await.unwrap().pop();
        assert_eq!(
            thing.map_or(0, |thing| thing.chunks.len()),
            count,
            "mentions of a chunk are lost"
        );
    }
    assert_eq!(stored, BTreeMap::new());
}

/// 20 MiB, unlike those of others from the first part to the last.
fn large_text(source: &str) -> String {
    format!("{source:>32}").repeat(20 << 15)
}

/// What the child does with [`LARGE`] set: adds a large document, and stores chunks of it, again and again.
async fn keeps_large_until_killed(store: &dyn Store) {
    let said = |line: String| {
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{line}").and_then(|()| out.flush()).unwrap();
    };
    for number in 0.. {
        let source = format!("{}-{number}", std::process::id());
        let (new, _) = document(&source, &source);
        let text = large_text(&source);
        let (id, bytes) = (new.id.clone(), text.len() as u64);
        assert_eq!(store.add(NewDocument { bytes, ..new }, text.into()).await.unwrap(), Added::New);
        said(format!("kept {id}"));
        // Those that were killed may have left some that wait.
        while store.claim(source.clone(), at(1), at(60)).await.unwrap().unwrap().id != id {}
        for portion in 0..3 {
            let from = portion * PORTION;
            let chunks = (from..from + PORTION).map(|number| mentioning(&id, number)).collect();
            let from = u32::try_from(from).unwrap();
            let portion = Portion { from, chunks, model: MODEL.into(), end: None };
            assert!(store.put(id.clone(), source.clone(), portion).await.unwrap());
            said(format!("stored {id} {}", from as usize + PORTION));
        }
    }
}

fn mentioning(name: &str, number: usize) -> NewChunk {
    let new = chunk(&format!("number {number} of {name}"), [1.0, 0.0, 0.0, 0.0]);
    let (name, kind, description) = (name.to_owned(), String::new(), String::new());
    let entities = vec![EntityMention { name, kind, description, vector: new.vector.clone() }];
    NewChunk { mentions: Mentions { entities, relations: Vec::new() }, ..new }
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
