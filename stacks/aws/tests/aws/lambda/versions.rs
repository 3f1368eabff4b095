//! What serves, and when: the order of calls, and what becomes of a version that is not fit.

use ragctl_stacks::{
    backend::Backend,
    event::Event,
    resource::{Alias, Resource},
};
use serde_json::json;

use super::{
    AHEAD, FUNCTION, LAMBDA, REGION, ask, calls_about_versions, home, scaled, serves, set_up,
    version_answers, version_fails,
};
use crate::support::{Deployed, Home, lines};

fn file(memory: u32) -> String {
    format!("{LAMBDA}{AHEAD}lambda: {{memory: {memory}}}\n")
}

/// Where a call is among others, the first or the last of its kind.
#[track_caller]
fn first(calls: &[String], call: &str) -> usize {
    calls.iter().position(|it| it == call).unwrap_or_else(|| panic!("no {call}: {calls:#?}"))
}

#[track_caller]
fn last(calls: &[String], call: &str) -> usize {
    calls.iter().rposition(|it| it == call).unwrap_or_else(|| panic!("no {call}: {calls:#?}"))
}

#[tokio::test]
async fn the_alias_moves_when_all_sandboxes_are_there_and_a_question_was_answered() {
    let home = home().await;
    home.deploy(&file(512)).await.well();
    assert_eq!((serves(&home).as_str(), set_up(&home)), ("1", vec![("1".to_owned(), 2)]));
    home.cloud.clear_calls();
    home.deploy(&file(1024)).await.well();
    let calls = calls_about_versions(&home);
    let order = [
        last(&calls, "PublishVersion 2"),
        last(&calls, "PutProvisionedConcurrencyConfig 2"),
        // Until they are ready.
        last(&calls, "GetProvisionedConcurrencyConfig 2"),
        first(&calls, "Invoke 2"),
        first(&calls, "UpdateAlias 2"),
        first(&calls, "DeleteProvisionedConcurrencyConfig 1"),
    ];
    assert!(order.is_sorted(), "{calls:#?}");
    assert_eq!((serves(&home).as_str(), set_up(&home)), ("2", vec![("2".to_owned(), 2)]));
    assert_eq!(scaled(&home), [format!("function:{FUNCTION}:2")]);
    let plan = home.plan(&file(1024)).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
}

/// What serves after a deployment that failed is what served before, and nothing is paid for beside it.
async fn nothing_has_changed(home: &Home, why: &str, text: &str) {
    let deployed = home.deploy(text).await;
    let failed = &deployed.outcome.failed[0];
    assert_eq!(failed.step.address, Alias::live());
    assert!(failed.source.to_string().contains(why), "{}", failed.source);
    assert_eq!((serves(home).as_str(), set_up(home)), ("1", vec![("1".to_owned(), 2)]));
    assert_eq!(scaled(home), [format!("function:{FUNCTION}:1")]);
}

#[tokio::test]
async fn a_version_that_does_not_answer_never_serves() {
    let home = home().await;
    home.deploy(&file(512)).await.well();
    version_fails(&home, "2", "the store cannot be opened");
    nothing_has_changed(&home, "the store cannot be opened", &file(1024)).await;
    version_answers(&home, "3", json!({"statusCode": 502, "body": "the provider is gone"}));
    nothing_has_changed(&home, "status 502: the provider is gone", &file(1024)).await;
    // What never served is not kept: there is nothing to go back to.
    let past = home.backend(&file(512)).await.revisions().await.unwrap();
    assert_eq!(past.len(), 1, "{past:?}");
    home.deploy(&file(1024)).await.well();
    assert_eq!(serves(&home), "4");
}

#[tokio::test]
async fn a_version_whose_sandboxes_cannot_be_set_up_never_serves() {
    let home = home().await;
    home.deploy(&file(512)).await.well();
    let fails = |why: Option<&str>| {
        home.cloud.with(|account| account.region(REGION).fail_provisioning(FUNCTION, why))
    };
    assert!(fails(Some("FUNCTION_ERROR_INIT_FAILURE")));
    nothing_has_changed(&home, "FUNCTION_ERROR_INIT_FAILURE", &file(1024)).await;
    fails(None);
    home.deploy(&file(1024)).await.well();
    assert_eq!(serves(&home), "3");
}

