//! What the cold-start strategies change, with a provider whose first calls are slow.

use std::time::{Duration, Instant};

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    provider::{Mood, Options},
    service::{Service, answer, until},
};

/// How long a cold provider takes. Long beside all else that happens in a test.
const COLD: Duration = Duration::from_millis(500);

async fn service(environment: &[(&str, &str)]) -> Service {
    let cold = Options { first_call_latency: COLD, first_calls: 1, ..Options::default() };
    let service = Service::with(cold, environment, |_| {}).await;
    service.seed("guide.md", "Cold starts are measured in seconds.").await;
    service
}

async fn timed_query(service: &Service) -> Duration {
    let began = Instant::now();
    let found = service.query("cold").await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.body);
    began.elapsed()
}

#[tokio::test]
async fn without_strategies_the_first_query_pays_for_both_pools() {
    let service = service(&[]).await;
    let first = timed_query(&service).await;
    assert!(first >= 2 * COLD, "{first:?}");
    let stats = service.stats();
    assert_eq!((stats.embeddings, stats.chat), (1, 1), "no call but the query's own");
    let second = timed_query(&service).await;
    assert!(second < COLD, "{second:?}");
    assert_eq!(service.stats().connections, 1, "connections are used again");
}

#[tokio::test]
async fn prewarming_costs_one_first_call_and_two_calls_before_ready() {
    let service = service(&[("WARMUP_ON_STARTUP", "true")]).await;
    until(async || service.stats().in_flight == 2).await;
    assert_eq!(answer(service.get("/readyz")).await.status, StatusCode::SERVICE_UNAVAILABLE);
    until(async || service.app.is_warm()).await;
    let phases = service.app.phases();
    let warm = Duration::from_secs_f64(phases.warm_ms.unwrap() / 1e3);
    assert!(COLD <= warm && warm < 2 * COLD, "{phases:?}");
    assert_eq!(service.stats().cold, 2);
    let first = timed_query(&service).await;
    assert!(first < COLD, "{first:?}");
}

#[tokio::test]
async fn with_cold_connections_a_first_query_pays_for_none() {
    let cold = Options { first_call_latency: COLD, first_calls: 0, ..Options::default() };
    let service = Service::with(cold, &[("WARMUP_ON_STARTUP", "true")], |_| {}).await;
    service.seed("guide.md", "Cold starts.").await;
    until(async || service.app.is_warm()).await;
    let first = timed_query(&service).await;
    assert!(first < COLD, "{first:?}");
}

#[tokio::test]
async fn a_query_waits_for_the_warm_up_in_progress() {
    let service = service(&[("WARMUP_ON_STARTUP", "true")]).await;
    until(async || service.stats().in_flight == 2).await;
    let first = timed_query(&service).await;
    assert!(first < 2 * COLD, "{first:?}");
    assert_eq!(service.stats().cold, 2, "no second call to a cold provider");
}

#[tokio::test]
async fn async_init_tells_a_query_to_come_again_and_answers_when_warm() {
    let service = service(&[("ASYNC_INIT", "true")]).await;
    let began = Instant::now();
    let told = service.query("cold").await;
    assert!(began.elapsed() < COLD, "{:?}", began.elapsed());
    assert_eq!((told.status, told.retry_after.as_deref()), (StatusCode::ACCEPTED, Some("10")));
    let body = json!({
        "status": "initializing",
        "message": "Workers are warming up, please retry in 10-20s",
        "embedding_ready": false,
        "llm_ready": false,
    });
    assert_eq!(told.body, body);
    for route in ["/query/stream", "/query/data"] {
        let told = answer(service.post(route, &json!({ "query": "cold" }))).await;
        assert_eq!(told.status, StatusCode::ACCEPTED, "{route}");
    }
    until(async || service.app.is_warm()).await;
    let first = timed_query(&service).await;
    assert!(first < COLD, "{first:?}");
}

#[tokio::test]
async fn while_one_pool_fails_the_other_gets_ready_and_queries_are_told_which() {
    let nobody = [("EMBEDDING_BINDING_HOST", "http://127.0.0.1:9/v1"), ("ASYNC_INIT", "true")];
    let service = Service::with_environment(&nobody).await;
    until(async || service.app.embedding.facts().error.is_some()).await;
    assert_eq!(service.query("cold").await.status, StatusCode::ACCEPTED);
    until(async || service.app.llm.is_ready()).await;
    let told = service.query("cold").await;
    assert_eq!(
        (&told.body["embedding_ready"], &told.body["llm_ready"]),
        (&json!(false), &json!(true))
    );
}

#[tokio::test]
async fn warmup_begins_at_once_and_answers_200_when_warm() {
    let service = service(&[]).await;
    let began = Instant::now();
    let told = answer(service.client.post(format!("{}/warmup", service.url))).await;
    assert!(began.elapsed() < COLD, "{:?}", began.elapsed());
    assert_eq!((told.status, told.retry_after.as_deref()), (StatusCode::ACCEPTED, Some("10")));
    assert_eq!(told.body["pools"]["llm"]["state"], "warming");
    for _ in 0..10 {
        answer(service.client.post(format!("{}/warmup", service.url))).await;
    }
    until(async || service.app.is_warm()).await;
    assert_eq!(service.stats().cold, 2, "many callers share one warm-up");
    let told = answer(service.client.post(format!("{}/warmup", service.url))).await;
    assert_eq!((told.status, &told.body["workers_ready"]), (StatusCode::OK, &json!(true)));
}

#[tokio::test]
async fn with_a_key_only_who_shows_it_may_have_the_pools_warmed() {
    let service = service(&[("WARMUP_KEY", "open sesame")]).await;
    let warm = |key: Option<&str>| {
        let request = service.client.post(format!("{}/warmup", service.url));
        match key {
            Some(key) => request.header("X-Ragctl-Key", key),
            None => request,
        }
    };
    for wrong in [None, Some(""), Some("open"), Some("open sesamf"), Some("open sesame!")] {
        let told = answer(warm(wrong)).await;
        assert_eq!(told.code(), (403, "forbidden"), "{wrong:?}");
        assert!(!told.body.to_string().contains("sesame"), "{}", told.body);
    }
    assert_eq!(service.stats().in_flight, 0, "nothing was warmed");
    assert_eq!(answer(service.get("/health")).await.body["pools"]["llm"]["state"], "cold");
    assert_eq!(answer(warm(Some("open sesame"))).await.status, StatusCode::ACCEPTED);
    until(async || service.app.is_warm()).await;
    assert_eq!(answer(warm(Some("open sesame"))).await.status, StatusCode::OK);
    assert_eq!(answer(warm(Some("open"))).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_warm_up_that_hangs_ends_at_the_limit_of_one_call() {
    let service = Service::with(Options::default(), &[], |settings| {
        settings.llm.limits.function = Duration::from_millis(100);
    })
    .await;
    service.provider_is("chat", Mood::Hang);
    answer(service.client.post(format!("{}/warmup", service.url))).await;
    until(async || service.app.llm.facts().error.is_some()).await;
    assert!(service.app.embedding.is_ready(), "one pool does not wait for the other");
}

#[tokio::test]
async fn fewer_workers_make_fewer_calls_at_once() {
    let slow = Options { embed_latency: Duration::from_millis(20), ..Options::default() };
    let service = Service::with(slow, &[("MAX_ASYNC", "2")], |_| {}).await;
    let queries = (0..10).map(|_| service.query("cold"));
    futures_util::future::join_all(queries).await;
    assert_eq!(service.stats().max_in_flight, 2);
}
