//! Who answers when a function is called.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use ragctl_cloud::{Answer, Pace};
use serde_json::{Value, json};

use super::{Account, arn};

fn call(account: &Account, qualifier: Option<&str>) -> Value {
    account.does("Invoke", json!({"FunctionName": "app", "Qualifier": qualifier}))
}

#[test]
fn each_version_answers_what_is_planted_for_it() {
    let account = Account::with_app();
    let two = account.publishes("two");
    account.region(|region| {
        region.plant_answer("app", json!("any"));
        region.plant_answer_of("app", &two, Answer::failing("no index"));
        region.plant_answer_of("app", "live", Answer::returning(json!("live")));
    });
    let plain = call(&account, None);
    assert_eq!((&plain["Payload"], &plain["ExecutedVersion"]), (&json!("any"), &json!("$LATEST")));
    let first = call(&account, Some("1"));
    assert_eq!((&first["Payload"], &first["ExecutedVersion"]), (&json!("any"), &json!("1")));
    let live = call(&account, Some("live"));
    assert_eq!((&live["Payload"], &live["ExecutedVersion"]), (&json!("live"), &json!("1")));
    let failed = call(&account, Some("2"));
    assert_eq!(failed["FunctionError"], "Unhandled");
    assert_eq!(failed["Payload"]["errorMessage"], "no index");
    let next = json!({"FunctionName": "app", "Name": "next", "FunctionVersion": two});
    account.does("CreateAlias", next);
    assert_eq!(call(&account, Some("next"))["FunctionError"], "Unhandled");
    let missing = account.refuses("Invoke", json!({"FunctionName": "app", "Qualifier": "9"}));
    assert_eq!(missing.message, format!("Function not found: {}", arn(":9")));
}

#[test]
fn nobody_answers_before_a_version_is_active() {
    let account = Account::with_app();
    account.region(|region| region.plant_answer("app", json!(1)));
    account.cloud.set_pace(Pace { provision: Duration::from_secs(3600), ..Pace::instant() });
    let published = account.publishes_while_pending();
    assert_eq!(published["State"], "Pending");
    let input = json!({"FunctionName": "app", "Qualifier": "2"});
    let refused = account.refuses("Invoke", input.clone());
    assert_eq!((refused.code.as_str(), refused.status), ("ResourceConflictException", 409));
    let shown = account.does("GetFunctionConfiguration", input);
    assert_eq!(shown["StateReasonCode"], "Creating");
    let mut provision = json!({"FunctionName": "app", "Qualifier": "2"});
    provision["ProvisionedConcurrentExecutions"] = json!(1);
    assert_eq!(account.refuses("PutProvisionedConcurrencyConfig", provision).status, 409);
    assert_eq!(call(&account, Some("1"))["Payload"], 1);
}

impl Account {
    /// Publishes `app` with other code.
    fn publishes_while_pending(&self) -> Value {
        let code = json!({"FunctionName": "app", "ZipFile": "UEsFBgA=", "Publish": true});
        self.does("UpdateFunctionCode", code)
    }
}

#[test]
fn the_tail_of_a_log_is_for_those_who_ask() {
    let account = Account::with_app();
    let log = format!("{}REPORT Duration: 5 ms", "x".repeat(5000));
    let answer = Answer::returning(json!(1)).logging(&log);
    account.region(|region| region.plant_answer_of("app", "$LATEST", answer));
    assert!(call(&account, None).get("LogResult").is_none());
    let asked = account.does("Invoke", json!({"FunctionName": "app", "LogType": "Tail"}));
    // 4 KB in base64.
    assert_eq!(asked["LogResult"].as_str().unwrap().len(), 5464);
}

/// The last line of the log of a call of version 1.
fn report(account: &Account) -> String {
    let input = json!({"FunctionName": "app", "Qualifier": "1", "LogType": "Tail"});
    let log = account.does("Invoke", input)["LogResult"].as_str().unwrap().to_owned();
    let log = String::from_utf8(STANDARD.decode(log).unwrap()).unwrap();
    log.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_report_tells_what_an_event_took_and_what_an_environment_took_before_its_first() {
    let account = Account::with_app();
    let answer = Answer::returning(json!(1)).working(Duration::from_millis(64));
    account.region(|region| region.plant_answer("app", answer));
    // 64 ms of a processor with 128 MB, of which 1769 have one; and one of handing over.
    let first = report(&account);
    assert!(first.contains("\tDuration: 885.50 ms\tBilled Duration: 986 ms\t"), "{first}");
    assert!(first.contains("\tInit Duration: 100.00 ms"), "{first}");
    let second = report(&account);
    assert!(second.contains("\tBilled Duration: 886 ms\t"), "{second}");
    assert!(!second.contains("Init Duration"), "{second}");
    let mut ahead = json!({"FunctionName": "app", "Qualifier": "1"});
    ahead["ProvisionedConcurrentExecutions"] = json!(1);
    account.does("PutProvisionedConcurrencyConfig", ahead);
    let ahead = report(&account);
    assert!(ahead.contains("\tBilled Duration: 886 ms\t"), "{ahead}");
    assert!(ahead.contains("\tInit Duration: 100.00 ms"), "told, though nobody waited: {ahead}");
}
