//! A stand-in for an OpenAI-compatible provider: slow, cold, failing or hanging, as asked.
//!
//! Also the program `examples/provider.rs`. Answers depend on the request alone.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{DefaultHasher, Hash, Hasher},
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::{ConnectInfo, State},
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::AbortHandle, time::sleep};

// The paths are told since programs in `examples/` and `benches/` take this file in, too.
#[path = "replies.rs"]
mod replies;
#[path = "vectors.rs"]
mod vectors;

use replies::Task;

/// How the provider is.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    /// Added to each embeddings call.
    pub(crate) embed_latency: Duration,
    /// Added to each chat call.
    pub(crate) llm_latency: Duration,
    /// Added to calls to what is cold.
    pub(crate) first_call_latency: Duration,
    /// 0: the first call of each new connection is cold. N: the first N calls of each endpoint are.
    pub(crate) first_calls: u64,
    /// Length of vectors.
    pub(crate) dim: usize,
    /// How long the component is that all vectors share, in lengths of the rest.
    pub(crate) alike: f32,
}

impl Default for Options {
    fn default() -> Self {
        let no = Duration::ZERO;
        Self {
            embed_latency: no,
            llm_latency: no,
            first_call_latency: no,
            first_calls: 0,
            dim: 64,
            alike: 0.0,
        }
    }
}

/// How the provider treats a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mood {
    /// As it should.
    #[default]
    Answer,
    /// With this status, and `Retry-After` when it is given.
    Refuse(u16, Option<u64>),
    /// Never.
    Hang,
    /// By closing the connection where the body should begin.
    Reset,
    /// By closing the connection after the first word.
    BreakOff,
    /// With a page of HTML and the status of a success.
    Garbage,
    /// A stream in words, one every so many milliseconds, for ever.
    Drip(u64),
    /// With an answer without an end, as fast as it is read.
    Flood,
    /// So many calls of a hundred with 500, the others as it should.
    Fail(u64),
}

/// What the provider has seen.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Stats {
    pub(crate) embeddings: u64,
    pub(crate) chat: u64,
    pub(crate) chat_streamed: u64,
    pub(crate) keywords: u64,
    pub(crate) extractions: u64,
    pub(crate) rerank: u64,
    pub(crate) cold: u64,
    pub(crate) in_flight: u64,
    pub(crate) max_in_flight: u64,
    pub(crate) connections: u64,
    pub(crate) with_key: u64,
    /// `traceparent` and `tracestate` of each call that had them.
    pub(crate) traces: Vec<(String, String)>,
}

/// A provider that listens until it is dropped.
pub(crate) struct Provider {
    pub(crate) url: String,
    pub(crate) shared: Arc<Shared>,
    server: AbortHandle,
}

pub(crate) struct Shared {
    options: Options,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    stats: Stats,
    moods: BTreeMap<String, Mood>,
    /// Calls by the port that they came from, which stands for their connection.
    connections: HashMap<SocketAddr, u64>,
    /// What was asked of the model last.
    last_chat: Value,
}

impl Shared {
    /// What was asked of the model last.
    pub(crate) fn last_chat(&self) -> Value {
        self.seen().last_chat.clone()
    }

    pub(crate) fn stats(&self) -> Stats {
        self.seen().stats.clone()
    }

    /// Changes how `embeddings`, `chat` or `rerank` is treated from now on.
    pub(crate) fn set(&self, endpoint: &str, mood: Mood) {
        self.seen().moods.insert(endpoint.to_owned(), mood);
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Provider {
    pub(crate) async fn start(port: u16, options: Options) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let url = format!("http://{}/v1", listener.local_addr()?);
        let shared = Arc::new(Shared { options, seen: Mutex::default() });
        let router = Router::new()
            .route("/v1/embeddings", post(embeddings))
            .route("/v1/chat/completions", post(chat))
            .route("/v1/rerank", post(rerank))
            .route("/stats", get(stats))
            .route("/moods", post(moods))
            .with_state(Arc::clone(&shared))
            .into_make_service_with_connect_info::<SocketAddr>();
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, shared, server: server.abort_handle() })
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn stats(State(shared): State<Arc<Shared>>) -> Json<Stats> {
    Json(shared.stats())
}

/// `{"chat": "hang"}`, `{"embeddings": {"refuse": [429, 1]}}`
async fn moods(State(shared): State<Arc<Shared>>, Json(moods): Json<BTreeMap<String, Mood>>) {
    for (endpoint, mood) in moods {
        shared.set(&endpoint, mood);
    }
}

/// Counts a call for as long as it is in flight, also when its client goes away.
struct InFlight(Arc<Shared>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.seen().stats.in_flight -= 1;
    }
}

