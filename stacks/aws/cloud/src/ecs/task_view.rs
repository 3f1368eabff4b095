//! Tasks as `DescribeTasks` shows them.

use serde_json::{Value, json};

use super::names::cluster_arn;
use super::task::{Container, Status, Task};
use crate::account::Region;
use crate::time::Time;

impl Task {
    fn health(&self, container: &Container) -> &'static str {
        match (container.watched, self.last == Status::Running, self.sick) {
            (true, true, true) => "UNHEALTHY",
            (true, true, false) if self.ready => "HEALTHY",
            _ => "UNKNOWN",
        }
    }

    fn container(&self, region: &Region, container: &Container) -> Value {
        let last = match (container.exit, self.last) {
            (Some(_), _) | (_, Status::Stopped) => "STOPPED",
            (_, Status::Running | Status::Deactivating) => "RUNNING",
            _ => "PENDING",
        };
        let arn = format!("container/{}/{}/{}", self.cluster, self.id, container.name);
        json!({
            "containerArn": region.arn("ecs", &arn), "taskArn": self.arn, "name": container.name,
            "image": container.image, "lastStatus": last, "exitCode": container.exit,
            "reason": container.reason, "healthStatus": self.health(container),
            "networkInterfaces": [{"attachmentId": self.attachment,
                "privateIpv4Address": self.interface.address}],
        })
    }

    /// As `DescribeTasks` shows it.
    pub(super) fn shown(&self, region: &Region) -> Value {
        let time = |at: Option<Time>| at.map(Time::seconds);
        let health = self.containers.iter().map(|each| self.health(each));
        let health = ["UNHEALTHY", "HEALTHY"].into_iter().find(|h| health.clone().any(|x| x == *h));
        let subnet = region.ec2.subnet(&self.interface.subnet);
        let details = [
            ("subnetId", &self.interface.subnet),
            ("networkInterfaceId", &self.interface.id),
            ("privateIPv4Address", &self.interface.address),
        ];
        let details = details.iter().map(|(name, value)| json!({"name": name, "value": value}));
        let attached = match self.last {
            Status::Provisioning => "PRECREATED",
            Status::Stopped => "DELETED",
            _ => "ATTACHED",
        };
        json!({
            "taskArn": self.arn, "clusterArn": cluster_arn(region, &self.cluster),
            "taskDefinitionArn": self.definition, "group": format!("service:{}", self.service_name),
            "startedBy": self.deployment, "launchType": "FARGATE", "platformVersion": "1.4.0",
            "platformFamily": "Linux", "cpu": self.size[0], "memory": self.size[1], "version": 1,
            "lastStatus": self.last.word(),
            "desiredStatus": if self.stopping { "STOPPED" } else { "RUNNING" },
            "healthStatus": health.unwrap_or("UNKNOWN"), "connectivity": "CONNECTED",
            "availabilityZone": subnet.map(|subnet| subnet.zone.clone()),
            "containers": self.containers.iter().map(|c| self.container(region, c))
                .collect::<Value>(),
            "attachments": [{"id": self.attachment, "type": "ElasticNetworkInterface",
                "status": attached, "details": details.collect::<Value>()}],
            "stopCode": self.stop.as_ref().map(|stop| stop.0),
            "stoppedReason": self.stop.as_ref().map(|stop| stop.1.clone()),
            "createdAt": self.created.seconds(), "pullStartedAt": time(self.times.pull_started),
            "pullStoppedAt": time(self.times.pull_stopped), "startedAt": time(self.times.started),
            "stoppingAt": time(self.times.stopping), "stoppedAt": time(self.times.stopped),
        })
    }
}
