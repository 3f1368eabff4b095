//! One request: checked, counted, passed on to a target, answered.

use std::{error::Error, io, net::SocketAddr, pin::pin, sync::Arc};

use http::{HeaderValue, Request, Response, Uri, Version, request, uri::PathAndQuery};
use hyper::body::Incoming;
use hyper_util::client::legacy;
use tokio::time::{Instant, sleep_until};

use super::{
    Inner,
    body::{Answer, Slot},
    connection::{Asking, Client},
    counts::{Counted, Purpose},
    header,
    refusal::{Caller, Refusal},
    table::Picked,
};

/// What lives as long as an answer's body.
pub(super) type Kept = (Option<Picked>, Counted, Asking);

pub(super) async fn answer(
    inner: Arc<Inner>,
    client: Arc<Client>,
    request: Request<Incoming>,
) -> Response<Answer<Kept>> {
    let asking = client.waits();
    let id = header::request_id(request.headers());
    let purpose = Purpose::of(request.headers());
    let caller = Caller::of(request.method(), request.headers());
    let counted = Counted::begin(inner.clone(), purpose);
    let outcome = pass(&inner, &client, request, purpose, &id).await;
    let outcome = inner.at_the_edge(purpose, outcome).await;
    asking.answers();
    match outcome {
        Ok((response, picked)) => {
            counted.answered(response.status());
            let (mut head, body) = response.into_parts();
            header::to_client(&mut head.headers, &id);
            Response::from_parts(head, Answer::of_target(body, (Some(picked), counted, asking)))
        }
        Err(refusal) => {
            counted.answered(refusal.status());
            let (mut head, body) = refusal.response(caller).into_parts();
            header::to_client(&mut head.headers, &id);
            Response::from_parts(head, Answer::own(body, (None, counted, asking)))
        }
    }
}

async fn pass(
    inner: &Inner,
    client: &Client,
    request: Request<Incoming>,
    purpose: Purpose,
    id: &HeaderValue,
) -> Result<(Response<Incoming>, Picked), Refusal> {
    let (mut head, body) = request.into_parts();
    header::checked(&head)?;
    header::to_target(&mut head.headers, client.peer, client.port, id);
    let body = Slot::of(body);

    let picked = inner.target(purpose).await?;
    // Whatever it waited for has had its own limit.
    client.touch();
    inner.ready(purpose, &picked).await?;
    let failed = match sent(inner, client, &head, &body, picked.address).await {
        Ok(response) => return Ok((response, picked)),
        Err(failed) => failed,
    };
    failed.told(&picked, id);
    if !failed.before_sending {
        return Err(failed.refusal);
    }
    let Some(other) = inner.another(picked.address) else { return Err(failed.refusal) };
    match sent(inner, client, &head, &body, other.address).await {
        Ok(response) => Ok((response, other)),
        Err(failed) => {
            failed.told(&other, id);
            Err(failed.refusal)
        }
    }
}

impl Inner {
    /// A target other than the one at `but`.
    fn another(&self, but: SocketAddr) -> Option<Picked> {
        let algorithm = self.settings.borrow().algorithm;
        self.table.pick(algorithm, Some(but))
    }
}

/// Why a target did not answer.
struct Failed {
    refusal: Refusal,
    /// The target has seen nothing of the request.
    before_sending: bool,
    cause: String,
}

impl Failed {
    fn told(&self, picked: &Picked, id: &HeaderValue) {
        if self.refusal.status().is_client_error() {
            // Clients go away and send nonsense; that is not ours to act on.
            tracing::debug!(request_id = ?id, cause = self.cause, "{}", self.refusal);
            return;
        }
        tracing::warn!(
            task = &*picked.id,
            request_id = ?id,
            cause = self.cause,
            "a request was not answered: {}",
            self.refusal
        );
    }
}

async fn sent(
    inner: &Inner,
    client: &Client,
    head: &request::Parts,
    body: &Slot,
    to: SocketAddr,
) -> Result<Response<Incoming>, Failed> {
    let body = body.attempt().ok_or_else(|| Failed {
        refusal: Refusal::Broken,
        before_sending: false,
        cause: "the request's body has been read".to_owned(),
    })?;
    let mut request = Request::new(body);
    *request.method_mut() = head.method.clone();
    *request.uri_mut() = address(&head.uri, to);
    *request.version_mut() = Version::HTTP_11;
    *request.headers_mut() = head.headers.clone();

    let mut response = pin!(inner.pool.request(request));
    loop {
        let idle_timeout = inner.settings.borrow().idle_timeout;
        let due = client.moved() + idle_timeout;
        tokio::select! {
            biased;
            outcome = &mut response => return outcome.map_err(|error| failed(&error)),
            () = sleep_until(due) => {
                if client.moved() + idle_timeout <= Instant::now() {
                    return Err(Failed {
                        refusal: Refusal::Silent(idle_timeout),
                        before_sending: false,
                        cause: "no byte moved".to_owned(),
                    });
                }
            }
        }
    }
}

fn address(asked: &Uri, to: SocketAddr) -> Uri {
    let path = asked.path_and_query().cloned().unwrap_or(PathAndQuery::from_static("/"));
    Uri::builder()
        .scheme("http")
        .authority(to.to_string())
        .path_and_query(path)
        .build()
        .expect("a socket address and a parsed path make a URI")
}

fn failed(error: &legacy::Error) -> Failed {
    let timed_out = causes(error).any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|it| it.kind() == io::ErrorKind::TimedOut)
    });
    // What reads the client's body is the only one to fail as the task's user.
    let by_client = causes(error)
        .any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_user));
    let refusal = match (error.is_connect(), timed_out) {
        (true, true) => Refusal::ConnectTimeout,
        (true, false) => Refusal::Unreachable,
        (false, _) if by_client => {
            Refusal::BadRequest("the request's body breaks off or cannot be read")
        }
        (false, _) => Refusal::Broken,
    };
    let cause = causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ");
    Failed { refusal, before_sending: error.is_connect(), cause }
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
