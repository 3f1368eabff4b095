use ragctl_cloud::Cloud;
use serde_json::json;

use super::support::{REGION, stack};
use super::{found, only, told};

#[tokio::test]
async fn free_names_pass() {
    let cloud = Cloud::start().await;
    assert_eq!(
        only(&cloud, &stack(""), "names").await,
        "passed: free: nothing exists that is called as this stack's resources are"
    );
}

#[tokio::test]
async fn all_that_is_somebody_elses_is_told() {
    let cloud = Cloud::start().await;
    cloud.with(|account| {
        account.plant_role("ragctl-handbook-task-us-east-1", "ecs-tasks.amazonaws.com");
        let tags = json!([{"key": "ragctl:stack", "value": "other"}]);
        let cluster = json!({"clusterName": "handbook", "tags": tags});
        account.act(REGION, "ecs", "CreateCluster", cluster).unwrap();
    });
    let told = told(&found(&cloud, &stack(""), "names").await);
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(told.contains("is there already and belongs to nobody that ragctl knows"), "{told}");
    assert!(told.contains("`cluster/app` would be "), "{told}");
    assert!(told.contains("belongs to stack `other`"), "{told}");
}
