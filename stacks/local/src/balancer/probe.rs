//! Health checks: every target is probed at its own times, side by side.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use ragctl_stacks::{
    budget::FIRST_PROBES,
    resource::HealthCheck,
    seconds,
    timing::health::{Matcher, Probe, TargetHealth},
};
use tokio::{
    net::TcpStream,
    task::{AbortHandle, JoinSet},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{Inner, PURPOSE, TargetState};

/// Probes every target of the table until `stop`.
pub(super) async fn run(inner: Arc<Inner>, stop: CancellationToken) {
    let mut table = inner.table.subscribe();
    // Dropping the set stops every probe.
    let mut probing = JoinSet::new();
    let mut running: HashMap<(Arc<str>, SocketAddr), AbortHandle> = HashMap::new();
    loop {
        let targets = table.borrow_and_update().clone();
        let probed = |state| state != TargetState::Draining;
        running.retain(|(id, address), task| {
            let stays = targets.find(id).is_some_and(|t| t.address == *address && probed(t.state));
            if !stays {
                task.abort();
            }
            stays
        });
        for target in targets.iter().filter(|target| probed(target.state)) {
            let key = (target.id.clone(), target.address);
            running.entry(key).or_insert_with_key(|(id, address)| {
                probing.spawn(watch(inner.clone(), id.clone(), *address))
            });
        }
        tokio::select! {
            () = stop.cancelled() => return,
            changed = table.changed() => changed.expect("the table outlives its probes"),
            // Aborted ones, which would pile up.
            Some(_) = probing.join_next() => {}
        }
    }
}

async fn watch(inner: Arc<Inner>, id: Arc<str>, address: SocketAddr) {
    let mut settings = inner.settings.subscribe();
    let mut check = settings.borrow_and_update().health_check.clone();
    let first = inner.clock.passed_in(FIRST_PROBES);
    let mut health = TargetHealth::registered(inner.clock.now(), &check, first);
    loop {
        tokio::select! {
            () = inner.clock.sleep_until(health.due()) => {}
            _ = settings.changed() => {
                let edited = settings.borrow_and_update().health_check.clone();
                if edited != check {
                    check = edited;
                    health.edit(&check);
                }
                continue;
            }
        }
        health.begin(inner.clock.now());
        let found = probe(&check, address).await;
        let reason = found.err();
        let outcome = if reason.is_none() { Probe::Passed } else { Probe::Failed };
        if let Some(now) = health.ended(outcome) {
            tracing::info!(task = &*id, reason, "a target is now {now:?}");
        }
        inner.table.report(&id, health.health(), reason);
    }
}

/// Asks once; what is wrong when the answer is not what it should be.
async fn probe(check: &HealthCheck, address: SocketAddr) -> Result<(), String> {
    let matcher: Matcher = check.matcher.parse().map_err(|error| format!("{error}"))?;
    let status = timeout(check.timeout, status(&check.path, address))
        .await
        .map_err(|_| format!("no answer within {}", seconds::text(check.timeout)))??;
    if matcher.holds(status.as_u16()) {
        Ok(())
    } else {
        Err(format!("answered {status}, expected {}", check.matcher))
    }
}

/// The answer's status, over a connection of its own.
async fn status(path: &str, address: SocketAddr) -> Result<StatusCode, String> {
    let host = HeaderValue::from_str(&address.to_string()).expect("an address is a header");
    let request = Request::get(path)
        .header(header::HOST, host)
        .header(header::CONNECTION, "close")
        .header(header::USER_AGENT, "ragctl-health-check")
        .header(PURPOSE, "probe")
        .body(Empty::<Bytes>::new())
        .map_err(|error| format!("cannot ask for `{path}`: {error}"))?;
    let stream = TcpStream::connect(address)
        .await
        .map_err(|error| format!("could not connect to {address}: {error}"))?;
    let broke = |error| format!("the connection to {address} broke: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broke)?;
    let answer = sender.send_request(request);
    tokio::select! {
        biased;
        answer = answer => answer.map(|answer| answer.status()).map_err(broke),
        never = drive(connection) => match never {},
    }
}

/// Moves the bytes; how it ends is told to who waits for the answer.
pub(super) async fn drive<F: Future>(connection: F) -> std::convert::Infallible {
    drop(connection.await);
    std::future::pending().await
}
