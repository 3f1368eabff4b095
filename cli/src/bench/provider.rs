//! A provider with given latency, in this process: what OpenAI's protocol asks of one.
//!
//! Each pool has a port of its own. What is asked over a new connection waits until the provider has set that up, in its turn where the model says
//! so; whoever goes away gives up its turn. An answer takes as long as the model says; an embedding takes no time, and neither does an
//! answer of one token, by which a connection is warmed.

use std::{
    convert::Infallible,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use futures_util::FutureExt;
use hyper::StatusCode;
use ragctl_stacks::bench::{InSet, ProviderModel};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Mutex, task::JoinSet, time::sleep};

use super::{
    http::{Answer, Asked, serve},
    pace::Pace,
};

/// What it is asked for as, by both pools.
pub(super) const MODEL: &str = "provider-model";

/// A provider that runs until it is dropped.
pub(crate) struct Provider {
    /// The base URL of embeddings.
    pub(crate) embedding: String,
    /// The base URL of the LLM.
    pub(crate) llm: String,
    _serving: JoinSet<Infallible>,
}

/// How connections of one pool are set up.
struct SetUp {
    turn: Mutex<()>,
    order: InSet,
    takes: Duration,
}

impl Provider {
    /// Starts one on ports that the system chooses.
    pub(crate) async fn start(model: &ProviderModel, pace: Pace) -> io::Result<Self> {
        let answer = pace.real(model.answer_s);
        let mut serving = JoinSet::new();
        let mut pools = Vec::new();
        for takes in [Duration::ZERO, answer] {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            pools.push(base_url(listener.local_addr()?));
            let set_up = Arc::new(SetUp {
                turn: Mutex::default(),
                order: model.connections,
                takes: pace.real(model.worker_s),
            });
            serving.spawn(pool(listener, set_up, takes));
        }
        let llm = pools.pop().unwrap_or_default();
        let embedding = pools.pop().unwrap_or_default();
        Ok(Self { embedding, llm, _serving: serving })
    }
}

fn base_url(address: SocketAddr) -> String {
    format!("http://{address}/v1")
}

async fn pool(listener: TcpListener, set_up: Arc<SetUp>, answer: Duration) -> Infallible {
    let of_connection = || {
        let done = Arc::clone(&set_up).wait().boxed().shared();
        // From the beginning, whether something is asked over it or not, and no longer than there is a connection.
        let mut begun = JoinSet::new();
        begun.spawn(done.clone());
        let begun = Arc::new(begun);
        move |asked: Asked| {
            let (done, begun) = (done.clone(), Arc::clone(&begun));
            async move {
                done.await;
                drop(begun);
                answered(&asked, answer).await
            }
        }
    };
    serve(listener, of_connection).await
}

impl SetUp {
    async fn wait(self: Arc<Self>) {
        let _turn = match self.order {
            InSet::InTurn => Some(self.turn.lock().await),
            InSet::SideBySide => None,
        };
        sleep(self.takes).await;
    }
}

async fn answered(asked: &Asked, answer: Duration) -> Answer {
    match asked.path.as_str() {
        "/v1/embeddings" => {
            let texts = asked.body["input"].as_array().map_or(1, Vec::len);
            let vector =
                |index| json!({"object": "embedding", "index": index, "embedding": [1.0, 0.0]});
            let data: Vec<Value> = (0..texts).map(vector).collect();
            Answer::json(&json!({"object": "list", "model": MODEL, "data": data}))
        }
        "/v1/chat/completions" => {
            let limit = |name: &str| asked.body[name].as_u64();
            if limit("max_tokens").or_else(|| limit("max_completion_tokens")) != Some(1) {
                sleep(answer).await;
            }
            said(asked.body["stream"].as_bool() == Some(true))
        }
        path => {
            let error = json!({"error": {"message": format!("there is no {path} here")}});
            Answer::with(StatusCode::NOT_FOUND, &error)
        }
    }
}

/// An answer, whole or as a stream whose pieces come at once: whoever waits for a whole one sees no difference.
fn said(stream: bool) -> Answer {
    const WORDS: &str = "An answer to a test query [1].";
    if !stream {
        let choice = json!({"index": 0, "message": {"role": "assistant", "content": WORDS}});
        return Answer::json(
            &json!({"object": "chat.completion", "model": MODEL, "choices": [choice]}),
        );
    }
    let choice = json!({"index": 0, "delta": {"role": "assistant", "content": WORDS}});
    let piece = json!({"object": "chat.completion.chunk", "model": MODEL, "choices": [choice]});
    Answer::events(format!("data: {piece}\n\ndata: [DONE]\n\n"))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::service::http;

    /// 20 ms to set up a connection, 60 ms to answer.
    fn model(connections: InSet) -> ProviderModel {
        ProviderModel { worker_s: 0.2, answer_s: 0.6, connections, ..ProviderModel::seed() }
    }

    async fn call(client: &reqwest::Client, url: &str, body: Value) -> String {
        let response = client.post(url).json(&body).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.text().await.unwrap()
    }

    fn client(url: &str) -> reqwest::Client {
        http(url, Duration::from_secs(10)).build().unwrap()
    }

    #[tokio::test]
    async fn connections_wait_their_turn_once_and_those_who_left_wait_no_more() {
        let provider = Provider::start(&model(InSet::InTurn), Pace(10.0)).await.unwrap();
        let url = format!("{}/embeddings", provider.embedding);
        let body = || json!({"input": ["a", "b"]});
        let gone = client(&url).post(&url).json(&body()).send();
        drop(tokio::time::timeout(Duration::from_millis(5), gone).await);
        let began = Instant::now();
        let (one, other) = (client(&url), client(&url));
        tokio::join!(call(&one, &url, body()), call(&other, &url, body()));
        let took = began.elapsed();
        assert!((40..=400).contains(&took.as_millis()), "{took:?}");
        let began = Instant::now();
        let said = call(&one, &url, body()).await;
        assert!(began.elapsed() < Duration::from_millis(20), "it was set up before");
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["data"].as_array().unwrap().len(), 2);
    }

    #[tokio::test]
    async fn a_connection_has_its_turn_whether_it_is_used_or_not() {
        let provider = Provider::start(&model(InSet::InTurn), Pace(10.0)).await.unwrap();
        let url = format!("{}/embeddings", provider.embedding);
        let address = url.trim_start_matches("http://").split('/').next().unwrap();
        let began = Instant::now();
        let _unused = tokio::net::TcpStream::connect(address).await.unwrap();
        call(&client(&url), &url, json!({"input": ["a"]})).await;
        assert!(began.elapsed().as_millis() >= 40, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn one_token_comes_at_once_and_an_answer_takes_its_time() {
        let provider = Provider::start(&model(InSet::SideBySide), Pace(10.0)).await.unwrap();
        let url = format!("{}/chat/completions", provider.llm);
        let client = client(&url);
        call(&client, &url, json!({"max_tokens": 1})).await;
        let began = Instant::now();
        call(&client, &url, json!({"max_completion_tokens": 1})).await;
        let short = began.elapsed();
        let said = call(&client, &url, json!({"stream": true})).await;
        assert!(said.ends_with("data: [DONE]\n\n") && said.contains("test query"), "{said}");
        assert!(short < Duration::from_millis(50) && began.elapsed() > Duration::from_millis(60));
    }
}
