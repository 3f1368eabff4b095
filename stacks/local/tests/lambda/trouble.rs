//! What a function lives through when something goes wrong.

use std::time::Duration;

use ragctl_local::lambda::{
    Answer, Ended, Function, FunctionError, HttpAnswer, InvokeError, Status,
};
use serde_json::json;

use crate::support::{ends, payload, stand_in, stat};

fn error(ended: &Ended) -> &FunctionError {
    match &ended.answer {
        Answer::Error(error) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn who_takes_too_long_is_ended_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = stand_in(folder.path());
    settings.timeout = Duration::from_secs(1);
    let function = Function::new(settings);
    let first = function.invoke(json!({"child": true}).to_string()).await.unwrap();
    let child = first.log.iter().find_map(|line| line.strip_prefix("child ")).unwrap();
    let child: u32 = child.parse().unwrap();
    stat(child);
    let ended = function.invoke(json!({"sleep_ms": 30_000}).to_string()).await.unwrap();
    let id = &ended.report.record.request_id;
    let words = format!("RequestId: {id} Error: Task timed out after 1.00 seconds");
    assert_eq!(error(&ended).error_message, words);
    assert_eq!(error(&ended).error_type, "Sandbox.Timedout");
    assert_eq!(ended.report.record.status, Status::Timeout);
    assert!(ended.log.last().unwrap().ends_with("Task timed out after 1.00 seconds"));
    assert!(ended.report.record.metrics.duration_ms >= 1000.0);
    ends(child).await;
    assert_eq!(function.sandboxes(), 0);
    function.invoke("{}").await.unwrap();
    assert_eq!(function.started(), 2);
}

#[tokio::test]
async fn a_process_that_ends_within_an_event_is_told_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let function = Function::new(stand_in(folder.path()));
    let ended = function.invoke(json!({"exit": 7}).to_string()).await.unwrap();
    assert_eq!(error(&ended).error_type, "Runtime.ExitError");
    assert!(error(&ended).error_message.ends_with("Runtime exited with error: exit status 7"));
    assert_eq!(ended.report.record.status, Status::Failure);
    assert!(ended.log.contains(&"ending".to_owned()), "{:?}", ended.log);
    assert_eq!(payload(&function.invoke("{}").await.unwrap())["count"], 1);
}

#[tokio::test]
async fn an_error_that_the_function_tells_does_not_end_it() {
    let folder = tempfile::tempdir().unwrap();
    let function = Function::new(stand_in(folder.path()));
    let ended = function.invoke(json!({"error": true}).to_string()).await.unwrap();
    assert_eq!(error(&ended).error_type, "Function.Refused");
    assert_eq!(ended.report.record.status, Status::Error);
    assert!(HttpAnswer::of(&ended.answer).is_err());
    assert_eq!(payload(&function.invoke("{}").await.unwrap())["count"], 2);
}

#[tokio::test]
async fn an_answer_that_breaks_off_or_is_too_large_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let function = Function::new(stand_in(folder.path()));
    let event = json!({"stream": true, "breaks": true}).to_string();
    let ended = function.invoke(event).await.unwrap();
    let Answer::Streamed { broken_off: Some(why), .. } = &ended.answer else { panic!("{ended:?}") };
    assert_eq!((why.error_type.as_str(), why.error_message.as_str()), ("Function.Torn", "torn"));
    let ended = function.invoke(json!({"large": 7_000_000}).to_string()).await.unwrap();
    assert_eq!(error(&ended).error_type, "Function.ResponseSizeTooLarge");
    assert_eq!(function.started(), 1);
}

#[tokio::test]
async fn an_init_that_fails_is_begun_anew_within_the_event_and_then_told() {
    let folder = tempfile::tempdir().unwrap();
    for (setting, kind, words) in [
        ("INIT_ERROR", "Function.Broken", "no settings"),
        ("INIT_EXIT", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
    ] {
        let mut settings = stand_in(folder.path());
        settings.environment.insert(setting.to_owned(), "1".to_owned());
        let function = Function::new(settings);
        let ended = function.invoke("{}").await.unwrap();
        assert_eq!(error(&ended).error_type, kind);
        assert!(error(&ended).error_message.ends_with(words), "{ended:?}");
        assert_eq!(ended.log.iter().filter(|line| line.starts_with("init ")).count(), 2);
        assert_eq!((function.started(), function.sandboxes()), (2, 0));
        let ahead = function.provision(1).await;
        assert!(matches!(ahead, Err(InvokeError::Init(why)) if why.ends_with(words)));
    }
}

#[tokio::test]
async fn an_init_that_takes_too_long_is_begun_anew_and_its_time_is_the_events() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = stand_in(folder.path());
    settings.init_limit = Duration::from_millis(700);
    let once = folder.path().join("once").display().to_string();
    settings.environment.insert("ONCE".to_owned(), once);
    settings.environment.insert("INIT_MS".to_owned(), "30000".to_owned());
    let function = Function::new(settings);
    let ended = function.invoke("{}").await.unwrap();
    assert_eq!(payload(&ended)["count"], 1);
    assert_eq!(ended.report.record.metrics.init_duration_ms, None, "it is within the duration");
    assert_eq!(function.started(), 2);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_an_error_of_ours() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = stand_in(folder.path());
    settings.program = "/nowhere".into();
    let function = Function::new(settings);
    assert!(matches!(function.invoke("{}").await, Err(InvokeError::Start(_))));
    assert_eq!(function.sandboxes(), 0);
}
