//! `GET /health`: always 200, and what the service knows of itself.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State};
use serde::Serialize;
use tokio::time::timeout;

use super::list_documents::StatusCounts;
use crate::{
    app::{App, Phases},
    pool::Facts,
};

/// How long the store may take to count. A health check must not hang with a disk.
const LONGEST_COUNT: Duration = Duration::from_millis(500);

/// The service at one moment.
#[derive(Serialize)]
pub(super) struct Health {
    status: &'static str,
    workers_ready: bool,
    embedding_ready: bool,
    llm_ready: bool,
    version: &'static str,
    pools: Pools,
    /// By status; none when the store does not answer.
    documents: Option<StatusCounts>,
    /// Why documents that were acknowledged cannot be stored now.
    documents_error: Option<&'static str>,
    phases: Phases,
}

#[derive(Serialize)]
struct Pools {
    embedding: Facts,
    llm: Facts,
    #[serde(skip_serializing_if = "Option::is_none")]
    rerank: Option<Facts>,
}

impl Health {
    pub(super) async fn of(app: &App) -> Self {
        let counts = timeout(LONGEST_COUNT, app.store.counts()).await;
        Self {
            status: "healthy",
            workers_ready: app.is_warm(),
            embedding_ready: app.embedding.is_ready(),
            llm_ready: app.llm.is_ready(),
            version: env!("CARGO_PKG_VERSION"),
            pools: Pools {
                embedding: app.embedding.facts(),
                llm: app.llm.facts(),
                rerank: app.answers.reranker.as_ref().map(|pool| pool.facts()),
            },
            documents: counts.ok().and_then(Result::ok).map(StatusCounts::from),
            documents_error: app.ingest.obstacle(),
            phases: app.phases(),
        }
    }
}

pub(super) async fn health(State(app): State<Arc<App>>) -> Json<Health> {
    Json(Health::of(&app).await)
}
