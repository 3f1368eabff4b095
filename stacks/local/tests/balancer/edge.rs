//! What callers of a cold back end get where something stands at the edge. Most of it is in `stacks/situations.json`.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use http::{Response, StatusCode};
use http_body_util::BodyExt;
use ragctl_local::balancer::{Limits, Settings};
use ragctl_stacks::{
    resource::{ColdAnswer, WhileWaking},
    timing::health::Health,
};
use serde_json::json;

use super::support::{Refusing, Stand, Upstream, body, edge, settings, told, until};

async fn edged(edge: ColdAnswer) -> Stand {
    Stand::new(Settings { edge: Some(edge), ..settings() }).await
}

/// Answers `/warmup` as it is told, and all else with what it is sent.
async fn task(status: u16, warmth: &'static str) -> Upstream {
    Upstream::answering(move |request| async move {
        let mut response = if request.uri().path() == "/warmup" {
            assert_eq!(request.method(), "POST");
            assert_eq!(request.headers()["user-agent"], "ragctl-edge");
            let mut response = Response::new(body(warmth));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response
        } else {
            let sent = request.into_body().collect().await.unwrap().to_bytes();
            Response::new(body(sent))
        };
        response.headers_mut().insert("server", "task".parse().unwrap());
        response
    })
    .await
}

#[tokio::test]
async fn a_task_that_is_warm_before_it_is_probed_gets_its_request_whole() {
    let stand = edged(edge()).await;
    let task = task(200, "{}").await;
    stand.balancer.table().register("a", task.address);
    let request = stand.request("POST", "/query").body(body("how long is it?")).unwrap();
    let answer = stand.send(request).await;
    let bytes = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!((bytes.as_ref(), task.asked()), (&b"how long is it?"[..], 2));
    stand.balancer.table().report("a", Health::Healthy, None);
    stand.asked("/").await;
    assert_eq!(task.asked(), 3, "a healthy task is not asked whether it is warm");
}

#[tokio::test]
async fn what_is_not_200_is_cold_whatever_it_says() {
    for (status, warmth, ready) in [
        (202, r#"{"embedding_ready": true, "llm_ready": false, "pools": {}}"#, (true, false)),
        (202, r#"{"embedding_ready": "yes", "llm_ready": true}"#, (false, false)),
        (202, "<html>", (false, false)),
        (403, r#"{"detail": "no", "code": "forbidden"}"#, (false, false)),
        (503, "", (false, false)),
    ] {
        let stand = edged(ColdAnswer { retry_after: Duration::from_secs(7), ..edge() }).await;
        let task = task(status, warmth).await;
        stand.balancer.table().register("a", task.address);
        let answer = stand.get("/query").await;
        assert_eq!(answer.headers()["retry-after"], "7");
        let (status, told) = told(answer).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{warmth}");
        let warming = json!({
            "status": "initializing",
            "message": "Service warming up, retry in 7s",
            "embedding_ready": ready.0,
            "llm_ready": ready.1,
        });
        assert_eq!((told, task.asked()), (warming, 1), "{warmth}");
    }
}

#[tokio::test]
async fn a_task_that_says_nothing_is_waited_for_as_long_as_the_limit() {
    let stand = edged(ColdAnswer { limit: Duration::from_millis(200), ..edge() }).await;
    let silent = Upstream::raw(|stream| async move {
        let _kept = stream;
        std::future::pending::<()>().await;
    })
    .await;
    stand.balancer.table().register("a", silent.address);
    let began = Instant::now();
    assert_eq!(stand.get("/").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(5), "{took:?}");
    until(|| silent.opened() == 1).await;
}

#[tokio::test]
async fn a_task_that_died_unseen_is_503_and_not_502() {
    let stand = edged(edge()).await;
    let gone = Refusing::new();
    stand.add("a", gone.address);
    let answer = stand.get("/").await;
    assert_eq!(answer.headers()["retry-after"], "30");
    assert_eq!(told(answer).await.0, StatusCode::SERVICE_UNAVAILABLE);
    stand.balancer.edit(settings());
    assert_eq!(stand.get("/").await.status(), StatusCode::BAD_GATEWAY, "without the edge");
}

#[tokio::test]
async fn who_breaks_off_is_502_of_its_own_when_the_service_is_warm() {
    let stand = edged(edge()).await;
    let breaking = Upstream::answering(|request| async move {
        // The connection breaks where the answer should begin.
        assert_eq!(request.uri().path(), "/warmup");
        Response::new(body("{}"))
    })
    .await;
    stand.add("a", breaking.address);
    let (status, told) = told(stand.get("/query").await).await;
    assert_eq!((status, &told["code"]), (StatusCode::BAD_GATEWAY, &"target_failed".into()));
    assert_eq!(breaking.connections.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn no_more_wait_behind_the_edge_than_there_is_room_for_and_they_are_told_so() {
    let while_waking = Some(WhileWaking::Hold(Duration::from_millis(50)));
    let settings = Settings { while_waking, edge: Some(edge()), ..settings() };
    let stand = Stand::within(settings.clone(), Limits { held: 0, ..Limits::default() }).await;
    let (_, overloaded) = told(stand.get("/").await).await;
    assert_eq!(overloaded["code"], "overloaded", "that is no cold back end");
    let stand = Stand::new(settings).await;
    let (status, waited) = told(stand.get("/").await).await;
    assert_eq!((status, &waited["llm_ready"]), (StatusCode::SERVICE_UNAVAILABLE, &false.into()));
}
