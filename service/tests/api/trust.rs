//! Whom the program trusts: a provider behind TLS, whose certificate an authority of our own has signed.

use std::{net::Ipv4Addr, path::Path};

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

use crate::{
    certificates::{acceptor, make_certificates},
    program::{Running, output, program},
    provider::{Options, Provider},
};

/// Takes TLS off before `provider`; tells where.
async fn before(provider: &Provider, folder: &Path) -> String {
    let acceptor = acceptor(folder);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let behind = provider.url.split('/').nth(2).unwrap().to_owned();
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            // A client that does not trust us hangs up.
            let Ok(mut client) = acceptor.accept(client).await else { continue };
            let mut server = TcpStream::connect(&behind).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await.ok() });
        }
    });
    format!("https://localhost:{port}/v1")
}

/// What a question is answered by a service that trusts `file`, or the public authorities.
async fn asked(folder: &Path, url: &str, file: Option<&Path>) -> (StatusCode, Value, Vec<Value>) {
    let mut serve = program(folder, &["serve"]);
    serve.env("EMBEDDING_BINDING_HOST", url);
    if let Some(file) = file {
        serve.env("SSL_CERT_FILE", file);
    }
    let service = Running::start(&mut serve);
    let client = rag_service::adapters::openai::client().unwrap();
    let question = json!({ "query": "Who waters the roses?", "mode": "naive" });
    let request = client.post(format!("{}/query", service.url)).json(&question);
    let response = request.send().await.unwrap();
    let (status, told) = (response.status(), response.json().await.unwrap());
    service.signal("-TERM");
    (status, told, service.end().1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_authorities_stands_in_place_of_the_public_ones() {
    let folder = tempfile::tempdir().unwrap();
    make_certificates(folder.path());
    let provider = Provider::start(0, Options::default()).await.unwrap();
    let url = before(&provider, folder.path()).await;
    let ca = folder.path().join("ca.pem");

    let (status, told, _) = asked(folder.path(), &url, None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{told}");
    let (status, told, log) = asked(folder.path(), &url, Some(&ca)).await;
    assert_eq!(status, StatusCode::OK, "{told}");
    assert!(log.iter().all(|line| line["level"] != "WARN"), "{log:?}");

    let odd = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let mixed = folder.path().join("mixed.pem");
    std::fs::write(&mixed, [odd, &std::fs::read_to_string(&ca).unwrap()].concat()).unwrap();
    let mut serve = program(folder.path(), &["ingest", "none.md"]);
    serve.env("EMBEDDING_BINDING_HOST", &url).env("SSL_CERT_FILE", &mixed);
    let (_, _, told) = output(&mut serve);
    assert!(told.contains("certificates that cannot be read are not trusted"), "{told}");
}

#[test]
fn a_file_without_certificates_ends_the_start_where_one_is_checked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, "no certificate").unwrap();
    let refused = |path: &Path| {
        let mut serve = program(folder.path(), &["serve"]);
        serve.env("LLM_BINDING", "openai").env("SSL_CERT_FILE", path);
        let (code, _, told) = output(&mut serve);
        assert_eq!(code, Some(1));
        told
    };
    assert!(refused(&file).contains("holds no certificate that can be used"));
    assert!(refused(Path::new("/nowhere/ca.pem")).contains("/nowhere/ca.pem (SSL_CERT_FILE)"));

    // Nobody is spoken to, so nobody looks.
    let mut ingest = program(folder.path(), &["ingest", "none.md"]);
    let (_, told, wrong) = output(ingest.env("SSL_CERT_FILE", "/nowhere/ca.pem"));
    assert!(told.starts_with("refused none.md: ") && wrong.is_empty(), "{told}{wrong}");
}
