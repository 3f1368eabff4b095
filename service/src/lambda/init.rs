//! What is done before the first event.

use std::{error::Error, sync::Arc, time::Duration};

use serde::Serialize;
use tokio::time::sleep;

use crate::{
    app::App,
    config::{Initialization, WarmUp},
};

/// How long after the start of the process pools are waited for. Lambda ends an init of 10 s, and begins it anew within the
/// first invocation; what is left of them is for the start before the process.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>
const ON_DEMAND: Duration = Duration::from_secs(8);

/// The same where sandboxes are set up ahead, which may take 130 s or more.
const PROVISIONED: Duration = Duration::from_secs(100);

/// Warms the pools when it is asked for, or when there is time for it ahead, in bounded time. What is not warm then is warmed behind the first request;
/// a provider that fails is in the log, and no reason not to begin.
pub(super) async fn warm(app: &Arc<App>, initialization: Initialization) {
    if app.settings.warm_up == WarmUp::Lazy && initialization == Initialization::OnDemand {
        return;
    }
    let mut warming = tokio::spawn({
        let app = Arc::clone(app);
        async move { app.warm_up().await }
    });
    let (limit, waits) = match (initialization, app.settings.warm_up) {
        (Initialization::Provisioned, _) => (PROVISIONED, true),
        (Initialization::OnDemand, warm_up) => (ON_DEMAND, warm_up == WarmUp::OnStartup),
    };
    if !waits {
        return;
    }
    let failed = async {
        let warm = tokio::try_join!(app.embedding.warm(), app.llm.warm());
        // Somebody waits for an answer already: a provider that fails is not waited for. Ahead, there is time.
        if warm.is_ok() || initialization == Initialization::Provisioned {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        _ = &mut warming => tracing::info!(uptime_ms = crate::logs::ms(app.uptime()), "warm"),
        () = failed => tracing::warn!("a provider could not be warmed; the first request will"),
        () = sleep(limit.saturating_sub(app.uptime())) => {
            tracing::warn!("the pools were not warm in time; they are warmed behind the first request");
        }
    }
}

/// Why there can be no answers, as the runtime API is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    pub(super) error_type: &'static str,
    error_message: String,
    stack_trace: [&'static str; 0],
}

impl Failure {
    /// An error and its causes; `kind` is a word in Lambda's manner, `Function.Reason`.
    #[must_use]
    pub fn of(kind: &'static str, error: &(dyn Error + 'static)) -> Self {
        let mut words = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            words.push_str(": ");
            words.push_str(&error.to_string());
            cause = error.source();
        }
        Self { error_type: kind, error_message: words, stack_trace: [] }
    }
}
