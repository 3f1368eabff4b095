//! `GET /health`: always 200, and what the service knows of itself.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State, http::HeaderMap};
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::{access, auth_status::API_VERSION, entry::StatusCounts};
use crate::{
    app::{App, Phases},
    config::Settings,
    pool::Facts,
};

/// How long the store may take to count. A health check must not hang with a disk.
const LONGEST_COUNT: Duration = Duration::from_millis(500);

/// The service at one moment.
#[derive(Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `healthy`: the process answers.
    status: &'static str,
    workers_ready: bool,
    embedding_ready: bool,
    llm_ready: bool,
    version: &'static str,
    /// The version, as LightRAG names it.
    core_version: &'static str,
    /// The version of LightRAG's API that this one follows.
    api_version: &'static str,
    /// Always `disabled`: there are no accounts.
    auth_mode: &'static str,
    webui_available: bool,
    api_docs_available: bool,
    /// Whether documents wait or are worked on; false when the store does not answer.
    pipeline_busy: bool,
    #[schema(value_type = Object)]
    pools: Pools,
    /// By status; none when the store does not answer.
    documents: Option<StatusCounts>,
    /// Why documents that were acknowledged cannot be stored now.
    documents_error: Option<&'static str>,
    #[schema(value_type = Object)]
    phases: Phases,
    /// What the service was told to be; only for who has shown the key, or where there is none. No secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration: Option<Configuration>,
}

/// What the service was told to be.
#[derive(Serialize, ToSchema)]
struct Configuration {
    llm_provider: String,
    llm_model: String,
    embedding_provider: String,
    embedding_model: String,
    max_async: usize,
    embedding_func_max_async: usize,
    chunk_size: usize,
    chunk_overlap_size: usize,
    chunk_top_k: usize,
    cosine_threshold: f32,
    max_upload_size: usize,
    request_timeout_s: u64,
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
        let counts = timeout(LONGEST_COUNT, app.store.counts()).await.ok().and_then(Result::ok);
        Self {
            status: "healthy",
            workers_ready: app.is_warm(),
            embedding_ready: app.embedding.is_ready(),
            llm_ready: app.llm.is_ready(),
            version: env!("CARGO_PKG_VERSION"),
            core_version: env!("CARGO_PKG_VERSION"),
            api_version: API_VERSION,
            auth_mode: "disabled",
            webui_available: true,
            api_docs_available: true,
            pipeline_busy: counts.is_some_and(|counts| counts.pending + counts.processing > 0),
            pools: Pools {
                embedding: app.embedding.facts(),
                llm: app.llm.facts(),
                rerank: app.answers.reranker.as_ref().map(|pool| pool.facts()),
            },
            documents: counts.map(StatusCounts::from),
            documents_error: app.ingest.obstacle(),
            phases: app.phases(),
            configuration: None,
        }
    }
}

impl Configuration {
    fn of(app: &App) -> Self {
        let Settings { embedding, llm, retrieval, .. } = &app.settings;
        Self {
            llm_provider: llm.binding.provider(),
            llm_model: app.llm.model().to_owned(),
            embedding_provider: embedding.binding.provider(),
            embedding_model: app.embedding.model().to_owned(),
            max_async: llm.limits.workers,
            embedding_func_max_async: embedding.limits.workers,
            chunk_size: retrieval.chunk_tokens,
            chunk_overlap_size: retrieval.chunk_overlap,
            chunk_top_k: retrieval.top_k,
            cosine_threshold: retrieval.threshold,
            max_upload_size: app.settings.max_upload_bytes,
            request_timeout_s: app.settings.request_timeout.as_secs(),
        }
    }
}

/// Tells how the service is doing. Always 200.
#[utoipa::path(get, path = "/health", tag = "service", responses((status = 200, body = Health)))]
pub(super) async fn health(State(app): State<Arc<App>>, headers: HeaderMap) -> Json<Health> {
    let mut health = Health::of(&app).await;
    if access::shown(&app.settings.access, &headers).is_ok() {
        health.configuration = Some(Configuration::of(&app));
    }
    Json(health)
}
