//! A server that crashes and comes back while documents are added, worked on and searched.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use rag_service::{
    adapters::postgres::PostgresStore,
    ports::{
        Store,
        store::{Added, Counts},
    },
};
use tokio::time::timeout;

use super::{
    server::{Server, bin},
    session::settings,
};
use crate::suite::{self, MODEL};

/// Documents that are added.
const DOCUMENTS: usize = 200;

/// The longest that all of it may take, so that a hang ends.
const LIMIT: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_service_goes_on_when_its_server_crashes_and_comes_back() {
    let Some(_) = bin() else { return };
    let server = Arc::new(tokio::task::spawn_blocking(Server::start).await.unwrap());
    let settings = settings(&server.url("postgres"), "ragctl", &[]);
    let store = Arc::new(PostgresStore::open(&settings, MODEL).await.unwrap());
    let added = Arc::new(AtomicUsize::new(0));

    let adder = {
        let (store, added) = (Arc::clone(&store), Arc::clone(&added));
        tokio::spawn(async move {
            for number in 0..DOCUMENTS {
                // The same where a crash took the answer with it.
                let told =
                    suite::add(&*store, &format!("{number}"), &format!("text {number}")).await;
                assert!(matches!(told, Added::New | Added::Same { .. }), "{told:?}");
                added.fetch_add(1, Ordering::SeqCst);
            }
        })
    };
    let workers = (0..2).map(|worker| {
        let (store, holder) = (Arc::clone(&store), format!("worker-{worker}"));
        tokio::spawn(async move {
            while store.counts().await.unwrap().processed < DOCUMENTS as u64 {
                // A claim whose answer was lost runs out at once here.
                let until = suite::at(i64::from(worker));
                let now = suite::at(2);
                let Some(claimed) = store.claim(holder.clone(), now, until).await.unwrap() else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let vector = [1.0, 0.0, 0.0, 0.0];
                let portion = suite::whole(vec![suite::chunk(&claimed.source, vector)], MODEL);
                store.put(claimed.id, holder.clone(), portion).await.unwrap();
            }
        })
    });
    let workers: Vec<_> = workers.collect();
    let asker = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            loop {
                suite::matching(&*store, "77").await;
            }
        })
    };
    for crash in 1..=2 {
        while added.load(Ordering::SeqCst) < crash * DOCUMENTS / 3 {
            tokio::task::yield_now().await;
        }
        let server = Arc::clone(&server);
        let restart = move || server.control(&["-m", "immediate", "restart"]);
        tokio::task::spawn_blocking(restart).await.unwrap();
    }
    timeout(LIMIT, adder).await.unwrap().unwrap();
    for worker in workers {
        timeout(LIMIT, worker).await.unwrap().unwrap();
    }
    assert!(!asker.is_finished(), "a question failed");
    asker.abort();
    let counts = Counts { processed: DOCUMENTS as u64, ..Counts::default() };
    assert_eq!(store.counts().await.unwrap(), counts);
    for number in 0..DOCUMENTS {
        assert_eq!(suite::matching(&*store, &number.to_string()).await, [number.to_string()]);
    }
}
