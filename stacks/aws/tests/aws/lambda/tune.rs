//! The stack's function is measured, size by size, and is afterwards what it was before.

use std::{sync::Mutex, time::Duration};

use ragctl_aws::{AwsBackend, Recovered, TunedFunction};
use ragctl_cloud::{Answer, Faults};
use ragctl_stacks::{
    cost::Prices,
    tune::{Goal, MemorySize, SizeFigures, Subject, Tariff, Trial, compare, tune},
};
use serde_json::{Value, json};

use super::{FUNCTION, LAMBDA, REGION, ask, calls_about_versions};
use crate::support::Home;

const FILE: &str =
    "stack: handbook\ntarget: lambda\naws: {region: eu-west-1}\nlambda: {memory: 512}\n";

const AHEAD: &str = "strategies: {provisioned-concurrency: {minimum: 1}}\n";

/// An account with the stack, whose function uses 40 ms of a processor for each event.
async fn deployed(file: &str) -> Home {
    let home = Home::new().await;
    let answer = Answer::returning(json!({"statusCode": 200, "body": "{}"}));
    plant(&home, answer.working(Duration::from_millis(40)));
    home.deploy(file).await.well();
    home.cloud.clear_calls();
    home
}

fn plant(home: &Home, answer: Answer) {
    home.cloud.with(|account| account.region(REGION).plant_answer(FUNCTION, answer));
}

fn size(mb: u32) -> MemorySize {
    MemorySize::new(mb).unwrap()
}

async fn found(backend: &AwsBackend) -> (TunedFunction<'_>, Recovered) {
    backend.function_to_tune(b"{}".to_vec()).await.unwrap().unwrap()
}

/// The function with its tags and versions, as far as it does not tell when it was looked at.
fn is(home: &Home) -> Value {
    let mut function = ask(home, "GetFunction", json!({}));
    forget_edits(&mut function["Configuration"]);
    let mut versions = ask(home, "ListVersionsByFunction", json!({}))["Versions"].take();
    versions.as_array_mut().unwrap().iter_mut().for_each(forget_edits);
    json!({"function": function, "versions": versions})
}

fn forget_edits(fields: &mut Value) {
    for edit in ["RevisionId", "LastModified"] {
        fields.as_object_mut().unwrap().remove(edit);
    }
}

fn tag(home: &Home) -> Option<String> {
    is(home)["function"]["Tags"]["ragctl:tuning"].as_str().map(str::to_owned)
}

fn memory(home: &Home) -> u64 {
    is(home)["function"]["Configuration"]["MemorySize"].as_u64().unwrap()
}

#[tokio::test]
async fn sizes_are_measured_on_versions_and_everything_is_as_it_was_afterwards() {
    let home = deployed(FILE).await;
    let before = is(&home);
    let backend = home.backend(FILE).await;
    let (mut function, recovered) = found(&backend).await;
    assert_eq!((recovered, function.memory()), (Recovered::Nothing, size(512)));
    let trial = Trial { sizes: [size(128), size(3008)].into(), cold: 2, warm: 2 };
    let tariff = Tariff::of(&Prices::built_in(), function.architecture(), Some(function.region()));
    let told = Mutex::new(Vec::new());
    let tried =
        tune(&mut function, &trial, &tariff, &|it| told.lock().unwrap().push(it.done)).await;
    assert_eq!(tag(&home).as_deref(), Some("512"), "so that it can be put back by others");
    function.restore().await.unwrap();
    assert_eq!(is(&home), before);
    let all: Vec<SizeFigures> = tried.unwrap().iter().map(|it| *it.figures().unwrap()).collect();
    // A millisecond, and 40 of a whole processor.
    let warm: Vec<f64> = all.iter().map(|it| it.warm.duration.p50.round()).collect();
    assert_eq!(warm, [(1.0 + 40.0 * 1769.0 / 128.0_f64).round(), 41.0]);
    assert_eq!((all[0].cold.runs, all[0].cold.init.map(|it| it.p50)), (2, Some(100.0)));
    assert_eq!(all[1].warm.init, None);
    assert_eq!(Goal::Speed.choose(&all).unwrap().memory_mb, size(3008));
    assert_eq!(told.into_inner().unwrap().last(), Some(&7));
    let calls = calls_about_versions(&home);
    let invoked: Vec<&String> = calls.iter().filter(|it| it.starts_with("Invoke")).collect();
    assert_eq!(invoked.len(), 2 * (2 + 1 + 2));
    assert!(invoked.iter().all(|it| *it != "Invoke 1" && *it != "Invoke $LATEST"), "{calls:#?}");
    assert!(!calls.iter().any(|it| it.starts_with("UpdateAlias")), "{calls:#?}");
}

