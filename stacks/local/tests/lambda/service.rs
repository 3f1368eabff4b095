//! The service itself, as a function.

use std::{path::Path, sync::atomic::Ordering::SeqCst, time::Duration};

use ragctl_local::lambda::{
    Answer, CpuLimit, Ended, Function, FunctionSettings, HttpAnswer, HttpRequest, Status,
};
use serde_json::{Value, json};

use crate::{
    provider::{PAUSE, Provider},
    support::service,
};

fn function(folder: &Path, environment: &[(&str, &str)]) -> FunctionSettings {
    let mut settings = FunctionSettings::new("service", service(), folder);
    settings.cpu = CpuLimit::None;
    settings.timeout = Duration::from_secs(60);
    let data = folder.join("data").display().to_string();
    let own = [("DATA_DIR", data.as_str())];
    for (name, value) in own.iter().chain(environment) {
        settings.environment.insert((*name).to_owned(), (*value).to_owned());
    }
    settings
}

async fn send(function: &Function, request: &HttpRequest) -> (HttpAnswer, Ended) {
    let ended = function.invoke(request.url_event().to_string()).await.unwrap();
    let answer = HttpAnswer::of(&ended.answer)
        .unwrap_or_else(|error| panic!("{error}\n{}", ended.log.join("\n")));
    (answer, ended)
}

fn question(path: &str, words: &str) -> HttpRequest {
    HttpRequest::json("POST", path, &json!({ "query": words }))
}

fn document(words: &str) -> HttpRequest {
    HttpRequest::json("POST", "/documents/text", &json!({ "text": words, "file_source": "a.md" }))
}

#[tokio::test]
async fn all_is_set_up_once_for_a_hundred_invocations() {
    let folder = tempfile::tempdir().unwrap();
    let function = Function::new(function(folder.path(), &[("WARMUP_ON_STARTUP", "true")]));
    for count in 1..=100 {
        let (answer, ended) = send(&function, &HttpRequest::new("GET", "/readyz", "")).await;
        assert_eq!(answer.status, 200, "it is warm from the first event on");
        assert_eq!(ended.report.record.metrics.init_duration_ms.is_some(), count == 1);
    }
    assert_eq!(function.started(), 1);
    let ended = function.shut_down().await;
    assert!(ended.iter().all(|status| status.is_some_and(|it| it.success())), "{ended:?}");
}

#[tokio::test]
async fn a_document_is_answered_about_in_the_next_event() {
    let folder = tempfile::tempdir().unwrap();
    let function = Function::new(function(folder.path(), &[]));
    let (kept, ended) = send(&function, &document("The balancer drains for thirty seconds.")).await;
    assert_eq!(kept.status, 200);
    let id = &ended.report.record.request_id;
    let lines: Vec<Value> = ended.log.iter().map(|it| serde_json::from_str(it).unwrap()).collect();
    let processed = lines.iter().find(|line| line["message"] == "processed").unwrap();
    assert_eq!(processed["requestId"], *id, "what is done behind the answer is of the event, too");
    let answered = lines.iter().find(|line| line["message"] == "answered").unwrap();
    assert_eq!(answered["span"]["request_id"], *id);
    assert_eq!(kept.headers["x-request-id"], *id);
    // Through a load balancer, which is answered in its own form.
    let event = question("/query", "How long does the balancer drain?").balancer_event();
    let ended = function.invoke(event.to_string()).await.unwrap();
    let answer = HttpAnswer::of(&ended.answer).unwrap();
    assert!(answer.json().unwrap()["response"].as_str().unwrap().contains("thirty"), "{answer:?}");
    let Answer::Payload(payload) = &ended.answer else { panic!("{ended:?}") };
    assert_eq!(serde_json::from_slice::<Value>(payload).unwrap()["statusDescription"], "200 OK");
}

