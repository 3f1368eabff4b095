//! What most tests begin with: roles, a balancer, a cluster, a task definition, a service.

use ragctl_cloud::{Cloud, Refusal};
use serde_json::{Value, json};

use crate::client::REGION;

/// A service's surroundings.
pub(crate) struct Stack {
    pub(crate) cloud: Cloud,
    pub(crate) role: String,
    pub(crate) subnets: Vec<String>,
    pub(crate) group: String,
    pub(crate) target_group: String,
}

/// The circuit breaker on, with rollback.
pub(crate) fn breaker() -> Value {
    json!({"deploymentCircuitBreaker": {"enable": true, "rollback": true}})
}

pub(crate) fn act(cloud: &Cloud, service: &str, action: &str, input: Value) -> Value {
    try_act(cloud, service, action, input).unwrap()
}

pub(crate) fn try_act(
    cloud: &Cloud,
    service: &str,
    action: &str,
    input: Value,
) -> Result<Value, Refusal> {
    cloud.with(|account| account.act(REGION, service, action, input))
}

impl Stack {
    pub(crate) fn new() -> Self {
        let cloud = Cloud::start_blocking();
        let role = cloud.with(|account| account.plant_role("tasks", "ecs-tasks.amazonaws.com"));
        let (vpc, subnets) = cloud.with(|account| account.region(REGION).default_network());
        let group = act(
            &cloud,
            "ec2",
            "CreateSecurityGroup",
            json!({"GroupName": "api", "GroupDescription": "api"}),
        );
        let group = group["groupId"].as_str().unwrap().to_owned();
        let elb = "elasticloadbalancing";
        let balancer = act(
            &cloud,
            elb,
            "CreateLoadBalancer",
            json!({"Name": "api", "Subnets": subnets, "SecurityGroups": [group]}),
        );
        let targets = act(
            &cloud,
            elb,
            "CreateTargetGroup",
            json!({"Name": "api",
            "Protocol": "HTTP", "Port": "8000", "VpcId": vpc, "TargetType": "ip"}),
        );
        let target_group =
            targets["TargetGroups"][0]["TargetGroupArn"].as_str().unwrap().to_owned();
        act(
            &cloud,
            elb,
            "CreateListener",
            json!({
            "LoadBalancerArn": balancer["LoadBalancers"][0]["LoadBalancerArn"],
            "Port": "80", "Protocol": "HTTP",
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": target_group}]}),
        );
        act(&cloud, "logs", "CreateLogGroup", json!({"logGroupName": "/api"}));
        act(&cloud, "ecs", "CreateCluster", json!({"clusterName": "main"}));
        Self { cloud, role, subnets, group, target_group }
    }

    pub(crate) fn definition(&self, tag: &str) -> Value {
        json!({
            "family": "api", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
            "cpu": "512", "memory": "1024", "executionRoleArn": self.role,
            "containerDefinitions": [{
                "name": "api", "image": format!("registry.example/api:{tag}"),
                "portMappings": [{"containerPort": 8000}],
                "healthCheck": {"command": ["CMD", "true"]},
                "logConfiguration": {"logDriver": "awslogs", "options": {
                    "awslogs-group": "/api", "awslogs-stream-prefix": "task"}},
            }],
        })
    }

    /// Registers a task definition for an image; its ARN.
    pub(crate) fn register(&self, tag: &str) -> String {
        let made = act(&self.cloud, "ecs", "RegisterTaskDefinition", self.definition(tag));
        made["taskDefinition"]["taskDefinitionArn"].as_str().unwrap().to_owned()
    }

    pub(crate) fn service(&self, tag: &str, desired: i64) -> Value {
        json!({
            "cluster": "main", "serviceName": "api", "taskDefinition": self.register(tag),
            "desiredCount": desired, "launchType": "FARGATE",
            "deploymentConfiguration": breaker(),
            "networkConfiguration": {"awsvpcConfiguration": {
                "subnets": self.subnets, "securityGroups": [self.group],
                "assignPublicIp": "ENABLED"}},
            "loadBalancers": [{"targetGroupArn": self.target_group, "containerName": "api",
                               "containerPort": 8000}],
        })
    }

    /// Creates the service for an image.
    pub(crate) fn deploy(&self, tag: &str, desired: i64) -> Value {
        act(&self.cloud, "ecs", "CreateService", self.service(tag, desired))["service"].clone()
    }

    /// Moves the service to an image; the new deployment's id.
    pub(crate) fn update(&self, tag: &str) -> String {
        let input =
            json!({"cluster": "main", "service": "api", "taskDefinition": self.register(tag)});
        let service = act(&self.cloud, "ecs", "UpdateService", input)["service"].clone();
        service["deployments"][0]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn look(&self) -> Value {
        let input = json!({"cluster": "main", "services": ["api"], "include": ["TAGS"]});
        act(&self.cloud, "ecs", "DescribeServices", input)["services"][0].clone()
    }

    /// The service once its primary deployment is in a state.
    pub(crate) fn until(&self, state: &str) -> Value {
        crate::client::eventually(|| {
            let service = self.look();
            (service["deployments"][0]["rolloutState"] == state).then_some(service)
        })
    }

    /// The tasks that a deployment stopped with.
    pub(crate) fn stopped(&self, deployment: &str) -> Vec<Value> {
        let input = json!({"cluster": "main", "desiredStatus": "STOPPED", "startedBy": deployment});
        let arns = act(&self.cloud, "ecs", "ListTasks", input)["taskArns"].clone();
        if arns.as_array().unwrap().is_empty() {
            return Vec::new();
        }
        let input = json!({"cluster": "main", "tasks": arns});
        act(&self.cloud, "ecs", "DescribeTasks", input)["tasks"].as_array().unwrap().clone()
    }

    /// What its events say, the newest first.
    pub(crate) fn events(&self) -> Vec<String> {
        let service = self.look();
        let events = service["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
    }
}
