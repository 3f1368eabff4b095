//! How tables come to be, and what is refused.

use rag_service::{
    adapters::postgres::PostgresStore,
    ports::{
        Store, StoreError,
        store::{Added, NewDocument},
    },
};

use super::{Schema, server::bin, server::shared, session::settings};
use crate::suite::{self, MODEL, Place};

async fn refused(database: &str, user: &str) -> StoreError {
    let url = shared().url(database).replace("postgres@", &format!("{user}@"));
    PostgresStore::open(&settings(&url, "ragctl", &[]), MODEL).await.map(drop).unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_may_open_a_new_database_at_once() {
    let Some(_) = bin() else { return };
    shared().database("race").await;
    // What is seen after the wait for the others must not hang on what the database says of isolation.
    let strict = "ALTER DATABASE race SET default_transaction_isolation = 'repeatable read'";
    shared().client("postgres").await.batch_execute(strict).await.unwrap();
    let openers = (0..8).map(|number| {
        // Of four schemas, so that the extension is fought for, too.
        let settings = settings(&shared().url("race"), &format!("s{}", number % 4), &[]);
        tokio::spawn(async move { PostgresStore::open(&settings, MODEL).await.map(drop) })
    });
    for opener in openers.collect::<Vec<_>>() {
        opener.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn an_older_schema_is_brought_up_to_date_with_what_is_in_it() {
    let Some(_) = bin() else { return };
    let place = Schema::default();
    drop(place.store().await);
    // As a program that knew the first version only had left it.
    let client = shared().client("postgres").await;
    let name = &place.name;
    client
        .batch_execute(&format!(
            "DROP SCHEMA {name} CASCADE; CREATE SCHEMA {name};
             CREATE TABLE {name}.ragctl_store (single boolean PRIMARY KEY DEFAULT true, version integer NOT NULL);
             INSERT INTO {name}.ragctl_store (version) VALUES (1);
             SET search_path = {name}, public;"
        ))
        .await
        .unwrap();
    let first = include_str!("../../../src/adapters/postgres/schema/1.sql");
    client.batch_execute(first).await.unwrap();
    client
        .batch_execute(
            "INSERT INTO document (id, source, hash, format, bytes, status, track_id, summary, length, created_at,
                 updated_at)
             VALUES ('doc-old', 'old', 'hash', 'text', 3, 'pending', 'track', '', 0, now(), now())",
        )
        .await
        .unwrap();
    let store = place.store().await;
    assert_eq!(store.counts().await.unwrap().pending, 1);
    store.delete(vec!["doc-old".into()]).await.unwrap();
    suite::keep_text(&store, "new", "some text").await;
    let version = client.query_one("SELECT version FROM ragctl_store", &[]).await.unwrap();
    assert_eq!(version.get::<_, i32>(0), 2);
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_as_it_is() {
    let Some(_) = bin() else { return };
    let place = Schema::default();
    drop(place.store().await);
    let client = shared().client("postgres").await;
    let newer = format!("UPDATE {}.ragctl_store SET version = 99", place.name);
    client.batch_execute(&newer).await.unwrap();
    let refused = place.opened(MODEL).await.map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::Newer { found: 99, known: 2, .. }), "{refused:?}");
}

#[tokio::test]
async fn tables_of_another_program_are_never_touched() {
    let Some(_) = bin() else { return };
    let client = shared().client("postgres").await;
    for (schema, theirs) in
        [("theirs_one", "document (id text)"), ("theirs_two", "ragctl_store (x int)")]
    {
        let make = format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.{theirs}");
        client.batch_execute(&make).await.unwrap();
        let place = Schema { name: schema.into(), ..Schema::default() };
        let refused = place.opened(MODEL).await.map(drop).unwrap_err();
        assert!(matches!(refused, StoreError::Unusable { .. }), "{refused:?}");
        assert!(refused.to_string().contains(schema), "{refused}");
        let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = $1";
        assert_eq!(client.query_one(tables, &[&schema]).await.unwrap().get::<_, i64>(0), 1);
    }
}

#[tokio::test]
async fn who_may_not_make_the_extension_is_told_who_has_to() {
    let Some(_) = bin() else { return };
    let client = shared().database("without").await;
    client
        .batch_execute("CREATE ROLE plain LOGIN; GRANT ALL ON DATABASE without TO plain")
        .await
        .unwrap();
    let told = refused("without", "plain").await.to_string();
    assert!(told.contains("a superuser") && told.contains("CREATE EXTENSION vector"), "{told}");
    client.batch_execute("CREATE EXTENSION vector").await.unwrap();
    let url = shared().url("without").replace("postgres@", "plain@");
    PostgresStore::open(&settings(&url, "ragctl", &[]), MODEL).await.unwrap();
}

#[tokio::test]
async fn an_extension_in_a_schema_of_its_own_is_found() {
    let Some(_) = bin() else { return };
    let client = shared().database("elsewhere").await;
    let make = "CREATE SCHEMA types; CREATE EXTENSION vector SCHEMA types";
    client.batch_execute(make).await.unwrap();
    let settings = settings(&shared().url("elsewhere"), "ragctl", &[]);
    let store = PostgresStore::open(&settings, MODEL).await.unwrap();
    suite::keep_text(&store, "a", "some text").await;
}

#[tokio::test]
async fn an_old_pgvector_is_refused() {
    let Some(_) = bin() else { return };
    let client = shared().database("old").await;
    client
        .batch_execute(
            "CREATE EXTENSION vector; UPDATE pg_extension SET extversion = '0.6.2' WHERE extname = 'vector'",
        )
        .await
        .unwrap();
    let told = refused("old", "postgres").await.to_string();
    assert!(told.contains("0.6.2") && told.contains("0.7 or newer"), "{told}");
}

#[tokio::test]
async fn vectors_too_long_for_an_index_are_found_all_the_same() {
    let Some(_) = bin() else { return };
    use rag_service::ports::store::{NewChunk, Search};
    let place = Schema::default();
    let store = place.open(MODEL).await.unwrap();
    let vector = |first: f32| {
        let mut vector = vec![0.0; 4500];
        (vector[0], vector[1]) = (first, 1.0 - first);
        vector
    };
    let chunk = |text: &str, first| NewChunk {
        text: text.into(),
        vector: vector(first),
        ..NewChunk::default()
    };
    suite::keep(&*store, "a", vec![chunk("far", 0.0), chunk("near", 1.0)]).await;
    let search = Search { vector: Some(vector(1.0)), text: None, limit: 5, threshold: 0.5 };
    assert_eq!(store.candidates(search).await.unwrap().near.len(), 1);
}

#[tokio::test]
async fn what_no_text_or_index_of_postgres_can_hold_is_kept_all_the_same() {
    let Some(_) = bin() else { return };
    let place = Schema::default();
    let store = place.open(MODEL).await.unwrap();
    suite::keep_text(&*store, "zero.md", "some\0 text").await;
    assert_eq!(suite::matching(&*store, "text").await, ["some\u{fffd} text"]);
    assert!(store.delete(vec!["doc-zero.md\0".into()]).await.unwrap().is_empty());
    // Unlike anything that could be made shorter.
    let source: String =
        (0..20_000_u64).map(|n| char::from(b'a' + (n * n * 7 % 251 % 26) as u8)).collect();
    let (new, content) = suite::document("long", "of a long name");
    let new = NewDocument { source, ..new };
    assert_eq!(store.add(new, content).await.unwrap(), Added::New);
}