#[tokio::test]
async fn a_document_that_takes_longer_than_an_event_goes_on_with_the_next_ones() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start().await;
    let mut settings = function(
        folder.path(),
        &[
            ("EMBEDDING_BINDING_HOST", &provider.url),
            ("EMBEDDING_BATCH_NUM", "1"),
            ("EMBEDDING_FUNC_MAX_ASYNC", "1"),
            ("CHUNK_SIZE", "20"),
            ("CHUNK_OVERLAP_SIZE", "0"),
        ],
    );
    settings.timeout = Duration::from_secs(3);
    let function = Function::new(settings);
    let words: Vec<String> = (0..200).map(|n| format!("The balancer {n} drains.")).collect();
    let (kept, ended) = send(&function, &document(&words.join(" "))).await;
    assert_eq!((kept.status, ended.report.record.status), (200, Status::Success));
    assert!(ended.log.iter().any(|line| line.contains("it goes on at the next event")));
    let mut events = 1;
    let chunks = loop {
        let (_, ended) = send(&function, &HttpRequest::new("GET", "/livez", "")).await;
        assert_eq!(ended.report.record.status, Status::Success, "never killed: {ended:?}");
        events += 1;
        let processed = ended.log.iter().find(|line| line.contains(r#""message":"processed""#));
        if let Some(line) = processed {
            let line: Value = serde_json::from_str(line).unwrap();
            break usize::try_from(line["chunks"].as_u64().unwrap()).unwrap();
        }
        assert!(events < 60, "it goes on");
    };
    assert!(events > 2 && chunks > 10, "{events} events, {chunks} chunks");
    let texts = provider.said.texts.load(SeqCst);
    assert!(texts <= chunks + events, "nothing was begun anew: {texts} texts of {chunks} chunks");
    assert_eq!(function.started(), 1);
}

#[tokio::test]
async fn a_stream_arrives_in_parts_where_the_setting_says_so_and_whole_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start().await;
    let environment = [("LLM_BINDING_HOST", provider.url.as_str()), ("LAMBDA_RESPONSE", "stream")];
    let function = Function::new(function(folder.path(), &environment));
    send(&function, &document("The balancer drains for thirty seconds.")).await;
    let request = question("/query/stream", "How long does the balancer drain?");
    let (answer, ended) = send(&function, &request).await;
    let Answer::Streamed { parts, .. } = &ended.answer else { panic!("{ended:?}") };
    let (first, last) = (parts.first().unwrap(), parts.last().unwrap());
    assert!(last.after >= first.after + PAUSE, "{parts:?}");
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    let words = String::from_utf8(answer.body.to_vec()).unwrap();
    assert!(words.contains("\"one \"") && words.contains("\"three\""), "{words}");
    let event = request.balancer_event().to_string();
    let ended = function.invoke(event).await.unwrap();
    assert!(matches!(ended.answer, Answer::Payload(_)), "a load balancer takes no streams");
    assert_eq!(HttpAnswer::of(&ended.answer).unwrap().body, answer.body);
}

#[tokio::test]
async fn who_would_be_killed_answers_504_before() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start().await;
    let mut settings = function(folder.path(), &[("LLM_BINDING_HOST", &provider.url)]);
    settings.timeout = Duration::from_secs(4);
    let function = Function::new(settings);
    send(&function, &document("The balancer drains for thirty seconds.")).await;
    provider.said.hangs.store(true, SeqCst);
    let (answer, ended) = send(&function, &question("/query", "How long does it drain?")).await;
    assert_eq!((answer.status, ended.report.record.status), (504, Status::Success));
    assert_eq!(answer.json().unwrap()["code"], "request_timeout");
    assert_eq!(function.started(), 1, "it goes on");
}

#[tokio::test]
async fn why_there_are_no_answers_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = [("MAX_ASYNC", "0"), ("LAMBDA_RESPONSE", "maybe")];
    let function_of =
        |environment: &[(&str, &str)]| Function::new(function(folder.path(), environment));
    let ended = function_of(&wrong).invoke("{}").await.unwrap();
    let Answer::Error(error) = &ended.answer else { panic!("{ended:?}") };
    assert_eq!(error.error_type, "Function.WrongSettings");
    assert!(error.error_message.contains("MAX_ASYNC: `0`"), "{error:?}");
    assert!(error.error_message.contains("LAMBDA_RESPONSE: `maybe`"), "{error:?}");
    std::fs::write(folder.path().join("file"), "").unwrap();
    let data = folder.path().join("file/data").display().to_string();
    let ended = function_of(&[("DATA_DIR", &data)]).invoke("{}").await.unwrap();
    let Answer::Error(error) = &ended.answer else { panic!("{ended:?}") };
    assert_eq!(error.error_type, "Function.NotStarted");
    let good = function_of(&[]);
    let ended = good.invoke(json!({"source": "aws.events"}).to_string()).await.unwrap();
    let Answer::Error(error) = &ended.answer else { panic!("{ended:?}") };
    assert_eq!(error.error_type, "Function.UnknownEvent");
    assert_eq!(send(&good, &HttpRequest::new("GET", "/livez", "")).await.0.status, 200);
}