/// Waits as long as the call takes; an answer that is not the usual one comes back as an error.
async fn receive(
    shared: &Arc<Shared>,
    endpoint: &'static str,
    from: SocketAddr,
    headers: &HeaderMap,
) -> Result<(InFlight, Mood), Response> {
    let (delay, mood, call) = {
        let mut seen = shared.seen();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        if let Some(parent) = text("traceparent") {
            let state = text("tracestate").unwrap_or_default();
            seen.stats.traces.push((parent.to_owned(), state.to_owned()));
        }
        let on_connection = seen.connections.entry(from).or_default();
        *on_connection += 1;
        let is_new = *on_connection == 1;
        let mood = seen.moods.get(endpoint).copied().unwrap_or_default();
        let connections = seen.connections.len() as u64;
        let stats = &mut seen.stats;
        stats.connections = connections;
        stats.with_key += u64::from(headers.contains_key(AUTHORIZATION));
        let (calls, latency) = match endpoint {
            "embeddings" => (&mut stats.embeddings, shared.options.embed_latency),
            "rerank" => (&mut stats.rerank, shared.options.embed_latency),
            _ => (&mut stats.chat, shared.options.llm_latency),
        };
        *calls += 1;
        let calls = *calls;
        let is_cold = match shared.options.first_calls {
            0 => is_new,
            first => calls <= first,
        };
        stats.cold += u64::from(is_cold);
        stats.in_flight += 1;
        stats.max_in_flight = stats.max_in_flight.max(stats.in_flight);
        let cold = if is_cold { shared.options.first_call_latency } else { Duration::ZERO };
        (latency + cold, mood, calls)
    };
    let guard = InFlight(Arc::clone(shared));
    if !delay.is_zero() {
        sleep(delay).await;
    }
    // Some providers repeat the key that they refuse.
    let key = headers.get(AUTHORIZATION).and_then(|key| key.to_str().ok()).unwrap_or_default();
    let reason = Json(json!({ "error": { "message": format!("not in the mood for {key}") } }));
    match mood {
        Mood::Fail(share) if fastrand::Rng::with_seed(call).u64(..100) < share => {
            Err((StatusCode::INTERNAL_SERVER_ERROR, reason).into_response())
        }
        Mood::Garbage => Err(([(CONTENT_TYPE, "text/html")], "<h1>Welcome</h1>").into_response()),
        Mood::Flood if endpoint == "embeddings" => Err(flood()),
        Mood::Answer | Mood::BreakOff | Mood::Drip(_) | Mood::Flood | Mood::Fail(_) => {
            Ok((guard, mood))
        }
        Mood::Refuse(status, pause) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let pause = pause.map(|seconds| [(RETRY_AFTER, seconds.to_string())]);
            Err((status, pause, reason).into_response())
        }
        Mood::Hang => std::future::pending().await,
        Mood::Reset => Err(Body::from_stream(broken(Vec::new())).into_response()),
    }
}

/// JSON without an end.
fn flood() -> Response {
    let numbers = stream::repeat("0.1,".repeat(10_000)).map(Ok::<_, &str>);
    let begin = stream::iter([Ok("{\"data\":[{\"embedding\":[".to_owned())]);
    let body = Body::from_stream(begin.chain(numbers));
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

/// A body that ends in the middle.
fn broken(lines: Vec<String>) -> impl futures_util::Stream<Item = Result<String, &'static str>> {
    let end = stream::once(async {
        // What was sent so far must leave before the connection is closed.
        tokio::task::yield_now().await;
        Err("broken off")
    });
    stream::iter(lines.into_iter().map(Ok)).chain(end)
}

async fn embeddings(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let guard = match receive(&shared, "embeddings", from, &headers).await {
        Ok((guard, _)) => guard,
        Err(response) => return response,
    };
    let Options { dim, alike, .. } = shared.options;
    let answer = vectors::answer(&body, |text| embed(text, dim), alike);
    drop(guard);
    Json(answer).into_response()
}

/// Texts that share words come out close; all share one component, as with real models.
pub(crate) fn embed(text: &str, dim: usize) -> Vec<f32> {
    let mut vector = vec![0.0f32; dim];
    vector[0] = 1.0;
    for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric()) {
        let mut hasher = DefaultHasher::new();
        word.hash(&mut hasher);
        let place = usize::try_from(hasher.finish() % dim as u64).expect("it is below a usize");
        vector[place] += 1.0;
    }
    vector
}

async fn chat(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let (guard, mood) = match receive(&shared, "chat", from, &headers).await {
        Ok(received) => received,
        Err(response) => return response,
    };
    let (task, words) = replies::reply(&body);
    let is_streamed = body["stream"] == true;
    let model = body["model"].clone();
    {
        let mut seen = shared.seen();
        seen.stats.chat_streamed += u64::from(is_streamed);
        seen.stats.keywords += u64::from(task == Task::Keywords);
        seen.stats.extractions += u64::from(task == Task::Extraction);
        seen.last_chat = body;
    }
    if !is_streamed {
        return Json(replies::whole(&model, &words.concat())).into_response();
    }
    let event = |delta: Value| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": "eos" });
        format!("data: {}\n\n", json!({ "choices": [choice], "vendor": "x" }))
    };
    let mut lines = vec![": hello\n\n".to_owned(), event(json!({ "role": "assistant" }))];
    lines.extend(words.iter().map(|word| event(json!({ "content": word }))));
    lines.push("data: [DONE]\n\n".to_owned());
    let body = match mood {
        Mood::BreakOff => Body::from_stream(broken(lines[..3].to_vec())),
        Mood::Drip(pause_ms) => {
            let word = event(json!({ "content": "word " }));
            let words = stream::repeat(word).then(move |word| async move {
                sleep(Duration::from_millis(pause_ms)).await;
                Ok::<_, &str>(word)
            });
            Body::from_stream(words)
        }
        Mood::Flood => {
            let word = event(json!({ "content": "word ".repeat(1000) }));
            Body::from_stream(stream::repeat(word).map(Ok::<_, &str>))
        }
        _ => Body::from_stream(stream::iter(lines.into_iter().map(Ok::<_, &str>))),
    };
    drop(guard);
    ([(CONTENT_TYPE, "text/event-stream")], body).into_response()
}

async fn rerank(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    match receive(&shared, "rerank", from, &headers).await {
        Ok(_) => Json(replies::rerank(&body)).into_response(),
        Err(response) => response,
    }
}
