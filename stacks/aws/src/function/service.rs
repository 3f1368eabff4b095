//! The service as a function: what Lambda is sent of it, and what it says of it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_lambda::types::{
    ApplicationLogLevel, Architecture as SdkArchitecture, FunctionConfiguration, LogFormat,
    LoggingConfig, PackageType, TracingMode,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    resource::{Function, FunctionCode, Image, ServiceJob},
    stack::{Architecture, LogLevel},
};

use super::{Code, Shape};
use crate::{aws::Aws, call::call, deployment::Watch, ecr::in_ecr, image, layer};

/// What the name of a setting ends in that says where its value is kept.
const FROM: &str = "_FROM";

/// What the description of a version begins with that ragctl has published.
pub(crate) const PUBLISHED: &str = "ragctl ";

/// The name of the service's function.
pub(crate) const NAME: &str = "app";

/// Its address.
pub(crate) fn address() -> Address {
    Address::of(Kind::Function, NAME)
}

/// What versions of it are told apart by.
pub(super) fn description(function: &Function) -> String {
    format!("{PUBLISHED}{}", function.revision())
}

/// What it is told.
pub(super) fn variables(job: &ServiceJob) -> HashMap<String, String> {
    let secrets = job.secrets.iter().map(|(name, place)| (format!("{name}{FROM}"), place.clone()));
    job.environment.clone().into_iter().chain(secrets).collect()
}

/// How it logs: JSON, so that its levels are known.
pub(super) fn logging(job: &ServiceJob, group: String) -> LoggingConfig {
    let logging = LoggingConfig::builder().log_group(group).log_format(LogFormat::Json);
    logging.set_application_log_level(job.log_level.map(level)).build()
}

/// How large it is, and what lies beside it.
pub(super) async fn shape(aws: &Aws, job: &ServiceJob, address: &Address) -> Reply<Shape> {
    let mut layers = Vec::new();
    for (layer, digest) in &job.layers {
        layers.push(layer::version(aws, layer, digest, address).await?);
    }
    Ok(Shape {
        memory: i32::try_from(job.memory).unwrap_or(i32::MAX),
        timeout: i32::try_from(job.timeout.as_secs()).unwrap_or(i32::MAX),
        runtime: aws_sdk_lambda::types::Runtime::Providedal2023,
        handler: "bootstrap",
        architecture: match job.architecture {
            Architecture::X86_64 => SdkArchitecture::X8664,
            Architecture::Arm64 => SdkArchitecture::Arm64,
        },
        tracing: Some(if job.tracing { TracingMode::Active } else { TracingMode::PassThrough }),
        layers: Some(layers),
    })
}

/// Its code; `watch` says where archives lie.
pub(super) async fn code(aws: &Aws, code: &FunctionCode, watch: &Watch<'_>) -> Reply<Code> {
    match code {
        FunctionCode::Zip(digest) => {
            let content = match watch.archives {
                Some(archives) => archives.read(digest).map(|it| it.to_vec()),
                None => return Err(no_archive("none was made")),
            };
            content.map(Code::Zip).map_err(|error| no_archive(&error.to_string()))
        }
        FunctionCode::Built(digest) => {
            Ok(Code::Image(image::name(aws, aws.account().await?, digest)))
        }
        FunctionCode::Image(name) => Ok(Code::Image(name.clone())),
        FunctionCode::Source(_) => Err(no_archive("it is another function's source")),
    }
}

pub(crate) fn no_archive(reason: &str) -> BackendError {
    BackendError::Refused {
        operation: "reading the archive that was made for Lambda".to_owned(),
        reason: reason.to_owned(),
    }
}

/// Which code a function has. `image` is the one that it was told to run.
pub(super) fn code_of(aws: &Aws, is: &FunctionConfiguration, image: Option<&str>) -> FunctionCode {
    if is.package_type() != Some(&PackageType::Image) {
        return FunctionCode::Zip(digest_of(is.code_sha256().unwrap_or_default()));
    }
    let name = image.unwrap_or_default();
    let own = aws.names.of(&Image::own());
    match in_ecr(name) {
        Some(it) if it.repository == own => {
            FunctionCode::Built(it.digest.unwrap_or_default().to_owned())
        }
        _ => FunctionCode::Image(name.to_owned()),
    }
}

