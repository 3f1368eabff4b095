//! A revision as ECS shows it, normalised: what ECS does not say is its default.

use std::{collections::BTreeMap, time::Duration};

use aws_sdk_ecs::types::{
    ContainerDefinition, CpuArchitecture, HealthCheck, KeyValuePair, LogConfiguration, Secret,
    TaskDefinition as Sdk,
};
use ragctl_stacks::{
    address::{Address, Kind, Name},
    resource::{ContainerHealthCheck, FargateTask, Image, LogOptions, Program, TaskDefinition},
};

use super::FREE_STORAGE;
use crate::{aws::Aws, names::CONTAINER, secret, tags::Tags};

/// What a revision is.
pub(super) fn definition(aws: &Aws, sdk: &Sdk, tags: &Tags) -> TaskDefinition {
    let all = sdk.container_definitions();
    let container = all.iter().find(|it| it.name() == Some(CONTAINER)).or_else(|| all.first());
    let empty = ContainerDefinition::builder().build();
    let container = container.unwrap_or(&empty);
    let number = |text: Option<&str>| text.and_then(|it| it.parse().ok()).unwrap_or_default();
    let pairs = |it: &KeyValuePair| {
        Some((it.name()?.to_owned(), it.value().unwrap_or_default().to_owned()))
    };
    let secrets = |it: &Secret| (it.name().to_owned(), secret_called(it.value_from()));
    let secrets: BTreeMap<String, String> = container.secrets().iter().map(secrets).collect();
    let key = format!("ssm:{}", aws.names.of(&secret::address()));
    let program = program(container.image().unwrap_or_default(), tags);
    let image = matches!(program, Program::Built(_)).then(Image::own);
    let has_key = secrets.values().any(|it| *it == key);
    TaskDefinition {
        name: Name::app(),
        program,
        cpu: number(sdk.cpu()),
        memory: number(sdk.memory()),
        port: container
            .port_mappings()
            .first()
            .and_then(|it| it.container_port())
            .and_then(|it| u16::try_from(it).ok())
            .unwrap_or_default(),
        environment: container.environment().iter().filter_map(pairs).collect(),
        secrets,
        health_check: health_check(container.health_check()),
        stop_timeout: seconds(container.stop_timeout(), 30),
        store: None,
        fargate: Some(FargateTask {
            architecture: match sdk.runtime_platform().and_then(|it| it.cpu_architecture()) {
                Some(CpuArchitecture::Arm64) => "arm64".to_owned(),
                _ => "x86_64".to_owned(),
            },
            ephemeral_storage: sdk
                .ephemeral_storage()
                .map_or(FREE_STORAGE, |it| it.size_in_gib())
                .try_into()
                .unwrap_or_default(),
            execution_role: role_called(aws, sdk.execution_role_arn()),
            task_role: role_called(aws, sdk.task_role_arn()),
            log: log(aws, container.log_configuration()),
            image_in_file: tags.image_in_file().map(ToOwned::to_owned),
            key: has_key.then(secret::address),
            image,
        }),
    }
}

/// What a task runs, as the stack calls it.
fn program(image: &str, tags: &Tags) -> Program {
    match image.split_once('@') {
        Some((_, digest)) if tags.is_built() => Program::Built(digest.to_owned()),
        _ => Program::Image(image.to_owned()),
    }
}

fn seconds(given: Option<i32>, default: u64) -> Duration {
    Duration::from_secs(given.and_then(|it| u64::try_from(it).ok()).unwrap_or(default))
}

/// ECS's defaults stand for what is not said.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>
fn health_check(check: Option<&HealthCheck>) -> ContainerHealthCheck {
    ContainerHealthCheck {
        command: check.map(|it| it.command().to_vec()).unwrap_or_default(),
        interval: seconds(check.and_then(|it| it.interval()), 30),
        timeout: seconds(check.and_then(|it| it.timeout()), 5),
        retries: check.and_then(|it| it.retries()).and_then(|it| it.try_into().ok()).unwrap_or(3),
        start_period: seconds(check.and_then(|it| it.start_period()), 0),
    }
}

fn log(aws: &Aws, configuration: Option<&LogConfiguration>) -> LogOptions {
    let options = configuration.and_then(|it| it.options());
    let option = |key: &str| options.and_then(|it| it.get(key)).map(String::as_str);
    let group = option("awslogs-group").unwrap_or_default();
    LogOptions {
        group: aws.names.address_of(Kind::LogGroup, group).unwrap_or(Address::app(Kind::LogGroup)),
        mode: option("mode").unwrap_or("non-blocking").to_owned(),
        buffer: option("max-buffer-size").and_then(|it| it.trim_end_matches('m').parse().ok()),
    }
}

/// The role that an ARN names, by its address; the ARN itself shows when it is not one of the stack's.
fn role_called(aws: &Aws, arn: Option<&str>) -> Address {
    let called = arn.and_then(|it| it.rsplit('/').next()).unwrap_or_default();
    let ours = crate::role::ALL.map(|name| Address::of(Kind::Role, name));
    ours.into_iter()
        .find(|address| aws.names.of(address) == called)
        .unwrap_or_else(|| Address::of(Kind::Role, "other"))
}

/// Where a secret is kept, as the file names it.
fn secret_called(value_from: &str) -> String {
    let parts: Vec<&str> = value_from.splitn(6, ':').collect();
    match parts.as_slice() {
        [_, _, "ssm", _, _, rest] => {
            format!("ssm:{}", rest.strip_prefix("parameter").unwrap_or(rest))
        }
        [_, _, "secretsmanager", _, _, rest] => {
            format!("secretsmanager:{}", rest.strip_prefix("secret:").unwrap_or(rest))
        }
        _ => value_from.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_called_as_the_file_calls_them() {
        for (arn, called) in [
            ("arn:aws:ssm:eu-west-1:1:parameter/a/b", "ssm:/a/b"),
            ("arn:aws:secretsmanager:eu-west-1:1:secret:a/b", "secretsmanager:a/b"),
            ("plain", "plain"),
        ] {
            assert_eq!(secret_called(arn), called);
        }
    }

    #[test]
    fn what_ecs_does_not_mention_is_its_default() {
        let check = health_check(None);
        assert_eq!((check.interval.as_secs(), check.timeout.as_secs(), check.retries), (30, 5, 3));
        assert_eq!(check.start_period, Duration::ZERO);
        assert_eq!(seconds(None, 30), Duration::from_secs(30));
    }
}
