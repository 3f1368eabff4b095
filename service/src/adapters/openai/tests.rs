//! Against a server that says exactly what a test tells it to.

use std::{future::ready, net::Ipv4Addr};

use axum::{
    Router,
    http::{StatusCode, header::CONTENT_TYPE},
};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::{
    config::Secret,
    ports::{Context, Embedder, Generator, Passage, Prompt},
};

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// A provider that answers every request alike.
async fn provider(status: u16, kind: &'static str, body: impl Into<String>) -> OpenAiBinding {
    let body: String = body.into();
    let status = StatusCode::from_u16(status).unwrap();
    let router =
        Router::new().fallback(move || ready((status, [(CONTENT_TYPE, kind)], body.clone())));
    served(router).await
}

async fn served(router: Router) -> OpenAiBinding {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let binding = binding(&listener);
    tokio::spawn(async move { axum::serve(listener, router).await });
    binding
}

pub(super) fn binding(listener: &TcpListener) -> OpenAiBinding {
    let url = format!("http://{}/v1/", listener.local_addr().unwrap()).parse().unwrap();
    OpenAiBinding { url, key: Some(Secret::new("sk-123")), model: "m".to_owned() }
}

async fn embedded(body: &Value, dimension: Option<usize>) -> Result<Vec<Vec<f32>>, String> {
    let binding = provider(200, JSON, body.to_string()).await;
    let embedder = OpenAiEmbedder::new(client().unwrap(), binding, 10, dimension);
    let texts = vec!["a".to_owned(), "b".to_owned()];
    embedder.embed(texts).await.map_err(|error| error.to_string())
}

async fn generated(binding: OpenAiBinding) -> Result<String, ProviderError> {
    let generator = OpenAiGenerator::new(client().unwrap(), binding);
    let passage = Passage {
        reference: 1,
        chunk: "c".into(),
        source: "a".into(),
        text: "x".into(),
        score: 1.0,
    };
    let context = Context { passages: vec![passage], ..Context::default() };
    let prompt = Prompt { question: "why?".to_owned(), context, ..Prompt::default() };
    generator.answer(prompt).await?.try_collect().await
}

#[tokio::test]
async fn vectors_come_in_any_order_and_as_numbers_or_base64() {
    // 1.0 and -2.0 as little-endian floats.
    let items = json!([
        { "index": 1, "embedding": "AACAPwAAAMA=", "object": "x" },
        { "index": 0, "embedding": [0.5, 1] },
    ]);
    let vectors = embedded(&json!({ "data": items, "usage": {} }), Some(2)).await;
    assert_eq!(vectors, Ok(vec![vec![0.5, 1.0], vec![1.0, -2.0]]));
    let without_index = json!({ "data": [{ "embedding": [1.0] }, { "embedding": [2.0] }] });
    assert_eq!(embedded(&without_index, None).await, Ok(vec![vec![1.0], vec![2.0]]));
}

#[tokio::test]
async fn vectors_that_are_not_as_asked_are_told() {
    let one = |embedding: Value| json!({ "data": [{ "index": 0, "embedding": embedding }] });
    let table = [
        (one(json!([1.0])), None, "1 vectors for 2 texts"),
        (one(json!("?")), None, "a vector that is not base64"),
        (one(json!("AAA=")), None, "a vector that is not base64"),
        (one(json!(7)), None, "it is not as expected"),
        (json!({ "data": [{ "index": 2, "embedding": [1.0] }] }), None, "vector 2 for 2 texts"),
        (
            json!({ "data": [{ "embedding": [1.0] }, { "embedding": [2.0] }] }),
            Some(3),
            "vectors of dimension 1, and EMBEDDING_DIM is 3",
        ),
        (json!({}), None, "missing field `data`"),
    ];
    for (body, dimension, reason) in table {
        let told = embedded(&body, dimension).await.unwrap_err();
        assert!(told.contains(reason), "{body}: {told}");
    }
}

#[tokio::test]
async fn a_stream_is_read_whatever_else_is_in_it() {
    let stream = ": ping\n\ndata: {\"choices\":[]}\n\ndata: {\"choices\":null,\"usage\":{}}\n\n\
        data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null}}]}\n\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"He\"},\"finish_reason\":\"eos\"}]}\n\n\
        data: {\"choices\":[{\"delta\":{\"content\":\"llo\"}}],\"x\":1}\n\ndata: [DONE]\n\n";
    assert_eq!(generated(provider(200, EVENTS, stream).await).await, Ok("Hello".to_owned()));
    let without_done = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}";
    assert_eq!(generated(provider(200, EVENTS, without_done).await).await, Ok("Hello".to_owned()));
}

#[tokio::test]
async fn an_answer_that_is_not_streamed_is_taken_whole() {
    let answer = json!({ "choices": [{ "message": { "content": "Hello" } }] }).to_string();
    assert_eq!(generated(provider(200, JSON, answer).await).await, Ok("Hello".to_owned()));
}

#[tokio::test]
async fn an_empty_answer_and_nonsense_are_no_answers() {
    for body in ["data: [DONE]\n\n", "", "data: {\n\n"] {
        let error = generated(provider(200, EVENTS, body).await).await.unwrap_err();
        assert!(matches!(error, ProviderError::Unusable { .. }), "{body:?}: {error}");
    }
    let error = generated(provider(200, JSON, "{}").await).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unusable { .. }), "{error}");
}

#[tokio::test]
async fn an_error_within_a_stream_ends_it() {
    let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"He\"}}]}\n\n\
        data: {\"error\":{\"message\":\"out of tokens for sk-123\",\"code\":429}}\n\n";
    let error = generated(provider(200, EVENTS, stream).await).await.unwrap_err();
    let ProviderError::Refused { status, reason, .. } = &error else { panic!("{error}") };
    assert_eq!((*status, reason.as_str()), (429, "out of tokens for [secret]"));
}

#[tokio::test]
async fn a_stream_that_stays_open_after_its_end_holds_nobody_up() {
    let router = Router::new().fallback(async || {
        let answer =
            "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"}}]}\n\ndata: [DONE]\n\n";
        let parts = futures_util::stream::iter([Ok::<_, std::io::Error>(answer)]);
        let body = axum::body::Body::from_stream(parts.chain(futures_util::stream::pending()));
        ([(CONTENT_TYPE, EVENTS)], body)
    });
    assert_eq!(generated(served(router).await).await, Ok("Hello".to_owned()));
}

#[tokio::test]
async fn a_model_that_knows_the_token_limit_by_another_name_is_warmed() {
    let router = Router::new().fallback(async |axum::Json(body): axum::Json<Value>| {
        if body.get("max_completion_tokens").is_some() {
            return (StatusCode::OK, axum::Json(json!({ "choices": [] })));
        }
        let message = "Use 'max_completion_tokens' instead of 'max_tokens'.";
        (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": { "message": message } })))
    });
    let generator = OpenAiGenerator::new(client().unwrap(), served(router).await);
    assert_eq!(generator.warm().await, Ok(()));
}

#[tokio::test]
async fn an_error_status_is_told_without_the_key() {
    let body = json!({ "error": { "message": "Incorrect API key: sk-123" } }).to_string();
    let error = generated(provider(401, JSON, body).await).await.unwrap_err();
    assert!(error.to_string().ends_with("answered 401: Incorrect API key: [secret]"), "{error}");
}