/// A digest as ragctl writes it, of one as Lambda does.
pub(crate) fn digest_of(base64: &str) -> String {
    let bytes = STANDARD.decode(base64).unwrap_or_default();
    format!("sha256:{}", bytes.iter().map(|it| format!("{it:02x}")).collect::<String>())
}

/// What a function that was found does as the service. `concurrency` is what is reserved for it.
pub(super) fn read(aws: &Aws, is: &FunctionConfiguration, concurrency: Option<i32>) -> ServiceJob {
    let number = |it: Option<i32>| u32::try_from(it.unwrap_or_default()).unwrap_or_default();
    let (mut environment, mut secrets) = (BTreeMap::new(), BTreeMap::new());
    let variables = is.environment().and_then(|it| it.variables());
    for (name, value) in variables.into_iter().flatten() {
        match name.strip_suffix(FROM).filter(|_| is_reference(value)) {
            Some(name) => secrets.insert(name.to_owned(), value.clone()),
            None => environment.insert(name.clone(), value.clone()),
        };
    }
    let logging = is.logging_config();
    let is_json = logging.and_then(|it| it.log_format()) == Some(&LogFormat::Json);
    ServiceJob {
        memory: number(is.memory_size()),
        timeout: std::time::Duration::from_secs(number(is.timeout()).into()),
        architecture: match is.architectures() {
            [SdkArchitecture::Arm64] => Architecture::Arm64,
            _ => Architecture::X86_64,
        },
        environment,
        secrets,
        layers: is.layers().iter().filter_map(|it| it.arn()).map(|it| layer::of(aws, it)).collect(),
        tracing: is.tracing_config().and_then(|it| it.mode()) == Some(&TracingMode::Active),
        log_level: logging
            .filter(|_| is_json)
            .map(|it| it.application_log_level().map_or(LogLevel::Info, level_of)),
        concurrency: concurrency.map(|it| number(Some(it))),
    }
}

fn is_reference(value: &str) -> bool {
    value.starts_with("ssm:") || value.starts_with("secretsmanager:")
}

fn level(level: LogLevel) -> ApplicationLogLevel {
    match level {
        LogLevel::Trace => ApplicationLogLevel::Trace,
        LogLevel::Debug => ApplicationLogLevel::Debug,
        LogLevel::Info => ApplicationLogLevel::Info,
        LogLevel::Warn => ApplicationLogLevel::Warn,
        LogLevel::Error => ApplicationLogLevel::Error,
    }
}

fn level_of(level: &ApplicationLogLevel) -> LogLevel {
    match level {
        ApplicationLogLevel::Trace => LogLevel::Trace,
        ApplicationLogLevel::Debug => LogLevel::Debug,
        ApplicationLogLevel::Warn => LogLevel::Warn,
        ApplicationLogLevel::Error | ApplicationLogLevel::Fatal => LogLevel::Error,
        _ => LogLevel::Info,
    }
}

/// Keeps so many sandboxes for it, and lets it have no more; none: what the account has left.
pub(super) async fn reserve(
    aws: &Aws,
    called: &str,
    concurrency: Option<u32>,
    exists: bool,
) -> Reply<()> {
    let lambda = &aws.clients.lambda;
    match concurrency {
        Some(count) => {
            let count = i32::try_from(count).unwrap_or(i32::MAX);
            let put = lambda.put_function_concurrency().function_name(called);
            let put = put.reserved_concurrent_executions(count).send();
            call("lambda PutFunctionConcurrency", put).await?;
        }
        None if !exists => {}
        None => {
            let delete = lambda.delete_function_concurrency().function_name(called).send();
            call("lambda DeleteFunctionConcurrency", delete).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_written_as_ragctl_does() {
        let hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(
            digest_of("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
            format!("sha256:{hex}")
        );
    }
}
