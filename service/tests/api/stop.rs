use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    provider::{Mood, Options},
    service::{Service, until},
};

#[tokio::test]
async fn a_stop_finishes_the_request_in_flight() {
    let slow = Options { embed_latency: Duration::from_millis(300), ..Options::default() };
    let mut service = Service::with(slow, &[], |_| {}).await;
    let request = service.post("/query", &json!({ "query": "cold" }));
    let asked = tokio::spawn(request.send());
    until(async || service.stats().in_flight == 1).await;
    service.begin_stop();
    // The listener is closed before the request in flight is over.
    until(async || service.get("/livez").send().await.is_err()).await;
    assert!(!asked.is_finished());
    assert_eq!(asked.await.unwrap().unwrap().status(), StatusCode::OK);
    service.stop().await;
}

#[tokio::test]
async fn a_stop_waits_no_longer_than_it_is_told() {
    let service = Service::with(Options::default(), &[], |settings| {
        settings.stop_timeout = Duration::from_millis(100);
    })
    .await;
    service.provider_is("embeddings", Mood::Hang);
    let asked = tokio::spawn(service.post("/query", &json!({ "query": "cold" })).send());
    until(async || service.stats().in_flight == 1).await;
    let began = Instant::now();
    service.stop().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    asked.abort();
}

#[tokio::test]
async fn an_idle_connection_does_not_hold_up_a_stop() {
    let service = Service::start().await;
    service.get("/livez").send().await.unwrap().bytes().await.unwrap();
    let began = Instant::now();
    service.stop().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}
