//! What Lambda takes of a function, and what it does not.

use serde_json::{Value, json};

use super::{Account, worded};

#[test]
fn sizes_times_and_words_are_what_lambda_takes() {
    let account = Account::new();
    for (key, value, says) in [
        ("MemorySize", json!(127), "'127' at 'memorySize'"),
        ("MemorySize", json!(10_241), "less than or equal to 10240"),
        ("Timeout", json!(0), "'0' at 'timeout'"),
        ("Timeout", json!(901), "less than or equal to 900"),
        ("EphemeralStorage", json!({"Size": 511}), "'ephemeralStorage.size'"),
        ("TracingConfig", json!({"Mode": "On"}), "[Active, PassThrough]"),
        ("LoggingConfig", json!({"LogFormat": "json"}), "[JSON, Text]"),
    ] {
        let mut input = account.app();
        input[key] = value;
        let refused = account.refuses("CreateFunction", input);
        assert_eq!(refused.code, "ValidationException", "{key}");
        assert!(refused.message.contains(says), "{key}: {}", refused.message);
    }
    let mut largest = account.app();
    largest["MemorySize"] = json!(10_240);
    largest["Timeout"] = json!(900);
    account.does("CreateFunction", largest);
}

#[test]
fn the_environment_has_room_for_four_kilobytes_and_none_for_lambdas_own_names() {
    let account = Account::new();
    let with = |variables: Value| {
        let mut input = account.app();
        input["Environment"] = json!({ "Variables": variables });
        input
    };
    let refused = account.refuses("CreateFunction", with(json!({"A": "x".repeat(4096)})));
    assert!(refused.message.contains("exceeded the 4KB limit"), "{}", refused.message);
    let refused = account.refuses("CreateFunction", with(json!({"AWS_REGION": "eu-west-1"})));
    assert!(refused.message.ends_with("Reserved keys used in this request: AWS_REGION"));
    // The braces, the quotes and the colon count too: `{"A":""}`.
    account.does("CreateFunction", with(json!({"A": "x".repeat(4096 - 8)})));
}

#[test]
fn a_zip_file_must_be_one_and_fit_into_a_request() {
    let account = Account::new();
    let with = |zip: &str| {
        let mut input = account.app();
        input["Code"] = json!({ "ZipFile": zip });
        account.refuses("CreateFunction", input)
    };
    assert!(with("aGVsbG8=").message.starts_with("Could not unzip uploaded file."));
    let largest = 50 * 1024 * 1024;
    let too_large = format!("UEsD{}", "AAAA".repeat(largest / 3));
    let refused = with(&too_large);
    assert_eq!((refused.code.as_str(), refused.status), ("RequestEntityTooLargeException", 413));
    assert!(refused.message.ends_with("for the CreateFunction operation"));
}

#[test]
fn levels_of_logs_need_json_and_have_defaults_there() {
    let account = Account::new();
    let mut input = account.app();
    input["LoggingConfig"] = json!({"ApplicationLogLevel": "DEBUG"});
    let refused = account.refuses("CreateFunction", input.clone());
    assert!(refused.message.starts_with("LogLevel is not supported when LogFormat"));
    input["LoggingConfig"] = json!({"LogFormat": "JSON", "LogGroup": "/app"});
    let made = account.does("CreateFunction", input);
    let json = json!({"LogFormat": "JSON", "LogGroup": "/app", "ApplicationLogLevel": "INFO",
                      "SystemLogLevel": "INFO"});
    assert_eq!(made["LoggingConfig"], json);
    let text = json!({"FunctionName": "app", "LoggingConfig": {"LogFormat": "Text"}});
    let changed = account.does("UpdateFunctionConfiguration", text);
    assert_eq!(changed["LoggingConfig"], json!({"LogFormat": "Text", "LogGroup": "/app"}));
}

#[test]
fn who_has_not_seen_the_last_change_changes_nothing() {
    let account = Account::new();
    let before = account.does("CreateFunction", account.app())["RevisionId"].clone();
    let change = |revision: &Value| json!({"FunctionName": "app", "Timeout": 9, "RevisionId": revision, "ZipFile": "UEsFBgA="});
    account.does("UpdateFunctionConfiguration", change(&before));
    for action in ["UpdateFunctionConfiguration", "UpdateFunctionCode", "PublishVersion"] {
        let refused = account.refuses(action, change(&before));
        assert_eq!((refused.code.as_str(), refused.status), ("PreconditionFailedException", 412));
    }
    let now = account.asks("GetFunctionConfiguration")["RevisionId"].clone();
    account.does("UpdateFunctionCode", change(&now));
}

#[test]
fn what_is_reserved_bounds_and_stops_a_function() {
    let account = Account::with_app();
    let reserve = |n: i64| json!({"FunctionName": "app", "ReservedConcurrentExecutions": n});
    let refused = account.refuses("PutFunctionConcurrency", reserve(901));
    assert!(refused.message.ends_with("below its minimum value of [100]."));
    account.does("PutFunctionConcurrency", reserve(2));
    assert_eq!(account.asks("GetFunction")["Concurrency"]["ReservedConcurrentExecutions"], 2);
    let unreserved = account.does("GetAccountSettings", json!({}));
    assert_eq!(unreserved["AccountLimit"]["UnreservedConcurrentExecutions"], 998);
    let provision = |n: i64| json!({"FunctionName": "app", "Qualifier": "1", "ProvisionedConcurrentExecutions": n});
    let refused = account.refuses("PutProvisionedConcurrencyConfig", provision(3));
    assert!(refused.message.contains("greater than the reservedConcurrentExecution"));
    account.does("PutProvisionedConcurrencyConfig", provision(2));
    let refused = account.refuses("PutFunctionConcurrency", reserve(1));
    assert!(refused.message.contains("total provisioned concurrency [2]"));
    let none = json!({"FunctionName": "app", "Qualifier": "1"});
    account.does("DeleteProvisionedConcurrencyConfig", none);
    account.does("PutFunctionConcurrency", reserve(0));
    account.region(|region| region.plant_answer("app", json!(1)));
    let refused = account.refuses("Invoke", json!({"FunctionName": "app"}));
    assert_eq!(worded(&refused), ("TooManyRequestsException", 429, "Rate Exceeded."));
    account.asks("DeleteFunctionConcurrency");
    assert_eq!(account.asks("GetFunctionConcurrency"), json!({}));
    assert_eq!(account.asks("Invoke")["Payload"], 1);
}
