//! Chat as clients of Ollama and OpenAI speak it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    provider::{Mood, Options},
    service::{Service, answer},
};

async fn filled() -> Service {
    let service = Service::start().await;
    service.add("guide.md", "The balancer drains for thirty seconds.").await;
    service
}

fn asked(content: &str, stream: bool) -> Value {
    json!({ "model": "m", "messages": [{ "role": "user", "content": content }], "stream": stream })
}

async fn lines(service: &Service, path: &str, body: &Value) -> Vec<Value> {
    let told = service.post(path, body).send().await.unwrap();
    assert_eq!(told.status(), StatusCode::OK);
    let text = told.text().await.unwrap();
    text.lines()
        .filter_map(|line| {
            let line = line.strip_prefix("data: ").unwrap_or(line);
            (!line.is_empty() && line != "[DONE]").then(|| serde_json::from_str(line).unwrap())
        })
        .collect()
}

#[tokio::test]
async fn ollama_is_answered_whole_and_in_pieces() {
    let service = filled().await;
    let whole = answer(service.post("/api/chat", &asked("How long?", false))).await.body;
    assert_eq!((&whole["done"], &whole["done_reason"]), (&json!(true), &json!("stop")));
    assert_eq!(
        (&whole["model"], &whole["message"]["role"]),
        (&json!("lightrag:latest"), &json!("assistant"))
    );
    let words = whole["message"]["content"].as_str().unwrap();
    assert!(!words.is_empty());
    assert!(
        whole["eval_count"].as_u64().unwrap() > 0 && whole["total_duration"].as_u64().unwrap() > 0
    );

    let pieces = lines(&service, "/api/chat", &asked("How long?", true)).await;
    let (last, pieces) = pieces.split_last().unwrap();
    assert_eq!((&last["done"], &last["message"]["content"]), (&json!(true), &json!("")));
    assert!(pieces.len() > 1 && pieces.iter().all(|piece| piece["done"] == false));
    let together: String =
        pieces.iter().map(|piece| piece["message"]["content"].as_str().unwrap()).collect();
    assert_eq!(together, words);

    let generated = json!({ "model": "m", "prompt": "How long?" });
    let generated = answer(service.post("/api/generate", &generated)).await.body;
    assert_eq!((&generated["response"], &generated["done"]), (&json!(words), &json!(true)));
}