#[tokio::test]
async fn a_provider_that_cannot_be_warmed_and_connections_that_died_are_no_end() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start().await;
    let environment = [("LLM_BINDING_HOST", provider.url.as_str()), ("WARMUP_ON_STARTUP", "true")];
    let function_at = Function::new(function(folder.path(), &environment));
    send(&function_at, &document("The balancer drains for thirty seconds.")).await;
    for _ in 0..3 {
        // While the process stands still.
        provider.hang_up().await;
        let (answer, _) = send(&function_at, &question("/query", "How long does it drain?")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let nobody = [("LLM_BINDING_HOST", "http://127.0.0.1:9"), ("WARMUP_ON_STARTUP", "true")];
    let function_at = Function::new(function(folder.path(), &nobody));
    let (answer, ended) = send(&function_at, &HttpRequest::new("GET", "/health", "")).await;
    assert_eq!((answer.status, answer.json().unwrap()["llm_ready"].as_bool()), (200, Some(false)));
    assert!(ended.log.iter().any(|line| line.contains("could not be warmed")), "{:?}", ended.log);
}

#[tokio::test]
async fn a_key_is_fetched_at_the_start_and_again_when_it_is_old() {
    let folder = tempfile::tempdir().unwrap();
    let provider = Provider::start().await;
    "sk-old".clone_into(&mut provider.said.parameter.lock().unwrap());
    let function = Function::new(function(
        folder.path(),
        &[
            ("LLM_BINDING_HOST", &provider.url),
            ("LLM_BINDING_API_KEY_FROM", "ssm:/handbook/key"),
            ("SECRETS_LIFETIME", "1"),
            ("AWS_ENDPOINT_URL", &provider.url),
            ("AWS_ACCESS_KEY_ID", "AKID"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("LOG_LEVEL", "trace"),
        ],
    ));
    send(&function, &document("The balancer drains for thirty seconds.")).await;
    let mut log = Vec::new();
    for key in ["sk-old", "sk-new"] {
        key.clone_into(&mut provider.said.parameter.lock().unwrap());
        tokio::time::sleep(Duration::from_millis(1100)).await;
        log.extend(send(&function, &question("/query", "How long does it drain?")).await.1.log);
        let used = provider.said.keys.lock().unwrap().last().cloned().unwrap();
        assert_eq!(used, format!("Bearer {key}"));
    }
    assert!(!log.concat().contains("sk-"), "{log:?}");
    assert_eq!(function.started(), 1);
}

#[tokio::test]
async fn spans_hang_below_the_functions_own_segment() {
    let folder = tempfile::tempdir().unwrap();
    let daemon = tokio::net::UdpSocket::bind(("127.0.0.1", 0)).await.unwrap();
    let address = daemon.local_addr().unwrap().to_string();
    let function = Function::new(function(folder.path(), &[("AWS_XRAY_DAEMON_ADDRESS", &address)]));
    send(&function, &document("The balancer drains for thirty seconds.")).await;
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let event = question("/query", "How long does it drain?").url_event().to_string();
    function.invoke_traced(event, trace).await.unwrap();
    let mut names = Vec::new();
    let mut datagram = vec![0; 64 * 1024];
    while let Ok(length) = daemon.try_recv(&mut datagram) {
        let text = std::str::from_utf8(&datagram[..length]).unwrap();
        let document: Value = serde_json::from_str(text.split_once('\n').unwrap().1).unwrap();
        assert_eq!(document["trace_id"], "1-5759e988-bd862e3fe1be46a994272793");
        names.push(document["name"].as_str().unwrap().to_owned());
    }
    for name in ["embed", "retrieve", "generate", "POST /query"] {
        assert!(
            names.iter().any(|it| it == name),
            "all have left before it stands still: {names:?}"
        );
    }
}
