//! The service as a function on AWS Lambda: the same routes, with events in place of requests.
//!
//! ```text
//! init ─▶ next ─▶ event ─▶ request ─▶ routes ─▶ answer ─▶ response ─▶ what is left ─▶ next ─▶ …
//!          └─────────────────── one invocation ────────────────────┘             └ frozen ┘
//! ```
//!
//! No port is opened. One process has one invocation at a time. From the moment in which it asks for the next one it
//! stands still, for milliseconds or hours, until there is one; so all that has to happen happens before
//! (`rest`), and what time has done to connections and to the pools is seen to afterwards ([`App::thawed`]). Where else time
//! is counted, it is said there what a freeze does: claims of documents, patience with providers and the store, the breaker, workers.
//!
//! The runtime API is spoken by hand, over the HTTP client that is there anyway, and not by `lambda_runtime`. That
//! writes the trace's id into the process' environment at each invocation (version 1.5.0, `runtime.rs`), while threads of ours may
//! read it (`getaddrinfo` does); and it decides between buffered and streamed answers by type, where here the event does.

mod answer;
mod event;
mod init;
mod invocation;
mod rest;
mod runtime_api;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use axum::{Router, body::Body, http::Request, response::IntoResponse, response::Response};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::time::{timeout, timeout_at};

use self::{answer::Sent, event::Way, invocation::Invocation};
pub use self::{
    init::Failure,
    runtime_api::{RuntimeApi, RuntimeApiError},
};
use crate::{
    app::App,
    config::{LambdaResponse, LambdaSettings},
    elapsed::Elapsed,
    error::ApiError,
    logs::InvocationId,
    pool, routes,
    secrets::Secrets,
    traces::Traces,
};

/// How long background work may take to give back what it holds. Lambda grants a stop no more.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown>
const LONGEST_HAND_BACK: Duration = Duration::from_millis(300);

/// A time of standing still that is long enough for the other end of a connection to have closed it unseen. A shorter pause
/// is one that connections between busy services have, too: their ends are noticed when they are used, and the call is made again.
const LONG_NAP: Duration = Duration::from_secs(30);

/// How long after a request's own limit it is ended in any case.
const GRACE: Duration = Duration::from_millis(100);

/// The service, between the runtime API and the routes.
pub struct Function {
    /// All that the routes share.
    pub app: Arc<App>,
    /// Where events come from, and answers go to.
    pub api: RuntimeApi,
    /// What Lambda says of the function.
    pub settings: LambdaSettings,
    /// The way of spans, which has to be emptied before the process stands still.
    pub traces: Option<Arc<Traces>>,
    /// What the log calls the invocation.
    pub invocation: InvocationId,
    /// Keys that are fetched anew from time to time.
    pub secrets: Option<Secrets>,
}

impl Function {
    /// Warms up, and answers events until `shutdown`.
    ///
    /// # Errors
    ///
    /// [`RuntimeApiError`] when there are no more events to be had; Lambda then starts another process.
    pub async fn serve(
        mut self,
        shutdown: impl Future<Output = ()> + Unpin,
    ) -> Result<(), RuntimeApiError> {
        let work = tokio::spawn({
            let app = Arc::clone(&self.app);
            async move { app.go_on().await }
        });
        init::warm(&self.app, self.settings.initialization).await;
        let router = TowerToHyperService::new(routes::router(Arc::clone(&self.app)));
        let ended = self.answer_all(&router, shutdown).await;
        self.app.stopping.cancel();
        if timeout(LONGEST_HAND_BACK, work).await.is_err() {
            tracing::warn!("stopped with documents in work; they are taken up again");
        }
        tracing::info!("stopped");
        ended
    }

    /// Answers event after event. One that has come is answered before a stop.
    async fn answer_all(
        &mut self,
        router: &TowerToHyperService<Router>,
        mut shutdown: impl Future<Output = ()> + Unpin,
    ) -> Result<(), RuntimeApiError> {
        loop {
            let nap = Elapsed::from_now();
            let invocation = tokio::select! {
                biased;
                () = &mut shutdown => return Ok(()),
                invocation = self.api.next() => invocation?,
            };
            self.invocation.set(Some(&invocation.id));
            if nap.time() >= LONG_NAP {
                self.app.thawed();
            }
            if let Some(secrets) = &mut self.secrets {
                secrets.refresh_when_old(invocation.answer_by()).await;
            }
            self.answer(router, &invocation).await;
            rest::finish(&self.app, self.traces.as_ref(), invocation.finish_by()).await;
            self.invocation.set(None);
        }
    }

    /// Answers one event. That an answer does not arrive is the invocation's misfortune, and not the next one's.
    async fn answer(&self, router: &TowerToHyperService<Router>, invocation: &Invocation) {
        let sent = match event::read(invocation) {
            Ok((request, way)) => match self.sent(router, invocation, request, way).await {
                Sent::Whole(payload) => self.api.respond(invocation, payload).await,
                Sent::Streamed(head, body) => self.api.stream(invocation, head, body).await,
            },
            Err(unknown) => {
                tracing::error!(error = %unknown, "an event that is no request");
                self.api.fail(invocation, &Failure::of("Function.UnknownEvent", &unknown)).await
            }
        };
        if let Err(error) = sent {
            tracing::error!(%error, "an answer did not arrive");
        }
    }

    /// The answer to a request, in the form that it leaves in.
    async fn sent(
        &self,
        router: &TowerToHyperService<Router>,
        invocation: &Invocation,
        request: Request<Body>,
        way: Way,
    ) -> Sent {
        let is_streamed = self.settings.response == LambdaResponse::Stream && way == Way::Url;
        let answer_by = invocation.answer_by();
        let pack = async |response: Response| match is_streamed {
            true => answer::streamed(response),
            false => answer::whole(response, way).await,
        };
        let answer = async {
            match router.call(request).await {
                Ok(response) => pack(response).await,
                Err(never) => match never {},
            }
        };
        // The routes end by themselves; this is for what does not.
        match timeout_at(answer_by + GRACE, pool::until(answer_by, answer)).await {
            Ok(sent) => sent,
            Err(_) => pack(ApiError::TimedOut(invocation.time_for_answer()).into_response()).await,
        }
    }
}
