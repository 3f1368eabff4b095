//! Layers: a version a content, kept and cleaned.

use std::{fs, path::Path};

use serde_json::json;

use super::{LAMBDA, REGION, ask, home};
use crate::support::{Home, lines};

fn with(folder: &Path) -> String {
    format!("{LAMBDA}lambda: {{keep: 2, layers: {{models: '{}'}}}}\n", folder.display())
}

/// The versions of a layer, by their numbers.
fn versions(home: &Home, layer: &str) -> Vec<i64> {
    let input = json!({"LayerName": layer});
    let all = home.cloud.with(|account| account.act(REGION, "lambda", "ListLayerVersions", input));
    let all = all.unwrap()["LayerVersions"].as_array().unwrap().clone();
    let mut all: Vec<i64> = all.iter().map(|it| it["Version"].as_i64().unwrap()).collect();
    all.sort_unstable();
    all
}

#[tokio::test]
async fn each_content_is_a_version_and_the_oldest_go() {
    let home = home().await;
    let folder = tempfile::tempdir().unwrap();
    for content in ["a", "b", "b", "c", "d"] {
        fs::write(folder.path().join("model"), content).unwrap();
        home.deploy(&with(folder.path())).await.well();
        let plan = home.plan(&with(folder.path())).await;
        assert!(plan.is_empty(), "{content}: {}", lines(&plan));
    }
    assert_eq!(versions(&home, "handbook-models"), [2, 3, 4]);
    assert_eq!(versions(&home, "handbook-embedder"), [1], "it never changed");
    let is = ask(&home, "GetFunctionConfiguration", json!({}));
    let layers: Vec<&str> =
        is["Layers"].as_array().unwrap().iter().map(|it| it["Arn"].as_str().unwrap()).collect();
    assert!(layers.iter().any(|it| it.ends_with(":layer:handbook-models:4")), "{layers:?}");
    home.deploy(LAMBDA).await.well();
    assert_eq!(versions(&home, "handbook-models"), [] as [i64; 0]);
    home.destroy(LAMBDA).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn a_service_that_asks_a_provider_for_vectors_has_no_table_beside_it() {
    let home = home().await;
    let text =
        format!("{LAMBDA}models: {{embedding: {{provider: openai, api_key: 'ssm:/key'}}}}\n");
    home.deploy(&text).await.well();
    assert_eq!(versions(&home, "handbook-embedder"), [] as [i64; 0]);
    let is = ask(&home, "GetFunctionConfiguration", json!({}));
    assert_eq!(is["Environment"]["Variables"]["EMBEDDING_BINDING_API_KEY_FROM"], "ssm:/key");
}

#[tokio::test]
async fn the_layer_of_a_stack_whose_name_begins_the_same_is_left_alone() {
    let home = home().await;
    let other = LAMBDA.replace("handbook", "handbook-two");
    home.cloud.with(|account| {
        let answer = json!({"statusCode": 200, "body": "{}"});
        account.region(REGION).plant_answer("handbook-two-app", answer);
    });
    home.deploy(&other).await.well();
    home.deploy(LAMBDA).await.well();
    assert!(home.plan(LAMBDA).await.is_empty());
    home.destroy(LAMBDA).await.well();
    assert_eq!(versions(&home, "handbook-two-embedder"), [1]);
}
