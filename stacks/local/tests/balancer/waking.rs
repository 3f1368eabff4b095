//! What a request gets that finds no target.

use std::{sync::Arc, time::Duration};

use http::{Response, StatusCode};
use http_body_util::BodyExt;
use ragctl_local::balancer::{Limits, Settings};
use ragctl_stacks::{resource::WhileWaking, timing::health::Health};
use tokio::{io::AsyncWriteExt, task::JoinSet};

use super::support::{PATIENCE, Stand, Upstream, body, settings, soon, text, told, until};

async fn sleeping(while_waking: WhileWaking) -> Stand {
    Stand::new(Settings { while_waking: Some(while_waking), ..settings() }).await
}

#[tokio::test]
async fn without_idle_it_is_503_and_worth_asking_again() {
    let stand = Stand::new(settings()).await;
    let answer = stand.get("/query").await;
    assert_eq!(answer.headers()["retry-after"], "10");
    let (status, told) = told(answer).await;
    assert_eq!((status, &told["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"no_target".into()));
    assert_eq!((stand.bell.rings(), stand.balancer.counts().failed()), (0, 1));
}

#[tokio::test]
async fn two_hundred_callers_ring_once_and_are_all_answered() {
    let stand = sleeping(WhileWaking::Hold(PATIENCE)).await;
    let upstream = Upstream::answering(|request| async {
        let bytes = request.into_body().collect().await.unwrap().to_bytes();
        Response::new(body(bytes))
    })
    .await;
    let mut callers = JoinSet::new();
    for n in 0..200 {
        let request = stand.request("POST", "/query").body(body(format!("question {n}"))).unwrap();
        let answer = stand.send(request);
        callers.spawn(async move { (format!("question {n}"), text(answer.await).await) });
    }
    until(|| stand.balancer.counts().held() == 200).await;
    assert_eq!(stand.bell.rings(), 1);
    assert_eq!(stand.balancer.counts().in_flight(), 200);
    let table = stand.balancer.table();
    table.register("a", upstream.address);
    assert_eq!(upstream.asked(), 0, "a task that starts is not asked yet");
    table.report("a", Health::Healthy, None);
    while let Some(caller) = soon(callers.join_next()).await {
        let (question, answer) = caller.unwrap();
        assert_eq!(answer, (StatusCode::OK, question));
    }
    assert_eq!((stand.bell.rings(), upstream.asked()), (1, 200));
    until(|| stand.balancer.counts().held() == 0 && stand.balancer.counts().in_flight() == 0).await;
}

#[tokio::test]
async fn a_task_that_is_healthy_at_once_is_not_missed() {
    let stand = sleeping(WhileWaking::Hold(PATIENCE)).await;
    let upstream = Upstream::named("awake").await;
    let (table, address) = (stand.balancer.table().clone(), upstream.address);
    stand.bell.on_wake(move || {
        table.register("a", address);
        table.report("a", Health::Healthy, None);
    });
    assert_eq!(stand.asked("/").await, (StatusCode::OK, "awake".into()));
}

#[tokio::test]
async fn each_sleep_is_ended_by_a_ring_of_its_own() {
    let stand = sleeping(WhileWaking::Hold(PATIENCE)).await;
    let upstream = Upstream::named("awake").await;
    let (table, address) = (stand.balancer.table().clone(), upstream.address);
    stand.bell.on_wake(move || {
        table.register("a", address);
        table.report("a", Health::Healthy, None);
    });
    for ring in 1..=5 {
        assert_eq!(stand.asked("/").await, (StatusCode::OK, "awake".into()));
        assert_eq!(stand.bell.rings(), ring);
        stand.balancer.table().drain("a");
        stand.balancer.table().deregister("a");
    }
}

#[tokio::test]
async fn who_waits_too_long_gets_503() {
    let stand = sleeping(WhileWaking::Hold(Duration::from_millis(50))).await;
    let answer = stand.get("/").await;
    assert_eq!(answer.headers()["retry-after"], "10");
    let (status, told) = told(answer).await;
    assert_eq!((status, &told["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"waking".into()));
    assert_eq!(told["detail"], "no task was ready within 50ms");
}

#[tokio::test]
async fn waiting_longer_than_the_idle_timeout_is_not_a_silent_target() {
    let settings = Settings {
        idle_timeout: Duration::from_millis(600),
        while_waking: Some(WhileWaking::Hold(PATIENCE)),
        ..settings()
    };
    let stand = Stand::new(settings).await;
    let upstream = Upstream::named("awake").await;
    let asked = tokio::spawn(stand.get("/"));
    until(|| stand.bell.rings() == 1).await;
    tokio::time::sleep(Duration::from_millis(1300)).await;
    stand.add("a", upstream.address);
    assert_eq!(text(soon(asked).await.unwrap()).await, (StatusCode::OK, "awake".into()));
}

#[tokio::test]
async fn a_caller_may_be_told_to_come_again() {
    let stand = sleeping(WhileWaking::Accept).await;
    let answer = stand.get("/query").await;
    assert_eq!(answer.headers()["retry-after"], "10");
    let (status, told) = told(answer).await;
    assert_eq!((status, &told["status"]), (StatusCode::ACCEPTED, &"initializing".into()));
    assert!(told["message"].is_string());
    assert_eq!((stand.bell.rings(), stand.balancer.counts().failed()), (1, 0));
}

#[tokio::test]
async fn a_browser_gets_a_page_that_asks_again() {
    for (while_waking, wanted, after) in
        [(WhileWaking::Accept, 202, "10"), (WhileWaking::Refuse, 503, "30")]
    {
        let stand = sleeping(while_waking).await;
        let asked = stand.request("GET", "/").header("accept", "text/html,*/*;q=0.8");
        let answer = stand.send(asked.body(body("")).unwrap()).await;
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(answer.headers()["retry-after"], after);
        let (status, page) = text(answer).await;
        assert_eq!((status.as_u16(), stand.bell.rings()), (wanted, 1));
        assert!(page.contains(&format!("http-equiv=\"refresh\" content=\"{after}\"")), "{page}");
        assert!(!page.contains("SECONDS"));
        // A program that posts reads JSON, whatever else it would take.
        let posted = stand.request("POST", "/query").header("accept", "text/html");
        let answer = stand.send(posted.body(body("")).unwrap()).await;
        assert_eq!(answer.headers()["content-type"], "application/json");
    }
}

#[tokio::test]
async fn a_caller_may_be_refused_as_the_edge_does() {
    let stand = sleeping(WhileWaking::Refuse).await;
    for _ in 0..3 {
        let answer = stand.get("/query").await;
        assert_eq!(answer.headers()["retry-after"], "30");
        let (status, told) = told(answer).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        let warming = serde_json::json!({
            "status": "initializing",
            "message": "Service warming up, retry in 30s",
            "embedding_ready": false,
            "llm_ready": false,
        });
        assert_eq!(told, warming);
    }
    assert_eq!(stand.bell.rings(), 1);
}

#[tokio::test]
async fn a_probe_wakes_nobody() {
    let stand = sleeping(WhileWaking::Hold(PATIENCE)).await;
    let request = stand.request("GET", "/health").header("x-ragctl-purpose", "probe");
    let (status, told) = told(stand.send(request.body(body("")).unwrap()).await).await;
    assert_eq!((status, &told["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"asleep".into()));
    assert_eq!((stand.bell.rings(), stand.balancer.counts().users()), (0, 0));
}

#[tokio::test]
async fn a_ping_wakes_but_is_no_use_and_waits_for_nothing() {
    let stand = sleeping(WhileWaking::Hold(PATIENCE)).await;
    let request = stand.request("GET", "/health").header("x-ragctl-purpose", "ping");
    let answer = stand.send(request.body(body("")).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let counts = stand.balancer.counts();
    assert_eq!((stand.bell.rings(), counts.users(), counts.pings(), counts.failed()), (1, 0, 1, 0));
    assert_eq!(counts.activity().last_user, None);
}

#[tokio::test]
async fn no_more_wait_than_there_is_room_for() {
    let settings = Settings { while_waking: Some(WhileWaking::Hold(PATIENCE)), ..settings() };
    let stand = Stand::within(settings, Limits { held: 3, ..Limits::default() }).await;
    let upstream = Upstream::named("awake").await;
    let waiting: Vec<_> = (0..3).map(|_| tokio::spawn(stand.get("/"))).collect();
    until(|| stand.balancer.counts().held() == 3).await;
    let answer = stand.get("/").await;
    assert_eq!(answer.headers()["retry-after"], "10");
    let (status, told) = told(answer).await;
    assert_eq!((status, &told["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"overloaded".into()));
    stand.add("a", upstream.address);
    for asked in waiting {
        assert_eq!(soon(asked).await.unwrap().status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_waits_no_longer() {
    let stand = sleeping(WhileWaking::Hold(PATIENCE)).await;
    let mut client = stand.connect().await;
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    until(|| stand.balancer.counts().held() == 1).await;
    drop(client);
    until(|| stand.balancer.counts().held() == 0).await;
    assert_eq!(stand.balancer.counts().in_flight(), 0);
}

#[tokio::test]
async fn a_task_that_fails_its_probes_is_used_for_want_of_a_better() {
    let stand = sleeping(WhileWaking::Hold(PATIENCE)).await;
    let upstream = Upstream::named("warming").await;
    let asked = tokio::spawn(stand.get("/"));
    until(|| stand.balancer.counts().held() == 1).await;
    stand.balancer.table().register("a", upstream.address);
    stand.balancer.table().report("a", Health::Initial, Some("answered 503".into()));
    tokio::task::yield_now().await;
    assert_eq!(stand.balancer.counts().held(), 1);
    stand.balancer.table().report("a", Health::Unhealthy, Some("answered 503".into()));
    assert_eq!(text(soon(asked).await.unwrap()).await, (StatusCode::OK, "warming".into()));
}

#[tokio::test]
async fn a_waker_that_lost_the_call_is_called_again() {
    let stand = Arc::new(sleeping(WhileWaking::Hold(PATIENCE)).await);
    let asked = tokio::spawn(stand.get("/"));
    until(|| stand.bell.rings() == 1).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_millis(5100)).await;
    tokio::time::resume();
    until(|| stand.bell.rings() == 2).await;
    let upstream = Upstream::named("awake").await;
    stand.add("a", upstream.address);
    assert_eq!(text(soon(asked).await.unwrap()).await.0, StatusCode::OK);
}