#[tokio::test]
async fn openai_is_answered_whole_and_in_pieces() {
    let service = filled().await;
    let path = "/v1/chat/completions";
    let whole = answer(service.post(path, &asked("How long?", false))).await.body;
    let choice = &whole["choices"][0];
    assert_eq!(
        (&whole["object"], &choice["finish_reason"]),
        (&json!("chat.completion"), &json!("stop"))
    );
    assert_eq!(whole["references"][0]["file_path"], "guide.md");
    let words = choice["message"]["content"].as_str().unwrap();
    let usage = &whole["usage"];
    let sum =
        usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap();
    assert_eq!(usage["total_tokens"], sum);

    let mut body = asked("How long?", true);
    body["stream_options"] = json!({ "include_usage": true });
    let events = lines(&service, path, &body).await;
    assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
    assert_eq!(events[0]["references"][0]["reference_id"], "1");
    let together: String = events
        .iter()
        .filter_map(|event| event["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(together, words);
    let last = events.last().unwrap();
    assert_eq!((&last["usage"], &last["choices"]), (usage, &json!([])));
    let before = &events[events.len() - 2]["choices"][0];
    assert_eq!(before["finish_reason"], "stop");
    assert!(events.iter().all(|event| event["id"] == events[0]["id"]));
}

#[tokio::test]
async fn each_is_refused_in_its_own_words() {
    let service = filled().await;
    let wrong = json!({ "model": "m", "messages": [] });
    let told = answer(service.post("/v1/chat/completions", &wrong)).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    let error = &told.body["error"];
    assert_eq!(
        (&error["type"], &error["code"]),
        (&json!("invalid_request_error"), &json!("unprocessable"))
    );
    assert!(error["message"].as_str().unwrap().contains("messages"), "{error}");
    let told = answer(service.post("/api/chat", &wrong)).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told.body["error"].as_str().unwrap().contains("messages"), "{}", told.body);

    service.provider_is("chat", Mood::Refuse(401, None));
    let told = answer(service.post("/v1/chat/completions", &asked("How long?", true))).await;
    assert_eq!(
        (told.status, &told.body["error"]["code"]),
        (StatusCode::BAD_GATEWAY, &json!("provider_refused"))
    );
    let told = answer(service.post("/api/chat", &asked("How long?", true))).await;
    assert_eq!(told.status, StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn an_answer_that_breaks_off_says_so() {
    let service = filled().await;
    service.provider_is("chat", Mood::BreakOff);
    let events = lines(&service, "/v1/chat/completions", &asked("How long?", true)).await;
    let last = events.last().unwrap();
    assert!(last["error"]["message"].is_string(), "{last}");
    let pieces = lines(&service, "/api/chat", &asked("How long?", true)).await;
    assert!(pieces.last().unwrap()["error"].is_string(), "{pieces:?}");
    let told = answer(service.post("/api/chat", &asked("How long?", false))).await;
    assert!(told.status.is_server_error(), "{}", told.body);
}

#[tokio::test]
async fn a_conversation_is_passed_on_and_a_system_message_stays_out_of_the_rules() {
    let service = filled().await;
    let messages = json!([
        { "role": "system", "content": "Speak like a pirate." },
        { "role": "user", "content": "Hello" },
        { "role": "assistant", "content": "Ahoy" },
        { "role": "user", "content": [{ "type": "text", "text": "How long does it drain?" }] },
    ]);
    let body = json!({ "model": "m", "messages": messages });
    assert_eq!(answer(service.post("/v1/chat/completions", &body)).await.status, StatusCode::OK);
    let sent = service.last_chat();
    let said = sent["messages"].as_array().unwrap();
    assert_eq!(said[0]["role"], "system");
    assert!(!said[0]["content"].as_str().unwrap().contains("pirate"), "{sent}");
    assert_eq!((&said[1]["content"], &said[2]["content"]), (&json!("Hello"), &json!("Ahoy")));
    assert!(said[3]["content"].as_str().unwrap().contains("How long does it drain?"));
}

#[tokio::test]
async fn bypass_asks_the_model_as_it_is() {
    let service = filled().await;
    let messages = json!([
        { "role": "system", "content": "Speak like a pirate." },
        { "role": "user", "content": "/bypass Hello" },
    ]);
    let body = json!({ "model": "m", "messages": messages, "stream": false });
    assert_eq!(answer(service.post("/api/chat", &body)).await.status, StatusCode::OK);
    let sent = service.last_chat();
    let plain = json!([
        { "role": "system", "content": "Speak like a pirate." },
        { "role": "user", "content": "Hello" },
    ]);
    assert_eq!(sent["messages"], plain);
    // The same by the model's name.
    let body =
        json!({ "model": "lightrag-bypass", "messages": [{ "role": "user", "content": "Hi" }] });
    assert_eq!(answer(service.post("/v1/chat/completions", &body)).await.status, StatusCode::OK);
    assert_eq!(service.last_chat()["messages"], json!([{ "role": "user", "content": "Hi" }]));
}

#[tokio::test]
async fn the_context_alone_costs_no_call_to_the_model() {
    let service = filled().await;
    let before = service.stats().chat;
    let told = answer(service.post("/api/chat", &asked("/context How long?", false))).await.body;
    let words = told["message"]["content"].as_str().unwrap();
    assert!(words.contains("The balancer drains for thirty seconds."), "{words}");
    assert_eq!(service.stats().chat, before);
}

#[tokio::test]
async fn who_knows_no_202_is_told_to_come_again() {
    let service = Service::with(Options::default(), &[("ASYNC_INIT", "true")], |_| {}).await;
    service.provider_is("chat", Mood::Hang);
    let told = answer(service.post("/v1/chat/completions", &asked("How long?", false))).await;
    // Warm already, when the provider was faster than the mood.
    if told.status != StatusCode::OK {
        assert_eq!(told.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(
            (told.retry_after.as_deref(), &told.body["error"]["code"]),
            (Some("10"), &json!("initializing"))
        );
    }
}

#[tokio::test]
async fn models_are_listed() {
    let service = Service::start().await;
    assert_eq!(answer(service.get("/api/version")).await.body["version"], "0.9.3");
    assert_eq!(answer(service.get("/api/tags")).await.body["models"][0]["name"], "lightrag:latest");
    assert_eq!(answer(service.get("/api/ps")).await.body["models"][0]["model"], "lightrag:latest");
    let ids = answer(service.get("/v1/models")).await.body["data"].clone();
    assert!(ids.as_array().unwrap().iter().any(|model| model["id"] == "lightrag-naive"), "{ids}");
}
