//! A stand-in of the service that the seed describes: its two pools are set up by its first question, as its workers are.
//!
//! `/health` is answered at once, whatever is set up. Each worker makes a real call over a new connection of its own, which is kept: first those of
//! the embedding pool, then those of the LLM pool, unless both are set up side by side. Then a question is one embedding and one answer.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::try_join_all;
use hyper::StatusCode;
use ragctl_stacks::bench::InSet;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Mutex, OnceCell},
};

use super::{
    http::{Answer, Asked, serve},
    provider::MODEL,
};
use crate::service::http;

/// How long a call may take: longer than any model says.
const LIMIT: Duration = Duration::from_secs(3600);

/// What the stand-in is told to be.
#[derive(Clone, Debug)]
pub(crate) struct StandIn {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The base URL of embeddings.
    pub(crate) embedding: String,
    /// The base URL of the LLM.
    pub(crate) llm: String,
    /// Workers of each pool.
    pub(crate) workers: u32,
    /// How the two pools are set up.
    pub(crate) pools: InSet,
}

/// Workers of one pool that are set up. Whoever holds one's lock calls over its connection.
struct Pool {
    url: String,
    workers: Vec<Mutex<Client>>,
    turn: AtomicUsize,
}

impl StandIn {
    /// Serves until its process ends.
    pub(crate) async fn serve(self) -> io::Result<std::convert::Infallible> {
        let listener = TcpListener::bind(self.address).await?;
        let pools: Arc<OnceCell<[Pool; 2]>> = Arc::default();
        let stand_in = Arc::new(self);
        let of_connection = || {
            let (stand_in, pools) = (Arc::clone(&stand_in), Arc::clone(&pools));
            move |asked| {
                let (stand_in, pools) = (Arc::clone(&stand_in), Arc::clone(&pools));
                async move { stand_in.answered(&asked, &pools).await }
            }
        };
        Ok(serve(listener, of_connection).await)
    }

    async fn answered(&self, asked: &Asked, pools: &OnceCell<[Pool; 2]>) -> Answer {
        match asked.path.as_str() {
            "/health" => {
                let body = json!({"status": "healthy", "workers_ready": pools.initialized()});
                Answer::json(&body)
            }
            "/query" => match self.asked(pools).await {
                Ok(body) => Answer::json(&body),
                Err(error) => {
                    let body = json!({"detail": error.to_string()});
                    Answer::with(StatusCode::BAD_GATEWAY, &body)
                }
            },
            _ => Answer::with(StatusCode::NOT_FOUND, &json!({"detail": "there is no such route"})),
        }
    }

    async fn asked(&self, pools: &OnceCell<[Pool; 2]>) -> reqwest::Result<Value> {
        let [embedding, llm] = pools.get_or_try_init(|| self.set_up()).await?;
        embedding.call(&embedded()).await?;
        let answer = llm.call(&json!({"model": MODEL, "messages": []})).await?;
        Ok(json!({"response": answer["choices"][0]["message"]["content"], "references": []}))
    }

    async fn set_up(&self) -> reqwest::Result<[Pool; 2]> {
        let warm = json!({"model": MODEL, "messages": [], "max_tokens": 1});
        let embedding =
            Pool::set_up(format!("{}/embeddings", self.embedding), embedded(), self.workers);
        let llm = Pool::set_up(format!("{}/chat/completions", self.llm), warm, self.workers);
        match self.pools {
            InSet::InTurn => Ok([embedding.await?, llm.await?]),
            InSet::SideBySide => tokio::try_join!(embedding, llm).map(<[Pool; 2]>::from),
        }
    }
}

fn embedded() -> Value {
    json!({"model": MODEL, "input": ["test query"]})
}

impl Pool {
    /// Each worker makes its first call over a new connection, all at once: the provider takes them as it does.
    async fn set_up(url: String, body: Value, workers: u32) -> reqwest::Result<Self> {
        let first = async |_| {
            let worker = http(&url, LIMIT).build()?;
            called(&worker, &url, &body).await?;
            reqwest::Result::Ok(Mutex::new(worker))
        };
        let workers = try_join_all((0..workers).map(first)).await?;
        Ok(Self { url, workers, turn: AtomicUsize::new(0) })
    }

    async fn call(&self, body: &Value) -> reqwest::Result<Value> {
        let worker = match self.workers.iter().find_map(|it| it.try_lock().ok()) {
            Some(free) => free,
            None => {
                let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.workers.len();
                self.workers[turn].lock().await
            }
        };
        called(&worker, &self.url, body).await
    }
}

async fn called(worker: &Client, url: &str, body: &Value) -> reqwest::Result<Value> {
    worker.post(url).json(body).send().await?.error_for_status()?.json().await
}
