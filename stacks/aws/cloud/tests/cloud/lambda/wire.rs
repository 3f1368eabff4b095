//! Lambda as the SDKs speak with it, and what is remembered of that.

use ragctl_cloud::{Answer, Call, Thing};
use serde_json::{Value, json};

use super::{Account, arn};
use crate::client::{Answer as Said, rest, send};

fn said(account: &Account, line: &str, input: &Value) -> Said {
    rest(&account.cloud, line, input)
}

#[test]
fn each_call_has_its_address_and_its_status() {
    let account = Account::with_app();
    let zip = json!({"Content": {"ZipFile": "UEsFBg=="}});
    let f = "functions/app";
    let n = &Value::Null;
    let provisioned = format!("/2019-09-30/{f}/provisioned-concurrency");
    for (line, input, status) in [
        ("POST /2018-10-31/layers/e/versions".to_owned(), &zip, 201),
        ("GET /2018-10-31/layers/e/versions".to_owned(), n, 200),
        ("GET /2018-10-31/layers/e/versions/1".to_owned(), n, 200),
        ("GET /2018-10-31/layers".to_owned(), n, 200),
        ("DELETE /2018-10-31/layers/e/versions/1".to_owned(), n, 204),
        (
            format!("POST /2015-03-31/{f}/aliases"),
            &json!({"Name": "b", "FunctionVersion": "1"}),
            201,
        ),
        (format!("GET /2015-03-31/{f}/aliases/b"), n, 200),
        (format!("PUT /2015-03-31/{f}/aliases/b"), &json!({"Description": "c"}), 200),
        (format!("GET /2015-03-31/{f}/aliases?FunctionVersion=1"), n, 200),
        (format!("DELETE /2015-03-31/{f}/aliases/b"), n, 204),
        (
            format!("PUT {provisioned}?Qualifier=1"),
            &json!({"ProvisionedConcurrentExecutions": 1}),
            202,
        ),
        (format!("GET {provisioned}?Qualifier=1"), n, 200),
        (format!("GET {provisioned}?List=ALL"), n, 200),
        (format!("DELETE {provisioned}?Qualifier=1"), n, 204),
        (format!("POST /2021-10-31/{f}/url?Qualifier=live"), &json!({"AuthType": "NONE"}), 201),
        (format!("GET /2021-10-31/{f}/url?Qualifier=live"), n, 200),
        (format!("PUT /2021-10-31/{f}/url?Qualifier=live"), &json!({"AuthType": "AWS_IAM"}), 200),
        (format!("GET /2021-10-31/{f}/urls"), n, 200),
        (format!("DELETE /2021-10-31/{f}/url?Qualifier=live"), n, 204),
        (
            format!("PUT /2017-10-31/{f}/concurrency"),
            &json!({"ReservedConcurrentExecutions": 5}),
            200,
        ),
        (format!("GET /2019-09-30/{f}/concurrency"), n, 200),
        (format!("DELETE /2017-10-31/{f}/concurrency"), n, 204),
        (format!("GET /2015-03-31/{f}/versions?MaxItems=1"), n, 200),
        (format!("GET /2015-03-31/{f}?Qualifier=%24LATEST"), n, 200),
        ("GET /2016-08-19/account-settings/".to_owned(), n, 200),
    ] {
        let answer = said(&account, &line, input);
        assert_eq!(answer.status, status, "{line}: {}", answer.body);
    }
    let page = said(&account, &format!("GET /2015-03-31/{f}/versions?MaxItems=1"), n);
    assert_eq!(page.json()["Versions"].as_array().unwrap().len(), 1);
    let all = said(&account, &format!("GET {provisioned}?List=ALL"), n);
    assert_eq!(all.json()["ProvisionedConcurrencyConfigs"], json!([]));
}

#[test]
fn what_a_call_ran_stands_in_headers() {
    let account = Account::with_app();
    let answer = Answer::failing("no index").logging("REPORT");
    account.region(|region| region.plant_answer_of("app", "1", answer));
    let line = "POST /2015-03-31/functions/app/invocations?Qualifier=live";
    let patience = std::time::Duration::from_secs(20);
    let headers = "x-amz-log-type: Tail\r\n";
    let called = send(&account.cloud, line, "lambda", headers, "{\"FunctionName\":1}", patience);
    let called = called.unwrap();
    assert_eq!(called.status, 200);
    assert_eq!(called.json()["errorMessage"], "no index");
    // The head was made lower case; `UkVQT1JU` is what the log begins with.
    for header in [
        "x-amz-executed-version: 1\r\n",
        "x-amz-function-error: unhandled\r\n",
        "x-amz-log-result: ukvqt1ju",
    ] {
        assert!(called.head.contains(header), "{}", called.head);
    }
    let later =
        send(&account.cloud, line, "lambda", "x-amz-invocation-type: Event\r\n", "", patience);
    assert_eq!(later.unwrap().status, 202);
}

#[test]
fn calls_tell_versions_in_their_order() {
    let account = Account::with_app();
    account.region(|region| region.plant_answer("app", json!(1)));
    let f = "functions/app";
    said(&account, &format!("PUT /2015-03-31/{f}/code"), &json!({"ZipFile": "UEsFBgA="}));
    account.cloud.clear_calls();
    let provisioned = format!("PUT /2019-09-30/{f}/provisioned-concurrency?Qualifier=2");
    said(&account, &format!("POST /2015-03-31/{f}/versions"), &json!({}));
    said(&account, &provisioned, &json!({"ProvisionedConcurrentExecutions": 1}));
    said(&account, &format!("POST /2015-03-31/{f}/invocations?Qualifier=2"), &json!({}));
    let to = json!({"FunctionVersion": "2"});
    said(&account, &format!("PUT /2015-03-31/{f}/aliases/live"), &to);
    said(&account, &format!("POST /2015-03-31/{f}/invocations?Qualifier=live"), &json!({}));
    said(&account, &format!("DELETE /2015-03-31/{f}?Qualifier=1"), &Value::Null);

    let calls = account.cloud.calls();
    let told = |it: &Call| (it.action.clone(), it.version.clone(), it.resources.clone());
    let told: Vec<_> = calls.iter().map(told).collect();
    let row = |action: &str, version: &str, rest: &str| {
        (action.to_owned(), Some(version.to_owned()), vec![arn(rest)])
    };
    assert_eq!(
        told,
        [
            row("PublishVersion", "2", ""),
            row("PutProvisionedConcurrencyConfig", "2", ":2"),
            row("Invoke", "2", ":2"),
            row("UpdateAlias", "2", ""),
            row("Invoke", "2", ":live"),
            row("DeleteFunction", "1", ":1"),
        ]
    );
}

#[test]
fn parts_of_a_function_can_be_changed_by_hand() {
    let account = Account::with_app();
    let url = json!({"FunctionName": "app", "Qualifier": "live", "AuthType": "AWS_IAM"});
    account.does("CreateFunctionUrlConfig", url);
    let opened = account.region(|region| {
        region.edit(&Thing::FunctionUrl("app", "live"), |fields| fields["AuthType"] = json!("NONE"))
            && region.edit(&Thing::FunctionAlias("app", "live"), |_| {})
            && region.edit(&Thing::FunctionVersion("app", 1), |_| {})
            && !region.edit(&Thing::Layer("embedder", 1), |_| {})
    });
    assert!(opened);
    let shown =
        account.does("GetFunctionUrlConfig", json!({"FunctionName": "app", "Qualifier": "live"}));
    assert_eq!(shown["AuthType"], "NONE");
}
