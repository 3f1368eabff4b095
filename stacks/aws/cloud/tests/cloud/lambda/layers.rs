//! Layers.

use serde_json::{Value, json};

use super::Account;

fn layer(rest: &str) -> String {
    format!("arn:aws:lambda:us-east-1:123456789012:layer:{rest}")
}

fn publish(account: &Account, name: &str, description: &str) -> Value {
    let input = json!({"LayerName": name, "Description": description,
                       "Content": {"ZipFile": "UEsFBg=="},
                       "CompatibleArchitectures": ["arm64"]});
    account.does("PublishLayerVersion", input)
}

#[test]
fn layers_have_numbers_that_are_never_used_again() {
    let account = Account::new();
    let made = publish(&account, "embedder", "one");
    assert_eq!((&made["Version"], &made["LayerArn"]), (&json!(1), &json!(layer("embedder"))));
    assert_eq!(made["Content"]["CodeSize"], 4);
    publish(&account, "embedder", "two");
    let listed = account.does("ListLayerVersions", json!({"LayerName": "embedder"}));
    let listed = listed["LayerVersions"].as_array().unwrap();
    let descriptions: Vec<&Value> = listed.iter().map(|it| &it["Description"]).collect();
    assert_eq!(descriptions, ["two", "one"]);
    assert!(listed[0].get("Content").is_none());
    assert_eq!(account.cloud.leftovers(), ["lambda layer embedder:1", "lambda layer embedder:2"]);

    for number in [2, 1, 1] {
        let input = json!({"LayerName": "embedder", "VersionNumber": number});
        account.does("DeleteLayerVersion", input);
    }
    assert_eq!(account.cloud.leftovers(), Vec::<String>::new());
    assert_eq!(account.does("ListLayers", json!({}))["Layers"], json!([]));
    assert_eq!(publish(&account, "embedder", "three")["Version"], 3);
    let none = account.does("ListLayerVersions", json!({"LayerName": "other"}));
    assert_eq!(none["LayerVersions"], json!([]));
    for input in [
        json!({"LayerName": "embedder", "VersionNumber": 1}),
        json!({"LayerName": "other", "VersionNumber": 1}),
    ] {
        assert_eq!(account.refuses("GetLayerVersion", input).code, "ResourceNotFoundException");
    }
    let found = account.does("GetLayerVersionByArn", json!({"Arn": layer("embedder:3")}));
    assert_eq!(found["Description"], "three");
}

#[test]
fn a_function_has_layers_that_are_there_and_keeps_them() {
    let account = Account::new();
    publish(&account, "embedder", "one");
    publish(&account, "embedder", "two");
    let with = |layers: &[String]| {
        let mut input = account.app();
        input["Layers"] = json!(layers);
        input
    };
    let [first, second, third] = [1, 2, 3].map(|n| layer(&format!("embedder:{n}")));
    let many: Vec<String> = (0..6).map(|n| layer(&format!("l{n}:1"))).collect();
    for (layers, says) in [
        (vec![third], "does not exist."),
        (vec![first.clone(), second.clone()], "Two different versions of the same layer"),
        (many, "Cannot reference more than 5 layers."),
    ] {
        let refused = account.refuses("CreateFunction", with(&layers));
        assert_eq!(refused.code, "InvalidParameterValueException");
        assert!(refused.message.contains(says), "{}", refused.message);
    }
    let made = account.does("CreateFunction", with(std::slice::from_ref(&second)));
    assert_eq!(made["Layers"], json!([{"Arn": second, "CodeSize": 4}]));
    account.does("DeleteLayerVersion", json!({"LayerName": "embedder", "VersionNumber": 2}));
    assert_eq!(account.asks("GetFunctionConfiguration")["Layers"][0]["Arn"], second);
    let again = json!({"FunctionName": "app", "Layers": [second]});
    assert!(
        account.refuses("UpdateFunctionConfiguration", again).message.contains("does not exist")
    );
    let other = json!({"FunctionName": "app", "Layers": [first]});
    let changed = account.does("UpdateFunctionConfiguration", other);
    assert_eq!(changed["Layers"][0]["Arn"], first);
}
