//! Many documents: taking the next, and listing them.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use jiff::Timestamp;
use rag_service::ports::{
    Store,
    store::{DocumentStatus, Page, Sort, SortBy},
};

use crate::{
    keep::{document, open},
    ms,
};

/// Prints a table of what takes how long with `count` documents.
pub(crate) async fn report(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let began = Instant::now();
    let adding = (0..count).map(|number| {
        let (new, content) = document(number);
        store.add(new, content)
    });
    stream::iter(adding)
        .buffer_unordered(128)
        .for_each(|added| async move { drop(added.unwrap()) })
        .await;
    println!("| {count} documents | median of 20 |\n| --- | --- |");
    println!(
        "| `add`, 128 at once, each | {} |",
        ms(began.elapsed() / u32::try_from(count).unwrap())
    );
    let mut claims = Vec::new();
    for _ in 0..20 {
        let now = Timestamp::now();
        let began = Instant::now();
        store.claim("bench".into(), now, now + Duration::from_secs(60)).await.unwrap();
        claims.push(began.elapsed());
    }
    println!("| `claim` | {} |", ms(crate::percentile(&claims, 50)));
    for (name, by) in [
        ("arrival", SortBy::Created),
        ("change", SortBy::Updated),
        ("id", SortBy::Id),
        ("source", SortBy::Source),
    ] {
        for (which, page, statuses) in [
            ("first page", 1, vec![]),
            ("page 1000", 1000, vec![]),
            ("first page of those that wait", 1, vec![DocumentStatus::Pending]),
        ] {
            let sort = Sort { by, ascending: false };
            let page = Page { page, size: 50, track_id: None, statuses, sort };
            let mut times = Vec::new();
            for _ in 0..20 {
                let began = Instant::now();
                store.documents(page.clone()).await.unwrap();
                times.push(began.elapsed());
            }
            println!("| by {name}, {which} | {} |", ms(crate::percentile(&times, 50)));
        }
    }
    let began = Instant::now();
    store.counts().await.unwrap();
    println!("| `counts` | {} |", ms(began.elapsed()));
}
