//! The modes that search a graph, over documents that were read for one.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    provider::{Mood, Options},
    service::{Answer, Service, answer, until},
};

const GRAPH: (&str, &str) = ("ENABLE_GRAPH", "true");

/// Two documents that have a thing in common, and one that stands apart.
async fn with_documents(environment: &[(&str, &str)]) -> Service {
    let environment: Vec<_> = environment.iter().copied().chain([GRAPH]).collect();
    let service = Service::with_environment(&environment).await;
    service.add("fargate.md", "Fargate runs tasks of the Scheduler without servers.").await;
    service.add("pool.md", "The Scheduler watches the Pool of workers all day.").await;
    service.add("garden.md", "Roses and Tulips need water.").await;
    service
}

async fn data(service: &Service, body: Value) -> Answer {
    answer(service.post("/query/data", &body)).await
}

fn names(found: &Answer, list: &str, field: &str) -> Vec<String> {
    let list = found.body["data"][list].as_array().unwrap_or_else(|| panic!("{}", found.body));
    list.iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn local_follows_what_the_question_names() {
    let service = with_documents(&[]).await;
    let asked = json!({ "query": "What does Fargate do?", "mode": "local", "top_k": 1 });
    let found = data(&service, asked).await;
    assert_eq!((found.status, &found.body["status"]), (StatusCode::OK, &json!("success")));
    assert_eq!(names(&found, "entities", "entity_name"), ["Fargate"]);
    assert_eq!(names(&found, "relationships", "keywords"), ["related"]);
    assert_eq!(names(&found, "chunks", "file_path"), ["fargate.md"]);
    let entity = &found.body["data"]["entities"][0];
    assert_eq!(entity["description"], "Fargate is named.");
    assert_eq!(
        (&entity["entity_type"], &entity["file_path"]),
        (&json!("Concept"), &json!("fargate.md"))
    );
    let chunk = &found.body["data"]["chunks"][0];
    assert_eq!(entity["source_id"], chunk["chunk_id"]);
    let metadata = &found.body["metadata"];
    assert_eq!(metadata["query_mode"], "local");
    let keywords = json!({ "high_level": ["does"], "low_level": ["What", "Fargate"] });
    assert_eq!(metadata["keywords"], keywords);
    let counts = json!({
        "total_entities_found": 1, "total_relations_found": 1, "entities_after_truncation": 1,
        "relations_after_truncation": 1, "merged_chunks_count": 1, "final_chunks_count": 1,
    });
    assert_eq!(metadata["processing_info"], counts);
}

#[tokio::test]
async fn a_thing_of_two_documents_leads_to_both() {
    let service = with_documents(&[]).await;
    let asked =
        json!({ "query": "Scheduler", "mode": "local", "top_k": 1, "ll_keywords": ["Scheduler"] });
    let found = data(&service, asked).await;
    let mut sources = names(&found, "chunks", "file_path");
    sources.sort();
    assert_eq!(sources, ["fargate.md", "pool.md"]);
    assert_eq!(found.body["data"]["entities"][0]["file_path"], "fargate.md<SEP>pool.md");
    assert_eq!(found.body["data"]["references"].as_array().unwrap().len(), 2);
    assert_eq!(service.stats().keywords, 0, "who names the keywords costs no call");
}

#[tokio::test]
async fn global_begins_with_relations() {
    let service = with_documents(&[]).await;
    let asked = json!({
        "query": "how things go together", "mode": "global", "top_k": 1,
        "hl_keywords": ["Roses goes with Tulips"],
    });
    let found = data(&service, asked).await;
    assert_eq!(names(&found, "relationships", "description"), ["Roses goes with Tulips."]);
    assert_eq!(names(&found, "entities", "entity_name"), ["Roses", "Tulips"]);
    assert_eq!(names(&found, "chunks", "file_path"), ["garden.md"]);
}

#[tokio::test]
async fn hybrid_takes_from_both_and_mix_from_the_chunks_too() {
    let service = with_documents(&[]).await;
    let asked = |mode: &str| {
        json!({
            "query": "workers", "mode": mode, "top_k": 1,
            "ll_keywords": ["Fargate"], "hl_keywords": ["Roses goes with Tulips"],
        })
    };
    let hybrid = data(&service, asked("hybrid")).await;
    assert_eq!(names(&hybrid, "entities", "entity_name"), ["Fargate", "Roses", "Tulips"]);
    assert_eq!(names(&hybrid, "chunks", "file_path").len(), 2, "{}", hybrid.body);
    let mix = data(&service, asked("mix")).await;
    assert_eq!(names(&mix, "chunks", "file_path")[0], "pool.md", "{}", mix.body);
    assert_eq!(names(&mix, "chunks", "file_path").len(), 3);
    assert_eq!(names(&mix, "references", "reference_id"), ["1", "2", "3"]);
}

#[tokio::test]
async fn with_a_graph_a_question_is_answered_in_mix_with_one_call_for_its_keywords() {
    let service = with_documents(&[]).await;
    let before = service.stats();
    let asked = service.query("What does Fargate do?").await;
    assert_eq!((asked.status, &asked.body["llm_generated"]), (StatusCode::OK, &json!(true)));
    let after = service.stats();
    assert_eq!((after.keywords, after.chat - before.chat), (1, 2));
    assert_eq!(after.embeddings - before.embeddings, 1, "question and keywords in one call");
    service.query("What does Fargate do?").await;
    assert_eq!(service.stats().keywords, 1, "the keywords of a question are remembered");
    service.app.answers.clear_cache();
    service.query("What does Fargate do?").await;
    assert_eq!(service.stats().keywords, 2);
}

#[tokio::test]
async fn the_model_is_told_of_things_relations_and_passages() {
    let service = with_documents(&[]).await;
    let asked = json!({
        "query": "What is Fargate?", "mode": "mix", "ll_keywords": ["Fargate"], "top_k": 1,
        "only_need_context": true, "chunk_top_k": 1,
    });
    let told = answer(service.post("/query", &asked)).await;
    assert_eq!(told.body["llm_generated"], false);
    insta::assert_snapshot!(told.body["response"].as_str().unwrap(), @r#"
    Things, one a line:

    {"entity":"Fargate","type":"Concept","description":"Fargate is named."}

    Relations, one a line:

    {"entity1":"Fargate","entity2":"Scheduler","keywords":"related","description":"Fargate goes with Scheduler."}

    Passages:

    [1] fargate.md
    Fargate runs tasks of the Scheduler without servers.
    "#);
}

#[tokio::test]
async fn however_chunks_are_found_things_are_found_by_vector() {
    let asked = json!({
        "query": "workers", "mode": "mix", "top_k": 1, "ll_keywords": ["Fargate"],
    });
    for way in ["fused", "vector", "words"] {
        let service = with_documents(&[("CHUNK_RETRIEVAL", way)]).await;
        let before = service.stats().embeddings;
        let found = data(&service, asked.clone()).await;
        assert_eq!(names(&found, "entities", "entity_name"), ["Fargate"], "{way}");
        let sources = names(&found, "chunks", "file_path");
        assert!(sources.contains(&"fargate.md".to_owned()), "{way}: {sources:?}");
        assert_eq!(sources[0], "pool.md", "{way}: it has the word, and is nearest to it");
        assert_eq!(service.stats().embeddings - before, 1, "{way}");
    }
}

#[tokio::test]
async fn a_deleted_document_leaves_nothing_in_the_graph() {
    let service = with_documents(&[]).await;
    let asked =
        json!({ "query": "Scheduler", "mode": "local", "top_k": 1, "ll_keywords": ["Scheduler"] });
    let before = data(&service, asked.clone()).await;
    let listed = answer(service.get("/documents")).await.body;
    let documents = listed["documents"].as_array().unwrap();
    let pool = documents.iter().find(|document| document["file_path"] == "pool.md").unwrap();
    let path = format!("{}/documents/{}", service.url, pool["id"].as_str().unwrap());
    assert_eq!(answer(service.client.delete(path)).await.status, StatusCode::OK);
    let after = data(&service, asked).await;
    assert_eq!(before.body["data"]["entities"][0]["file_path"], "fargate.md<SEP>pool.md");
    assert_eq!(after.body["data"]["entities"][0]["file_path"], "fargate.md");
    assert_eq!(names(&after, "chunks", "file_path"), ["fargate.md"]);
}

#[tokio::test]
async fn budgets_bound_what_the_model_is_told() {
    let service = with_documents(&[]).await;
    let asked = |entities: usize, relations: usize, all: usize| {
        json!({
            "query": "Scheduler", "mode": "mix", "ll_keywords": ["Scheduler Fargate Pool"],
            "max_entity_tokens": entities, "max_relation_tokens": relations, "max_total_tokens": all,
        })
    };
    let all = data(&service, asked(6000, 8000, 30_000)).await;
    assert!(names(&all, "entities", "entity_name").len() > 1, "{}", all.body);
    let few = data(&service, asked(60, 1, 30_000)).await;
    assert_eq!(names(&few, "entities", "entity_name").len(), 1, "{}", few.body);
    assert!(names(&few, "relationships", "src_id").is_empty());
    let found = |answer: &Answer| {
        answer.body["metadata"]["processing_info"]["total_entities_found"].clone()
    };
    assert_eq!(found(&few), found(&all), "what was left out is counted");
    let tiny = data(&service, asked(1, 1, 1)).await;
    assert_eq!(tiny.body["metadata"]["failure_reason"], "no_results", "{}", tiny.body);
}

#[tokio::test]
async fn without_a_graph_these_modes_say_what_they_need() {
    let service = Service::start().await;
    for mode in ["local", "global", "hybrid", "mix"] {
        for route in ["/query", "/query/stream", "/query/data"] {
            let told = answer(service.post(route, &json!({ "query": "cold", "mode": mode }))).await;
            assert_eq!(told.code(), (422, "not_available"), "{route} {mode}");
            assert_eq!(told.body["detail"][0]["loc"], json!(["body", "mode"]));
            let detail = told.body["detail"][0]["msg"].as_str().unwrap();
            assert!(detail.contains(mode) && detail.contains("ENABLE_GRAPH"), "{detail}");
        }
    }
    assert_eq!((service.stats().chat, service.stats().embeddings), (0, 0));
}

#[tokio::test]
async fn a_model_that_fails_at_the_keywords_ends_as_any_provider() {
    let asked = json!({ "query": "What does Fargate do?", "mode": "mix" });
    let table = [
        (Mood::Refuse(400, None), (502, "provider_refused")),
        (Mood::Reset, (503, "provider_unreachable")),
        (Mood::BreakOff, (503, "provider_unreachable")),
    ];
    for (mood, code) in table {
        // One that fails too often is left alone for a while.
        let service = with_documents(&[]).await;
        service.provider_is("chat", mood);
        for route in ["/query", "/query/stream", "/query/data"] {
            assert_eq!(answer(service.post(route, &asked)).await.code(), code, "{route} {mood:?}");
        }
    }
}

#[tokio::test]
async fn a_client_that_goes_away_at_the_keywords_frees_the_worker() {
    let service = with_documents(&[("MAX_ASYNC", "1")]).await;
    service.provider_is("chat", Mood::Hang);
    for route in ["/query", "/query/stream", "/query/data"] {
        let request = service.post(route, &json!({ "query": "What does Fargate do?" }));
        let gone = request.timeout(Duration::from_millis(100)).send().await;
        assert!(gone.unwrap_err().is_timeout());
        until(async || service.app.llm.facts().busy == 0).await;
        until(async || service.stats().in_flight == 0).await;
    }
    service.provider_is("chat", Mood::Answer);
    assert_eq!(service.query("What does Fargate do?").await.status, StatusCode::OK);
}

#[tokio::test]
async fn documents_are_read_chunk_by_chunk_and_half_of_the_workers_stay_free() {
    let slow = Options { llm_latency: Duration::from_millis(20), ..Options::default() };
    let environment = [GRAPH, ("CHUNK_SIZE", "20"), ("MAX_ASYNC_LLM", "4"), ("MAX_GLEANING", "0")];
    let service = Service::with(slow, &environment, |_| {}).await;
    let text = "Alpha and Beta are letters. ".repeat(40);
    service.add("letters.md", &text).await;
    let stats = service.stats();
    assert!(stats.extractions > 8, "{stats:?}");
    // Two readers, and the embedder's four.
    assert!(stats.max_in_flight <= 2 + 8, "{stats:?}");
    let found =
        data(&service, json!({ "query": "Alpha", "mode": "local", "ll_keywords": ["Alpha"] }))
            .await;
    assert_eq!(found.body["data"]["entities"][0]["entity_name"], "Alpha");
}

#[tokio::test]
async fn what_a_model_missed_is_asked_for_as_often_as_set() {
    for (gleanings, calls) in [("0", 1), ("1", 2), ("3", 4)] {
        let service = Service::with_environment(&[GRAPH, ("MAX_GLEANING", gleanings)]).await;
        service.add("a.md", "Alpha and Beta.").await;
        assert_eq!(service.stats().extractions, calls);
    }
}

#[tokio::test]
async fn a_document_that_the_model_refuses_to_read_fails_with_the_reason() {
    let service = Service::with_environment(&[GRAPH]).await;
    service.provider_is("chat", Mood::Refuse(400, None));
    service.add("a.md", "Alpha and Beta.").await;
    let listed = answer(service.get("/documents")).await.body;
    assert_eq!(listed["documents"][0]["status"], "failed");
    let reason = listed["documents"][0]["error_msg"].as_str().unwrap();
    assert!(reason.contains("not in the mood"), "{reason}");
}

#[tokio::test]
async fn what_a_document_says_never_stands_in_a_system_message() {
    let service = with_documents(&[]).await;
    let asked = json!({
        "query": "What is Fargate?", "mode": "mix", "only_need_prompt": true,
        "user_prompt": "Be brief.", "conversation_history": [{ "role": "user", "content": "Hello?" }],
    });
    let told = answer(service.post("/query", &asked)).await;
    let prompt = told.body["response"].as_str().unwrap();
    let (system, rest) = prompt.split_once("\n\n---User---\n").unwrap();
    for words in ["Fargate", "Be brief.", "Hello?"] {
        assert!(!system.contains(words) && rest.contains(words), "{words}: {prompt}");
    }
}
