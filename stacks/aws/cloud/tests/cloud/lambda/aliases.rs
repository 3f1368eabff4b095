//! Aliases, their URLs, and who may call them.

use serde_json::{Value, json};

use super::{Account, arn, worded};

#[test]
fn an_alias_points_to_a_version_that_is_there() {
    let account = Account::with_app();
    let alias = |name: &str, version: &str| json!({"FunctionName": "app", "Name": name, "FunctionVersion": version});
    let again = account.refuses("CreateAlias", alias("live", "1"));
    let message = format!("Alias already exists: {}", arn(":live"));
    assert_eq!(worded(&again), ("ResourceConflictException", 409, message.as_str()));
    assert_eq!(account.refuses("CreateAlias", alias("7", "1")).code, "ValidationException");
    for action in ["CreateAlias", "UpdateAlias"] {
        let name = if action == "CreateAlias" { "next" } else { "live" };
        let refused = account.refuses(action, alias(name, "9"));
        assert_eq!(refused.message, format!("Function not found: {}", arn(":9")));
    }
    assert_eq!(account.refuses("UpdateAlias", alias("next", "1")).status, 404);
    assert_eq!(account.refuses("GetAlias", alias("next", "1")).status, 404);
}

#[test]
fn an_alias_is_moved_by_who_has_seen_it_last() {
    let account = Account::with_app();
    let two = account.publishes("two");
    let seen = account.does("GetAlias", json!({"FunctionName": "app", "Name": "live"}));
    let to = |version: &str, revision: &Value| {
        json!({"FunctionName": "app", "Name": "live", "FunctionVersion": version,
               "RevisionId": revision})
    };
    let moved = account.does("UpdateAlias", to(&two, &seen["RevisionId"]));
    assert_eq!(moved["FunctionVersion"], "2");
    let refused = account.refuses("UpdateAlias", to("1", &seen["RevisionId"]));
    assert_eq!((refused.code.as_str(), refused.status), ("PreconditionFailedException", 412));
    let of = |version: &str| {
        let input = json!({"FunctionName": "app", "FunctionVersion": version});
        account.does("ListAliases", input)["Aliases"].as_array().unwrap().len()
    };
    assert_eq!((of("1"), of("2")), (0, 1));
}

#[test]
fn a_url_belongs_to_an_alias_and_goes_with_it() {
    let account = Account::with_app();
    let of = |qualifier: &str| json!({"FunctionName": "app", "Qualifier": qualifier});
    let with = |qualifier: &str, auth: &str, mode: &str| json!({"FunctionName": "app", "Qualifier": qualifier, "AuthType": auth, "InvokeMode": mode});
    for (input, code) in [
        (with("1", "NONE", "BUFFERED"), "ValidationException"),
        (with("live", "OPEN", "BUFFERED"), "ValidationException"),
        (with("live", "NONE", "STREAM"), "ValidationException"),
        (with("next", "NONE", "BUFFERED"), "ResourceNotFoundException"),
    ] {
        assert_eq!(account.refuses("CreateFunctionUrlConfig", input).code, code);
    }
    let made = account.does("CreateFunctionUrlConfig", with("live", "AWS_IAM", "RESPONSE_STREAM"));
    assert_eq!(made["FunctionArn"], arn(":live"));
    assert!(made["FunctionUrl"].as_str().unwrap().ends_with(".lambda-url.us-east-1.on.aws/"));
    let again = account.refuses("CreateFunctionUrlConfig", with("live", "NONE", "BUFFERED"));
    assert_eq!((again.code.as_str(), again.status), ("ResourceConflictException", 409));
    let open = json!({"FunctionName": "app", "Qualifier": "live", "AuthType": "NONE"});
    let changed = account.does("UpdateFunctionUrlConfig", open);
    assert_eq!(
        (&changed["AuthType"], &changed["InvokeMode"]),
        (&json!("NONE"), &json!("RESPONSE_STREAM"))
    );
    assert_eq!(changed["FunctionUrl"], made["FunctionUrl"]);
    assert_eq!(account.asks("ListFunctionUrlConfigs")["FunctionUrlConfigs"], json!([changed]));
    assert_eq!(account.refuses("GetFunctionUrlConfig", json!({"FunctionName": "app"})).status, 404);
    account.does("DeleteAlias", json!({"FunctionName": "app", "Name": "live"}));
    assert_eq!(account.refuses("DeleteFunctionUrlConfig", of("live")).status, 404);
    assert_eq!(account.asks("ListFunctionUrlConfigs")["FunctionUrlConfigs"], json!([]));
}

#[test]
fn permissions_of_an_alias_are_apart_from_the_functions_own() {
    let account = Account::with_app();
    let permit = |qualifier: Option<&str>, id: &str, more: &Value| {
        let mut input = json!({"FunctionName": "app", "StatementId": id, "Principal": "*",
                               "Qualifier": qualifier});
        for (key, value) in more.as_object().unwrap() {
            input[key] = value.clone();
        }
        input
    };
    let url = json!({"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"});
    let through = json!({"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": true});
    let before = account.does("GetAlias", json!({"FunctionName": "app", "Name": "live"}));
    account.does("AddPermission", permit(Some("live"), "url", &url));
    account.does("AddPermission", permit(Some("live"), "through", &through));
    let mixed = json!({"Action": "lambda:InvokeFunction", "FunctionUrlAuthType": "NONE"});
    let refused = account.refuses("AddPermission", permit(Some("live"), "mixed", &mixed));
    assert!(refused.message.starts_with("FunctionUrlAuthType is only supported"));
    let refused = account.refuses("AddPermission", permit(Some("$LATEST"), "url", &url));
    assert_eq!(refused.message, "We currently do not support adding policies for $LATEST.");
    assert_eq!(account.refuses("AddPermission", permit(Some("next"), "url", &url)).status, 404);
    let twice = account.refuses("AddPermission", permit(Some("live"), "url", &url));
    assert_eq!(twice.code, "ResourceConflictException");

    let live = json!({"FunctionName": "app", "Qualifier": "live"});
    let found = account.does("GetPolicy", live.clone());
    assert_ne!(found["RevisionId"], before["RevisionId"]);
    let policy: Value = serde_json::from_str(found["Policy"].as_str().unwrap()).unwrap();
    let statements = &policy["Statement"];
    assert_eq!(statements[0]["Resource"], arn(":live"));
    assert_eq!(statements[0]["Principal"], "*");
    assert_eq!(
        statements[0]["Condition"],
        json!({"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}})
    );
    assert_eq!(
        statements[1]["Condition"],
        json!({"Bool": {"lambda:InvokedViaFunctionUrl": "true"}})
    );
    assert_eq!(account.refuses("GetPolicy", json!({"FunctionName": "app"})).status, 404);
    let own = json!({"FunctionName": "app", "StatementId": "url"});
    assert_eq!(account.refuses("RemovePermission", own).status, 404);
    for id in ["url", "through"] {
        let input = json!({"FunctionName": "app", "Qualifier": "live", "StatementId": id});
        account.does("RemovePermission", input);
    }
    assert_eq!(account.refuses("GetPolicy", live).status, 404);
}