#[tokio::test]
async fn what_is_left_in_the_middle_is_put_back_by_the_next_one() {
    let home = deployed(FILE).await;
    let before = is(&home);
    let backend = home.backend(FILE).await;
    let (mut killed, _) = found(&backend).await;
    killed.resize(size(3008)).await.unwrap();
    killed.cold().await.unwrap().unwrap();
    drop(killed);
    assert_ne!(is(&home), before);
    let (function, recovered) = found(&backend).await;
    assert_eq!((recovered, function.memory()), (Recovered::Restored, size(512)));
    assert_eq!(is(&home), before);
}

#[tokio::test]
async fn what_was_deployed_in_between_stays() {
    let home = deployed(FILE).await;
    let backend = home.backend(FILE).await;
    let (mut killed, _) = found(&backend).await;
    killed.cold().await.unwrap().unwrap();
    drop(killed);
    let larger = FILE.replace("512", "2048");
    home.deploy(&larger).await.well();
    let backend = home.backend(&larger).await;
    let (function, recovered) = found(&backend).await;
    assert_eq!((recovered, function.memory()), (Recovered::Restored, size(2048)));
    assert_eq!((memory(&home), tag(&home)), (2048, None));
    assert!(home.plan(&larger).await.is_empty());
    // `$LATEST`, and the two that were deployed.
    assert_eq!(is(&home)["versions"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_refusal_in_the_middle_leaves_nothing_once_it_is_restored() {
    let home = deployed(FILE).await;
    let before = is(&home);
    let backend = home.backend(FILE).await;
    for refused in ["PublishVersion", "Invoke", "TagResource", "UpdateFunctionConfiguration"] {
        let (mut function, _) = found(&backend).await;
        let action = format!("lambda:{refused}");
        home.cloud.with(|account| account.refuse(&action));
        let error = function.cold().await.unwrap_err();
        assert!(error.to_string().contains("not authorized"), "{refused}: {error}");
        home.cloud.with(|account| account.permit(&action));
        function.restore().await.unwrap();
        assert_eq!(is(&home), before, "{refused}");
    }
}

#[tokio::test]
async fn throttled_and_failing_calls_are_tried_again() {
    let home = deployed(FILE).await;
    let before = is(&home);
    let backend = home.backend(FILE).await;
    home.cloud.set_faults(Faults { throttle_rate: 0.2, fail_rate: 0.05, ..Faults::default() });
    let (mut function, _) = found(&backend).await;
    compare(&mut function, size(1024), 3, &|_| {}).await.unwrap().unwrap();
    function.restore().await.unwrap();
    home.cloud.set_faults(Faults::default());
    assert_eq!(is(&home), before);
}

#[tokio::test]
async fn a_function_that_fails_is_told_in_its_words() {
    let home = deployed(FILE).await;
    plant(&home, Answer::failing("it ended"));
    let backend = home.backend(FILE).await;
    let (mut function, _) = found(&backend).await;
    let failed = function.cold().await.unwrap().unwrap_err();
    assert_eq!(failed.0, "Runtime.ExitError: it ended");
}

#[tokio::test]
async fn nobody_waits_for_the_init_of_sandboxes_that_were_set_up_ahead() {
    let home = deployed(FILE).await;
    let backend = home.backend(FILE).await;
    let (mut function, _) = found(&backend).await;
    assert_eq!(function.provisioned(), None);
    let without = compare(&mut function, size(512), 2, &|_| {}).await.unwrap().unwrap();
    function.restore().await.unwrap();
    assert_eq!(without.ahead, None);
    let ahead = format!("{FILE}{AHEAD}");
    home.deploy(&ahead).await.well();
    let backend = home.backend(&ahead).await;
    let (mut function, _) = found(&backend).await;
    assert_eq!(function.provisioned(), Some("1"));
    // The version that serves was not asked again: the first run meets a sandbox without an event so far.
    let with = compare(&mut function, size(512), 2, &|_| {}).await.unwrap().unwrap();
    function.restore().await.unwrap();
    assert_eq!(with.ahead.map(|it| (it.runs, it.init)), Some((2, None)));
    assert!(with.ahead_speed_up().unwrap() > 1.0);
}

#[tokio::test]
async fn a_function_of_others_or_none_is_not_touched() {
    let home = deployed(FILE).await;
    let arn = is(&home)["function"]["Configuration"]["FunctionArn"].clone();
    let others = json!({"Resource": arn, "Tags": {"ragctl:stack": "other"}});
    ask(&home, "TagResource", others);
    let backend = home.backend(FILE).await;
    let error = backend.function_to_tune(Vec::new()).await.unwrap_err();
    assert!(error.to_string().contains("is not of this stack"), "{error}");
    let nothing = Home::new().await;
    let backend = nothing.backend(LAMBDA).await;
    assert!(backend.function_to_tune(Vec::new()).await.unwrap().is_none());
}
