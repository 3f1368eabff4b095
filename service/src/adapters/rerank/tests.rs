//! Against a server that keeps what it was asked and says what a test tells it to.

use std::{
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    http::{HeaderMap, StatusCode, Uri},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::{adapters::openai::client, config::Secret};

/// What came in: the path, the key, the body.
type Asked = Arc<Mutex<Option<(String, String, Value)>>>;

async fn reranker(shape: RerankShape, status: u16, answer: Value) -> (HttpReranker, Asked) {
    let asked = Asked::default();
    let kept = Arc::clone(&asked);
    let status = StatusCode::from_u16(status).unwrap();
    let router = Router::new().fallback(
        async move |uri: Uri, headers: HeaderMap, Json(body): Json<Value>| {
            let key = headers["authorization"].to_str().unwrap().to_owned();
            *kept.lock().unwrap() = Some((uri.to_string(), key, body));
            (status, Json(answer))
        },
    );
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/v2/rerank?x=1", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let binding = OpenAiBinding { url, key: Some(Secret::new("sk-123")), model: "m".to_owned() };
    (HttpReranker::new(client().unwrap(), shape, binding), asked)
}

async fn ranked(reranker: &HttpReranker) -> Result<Vec<Ranked>, ProviderError> {
    let texts = ["no", "yes"].map(ToOwned::to_owned).to_vec();
    reranker.rerank("why?".to_owned(), texts, 5).await
}

fn results() -> Value {
    json!([{ "index": 1, "relevance_score": 0.9, "document": { "text": "yes" } }, { "index": 0, "relevance_score": 0 }])
}

const WANTED: [Ranked; 2] = [Ranked { index: 1, score: 0.9 }, Ranked { index: 0, score: 0.0 }];

#[tokio::test]
async fn cohere_and_jina_are_asked_as_they_want_to_be() {
    let answer = json!({ "results": results(), "usage": {} });
    let (reranker, asked) = reranker(RerankShape::Flat, 200, answer).await;
    assert_eq!(ranked(&reranker).await.unwrap(), WANTED);
    let wanted = json!({ "model": "m", "query": "why?", "documents": ["no", "yes"], "top_n": 2 });
    let asked = asked.lock().unwrap().take();
    assert_eq!(asked, Some(("/v2/rerank?x=1".to_owned(), "Bearer sk-123".to_owned(), wanted)));
}

#[tokio::test]
async fn aliyun_is_asked_as_it_wants_to_be() {
    let answer = json!({ "output": { "results": results() }, "request_id": "r" });
    let (reranker, asked) = reranker(RerankShape::Nested, 200, answer).await;
    assert_eq!(ranked(&reranker).await.unwrap(), WANTED);
    let wanted = json!({
        "model": "m",
        "input": { "query": "why?", "documents": ["no", "yes"] },
        "parameters": { "top_n": 2 },
    });
    assert_eq!(asked.lock().unwrap().take().unwrap().2, wanted);
}

#[tokio::test]
async fn a_refusal_is_told_without_the_key_and_nonsense_is_no_answer() {
    let body = json!({ "message": "invalid api token sk-123" });
    let (refusing, _) = reranker(RerankShape::Flat, 401, body).await;
    let error = ranked(&refusing).await.unwrap_err();
    assert!(error.to_string().ends_with("answered 401: invalid api token [secret]"), "{error}");
    for nonsense in
        [json!({}), json!({ "results": "none" }), json!({ "results": [{ "index": -1 }] })]
    {
        let (reranker, _) = reranker(RerankShape::Flat, 200, nonsense).await;
        let error = ranked(&reranker).await.unwrap_err();
        assert!(matches!(error, ProviderError::Unusable { .. }), "{error}");
    }
}
