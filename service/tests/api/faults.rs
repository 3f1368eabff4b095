//! Each way in which a provider can fail ends in bounded time, with a status that says so, and costs no worker.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;

use crate::{
    provider::{Mood, Options},
    service::{Service, answer, until},
};

/// The limit of one call to a provider that does not end by itself.
const SHORT: Duration = Duration::from_secs(1);

/// The limit of all others. Far above what they take.
const LONG: Duration = Duration::from_secs(25);

/// Ends a test that hangs. Far above what anything here may take.
const HANGS: Duration = Duration::from_secs(60);

/// A service whose calls to providers have this limit.
async fn service(limit: Duration) -> Service {
    let service = Service::with(Options::default(), &[], |settings| {
        settings.embedding.limits.function = limit;
        settings.llm.limits.function = limit;
    })
    .await;
    service.seed("guide.md", "Cold starts are measured in seconds.").await;
    service.app.embedding.warm().await.unwrap();
    service.app.llm.warm().await.unwrap();
    service
}

/// All workers are there and free, and the next question is answered.
async fn is_well(service: &Service) {
    until(async || {
        let (embedding, llm) = (service.app.embedding.facts(), service.app.llm.facts());
        (embedding.workers, embedding.busy, embedding.queued) == (8, 0, 0)
            && (llm.workers, llm.busy, llm.queued) == (8, 0, 0)
    })
    .await;
    until(async || service.stats().in_flight == 0).await;
    assert_eq!(service.query("cold").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_fault_has_a_status_and_costs_no_worker() {
    let both = ["embeddings", "chat"];
    let (short, long) = (service(SHORT).await, service(LONG).await);
    let table: [(&Service, Mood, &[&str], u16, &str); 9] = [
        (&short, Mood::Hang, &both, 504, "provider_timeout"),
        (&short, Mood::Drip(20), &["chat"], 504, "provider_timeout"),
        (&long, Mood::Reset, &both, 503, "provider_unreachable"),
        (&long, Mood::BreakOff, &["chat"], 503, "provider_unreachable"),
        (&long, Mood::Garbage, &both, 502, "provider_refused"),
        (&long, Mood::Refuse(500, None), &both, 502, "provider_refused"),
        (&long, Mood::Refuse(401, None), &both, 502, "provider_refused"),
        (&long, Mood::Refuse(429, Some(600)), &both, 502, "provider_refused"),
        (&long, Mood::Flood, &both, 502, "provider_refused"),
    ];
    for (service, mood, endpoints, status, code) in table {
        for endpoint in endpoints {
            service.provider_is(endpoint, mood);
            let told = tokio::time::timeout(HANGS, service.query("cold")).await;
            let told = told.unwrap_or_else(|_| panic!("{endpoint} {mood:?} hangs"));
            assert_eq!(told.code(), (status, code), "{endpoint} {mood:?}: {}", told.body);
            service.provider_is(endpoint, Mood::Answer);
            is_well(service).await;
        }
    }
}

#[tokio::test]
async fn an_embeddings_answer_without_an_end_is_not_kept() {
    let service = service(LONG).await;
    service.provider_is("embeddings", Mood::Flood);
    let told = service.query("cold").await;
    let detail = told.body["detail"].as_str().unwrap();
    // 64 KiB, and 25 bytes for each of 8,192 numbers of one vector.
    assert!(detail.ends_with("it is longer than 270336 bytes"), "{detail}");
}

#[tokio::test]
async fn a_stream_that_drips_or_floods_says_so_last() {
    let table = [
        (Mood::Drip(20), SHORT, "did not answer within"),
        (Mood::Flood, LONG, "longer than 1048576 bytes"),
    ];
    for (mood, limit, words) in table {
        let service = service(limit).await;
        service.provider_is("chat", mood);
        let request = service.post("/query/stream", &json!({ "query": "cold" }));
        let text = tokio::time::timeout(HANGS, async {
            request.send().await.unwrap().text().await.unwrap()
        })
        .await
        .unwrap();
        let last: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert!(last["error"].as_str().unwrap().contains(words), "{mood:?}: {last}");
        service.provider_is("chat", Mood::Answer);
        is_well(&service).await;
    }
}

#[tokio::test]
async fn a_provider_that_fails_three_calls_of_ten_is_worked_around() {
    let service = service(LONG).await;
    service.provider_is("embeddings", Mood::Fail(30));
    service.provider_is("chat", Mood::Fail(30));
    let queries = (0..100).map(|_| service.query("cold"));
    let answers = futures_util::future::join_all(queries).await;
    let lost: Vec<_> = answers.iter().filter(|told| told.status != StatusCode::OK).collect();
    // One call in 37 fails three times in a row, and each question needs two: five of a hundred.
    assert!(lost.len() <= 20, "{} of 100", lost.len());
    for told in lost {
        assert_eq!(told.code(), (502, "provider_refused"), "{}", told.body);
    }
    service.provider_is("embeddings", Mood::Answer);
    service.provider_is("chat", Mood::Answer);
    is_well(&service).await;
}

#[tokio::test]
async fn a_provider_that_is_down_is_left_alone_and_comes_back_by_itself() {
    let service = service(LONG).await;
    service.provider_is("embeddings", Mood::Refuse(503, None));
    for _ in 0..5 {
        assert_eq!(service.query("cold").await.code(), (502, "provider_refused"));
    }
    // Each trial that fails doubles the pause, so that on a slow machine, too, one query comes before it is over.
    let told = loop {
        let calls = service.stats().embeddings;
        let told = service.query("cold").await;
        if told.code() == (503, "provider_unavailable") {
            assert_eq!(service.stats().embeddings, calls, "it was not called");
            break told;
        }
        assert_eq!(told.code(), (502, "provider_refused"));
    };
    let seconds: u64 = told.retry_after.unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert!(told.body["detail"].as_str().unwrap().contains("not in the mood"), "{}", told.body);
    let health = answer(service.get("/health")).await.body;
    assert_ne!(health["pools"]["embedding"]["breaker"], "closed");
    assert_eq!(health["pools"]["llm"]["breaker"], "closed");
    assert_eq!(answer(service.get("/readyz")).await.status, StatusCode::OK);
    service.provider_is("embeddings", Mood::Answer);
    until(async || service.query("cold").await.status == StatusCode::OK).await;
    let health = answer(service.get("/health")).await.body;
    assert_eq!(health["pools"]["embedding"]["breaker"], "closed");
}

#[tokio::test]
async fn a_warm_up_that_is_asked_for_is_not_kept_back_and_closes_the_breaker() {
    let service = Service::start().await;
    service.provider_is("embeddings", Mood::Refuse(503, Some(100)));
    for _ in 0..5 {
        assert_eq!(service.query("cold").await.code(), (502, "provider_refused"));
    }
    let told = service.query("cold").await;
    assert_eq!(
        (told.code(), told.retry_after.as_deref()),
        ((503, "provider_unavailable"), Some("100"))
    );
    service.provider_is("embeddings", Mood::Answer);
    answer(service.client.post(format!("{}/warmup", service.url))).await;
    until(async || service.app.embedding.is_ready()).await;
    assert_eq!(service.query("cold").await.status, StatusCode::OK, "long before the pause is over");
}
