//! Which target a request goes to, and what happens when it does not answer.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{Response, StatusCode};
use http_body_util::BodyExt;
use ragctl_local::balancer::{Settings, TargetState};
use ragctl_stacks::{resource::Algorithm, timing::health::Health};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::{Notify, Semaphore},
};

use super::support::{
    Refusing, Stand, Told, Upstream, body, piece, settings, soon, text, told, until,
};

/// An upstream that answers a request for each permit.
async fn gated(name: &'static str) -> (Upstream, Arc<Semaphore>) {
    let gate = Arc::new(Semaphore::new(0));
    let open = gate.clone();
    let upstream = Upstream::answering(move |_| {
        let open = open.clone();
        async move {
            open.acquire().await.unwrap().forget();
            Response::new(body(name))
        }
    })
    .await;
    (upstream, gate)
}

/// Who answered how many of so many requests, one after the other.
async fn answers(stand: &Stand, count: usize) -> BTreeMap<String, usize> {
    let mut by = BTreeMap::new();
    for _ in 0..count {
        *by.entry(stand.asked("/").await.1).or_default() += 1;
    }
    by
}

fn each(of: &[(&str, usize)]) -> BTreeMap<String, usize> {
    of.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[tokio::test]
async fn targets_take_turns() {
    let (a, b, c) =
        (Upstream::named("a").await, Upstream::named("b").await, Upstream::named("c").await);
    let stand = Stand::before(&[("a", a.address), ("b", b.address), ("c", c.address)]).await;
    assert_eq!(answers(&stand, 12).await, each(&[("a", 4), ("b", 4), ("c", 4)]));
}

#[tokio::test]
async fn the_target_with_the_least_to_do_is_next() {
    let (slow, gate) = gated("slow").await;
    let quick = Upstream::named("quick").await;
    let settings = Settings { algorithm: Algorithm::LeastOutstandingRequests, ..settings() };
    let stand = Stand::new(settings).await;
    stand.add("slow", slow.address);
    let held = tokio::spawn(stand.get("/"));
    until(|| slow.asked() == 1).await;
    stand.add("quick", quick.address);
    assert_eq!(answers(&stand, 6).await, each(&[("quick", 6)]));
    gate.add_permits(1);
    assert_eq!(text(soon(held).await.unwrap()).await.1, "slow");
}

#[tokio::test]
async fn only_healthy_targets_are_used_until_there_is_none() {
    let (a, b) = (Upstream::named("a").await, Upstream::named("b").await);
    let stand = Stand::before(&[("a", a.address), ("b", b.address)]).await;
    let table = stand.balancer.table();
    table.report("a", Health::Unhealthy, Some("answered 503".into()));
    assert_eq!(answers(&stand, 4).await, each(&[("b", 4)]));
    table.report("b", Health::Unhealthy, None);
    assert_eq!(answers(&stand, 4).await, each(&[("a", 2), ("b", 2)]), "fail-open");
    table.report("a", Health::Healthy, None);
    assert_eq!(answers(&stand, 4).await, each(&[("a", 4)]));
}

#[tokio::test]
async fn a_target_that_nobody_has_probed_yet_is_used_when_there_is_no_other() {
    let a = Upstream::named("a").await;
    let stand = Stand::new(settings()).await;
    stand.balancer.table().register("a", a.address);
    assert_eq!(answers(&stand, 2).await, each(&[("a", 2)]));
}

#[tokio::test]
async fn a_draining_target_finishes_what_it_has_and_gets_nothing_new() {
    let (old, gate) = gated("old").await;
    let new = Upstream::named("new").await;
    let stand = Stand::before(&[("old", old.address)]).await;
    let first = tokio::spawn(stand.get("/"));
    until(|| old.asked() == 1).await;
    stand.add("new", new.address);

    let table = stand.balancer.table().clone();
    table.drain("old");
    assert_eq!(answers(&stand, 6).await, each(&[("new", 6)]));
    assert_eq!(table.targets().find("old").unwrap().in_flight(), 1);
    let waiting = table.clone();
    let drained = tokio::spawn(async move { waiting.drained("old").await });
    table.report("old", Health::Healthy, None);
    assert_eq!(table.targets().count(TargetState::Draining), 1, "a late probe changes nothing");

    assert!(!drained.is_finished());
    gate.add_permits(1);
    assert_eq!(text(soon(first).await.unwrap()).await, (StatusCode::OK, "old".into()));
    soon(drained).await.unwrap();
    table.deregister("old");
    assert!(table.targets().find("old").is_none());
    soon(table.drained("old")).await;
}

#[tokio::test]
async fn draining_and_picking_at_once_never_leave_a_request_behind() {
    let a = Upstream::named("a").await;
    let b = Upstream::named("b").await;
    let stand = Arc::new(Stand::before(&[("b", b.address)]).await);
    for round in 0..50 {
        let id = format!("a{round}");
        stand.add(&id, a.address);
        let asking: Vec<_> = (0..4).map(|_| tokio::spawn(stand.get("/"))).collect();
        tokio::task::yield_now().await;
        let table = stand.balancer.table();
        table.drain(&id);
        soon(table.drained(&id)).await;
        assert_eq!(table.targets().find(&id).unwrap().in_flight(), 0);
        for asked in asking {
            assert_eq!(soon(asked).await.unwrap().status(), StatusCode::OK);
        }
        table.deregister(&id);
    }
}

#[tokio::test]
async fn a_target_that_refuses_the_connection_is_passed_over_and_the_body_is_not_lost() {
    let echo = Upstream::answering(|request| async {
        let bytes = request.into_body().collect().await.unwrap().to_bytes();
        Response::new(body(bytes))
    })
    .await;
    let gone = Refusing::new();
    let stand = Stand::before(&[("gone", gone.address), ("echo", echo.address)]).await;
    for _ in 0..4 {
        let request = stand.request("POST", "/").body(body("whole")).unwrap();
        assert_eq!(text(stand.send(request).await).await, (StatusCode::OK, "whole".into()));
    }
    assert_eq!(stand.balancer.counts().failed(), 0);
}

#[tokio::test]
async fn when_every_target_refuses_the_connection_the_answer_is_502() {
    let (a, b) = (Refusing::new(), Refusing::new());
    let stand = Stand::before(&[("a", a.address), ("b", b.address)]).await;
    let (status, told) = told(stand.get("/").await).await;
    assert_eq!((status, &told["code"]), (StatusCode::BAD_GATEWAY, &"target_unreachable".into()));
    assert!(told["detail"].is_string());
    assert_eq!(stand.balancer.counts().failed(), 1);
}

#[tokio::test]
async fn a_request_that_may_have_been_seen_is_not_sent_again() {
    let breaking = Upstream::raw(|mut stream| async move {
        let mut head = [0; 16];
        stream.read_exact(&mut head).await.unwrap();
        stream.set_zero_linger().unwrap();
    })
    .await;
    let other = Upstream::named("other").await;
    let stand = Stand::before(&[("breaking", breaking.address), ("other", other.address)]).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        seen.push(text(stand.get("/").await).await);
    }
    seen.sort();
    assert_eq!(seen[0], (StatusCode::OK, "other".into()));
    assert_eq!(seen[1].0, StatusCode::BAD_GATEWAY);
    assert!(seen[1].1.contains(r#""code":"target_failed""#), "{}", seen[1].1);
    assert_eq!((breaking.opened(), other.asked()), (1, 1));
}

#[tokio::test]
async fn an_answer_that_makes_no_sense_is_502() {
    let upstream = Upstream::raw(|mut stream| async move {
        let mut head = [0; 16];
        stream.read_exact(&mut head).await.unwrap();
        stream.write_all(b"what do you want?\r\n\r\n").await.unwrap();
    })
    .await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let (status, told) = told(stand.get("/").await).await;
    assert_eq!((status, &told["code"]), (StatusCode::BAD_GATEWAY, &"target_failed".into()));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_not_taken_for_a_whole_one() {
    let upstream = Upstream::raw(|mut stream| async move {
        let mut head = [0; 16];
        stream.read_exact(&mut head).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await.unwrap();
    })
    .await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let answer = stand.get("/").await;
    assert!(soon(answer.into_body().collect()).await.is_err());
    until(|| stand.balancer.counts().in_flight() == 0).await;
}

/// Tells when a request is dropped.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn hanging() -> (Upstream, Arc<AtomicUsize>) {
    let dropped = Arc::<AtomicUsize>::default();
    let to = dropped.clone();
    let upstream = Upstream::answering(move |_| {
        let guard = Dropped(to.clone());
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            unreachable!("it waits for ever")
        }
    })
    .await;
    (upstream, dropped)
}

#[tokio::test]
async fn a_target_that_says_nothing_for_the_idle_timeout_is_504_and_is_given_up() {
    let (upstream, dropped) = hanging().await;
    let stand =
        Stand::new(Settings { idle_timeout: Duration::from_millis(700), ..settings() }).await;
    stand.add("a", upstream.address);
    let (status, told) = told(stand.get("/").await).await;
    assert_eq!((status, &told["code"]), (StatusCode::GATEWAY_TIMEOUT, &"target_timeout".into()));
    assert_eq!(told["detail"], "the task sent nothing for 700ms");
    until(|| dropped.load(Ordering::SeqCst) == 1).await;
    until(|| stand.balancer.table().in_flight() == 0).await;
}

#[tokio::test]
async fn an_upload_that_moves_keeps_a_slow_target_from_timing_out() {
    let upstream = Upstream::answering(|request| async {
        Response::new(body(request.into_body().collect().await.unwrap().to_bytes()))
    })
    .await;
    let stand = Stand::new(Settings { idle_timeout: Duration::from_secs(1), ..settings() }).await;
    stand.add("a", upstream.address);
    let (tell, told) = Told::body();
    let answer = tokio::spawn(stand.send(stand.request("POST", "/").body(told).unwrap()));
    for _ in 0..15 {
        tell.send("x").await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(tell);
    let answer = text(soon(answer).await.unwrap()).await;
    assert_eq!(answer, (StatusCode::OK, "x".repeat(15)));
}

#[tokio::test]
async fn a_client_that_goes_away_before_the_answer_ends_the_targets_work() {
    let (upstream, dropped) = hanging().await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let mut client = stand.connect().await;
    client.write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi").await.unwrap();
    until(|| upstream.asked() == 1).await;
    assert_eq!(dropped.load(Ordering::SeqCst), 0);
    drop(client);
    until(|| dropped.load(Ordering::SeqCst) == 1).await;
    until(|| stand.balancer.counts().in_flight() == 0).await;
}

#[tokio::test]
async fn a_client_that_goes_away_within_the_answer_ends_the_targets_work() {
    let (tell, stream) = Told::body();
    let stream = std::sync::Mutex::new(Some(stream));
    let upstream = Upstream::answering(move |_| {
        let stream = stream.lock().unwrap().take().unwrap();
        async { Response::new(stream) }
    })
    .await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    tell.send("one").await.unwrap();
    let mut answer = stand.get("/").await.into_body();
    assert_eq!(piece(&mut answer).await, "one");
    assert_eq!(stand.balancer.table().in_flight(), 1);
    drop(answer);
    soon(tell.closed()).await;
    until(|| stand.balancer.table().in_flight() == 0).await;
}

#[tokio::test]
async fn a_target_registered_while_requests_run_is_used() {
    let a = Upstream::named("a").await;
    let stand = Stand::new(settings()).await;
    assert_eq!(stand.asked("/").await.0, StatusCode::SERVICE_UNAVAILABLE);
    let told = Arc::new(Notify::new());
    let mut changes = stand.balancer.table().subscribe();
    let (done, table) = (told.clone(), stand.balancer.table().clone());
    tokio::spawn(async move {
        changes.changed().await.unwrap();
        assert_eq!(changes.borrow().count(TargetState::Initial), 1);
        table.report("a", Health::Healthy, None);
        done.notify_one();
    });
    stand.balancer.table().register("a", a.address);
    soon(told.notified()).await;
    assert_eq!(stand.asked("/").await, (StatusCode::OK, "a".into()));
}
