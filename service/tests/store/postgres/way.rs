//! The way to the server: passwords and TLS. The tests' server speaks no TLS, so something before it does.

use std::path::Path;

use rag_service::{
    adapters::postgres::PostgresStore,
    ports::{Store, StoreError},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use super::{Schema, server::PASSWORD, server::bin, server::shared, session::settings};
use crate::{
    certificates::{acceptor, make_certificates},
    suite::MODEL,
};

/// What a client says that wants TLS.
/// Source: <https://www.postgresql.org/docs/current/protocol-message-formats.html>
const WANTS_TLS: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Takes TLS off before the server; refuses whoever wants none.
async fn before_the_server(listener: TcpListener, folder: &Path) {
    let acceptor = acceptor(folder);
    loop {
        let (mut client, _) = listener.accept().await.unwrap();
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let mut first = [0; 8];
            client.read_exact(&mut first).await.unwrap();
            if first != WANTS_TLS {
                return;
            }
            client.write_all(b"S").await.unwrap();
            // A client that does not trust us hangs up.
            let Ok(mut client) = acceptor.accept(client).await else { return };
            let mut server = TcpStream::connect(("127.0.0.1", shared().port)).await.unwrap();
            copy_bidirectional(&mut client, &mut server).await.ok();
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_is_believed_as_far_as_the_settings_say() {
    let Some(_) = bin() else { return };
    let folder = TempDir::new().unwrap();
    make_certificates(folder.path());
    let ca = folder.path().join("ca.pem");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let path = folder.path().to_owned();
    tokio::spawn(async move { before_the_server(listener, &path).await });

    let place = Schema::default();
    let open = async |host: &str, mode: &str, ca: Option<&Path>| {
        let url = format!("postgres://postgres@{host}:{port}/postgres?sslmode={mode}");
        let ca = ca.map(|path| ("DATABASE_CA_FILE", path.to_str().unwrap()));
        let more = [("DATABASE_STARTUP_TIMEOUT", "0")];
        let more: Vec<_> = more.into_iter().chain(ca).collect();
        let store = PostgresStore::open(&settings(&url, &place.name, &more), MODEL).await?;
        store.counts().await.map(drop)
    };
    open("localhost", "verify-full", Some(&ca)).await.unwrap();
    open("localhost", "require", None).await.unwrap();
    open("localhost", "prefer", None).await.unwrap();
    for (host, mode, ca, reason) in [
        ("localhost", "verify-full", None, "certificate"),
        ("127.0.0.1", "verify-full", Some(&*ca), "certificate"),
        ("localhost", "verify-full", Some(&*folder.path().join("names")), "there is none in it"),
        ("localhost", "verify-full", Some(Path::new("/none.pem")), "/none.pem"),
    ] {
        let refused = open(host, mode, ca).await.unwrap_err();
        assert!(matches!(refused, StoreError::Unusable { .. }), "{host} {mode}: {refused:?}");
        assert!(refused.to_string().contains(reason), "{refused}");
    }
    assert!(open("localhost", "disable", None).await.is_err());
}

#[tokio::test]
async fn a_password_is_shown_to_the_server_alone() {
    let Some(_) = bin() else { return };
    let place = Schema::default();
    let client = shared().client("postgres").await;
    let role = format!("CREATE ROLE keyed SUPERUSER LOGIN PASSWORD '{PASSWORD}'");
    client.batch_execute(&role).await.unwrap();
    let open = async |password: &str| {
        let user = format!("keyed:{password}@");
        let url = shared().url("postgres").replace("postgres@", &user);
        PostgresStore::open(&settings(&url, &place.name, &[]), MODEL).await
    };
    let store = open(&PASSWORD.replace(' ', "%20")).await.unwrap();
    assert!(!format!("{store:?}").contains(PASSWORD));
    let refused = open("wrong-one").await.map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::Unusable { .. }), "{refused:?}");
    assert!(!format!("{refused:?} {refused}").contains("wrong-one"), "{refused}");
}
