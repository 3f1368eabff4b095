//! Health checks of real targets. The clock runs a thousand times faster: 30 s between probes are 30 ms.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
    time::Duration,
};

use http::{HeaderMap, Response, StatusCode};
use ragctl_local::balancer::{Settings, TargetState};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::support::{Refusing, Stand, Upstream, body, settings, soon, until};

/// A stand that probes, until the guard is dropped.
async fn probing(settings: Settings) -> (Stand, DropGuard) {
    let stand = Stand::new(settings).await;
    let stop = CancellationToken::new();
    let (balancer, token) = (stand.balancer.clone(), stop.clone());
    tokio::spawn(async move { balancer.probe(token).await });
    (stand, stop.drop_guard())
}

/// An upstream whose status can be changed.
async fn switched(status: StatusCode) -> (Upstream, Arc<AtomicU16>) {
    let switch = Arc::new(AtomicU16::new(status.as_u16()));
    let now = switch.clone();
    let upstream = Upstream::answering(move |_| {
        let status = StatusCode::from_u16(now.load(Ordering::SeqCst)).unwrap();
        async move {
            let mut response = Response::new(body("x"));
            *response.status_mut() = status;
            response
        }
    })
    .await;
    (upstream, switch)
}

/// Waits for a state, and tells the reason then.
async fn reaches(stand: &Stand, id: &str, state: TargetState) -> Option<String> {
    let mut table = stand.balancer.table().subscribe();
    let targets =
        soon(table.wait_for(|targets| targets.find(id).is_some_and(|t| t.state == state)));
    targets.await.unwrap().find(id).unwrap().reason.as_deref().map(str::to_owned)
}

#[tokio::test]
async fn a_target_is_healthy_at_its_first_good_probe_and_its_health_is_followed() {
    let (upstream, status) = switched(StatusCode::OK).await;
    let (stand, _guard) = probing(settings()).await;
    stand.balancer.table().register("a", upstream.address);
    assert_eq!(reaches(&stand, "a", TargetState::Healthy).await, None);
    assert_eq!(upstream.asked(), 1);

    status.store(503, Ordering::SeqCst);
    let reason = reaches(&stand, "a", TargetState::Unhealthy).await;
    assert_eq!(reason.as_deref(), Some("answered 503 Service Unavailable, expected 200"));
    assert!(upstream.asked() >= 4, "after three bad ones");

    status.store(200, Ordering::SeqCst);
    assert_eq!(reaches(&stand, "a", TargetState::Healthy).await, None);
    assert_eq!(upstream.opened(), upstream.asked(), "each probe has its own connection");
}

#[tokio::test]
async fn probes_say_what_they_are_and_are_not_counted() {
    let seen = Arc::<Mutex<(String, HeaderMap)>>::default();
    let to = seen.clone();
    let upstream = Upstream::answering(move |request| {
        *to.lock().unwrap() = (request.uri().to_string(), request.headers().clone());
        async { Response::new(body("")) }
    })
    .await;
    let mut settings = settings();
    settings.health_check.path = "/readyz?deep=1".into();
    let (stand, _guard) = probing(settings).await;
    stand.balancer.table().register("a", upstream.address);
    reaches(&stand, "a", TargetState::Healthy).await;
    let (path, headers) = seen.lock().unwrap().clone();
    assert_eq!(path, "/readyz?deep=1");
    assert_eq!(headers["x-ragctl-purpose"], "probe");
    assert_eq!(headers["connection"], "close");
    assert_eq!(headers["host"], upstream.address.to_string());
    let counts = stand.balancer.counts();
    assert_eq!((counts.users(), counts.pings(), counts.activity().last_user), (0, 0, None));
}

#[tokio::test]
async fn a_target_that_hangs_does_not_hold_up_the_others() {
    let hung = Upstream::answering(|_| async {
        std::future::pending::<()>().await;
        Response::new(body(""))
    })
    .await;
    let (well, _) = switched(StatusCode::OK).await;
    let mut settings = settings();
    settings.health_check.timeout = Duration::from_millis(200);
    let (stand, _guard) = probing(settings).await;
    stand.balancer.table().register("hung", hung.address);
    let gone = Refusing::new();
    stand.balancer.table().register("gone", gone.address);
    stand.balancer.table().register("well", well.address);
    reaches(&stand, "well", TargetState::Healthy).await;
    let hung = reaches(&stand, "hung", TargetState::Unhealthy).await;
    assert_eq!(hung.as_deref(), Some("no answer within 200ms"));
    let reason = reaches(&stand, "gone", TargetState::Unhealthy).await.unwrap();
    assert!(reason.starts_with("could not connect to 127.0.0.1:"), "{reason}");
}

#[tokio::test]
async fn an_edited_health_check_holds_for_targets_that_are_there() {
    let (upstream, _) = switched(StatusCode::ACCEPTED).await;
    let mut edited = settings();
    edited.health_check.interval = Duration::from_secs(3_600_000);
    let (stand, _guard) = probing(edited.clone()).await;
    stand.balancer.table().register("a", upstream.address);
    until(|| stand.balancer.table().targets().find("a").unwrap().reason.is_some()).await;
    // The next probe would come in an hour.
    edited.health_check.interval = Duration::from_secs(30);
    edited.health_check.matcher = "200-299".into();
    stand.balancer.edit(edited);
    reaches(&stand, "a", TargetState::Healthy).await;
    assert_eq!(upstream.asked(), 2);
}

#[tokio::test]
async fn a_target_that_leaves_is_not_probed_any_more() {
    let (upstream, _) = switched(StatusCode::OK).await;
    let (stand, guard) = probing(settings()).await;
    let table = stand.balancer.table();
    for (id, leave) in [("a", true), ("b", false)] {
        table.register(id, upstream.address);
        reaches(&stand, id, TargetState::Healthy).await;
        if leave {
            table.drain(id);
        } else {
            table.deregister(id);
        }
        // Whatever was under way ends; then nothing comes any more.
        tokio::time::sleep(Duration::from_millis(50)).await;
        let before = upstream.asked();
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(upstream.asked(), before, "{id}");
    }
    drop(guard);
}

#[tokio::test]
async fn a_stop_ends_all_probes() {
    let (upstream, _) = switched(StatusCode::OK).await;
    let (stand, guard) = probing(settings()).await;
    stand.balancer.table().register("a", upstream.address);
    reaches(&stand, "a", TargetState::Healthy).await;
    drop(guard);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let before = upstream.asked();
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(upstream.asked(), before);
}
