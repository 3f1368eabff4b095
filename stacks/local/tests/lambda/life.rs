//! What a function lives through when all goes well.

use std::time::Duration;

use futures_util::future::join_all;
use ragctl_local::lambda::{Answer, Function, HttpAnswer, InvokeError, Status};
use serde_json::json;

use crate::support::{ends, payload, stand_in, stat};

#[tokio::test]
async fn init_runs_once_for_a_hundred_invocations() {
    let folder = tempfile::tempdir().unwrap();
    let function = Function::new(stand_in(folder.path()));
    let mut inits = 0;
    for count in 1..=100 {
        let ended = function.invoke("{}").await.unwrap();
        assert_eq!(payload(&ended)["count"], count);
        let metrics = ended.report.record.metrics;
        assert_eq!(metrics.init_duration_ms.is_some(), count == 1);
        assert!(metrics.billed_duration_ms >= 1 && metrics.max_memory_used_mb >= 1);
        assert_eq!(ended.report.record.status, Status::Success);
        inits += ended.log.iter().filter(|line| line.starts_with("init ")).count();
        assert!(ended.log.contains(&format!("event {count}")), "{:?}", ended.log);
    }
    assert_eq!((inits, function.started(), function.sandboxes()), (1, 1, 1));
    function.cold();
    let again = function.invoke("{}").await.unwrap();
    assert_eq!(payload(&again)["count"], 1, "a cold start begins anew");
    assert_eq!(function.started(), 2);
}

#[tokio::test]
async fn the_environment_is_what_lambda_gives_and_what_the_function_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = stand_in(folder.path());
    settings.environment.insert("OWN".to_owned(), "1".to_owned());
    let function = Function::new(settings);
    function.invoke("{}").await.unwrap();
    let [pid] = function.idle_processes()[..] else { panic!("one sandbox") };
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
    let text = String::from_utf8(environment).unwrap();
    let mut names: Vec<&str> =
        text.split('\0').filter_map(|it| Some(it.split_once('=')?.0)).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "AWS_DEFAULT_REGION",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            "AWS_LAMBDA_FUNCTION_NAME",
            "AWS_LAMBDA_FUNCTION_VERSION",
            "AWS_LAMBDA_INITIALIZATION_TYPE",
            "AWS_LAMBDA_LOG_GROUP_NAME",
            "AWS_LAMBDA_LOG_STREAM_NAME",
            "AWS_LAMBDA_RUNTIME_API",
            "AWS_REGION",
            "LAMBDA_RUNTIME_DIR",
            "LAMBDA_TASK_ROOT",
            "LANG",
            "OWN",
            "PATH",
            "TZ",
            "_HANDLER",
        ]
    );
}

#[tokio::test]
async fn between_invocations_the_process_stands_still() {
    let folder = tempfile::tempdir().unwrap();
    let function = Function::new(stand_in(folder.path()));
    // It leaves a thread behind that would use a processor all by itself.
    function.invoke(json!({"spin": true}).to_string()).await.unwrap();
    let [pid] = function.idle_processes()[..] else { panic!("one sandbox") };
    let (state, before) = stat(pid);
    assert_eq!(state, 'T');
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(stat(pid), ('T', before), "it has used nothing");
    assert_eq!(payload(&function.invoke("{}").await.unwrap())["pid"], pid, "and goes on");
    drop(function);
    ends(pid).await;
}

#[tokio::test]
async fn what_is_done_behind_the_answer_counts_and_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let function = Function::new(stand_in(folder.path()));
    let ended = function.invoke(json!({"after_ms": 300}).to_string()).await.unwrap();
    let duration = Duration::from_secs_f64(ended.report.record.metrics.duration_ms / 1e3);
    assert!(duration >= Duration::from_millis(300), "{duration:?}");
    assert!(ended.answered_after.unwrap() + Duration::from_millis(250) < duration);
}

#[tokio::test]
async fn three_invocations_at_once_are_three_sandboxes_and_a_fourth_is_one_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = stand_in(folder.path());
    settings.concurrency = Some(3);
    let function = Function::new(settings);
    let event = json!({"sleep_ms": 1000}).to_string();
    let all = join_all((0..4).map(|_| function.invoke(event.clone()))).await;
    let throttled = all.iter().filter(|it| matches!(it, Err(InvokeError::Throttled))).count();
    assert_eq!((throttled, function.started(), function.sandboxes()), (1, 3, 3));
    function.invoke("{}").await.unwrap();
    assert_eq!(function.started(), 3, "one that stands still is used again");
}

#[tokio::test]
async fn sandboxes_that_were_set_up_ahead_answer_without_an_init() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = stand_in(folder.path());
    settings.environment.insert("INIT_MS".to_owned(), "50".to_owned());
    let function = Function::new(settings);
    let inits = function.provision(2).await.unwrap();
    assert!(inits.len() == 2 && inits.iter().all(|took| *took >= Duration::from_millis(50)));
    assert!(function.idle_processes().iter().all(|pid| stat(*pid).0 == 'T'));
    let ended = function.invoke("{}").await.unwrap();
    assert_eq!(ended.report.record.metrics.init_duration_ms, None);
    assert!(ended.log[0].ends_with("provisioned-concurrency"), "{:?}", ended.log);
    function.cold();
    assert_eq!(function.sandboxes(), 2, "they stay through cold starts of others");
    function.deprovision();
    assert_eq!(function.sandboxes(), 0);
}

#[tokio::test]
async fn an_answer_comes_in_parts_as_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let function = Function::new(stand_in(folder.path()));
    let event = json!({"stream": true, "pause_ms": 200}).to_string();
    let ended = function.invoke(event).await.unwrap();
    let Answer::Streamed { parts, broken_off: None, .. } = &ended.answer else {
        panic!("{ended:?}")
    };
    let words: Vec<&[u8]> = parts.iter().map(|part| part.bytes.as_ref()).collect();
    assert_eq!(words, [&b"one "[..], b"two ", b"three"]);
    assert!(parts[2].after >= parts[0].after + Duration::from_millis(300), "{parts:?}");
    let answer = HttpAnswer::of(&ended.answer).unwrap();
    assert_eq!((answer.status, answer.body.as_ref()), (201, &b"one two three"[..]));
    assert_eq!(answer.headers["content-type"], "text/plain");
}

#[tokio::test]
async fn the_trace_that_an_event_is_a_part_of_reaches_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let function = Function::new(stand_in(folder.path()));
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let ended = function.invoke_traced("{}", trace).await.unwrap();
    assert_eq!(payload(&ended)["trace"], trace);
}
