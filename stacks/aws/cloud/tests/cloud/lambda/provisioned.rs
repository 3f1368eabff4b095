//! Provisioned concurrency.

use std::time::Duration;

use ragctl_cloud::Pace;
use serde_json::{Value, json};

use super::{Account, arn, worded};

fn of(qualifier: &str) -> Value {
    json!({"FunctionName": "app", "Qualifier": qualifier})
}

fn provision(qualifier: &str, n: i64) -> Value {
    json!({"FunctionName": "app", "Qualifier": qualifier, "ProvisionedConcurrentExecutions": n})
}

#[test]
fn it_is_under_way_and_then_ready() {
    let account = Account::with_app();
    let put = account.does("PutProvisionedConcurrencyConfig", provision("1", 3));
    assert_eq!(
        (&put["Status"], &put["AllocatedProvisionedConcurrentExecutions"]),
        (&json!("IN_PROGRESS"), &json!(0))
    );
    let ready = account.does("GetProvisionedConcurrencyConfig", of("1"));
    assert_eq!(
        (&ready["Status"], &ready["AvailableProvisionedConcurrentExecutions"]),
        (&json!("READY"), &json!(3))
    );
    // It takes longer than any test: what is asked for is not what there is.
    account.cloud.set_pace(Pace { provision: Duration::from_secs(3600), ..Pace::instant() });
    account.does("PutProvisionedConcurrencyConfig", provision("1", 5));
    let more = account.does("GetProvisionedConcurrencyConfig", of("1"));
    assert_eq!(more["Status"], "IN_PROGRESS");
    assert_eq!(more["RequestedProvisionedConcurrentExecutions"], 5);
    assert_eq!(more["AllocatedProvisionedConcurrentExecutions"], 3);
    let listed = account.asks("ListProvisionedConcurrencyConfigs");
    assert_eq!(listed["ProvisionedConcurrencyConfigs"][0]["FunctionArn"], arn(":1"));
    account.does("DeleteProvisionedConcurrencyConfig", of("1"));
    account.does("DeleteProvisionedConcurrencyConfig", of("1"));
    let gone = account.refuses("GetProvisionedConcurrencyConfig", of("1"));
    let message = "No Provisioned Concurrency Config found for this function";
    assert_eq!(worded(&gone), ("ProvisionedConcurrencyConfigNotFoundException", 404, message));
}

#[test]
fn it_fails_for_the_reason_that_a_test_gives() {
    let account = Account::with_app();
    let reason = "FUNCTION_ERROR_INIT_FAILURE";
    assert!(account.region(|region| region.fail_provisioning("app", Some(reason))));
    let put = account.does("PutProvisionedConcurrencyConfig", provision("1", 3));
    assert_eq!(put["Status"], "IN_PROGRESS");
    assert!(put.get("StatusReason").is_none());
    let failed = account.does("GetProvisionedConcurrencyConfig", of("1"));
    assert_eq!((&failed["Status"], &failed["StatusReason"]), (&json!("FAILED"), &json!(reason)));
    assert_eq!(failed["AllocatedProvisionedConcurrentExecutions"], 0);
    account.region(|region| region.fail_provisioning("app", None));
    account.does("PutProvisionedConcurrencyConfig", provision("1", 3));
    assert_eq!(account.does("GetProvisionedConcurrencyConfig", of("1"))["Status"], "READY");
    assert!(!account.region(|region| region.fail_provisioning("other", None)));
}

#[test]
fn only_what_is_published_has_it_and_only_once() {
    let account = Account::with_app();
    let refused = account.refuses("PutProvisionedConcurrencyConfig", provision("$LATEST", 1));
    assert_eq!(refused.code, "InvalidParameterValueException");
    assert!(refused.message.contains("unpublished function versions"));
    let refused = account.refuses("GetProvisionedConcurrencyConfig", of("$LATEST"));
    assert!(refused.message.ends_with("must be an alias or a published version."));
    for (qualifier, n, code) in [
        ("1", 0, "ValidationException"),
        ("9", 1, "ResourceNotFoundException"),
        ("next", 1, "ResourceNotFoundException"),
        ("1", 901, "InvalidParameterValueException"),
    ] {
        let refused = account.refuses("PutProvisionedConcurrencyConfig", provision(qualifier, n));
        assert_eq!(refused.code, code, "{qualifier}: {n}");
    }
    account.does("PutProvisionedConcurrencyConfig", provision("1", 1));
    let refused = account.refuses("PutProvisionedConcurrencyConfig", provision("live", 1));
    assert!(refused.message.ends_with("on an already Provisioned version"));
    account.does("DeleteProvisionedConcurrencyConfig", of("1"));
    account.does("PutProvisionedConcurrencyConfig", provision("live", 1));
    let refused = account.refuses("PutProvisionedConcurrencyConfig", provision("1", 1));
    assert_eq!(refused.message, "Version is pointed by a Provisioned Concurrency alias");

    let two = account.publishes("two");
    account.does("PutProvisionedConcurrencyConfig", provision(&two, 1));
    let to = json!({"FunctionName": "app", "Name": "live", "FunctionVersion": two});
    let refused = account.refuses("UpdateAlias", to);
    assert_eq!((refused.code.as_str(), refused.status), ("ResourceConflictException", 409));
}

#[test]
fn it_goes_with_its_version() {
    let account = Account::with_app();
    let two = account.publishes("two");
    account.does("PutProvisionedConcurrencyConfig", provision(&two, 1));
    account.does("DeleteFunction", of(&two));
    let left = account.asks("ListProvisionedConcurrencyConfigs");
    assert_eq!(left["ProvisionedConcurrencyConfigs"], json!([]));
}
