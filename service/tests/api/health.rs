use std::sync::atomic::Ordering::SeqCst;

use reqwest::StatusCode;
use serde_json::json;

use crate::service::{Service, answer};

#[tokio::test]
async fn a_service_that_nobody_asked_is_alive_healthy_and_cold() {
    let service = Service::start().await;
    let alive = answer(service.get("/livez")).await;
    assert_eq!((alive.status, alive.body), (StatusCode::OK, json!({ "status": "alive" })));
    let health = answer(service.get("/health")).await;
    assert_eq!(health.status, StatusCode::OK);
    let pool = json!({
        "state": "cold", "workers": 0, "busy": 0, "queued": 0, "error": null, "breaker": "closed",
        "retry_in_s": null,
    });
    assert_eq!(health.body["status"], "healthy");
    assert_eq!(health.body["workers_ready"], false);
    assert_eq!(health.body["pools"], json!({ "embedding": pool, "llm": pool }));
    assert_eq!(health.body["documents"]["all"], 0);
    assert_eq!(health.body["phases"]["warm_ms"], json!(null));
    let ready = answer(service.get("/readyz")).await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.body["embedding_ready"], false);
}

#[tokio::test]
async fn a_warm_service_is_ready_and_tells_how_long_it_took() {
    let service = Service::start().await;
    service.app.embedding.warm().await.unwrap();
    service.app.llm.warm().await.unwrap();
    let ready = answer(service.get("/readyz")).await;
    assert_eq!(ready.status, StatusCode::OK);
    for field in ["workers_ready", "embedding_ready", "llm_ready"] {
        assert_eq!(ready.body[field], true, "{field}");
    }
    let phases = &ready.body["phases"];
    assert!(phases["warm_ms"].as_f64() >= phases["embedding_ms"].as_f64(), "{phases}");
    assert_eq!(ready.body["pools"]["llm"]["workers"], 8);
}

#[tokio::test]
async fn health_answers_when_the_store_does_not() {
    let service = Service::start().await;
    service.store.is_broken.store(true, SeqCst);
    let health = answer(service.get("/health")).await;
    assert_eq!((health.status, &health.body["documents"]), (StatusCode::OK, &json!(null)));
}

#[tokio::test]
async fn what_has_no_room_is_refused_and_nothing_inside_is_told() {
    let service = Service::start().await;
    service.store.is_full.store(true, SeqCst);
    let document = json!({ "text": "One.", "file_source": "a" });
    let refused = answer(service.post("/documents/text", &document)).await;
    assert_eq!(refused.code(), (507, "store_full"));
    assert_eq!(refused.body["detail"], "no space is left on the disk of the documents");
    let health = answer(service.get("/health")).await;
    assert_eq!(health.body["documents_error"], json!(null), "nothing that was kept waits");
}

#[tokio::test]
async fn a_request_id_is_sent_back_or_made() {
    let service = Service::start().await;
    let sent = service.get("/livez").header("x-request-id", "abc-1").send().await.unwrap();
    assert_eq!(sent.headers()["x-request-id"], "abc-1");
    for unfit in ["with space", &"x".repeat(129)] {
        let made = service.get("/livez").header("x-request-id", unfit).send().await.unwrap();
        assert_eq!(made.headers()["x-request-id"].len(), 32, "{unfit}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_in_json() {
    let service = Service::start().await;
    assert_eq!(answer(service.get("/nothing")).await.code(), (404, "not_found"));
    assert_eq!(answer(service.get("/query")).await.code(), (405, "other_method"));
}