#[tokio::test]
async fn a_service_that_wants_a_key_is_asked_for_its_health() {
    let home = home().await;
    // Both questions get the same answer here: one that wants a key for its health, too, is not fit.
    version_answers(&home, "1", json!({"statusCode": 401, "body": "a key is needed"}));
    let deployed = home.deploy(LAMBDA).await;
    let failed = deployed.outcome.failed[0].source.to_string();
    assert!(failed.contains("status 401"), "{failed}");
    let asked = calls_about_versions(&home).iter().filter(|it| *it == "Invoke 1").count();
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn sandboxes_come_and_go_without_a_new_version() {
    let home = home().await;
    home.deploy(LAMBDA).await.well();
    assert_eq!(set_up(&home), []);
    let on = format!("{LAMBDA}{AHEAD}");
    let plan = home.deploy(&on).await.well();
    let steps: Vec<String> = plan.steps.iter().map(|it| it.address.to_string()).collect();
    assert_eq!(steps, ["alias/live"]);
    assert_eq!((serves(&home).as_str(), set_up(&home)), ("1", vec![("1".to_owned(), 2)]));
    let more = on.replace("minimum: 2, maximum: 5", "minimum: 3");
    home.deploy(&more).await.well();
    assert_eq!((set_up(&home), scaled(&home)), (vec![("1".to_owned(), 3)], Vec::new()));
    home.deploy(LAMBDA).await.well();
    assert_eq!((serves(&home).as_str(), set_up(&home), scaled(&home)), ("1", vec![], vec![]));
    assert!(home.plan(LAMBDA).await.is_empty());
}

#[tokio::test]
async fn sandboxes_that_serve_nobody_are_seen_and_given_up() {
    let home = home().await;
    home.deploy(&file(512)).await.well();
    home.deploy(&file(1024)).await.well();
    let input = json!({"Qualifier": "1", "ProvisionedConcurrentExecutions": 4});
    ask(&home, "PutProvisionedConcurrencyConfig", input);
    let plan = home.plan(&file(1024)).await;
    assert!(lines(&plan).contains("idle"), "{}", lines(&plan));
    home.deploy(&file(1024)).await.well();
    assert_eq!(set_up(&home), [("2".to_owned(), 2)]);
}

#[tokio::test]
async fn going_back_leads_callers_to_the_version_that_is_there() {
    let home = home().await;
    home.deploy(&file(512)).await.well();
    home.deploy(&file(1024)).await.well();
    home.deploy(&file(512)).await.well();
    assert_eq!(serves(&home), "1", "it was published before");
    let backend = home.backend(&file(512)).await;
    let past = backend.revisions().await.unwrap();
    let told: Vec<(&str, bool)> = past.iter().map(|it| (it.image.as_str(), it.serves)).collect();
    assert_eq!(told, [("version 2", false), ("version 1", true)]);
    let live = backend.live().await.unwrap();
    let Some(Resource::Alias(alias)) = live.at(&Alias::live()) else { panic!("it is there") };
    assert_eq!(alias.revision, past[1].revision);
}

#[tokio::test]
async fn as_many_versions_are_kept_as_the_file_says() {
    let home = home().await;
    for memory in [256, 512, 768, 1024] {
        let text = format!("{LAMBDA}lambda: {{memory: {memory}, keep: 2}}\n");
        home.deploy(&text).await.well();
    }
    let all = ask(&home, "ListVersionsByFunction", json!({}));
    let all: Vec<&str> = all["Versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["Version"].as_str().unwrap())
        .collect();
    assert_eq!(all, ["$LATEST", "2", "3", "4"]);
}

#[tokio::test]
async fn an_edit_that_lambda_takes_and_cannot_carry_out_is_not_published() {
    let home = home().await;
    home.deploy(&file(512)).await.well();
    let fails = |reason| {
        home.cloud.with(|account| account.region(REGION).fail_edits(FUNCTION, reason));
    };
    fails(Some("The image cannot be unpacked."));
    home.cloud.clear_calls();
    let deployed = home.deploy(&file(1024)).await;
    let failed = &deployed.outcome.failed[0];
    assert_eq!(failed.step.address.to_string(), "function/app");
    assert!(failed.source.to_string().contains("cannot be unpacked"), "{}", failed.source);
    assert_eq!(serves(&home), "1");
    assert!(!calls_about_versions(&home).iter().any(|it| it.starts_with("PublishVersion")));
    fails(None);
    home.deploy(&file(1024)).await.well();
    assert_eq!(serves(&home), "2");
}

/// What was told of the alias.
fn notes(deployed: &Deployed) -> Vec<&str> {
    let all = deployed.events.iter();
    all.filter_map(|it| match it {
        Event::StepProgressed { address, note } | Event::StepNoted { address, note }
            if *address == Alias::live() =>
        {
            Some(note.as_str())
        }
        _ => None,
    })
    .collect()
}

#[tokio::test]
async fn who_waits_is_told_how_far_it_is() {
    let home = home().await;
    home.cloud.set_pace(ragctl_cloud::Pace {
        provision: std::time::Duration::from_millis(150),
        ..ragctl_cloud::Pace::default()
    });
    let deployed = home.deploy(&file(512)).await;
    let told = notes(&deployed);
    assert!(told.contains(&"version 1 is published"), "{told:?}");
    assert!(told.iter().any(|it| it.ends_with("sandboxes of version 1 are set up")), "{told:?}");
    assert_eq!(told.last(), Some(&"callers are led to version 1"));
    // Where only their count changes, nothing is published and nobody is led.
    let deployed = home.deploy(&file(512).replace("minimum: 2", "minimum: 3")).await;
    let told = notes(&deployed);
    assert!(!told.is_empty() && told.iter().all(|it| it.contains(" of 3 sandboxes ")), "{told:?}");
}
