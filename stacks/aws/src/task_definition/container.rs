//! The container of a task, as ECS is told of it.

use std::collections::BTreeMap;

use aws_sdk_ecs::types::{
    ContainerDefinition, HealthCheck, KeyValuePair, LogConfiguration, LogDriver, PortMapping,
    Secret, TransportProtocol,
};
use ragctl_stacks::resource::{LogOptions, Program, TaskDefinition};

use crate::{aws::Aws, image, names::CONTAINER, target_group::whole};

/// The ARN by which ECS reads a secret.
fn secret_arn(aws: &Aws, account: &str, called: &str) -> String {
    match called.split_once(':') {
        Some(("ssm", path)) => aws.names.arn("ssm", account, &format!("parameter{path}")),
        Some(("secretsmanager", name)) => {
            aws.names.arn("secretsmanager", account, &format!("secret:{name}"))
        }
        _ => called.to_owned(),
    }
}

/// The container of a task.
pub(super) fn container(aws: &Aws, account: &str, to: &TaskDefinition) -> ContainerDefinition {
    let check = &to.health_check;
    let image = match &to.program {
        Program::Built(digest) => image::name(aws, account, digest),
        other => other.to_string(),
    };
    let environment: BTreeMap<&String, &String> = to.environment.iter().collect();
    let pair =
        |(name, value): (&String, &String)| KeyValuePair::builder().name(name).value(value).build();
    let secret = |(name, place): (&String, &String)| {
        let secret = Secret::builder().name(name).value_from(secret_arn(aws, account, place));
        secret.build().expect("a secret has a name and a place")
    };
    ContainerDefinition::builder()
        .name(CONTAINER)
        .image(image)
        .essential(true)
        .set_environment(Some(environment.into_iter().map(pair).collect()))
        .set_secrets(Some(to.secrets.iter().map(secret).collect()))
        .port_mappings(
            PortMapping::builder()
                .container_port(i32::from(to.port))
                .host_port(i32::from(to.port))
                .protocol(TransportProtocol::Tcp)
                .build(),
        )
        .health_check(
            HealthCheck::builder()
                .set_command(Some(check.command.clone()))
                .interval(whole(check.interval))
                .timeout(whole(check.timeout))
                .retries(i32::try_from(check.retries).unwrap_or(i32::MAX))
                .start_period(whole(check.start_period))
                .build()
                .expect("a health check has a command"),
        )
        .stop_timeout(whole(to.stop_timeout))
        .set_log_configuration(to.fargate.as_ref().map(|it| log_configuration(aws, &it.log)))
        .build()
}

fn log_configuration(aws: &Aws, log: &LogOptions) -> LogConfiguration {
    let buffer = log.buffer.map(|it| ("max-buffer-size".to_owned(), format!("{it}m")));
    let options = [
        ("awslogs-group".to_owned(), aws.names.of(&log.group)),
        ("awslogs-region".to_owned(), aws.names.region().to_owned()),
        ("awslogs-stream-prefix".to_owned(), "task".to_owned()),
        ("mode".to_owned(), log.mode.clone()),
    ];
    LogConfiguration::builder()
        .log_driver(LogDriver::Awslogs)
        .set_options(Some(options.into_iter().chain(buffer).collect()))
        .build()
        .expect("a log configuration has a driver")
}
