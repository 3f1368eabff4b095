use std::{
    sync::atomic::Ordering::SeqCst,
    time::{Duration, Instant},
};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    provider::{Mood, Options, embed},
    service::{Service, answer, until},
};

/// A limit that a test can wait for.
const SHORT: Duration = Duration::from_millis(100);

async fn with_document() -> Service {
    let service = Service::start().await;
    service.seed("guide.md", "Cold starts are measured in seconds.").await;
    service
}

#[tokio::test]
async fn a_question_gets_an_answer_with_its_sources() {
    let service = with_document().await;
    let found = service.query("How are cold starts measured?").await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.body);
    assert_eq!(found.body["response"], "The answer is in [1].");
    assert_eq!(found.body["llm_generated"], true);
    let references = json!([{ "reference_id": "1", "file_path": "guide.md", "content": null }]);
    assert_eq!(found.body["references"], references);
    assert!(found.body["response_time"].as_f64().unwrap() > 0.0);
    assert_eq!(service.stats().with_key, 1, "the LLM alone has a key");
}

#[tokio::test]
async fn references_come_as_asked() {
    let service = with_document().await;
    let body = json!({ "query": "cold", "include_chunk_content": true, "stream": false });
    let found = answer(service.post("/query", &body)).await;
    let content = json!(["Cold starts are measured in seconds."]);
    assert_eq!(found.body["references"][0]["content"], content);
    let body = json!({ "query": "cold", "include_references": false });
    assert_eq!(answer(service.post("/query", &body)).await.body["references"], json!(null));
}

#[tokio::test]
async fn without_documents_the_llm_is_not_asked() {
    let service = Service::start().await;
    let found = service.query("anything").await;
    assert_eq!((found.status, &found.body["llm_generated"]), (StatusCode::OK, &json!(false)));
    assert!(found.body["response"].as_str().unwrap().ends_with("[no-context]"), "{}", found.body);
    assert_eq!(found.body["references"], json!([]));
    assert_eq!((service.stats().embeddings, service.stats().chat), (1, 0));
}

#[tokio::test]
async fn wrong_input_names_the_field() {
    let service = Service::start().await;
    let long = |letters: usize| "x".repeat(letters);
    let said = |role: &str, content: &str| json!([{ "role": role, "content": content }]);
    let with = |field: &str, value: Value| json!({ "query": "cold", field: value });
    let table = [
        (json!({ "query": " " }), "query:"),
        (json!({ "query": 1 }), "query:"),
        (json!({}), "`query`"),
        (json!({ "query": "ab" }), "query:"),
        (json!({ "query": "冷" }), "query:"),
        (json!({ "query": long(65_537) }), "query:"),
        (with("mode", json!("hybird")), "mode:"),
        (with("top_k", json!(0)), "top_k:"),
        (with("chunk_top_k", json!(1001)), "chunk_top_k:"),
        (with("max_entity_tokens", json!(0)), "max_entity_tokens:"),
        (with("max_relation_tokens", json!(1_000_001)), "max_relation_tokens:"),
        (with("max_total_tokens", json!(-1)), "max_total_tokens:"),
        (with("hl_keywords", json!(vec!["a"; 65])), "hl_keywords:"),
        (with("ll_keywords", json!([long(513)])), "ll_keywords:"),
        (with("response_type", json!(long(257))), "response_type:"),
        (with("user_prompt", json!(long(65_537))), "user_prompt:"),
        (with("conversation_history", said("system", "Obey.")), "conversation_history:"),
        (with("conversation_history", said("user", &long(32_769))), "conversation_history:"),
        (with("conversation_history", json!([{ "role": "user" }])), "conversation_history[0]:"),
        (
            with("conversation_history", json!(vec![said("user", &long(32_000))[0].clone(); 5])),
            "query: with its history",
        ),
        (with("include_references", json!("yes")), "include_references:"),
        (with("stream", json!(1)), "stream:"),
    ];
    for (body, field) in table {
        for route in ["/query", "/query/stream", "/query/data"] {
            let told = answer(service.post(route, &body)).await;
            let shown: String = body.to_string().chars().take(80).collect();
            assert_eq!(told.code(), (422, "unprocessable"), "{shown}");
            let fault = &told.body["detail"][0];
            let place = fault["loc"].as_array().unwrap();
            let place = place.get(1).map_or("", |place| place.as_str().unwrap());
            let words = format!("{place}: {}", fault["msg"].as_str().unwrap());
            assert!(words.starts_with(field) || field == "`query`", "{fault}");
        }
    }
    let request = || service.client.post(format!("{}/query", service.url));
    let broken = request().header("content-type", "application/json").body("{");
    assert_eq!(answer(broken).await.code(), (422, "not_json"));
    assert_eq!(answer(request().body("{}")).await.code(), (400, "malformed"));
    let large = json!({ "query": long(1_100_000) });
    assert_eq!(answer(service.post("/query", &large)).await.code(), (413, "too_large"));
}

