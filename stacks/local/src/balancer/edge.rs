//! What a function at the edge does on AWS: a back end that is cold is asked to warm itself, and its caller to come again.
//!
//! The balancer knows more than such a function, which sees answers alone: it knows which of its targets are healthy, and sends
//! no request to one that is not before the service itself says that it is warm. A probe passes as if there were no edge.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use ragctl_stacks::resource::Edge;
use tokio::{net::TcpStream, time::timeout};

use super::{
    Inner,
    counts::Purpose,
    probe::drive,
    refusal::{Ready, Refusal, Warming},
    table::{Picked, TargetState},
};

/// The most that is read of the answer to `POST /warmup`, in bytes; the service's own has less than 2 KiB.
const ANSWER_LIMIT: usize = 64 * 1024;

/// A target's answer, or why there is none.
type Outcome = Result<(Response<Incoming>, Picked), Refusal>;

/// What a back end says of itself.
enum Warmth {
    Warm,
    Cold(Ready),
}

impl Inner {
    fn edge(&self, purpose: Purpose) -> Option<Edge> {
        let edge = self.settings.borrow().edge.clone();
        edge.filter(|_| purpose != Purpose::Probe)
    }

    /// Refuses a request whose target is not known to be healthy, unless the service says that it is warm.
    pub(super) async fn ready(&self, purpose: Purpose, picked: &Picked) -> Result<(), Refusal> {
        let Some(edge) = self.edge(purpose) else { return Ok(()) };
        let targets = self.table.targets();
        if targets.find(&picked.id).is_some_and(|it| it.state == TargetState::Healthy) {
            return Ok(());
        }
        match warmth(&edge, Some(picked.address)).await {
            Warmth::Warm => Ok(()),
            Warmth::Cold(ready) => Err(waking(&edge, ready)),
        }
    }

    /// What the caller of a stack that is not awake yet is told. A task that starts is asked to warm itself meanwhile.
    pub(super) async fn warming(&self) -> Warming {
        let Some(edge) = self.edge(Purpose::User) else { return Warming::ASLEEP };
        let ready = match warmth(&edge, self.any()).await {
            Warmth::Warm => Ready { embedding: true, llm: true },
            Warmth::Cold(ready) => ready,
        };
        Warming { retry_after: seconds(&edge), ready }
    }

    /// Looks at a request's outcome. One that a warm back end can have passes untouched.
    pub(super) async fn at_the_edge(&self, purpose: Purpose, outcome: Outcome) -> Outcome {
        let Some(edge) = self.edge(purpose) else { return outcome };
        let asked = match &outcome {
            Ok((response, picked)) if is_suspect(response.status()) => Some(picked.address),
            Err(
                Refusal::NoTarget
                | Refusal::HeldTooLong(_)
                | Refusal::Unreachable
                | Refusal::ConnectTimeout
                | Refusal::Broken
                | Refusal::Silent(_),
            ) => self.any(),
            _ => return outcome,
        };
        match warmth(&edge, asked).await {
            Warmth::Warm => outcome,
            Warmth::Cold(ready) => Err(waking(&edge, ready)),
        }
    }

    /// Where a target listens, be it one that only starts.
    fn any(&self) -> Option<SocketAddr> {
        let algorithm = self.settings.borrow().algorithm;
        self.table.pick(algorithm, None).map(|picked| picked.address)
    }
}

/// Whether an answer may come of a back end that is cold.
fn is_suspect(status: StatusCode) -> bool {
    let suspects =
        [StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];
    suspects.contains(&status)
}

fn waking(edge: &Edge, ready: Ready) -> Refusal {
    Refusal::Waking(Warming { retry_after: seconds(edge), ready })
}

fn seconds(edge: &Edge) -> u16 {
    u16::try_from(edge.retry_after.as_secs()).unwrap_or(u16::MAX)
}

/// Has the target at `address` warm itself, and waits for what it says as long as the edge does.
async fn warmth(edge: &Edge, address: Option<SocketAddr>) -> Warmth {
    let Some(address) = address else { return Warmth::Cold(Ready::default()) };
    match timeout(edge.limit, warm_up(address)).await {
        Ok(Ok(answer)) if answer.status() == StatusCode::OK => Warmth::Warm,
        Ok(Ok(answer)) => Warmth::Cold(serde_json::from_slice(answer.body()).unwrap_or_default()),
        Ok(Err(reason)) => {
            tracing::debug!(%address, reason, "a target could not be asked to warm itself");
            Warmth::Cold(Ready::default())
        }
        Err(_) => Warmth::Cold(Ready::default()),
    }
}

/// `POST /warmup`, over a connection of its own, which a target that starts takes as soon as it listens.
async fn warm_up(address: SocketAddr) -> Result<Response<Bytes>, String> {
    let host = HeaderValue::from_str(&address.to_string()).expect("an address is a header");
    let request = Request::post("/warmup")
        .header(header::HOST, host)
        .header(header::CONNECTION, "close")
        .header(header::USER_AGENT, "ragctl-edge")
        .body(Empty::<Bytes>::new())
        .expect("its parts are known");
    let stream = TcpStream::connect(address).await.map_err(|error| error.to_string())?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let answered = async {
        let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let (head, body) = answer.into_parts();
        let read = Limited::new(body, ANSWER_LIMIT).collect().await;
        let body = read.map_err(|error| error.to_string())?.to_bytes();
        Ok(Response::from_parts(head, body))
    };
    tokio::select! {
        biased;
        answer = answered => answer,
        never = drive(connection) => match never {},
    }
}
