//! ECS. Task definitions cannot be told apart where they are read or retired, and tasks not where they are listed: there
//! the cluster is a condition.
//!
//! Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html>

use serde_json::{Value, json};

use crate::policy::{
    right::{CHANGING, DEPLOY, DESTROY, OWN, RIGHT, Right},
    subject::Subject,
};

pub(super) const RIGHTS: &[Right] = &[
    Right { actions: &["ecs:DescribeTaskDefinition"], ..RIGHT },
    Right { purposes: CHANGING, actions: &["ecs:ListTaskDefinitions"], ..RIGHT },
    Right { purposes: DESTROY, actions: &["ecs:DeregisterTaskDefinition"], ..RIGHT },
    Right { sid: OWN, on: cluster, actions: &["ecs:DescribeClusters"], ..RIGHT },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: cluster,
        // What is made with tags is tagged too, as IAM sees it.
        actions: &["ecs:CreateCluster", "ecs:TagResource"],
        ..RIGHT
    },
    Right { sid: OWN, purposes: DESTROY, on: cluster, actions: &["ecs:DeleteCluster"], ..RIGHT },
    Right { sid: OWN, on: service, actions: &["ecs:DescribeServices"], ..RIGHT },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: service,
        actions: &[
            "ecs:CreateService",
            "ecs:ListServiceDeployments",
            "ecs:StopServiceDeployment",
            "ecs:TagResource",
            "ecs:UpdateService",
        ],
        ..RIGHT
    },
    Right { sid: OWN, purposes: DESTROY, on: service, actions: &["ecs:DeleteService"], ..RIGHT },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: |of| vec![of.arn("ecs", &format!("service-deployment/{0}/{0}/*", of.names.stack()))],
        actions: &["ecs:StopServiceDeployment"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: task_definitions,
        actions: &["ecs:RegisterTaskDefinition", "ecs:TagResource"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DESTROY,
        on: task_definitions,
        actions: &["ecs:DeleteTaskDefinitions"],
        ..RIGHT
    },
    Right {
        sid: OWN,
        purposes: DEPLOY,
        on: |of| vec![of.arn("ecs", &format!("task/{}/*", of.names.stack()))],
        actions: &["ecs:DescribeTasks"],
        ..RIGHT
    },
    Right {
        sid: "EcsTasks",
        purposes: DEPLOY,
        only: in_cluster,
        actions: &["ecs:ListTasks"],
        ..RIGHT
    },
];

fn cluster(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("ecs", &format!("cluster/{}", of.names.stack()))]
}

fn service(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("ecs", &format!("service/{0}/{0}", of.names.stack()))]
}

fn task_definitions(of: &Subject<'_>) -> Vec<String> {
    vec![of.arn("ecs", &format!("task-definition/{}:*", of.names.stack()))]
}

fn in_cluster(of: &Subject<'_>) -> Option<Value> {
    cluster(of).pop().map(|cluster| json!({ "ArnEquals": { "ecs:cluster": cluster } }))
}