#[tokio::test]
async fn every_field_of_a_client_of_lightrag_is_taken() {
    let service = with_document().await;
    let body = json!({
        "query": "  cold starts  ", "mode": "naive", "only_need_context": false, "only_need_prompt": false,
        "response_type": "Bullet Points", "top_k": 10, "chunk_top_k": 5, "max_entity_tokens": 1000,
        "max_relation_tokens": 1000, "max_total_tokens": 10_000, "hl_keywords": [], "ll_keywords": null,
        "conversation_history": [
            { "role": "user", "content": "Hello?", "name": "me" },
            { "role": "assistant", "content": "Hello." },
        ],
        "user_prompt": "Be brief.", "disable_user_prompt_prefix": true, "enable_rerank": true,
        "include_references": true, "include_chunk_content": false, "include_progress": true, "stream": true,
        "what_comes_next": {},
    });
    let found = answer(service.post("/query", &body)).await;
    assert_eq!((found.status, &found.body["llm_generated"]), (StatusCode::OK, &json!(true)));
}

#[tokio::test]
async fn context_and_prompt_come_without_a_model() {
    let service = with_document().await;
    let asked = |field: &str| {
        json!({
            "query": "How are cold starts measured?", field: true, "response_type": "Haiku",
            "user_prompt": "Rhyme.", "conversation_history": [{ "role": "user", "content": "Hello?" }],
        })
    };
    let context = answer(service.post("/query", &asked("only_need_context"))).await.body;
    let wanted = "Passages:\n\n[1] guide.md\nCold starts are measured in seconds.\n\n";
    assert_eq!((&context["response"], &context["llm_generated"]), (&json!(wanted), &json!(false)));
    assert_eq!(context["references"][0]["file_path"], "guide.md");
    let prompt = answer(service.post("/query", &asked("only_need_prompt"))).await.body;
    let words = prompt["response"].as_str().unwrap();
    assert!(words.starts_with("---System---\n"), "{words}");
    let (_, user) = words.split_once("\n\n---User---\nHello?\n\n---User---\n").unwrap();
    insta::assert_snapshot!(user, @"
    Passages:

    [1] guide.md
    Cold starts are measured in seconds.

    Wished form of the answer: Haiku
    Wishes for the answer: Rhyme.

    Question: How are cold starts measured?
    ");
    assert_eq!(service.stats().chat, 0);
}

#[tokio::test]
async fn bypass_asks_the_model_as_it_is_and_needs_one() {
    let service = with_document().await;
    let asked = json!({ "query": "hi", "mode": "bypass" });
    let told = answer(service.post("/query", &asked)).await;
    assert_eq!((told.status, &told.body["references"]), (StatusCode::OK, &json!([])));
    assert_eq!((service.stats().chat, service.stats().embeddings), (1, 0));
}

#[tokio::test]
async fn an_old_history_gives_way() {
    let service = with_document().await;
    let turn = |number: usize| json!({ "role": "user", "content": format!("turn {number} {}", "x ".repeat(100)) });
    let asked = json!({
        "query": "cold starts", "only_need_prompt": true, "max_total_tokens": 1000,
        "conversation_history": (0..9).map(turn).collect::<Vec<_>>(),
    });
    let told = answer(service.post("/query", &asked)).await;
    let prompt = told.body["response"].as_str().unwrap();
    let kept: Vec<usize> =
        (0..9).filter(|turn| prompt.contains(&format!("turn {turn} "))).collect();
    assert_eq!(kept, [7, 8], "a quarter of all tokens, the newest");
}

#[tokio::test]
async fn chunks_are_found_as_set() {
    for (way, embeddings, sources) in [
        ("fused", 1, vec!["far.md", "near.md"]),
        ("vector", 1, vec!["near.md"]),
        ("words", 0, vec!["far.md"]),
    ] {
        let environment = [("CHUNK_RETRIEVAL", way), ("COSINE_THRESHOLD", "0.9")];
        let service = Service::with_environment(&environment).await;
        let vector = |sign: f32| -> Vec<f32> {
            // Of unit length: the question is one word, beside what all texts have.
            embed("tomatoes", 64).iter().map(|value| sign * value / 2.0_f32.sqrt()).collect()
        };
        service.seed_as("far.md", "tomatoes", vector(-1.0)).await;
        service.seed_as("near.md", "potatoes", vector(1.0)).await;
        let before = service.stats().embeddings;
        let found = answer(service.post("/query/data", &json!({ "query": "tomatoes" }))).await.body;
        let mut names: Vec<&str> = found["data"]["references"]
            .as_array()
            .unwrap()
            .iter()
            .map(|reference| reference["file_path"].as_str().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!((service.stats().embeddings - before, names), (embeddings, sources), "{way}");
        service.provider_is("embeddings", Mood::Reset);
        let told = service.query("tomatoes").await;
        match way {
            "words" => assert_eq!(told.status, StatusCode::OK),
            _ => assert_eq!(
                told.code(),
                (503, "provider_unreachable"),
                "half of it is not all of it"
            ),
        }
    }
}

#[tokio::test]
async fn an_answer_is_given_again_only_where_that_is_set_and_only_to_the_very_same() {
    let service = with_document().await;
    service.query("cold starts").await;
    service.query("cold starts").await;
    assert_eq!(service.stats().chat, 2, "by default each question is answered anew");

    let service = Service::with_environment(&[("ENABLE_LLM_CACHE", "true")]).await;
    service.seed("guide.md", "Cold starts are measured in seconds.").await;
    let first = service.query("cold starts").await.body;
    let again = service.query("cold starts").await.body;
    assert_eq!((service.stats().chat, &again["response"]), (1, &first["response"]));
    let streamed = service.post("/query/stream", &json!({ "query": "cold starts" }));
    let streamed = streamed.send().await.unwrap().text().await.unwrap();
    assert!(streamed.contains("The answer is in [1]."), "{streamed}");
    assert_eq!(service.stats().chat, 1, "a stream gives it again, too");
    service.seed("news.md", "Cold starts are over.").await;
    service.query("cold starts").await;
    assert_eq!(service.stats().chat, 2, "with another document the same question is another");
    service.app.answers.clear_cache();
    service.query("cold starts").await;
    assert_eq!(service.stats().chat, 3);
}

#[tokio::test]
async fn an_answer_that_broke_off_is_not_given_again() {
    let service = Service::with_environment(&[("ENABLE_LLM_CACHE", "true")]).await;
    service.seed("guide.md", "Cold starts are measured in seconds.").await;
    service.provider_is("chat", Mood::BreakOff);
    assert_eq!(service.query("cold starts").await.code(), (503, "provider_unreachable"));
    service.provider_is("chat", Mood::Answer);
    assert_eq!(service.query("cold starts").await.body["response"], "The answer is in [1].");
}

#[tokio::test]
async fn a_provider_that_refuses_ends_in_502() {
    let service = with_document().await;
    service.provider_is("chat", Mood::Refuse(401, None));
    let told = service.query("cold").await;
    assert_eq!(told.code(), (502, "provider_refused"));
    assert!(told.body["detail"].as_str().unwrap().contains("not in the mood"), "{}", told.body);
    assert_eq!(service.stats().chat, 1, "what is refused for good is not tried again");
}

#[tokio::test]
async fn a_refusal_that_may_pass_is_tried_again_and_its_pause_passed_on() {
    let service = with_document().await;
    service.provider_is("embeddings", Mood::Refuse(429, Some(100)));
    let told = service.query("cold").await;
    assert_eq!(
        (told.code(), told.retry_after.as_deref()),
        ((502, "provider_refused"), Some("100"))
    );
    service.provider_is("embeddings", Mood::Refuse(503, None));
    assert_eq!(service.query("cold").await.code(), (502, "provider_refused"));
    assert_eq!(service.stats().embeddings, 4);
    service.provider_is("embeddings", Mood::Answer);
    assert_eq!(service.query("cold").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_ends_in_503() {
    let nobody = [("EMBEDDING_BINDING_HOST", "http://127.0.0.1:9/v1")];
    let service = Service::with_environment(&nobody).await;
    let told = service.query("cold").await;
    assert_eq!(told.code(), (503, "provider_unreachable"));
    let health = answer(service.get("/health")).await.body;
    assert_eq!(health["pools"]["embedding"]["state"], "cold");
    let error = health["pools"]["embedding"]["error"].as_str().unwrap();
    assert!(error.starts_with("127.0.0.1:9 cannot be reached"), "{error}");
}

#[tokio::test]
async fn a_provider_that_closes_the_connection_ends_in_503() {
    let service = with_document().await;
    service.provider_is("embeddings", Mood::Reset);
    assert_eq!(service.query("cold").await.code(), (503, "provider_unreachable"));
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let service = with_document().await;
    service.provider_is("chat", Mood::BreakOff);
    assert_eq!(service.query("cold").await.code(), (503, "provider_unreachable"));
}

#[tokio::test]
async fn a_provider_that_hangs_ends_in_504_in_bounded_time() {
    for endpoint in ["embeddings", "chat"] {
        let service = Service::with(Options::default(), &[], |settings| {
            settings.embedding.limits.function = SHORT;
            settings.llm.limits.function = SHORT;
        })
        .await;
        service.seed("guide.md", "Cold starts.").await;
        service.provider_is(endpoint, Mood::Hang);
        let began = Instant::now();
        assert_eq!(service.query("cold").await.code(), (504, "provider_timeout"), "{endpoint}");
        assert!(began.elapsed() < 10 * SHORT, "{endpoint}: {:?}", began.elapsed());
    }
}

#[tokio::test]
async fn a_request_past_its_limit_ends_in_504_and_frees_its_worker() {
    let service = Service::with(Options::default(), &[], |settings| {
        settings.request_timeout = SHORT;
    })
    .await;
    service.provider_is("embeddings", Mood::Hang);
    assert_eq!(service.query("cold").await.code(), (504, "request_timeout"));
    until(async || service.stats().in_flight == 0).await;
    assert_eq!(service.app.embedding.facts().busy, 0);
}

#[tokio::test]
async fn a_client_that_goes_away_frees_its_worker() {
    let service = Service::with_environment(&[("MAX_ASYNC", "1")]).await;
    service.app.embedding.warm().await.unwrap();
    service.provider_is("embeddings", Mood::Hang);
    let request = service.post("/query", &json!({ "query": "cold" })).timeout(SHORT);
    assert!(request.send().await.unwrap_err().is_timeout());
    until(async || service.app.embedding.facts().busy == 0).await;
    until(async || service.stats().in_flight == 0).await;
    service.provider_is("embeddings", Mood::Answer);
    assert_eq!(service.query("cold").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_full_queue_ends_in_429_with_a_time_to_come_again() {
    let service = Service::with_environment(&[("MAX_ASYNC", "1"), ("MAX_QUEUE", "1")]).await;
    service.provider_is("embeddings", Mood::Hang);
    let waiting = [0, 1].map(|_| {
        let request = service.post("/query", &json!({ "query": "cold" }));
        tokio::spawn(request.send())
    });
    until(async || {
        let facts = service.app.embedding.facts();
        (facts.busy, facts.queued) == (1, 1)
    })
    .await;
    let told = service.query("cold").await;
    assert_eq!((told.code(), told.retry_after.as_deref()), ((429, "overloaded"), Some("5")));
    waiting.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn a_broken_store_ends_in_500_without_its_words() {
    let service = Service::start().await;
    service.store.is_broken.store(true, SeqCst);
    let told = service.query("cold").await;
    assert_eq!(told.code(), (500, "internal"));
    assert!(!told.body.to_string().contains("/secret/place"), "{}", told.body);
}
