//! Versions: what is published stays, and no number comes twice.

use serde_json::{Value, json};

use super::{Account, arn, worded};

fn numbers(listed: &Value) -> Vec<&str> {
    listed["Versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["Version"].as_str().unwrap())
        .collect()
}

#[test]
fn a_version_stays_as_it_was_published() {
    let account = Account::with_app();
    account.publishes("two");
    let of = |qualifier: &str| {
        let input = json!({"FunctionName": "app", "Qualifier": qualifier});
        account.does("GetFunction", input)["Configuration"].clone()
    };
    let first = of("1");
    assert_eq!(first["Description"], "one");
    assert_eq!(first["Environment"]["Variables"]["REVISION"], "one");
    assert_eq!(first["FunctionArn"], arn(":1"));
    assert_eq!(of("live")["Version"], "1");
    assert_eq!(of("live")["FunctionArn"], arn(":live"));
    assert_eq!(of("$LATEST")["Environment"]["Variables"]["REVISION"], "two");
    let gone = account.refuses("GetFunction", json!({"FunctionName": "app", "Qualifier": "7"}));
    let message = format!("Function not found: {}", arn(":7"));
    assert_eq!(worded(&gone), ("ResourceNotFoundException", 404, message.as_str()));
    let both = json!({"FunctionName": "app:1", "Qualifier": "2"});
    let refused = account.refuses("GetFunction", both);
    assert!(refused.message.starts_with("The derived qualifier"), "{}", refused.message);
}

#[test]
fn what_has_not_changed_is_not_published_again() {
    let account = Account::with_app();
    let again = json!({"FunctionName": "app", "Description": "another"});
    let same = account.does("PublishVersion", again.clone());
    assert_eq!((&same["Version"], &same["Description"]), (&json!("1"), &json!("one")));
    let wrong = json!({"FunctionName": "app", "CodeSha256": "no"});
    let refused = account.refuses("PublishVersion", wrong);
    assert!(refused.message.starts_with("CodeSHA256 (no) is different"), "{}", refused.message);
    let logs = json!({"FunctionName": "app", "LoggingConfig": {"LogFormat": "JSON"}});
    account.does("UpdateFunctionConfiguration", logs);
    assert_eq!(account.does("PublishVersion", again)["Version"], "2");
}

#[test]
fn a_version_that_an_alias_needs_is_not_deleted() {
    let account = Account::with_app();
    account.publishes("two");
    let delete = |number: &str| json!({"FunctionName": "app", "Qualifier": number});
    let refused = account.refuses("DeleteFunction", delete("1"));
    let message = "Unable to delete version because the following aliases reference it: [live]";
    assert_eq!(worded(&refused), ("ResourceConflictException", 409, message));
    let weighed = json!({"FunctionName": "app", "Name": "live",
                         "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}});
    account.does("UpdateAlias", weighed);
    assert_eq!(account.refuses("DeleteFunction", delete("2")).code, "ResourceConflictException");
    for (qualifier, says) in
        [("$LATEST", "$LATEST version cannot be deleted"), ("live", "Deletion of aliases")]
    {
        let refused = account.refuses("DeleteFunction", delete(qualifier));
        assert!(refused.message.starts_with(says), "{}", refused.message);
    }
    let all = json!({"FunctionName": "app", "Name": "live", "FunctionVersion": "2",
                     "RoutingConfig": {}});
    account.does("UpdateAlias", all);
    account.does("DeleteFunction", delete("1"));
    account.does("DeleteFunction", delete("1"));
    assert_eq!(numbers(&account.asks("ListVersionsByFunction")), ["$LATEST", "2"]);
}

#[test]
fn a_number_never_comes_twice() {
    let account = Account::new();
    account.does("CreateFunction", account.app());
    assert_eq!(account.publishes("one"), "1");
    account.does("DeleteFunction", json!({"FunctionName": "app", "Qualifier": "1"}));
    assert_eq!(account.publishes("one"), "2");
    account.asks("DeleteFunction");
    account.does("CreateFunction", account.app());
    assert_eq!(account.publishes("one"), "3");
}

#[test]
fn versions_come_in_pages() {
    let account = Account::with_app();
    account.publishes("two");
    let first =
        account.does("ListVersionsByFunction", json!({"FunctionName": "app", "MaxItems": 2}));
    assert_eq!(numbers(&first), ["$LATEST", "1"]);
    let next = json!({"FunctionName": "app", "MaxItems": 2, "Marker": first["NextMarker"]});
    let second = account.does("ListVersionsByFunction", next);
    assert_eq!(numbers(&second), ["2"]);
    assert!(second.get("NextMarker").is_none());
    for n in 3..60 {
        account.publishes(&n.to_string());
    }
    let many =
        account.does("ListVersionsByFunction", json!({"FunctionName": "app", "MaxItems": 900}));
    assert_eq!(numbers(&many).len(), 50);
}
