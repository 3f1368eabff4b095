//! What the server may refuse, and what may get lost.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rag_service::{
    adapters::postgres::PostgresStore,
    ports::{Store, StoreError, store::Added},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::{Schema, server::bin, server::shared, session::settings};
use crate::suite::{self, MODEL};

#[tokio::test]
async fn a_full_disk_and_a_read_only_server_are_told_apart() {
    let Some(_) = bin() else { return };
    let place = Schema::default();
    let store = place.store().await;
    let client = shared().client("postgres").await;
    let refuse = |state: &str| {
        format!(
            "SET search_path = {}, public;
             CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                 AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{state}'; END $$;
             CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON document EXECUTE FUNCTION refuse()",
            place.name
        )
    };
    let add = async || {
        let (document, content) = suite::document("a", "text");
        store.add(document, content).await
    };
    client.batch_execute(&refuse("53100")).await.unwrap();
    assert!(matches!(add().await, Err(StoreError::Full { .. })));
    client.batch_execute(&refuse("25006")).await.unwrap();
    assert!(matches!(add().await, Err(StoreError::ReadOnly { .. })));
    client.batch_execute("DROP TRIGGER refuse ON document").await.unwrap();
    assert_eq!(add().await.unwrap(), Added::New);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_waited_for_and_then_named() {
    let Some(_) = bin() else { return };
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://u:secret@127.0.0.1:{free}/d");
    let settings = settings(&url, "ragctl", &[("DATABASE_STARTUP_TIMEOUT", "1")]);
    let refused = PostgresStore::open(&settings, MODEL).await.map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::Unreachable { .. }), "{refused:?}");
    let told = refused.to_string();
    assert!(told.contains(&format!("127.0.0.1:{free}/d")) && !told.contains("secret"), "{told}");
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_given_up() {
    let Some(_) = bin() else { return };
    let place = Schema::default();
    drop(place.store().await);
    let settings = settings(&place.url, &place.name, &[("DATABASE_STATEMENT_TIMEOUT", "1")]);
    let store = PostgresStore::open(&settings, MODEL).await.unwrap();
    let mut client = shared().client("postgres").await;
    let lock = client.transaction().await.unwrap();
    lock.batch_execute(&format!("LOCK TABLE {}.document", place.name)).await.unwrap();
    let refused = timeout(Duration::from_secs(60), store.counts()).await.unwrap();
    assert!(matches!(refused, Err(StoreError::Unreachable { .. })), "{refused:?}");
    lock.rollback().await.unwrap();
    store.counts().await.unwrap();
}

/// Passes on what client and server say, and once told to, swallows the answer to a `COMMIT` and hangs up.
async fn swallow_answers(to: u16, listener: TcpListener, is_to_swallow: Arc<AtomicBool>) {
    loop {
        let (client, _) = listener.accept().await.unwrap();
        let server = TcpStream::connect(("127.0.0.1", to)).await.unwrap();
        let is_to_swallow = Arc::clone(&is_to_swallow);
        tokio::spawn(async move {
            let (mut from_client, mut to_client) = client.into_split();
            let (mut from_server, mut to_server) = server.into_split();
            let (mut asked, mut told) = ([0; 1 << 16], [0; 1 << 16]);
            loop {
                tokio::select! {
                    read = from_client.read(&mut asked) => {
                        let Ok(1..) = read else { return };
                        let asked = &asked[..read.unwrap()];
                        let is_commit = asked.windows(7).any(|part| part == b"COMMIT\0");
                        to_server.write_all(asked).await.unwrap();
                        if is_commit && is_to_swallow.swap(false, Ordering::SeqCst) {
                            // It is done once the server has answered.
                            assert!(from_server.read(&mut told).await.unwrap() > 0);
                            return;
                        }
                    }
                    read = from_server.read(&mut told) => {
                        let Ok(1..) = read else { return };
                        to_client.write_all(&told[..read.unwrap()]).await.unwrap();
                    }
                }
            }
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_was_lost_does_no_harm() {
    let Some(_) = bin() else { return };
    let place = Schema::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let lose = Arc::new(AtomicBool::new(false));
    let proxy = tokio::spawn(swallow_answers(shared().port, listener, Arc::clone(&lose)));
    let url = place.url.replace(&shared().port.to_string(), &port.to_string());
    let store = PostgresStore::open(&settings(&url, &place.name, &[]), MODEL).await.unwrap();
    let is_lost = || assert!(!lose.load(Ordering::SeqCst), "nothing was lost");

    lose.store(true, Ordering::SeqCst);
    let same = Added::Same { track_id: "track-1".into() };
    assert_eq!(suite::add(&store, "a", "text").await, same);
    is_lost();
    let claimed = store.claim("one".into(), suite::at(1), suite::at(60)).await.unwrap().unwrap();
    lose.store(true, Ordering::SeqCst);
    let vector = [1.0, 0.0, 0.0, 0.0];
    let portion = suite::whole(vec![suite::chunk("text", vector)], MODEL);
    assert!(store.put(claimed.id.clone(), "one".into(), portion).await.unwrap());
    is_lost();
    assert_eq!(suite::matching(&store, "text").await, ["text"]);
    lose.store(true, Ordering::SeqCst);
    assert_eq!(store.delete(vec![claimed.id.clone()]).await.unwrap(), [claimed.id]);
    is_lost();
    suite::add(&store, "b", "text").await;
    lose.store(true, Ordering::SeqCst);
    assert_eq!(store.clear().await.unwrap(), 1);
    is_lost();
    proxy.abort();
}
