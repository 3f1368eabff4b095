//! What Lambda takes in a function's configuration.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>

use serde_json::Value;

use super::name::invalid;
use crate::input::{text, whole};
use crate::refusal::Refusal;

/// How many bytes of JSON the environment may have.
const ENVIRONMENT: usize = 4096;

/// Names that Lambda sets itself.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
const RESERVED: [&str; 17] = [
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_TASK_ROOT",
];

/// Refuses a configuration that Lambda would not take.
pub(super) fn check(fields: &Value) -> Result<(), Refusal> {
    let storage = fields.get("EphemeralStorage").unwrap_or(&Value::Null);
    within(whole(fields, "MemorySize"), "memorySize", 128, 10_240)?;
    within(whole(fields, "Timeout"), "timeout", 1, 900)?;
    within(whole(storage, "Size"), "ephemeralStorage.size", 512, 10_240)?;
    environment(fields)?;
    logging(fields.get("LoggingConfig").unwrap_or(&Value::Null))?;
    let tracing = fields.get("TracingConfig").and_then(|it| text(it, "Mode"));
    one_of(tracing, "tracingConfig.mode", &["Active", "PassThrough"])
}

fn violated(value: impl std::fmt::Display, member: &str, rule: &str) -> Refusal {
    let message = format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must {rule}"
    );
    Refusal::new("ValidationException", message)
}

fn within(value: Option<i64>, member: &str, least: i64, most: i64) -> Result<(), Refusal> {
    match value {
        Some(it) if it < least => {
            Err(violated(it, member, &format!("have value greater than or equal to {least}")))
        }
        Some(it) if it > most => {
            Err(violated(it, member, &format!("have value less than or equal to {most}")))
        }
        _ => Ok(()),
    }
}

fn one_of(value: Option<&str>, member: &str, known: &[&str]) -> Result<(), Refusal> {
    match value {
        Some(it) if !known.contains(&it) => {
            let rule = format!("satisfy enum value set: [{}]", known.join(", "));
            Err(violated(it, member, &rule))
        }
        _ => Ok(()),
    }
}

fn environment(fields: &Value) -> Result<(), Refusal> {
    let variables = fields.get("Environment").and_then(|it| it.get("Variables"));
    let Some(variables) = variables.and_then(Value::as_object) else { return Ok(()) };
    let unable = "Lambda was unable to configure your environment variables because the \
                  environment variables you have provided";
    let taken: Vec<&str> =
        variables.keys().map(String::as_str).filter(|it| RESERVED.contains(it)).collect();
    if !taken.is_empty() {
        return Err(invalid(format!(
            "{unable} contains reserved keys that are currently not supported for modification. \
             Reserved keys used in this request: {}",
            taken.join(", ")
        )));
    }
    let measured = Value::Object(variables.clone()).to_string();
    if measured.len() > ENVIRONMENT {
        return Err(invalid(format!(
            "{unable} exceeded the 4KB limit. String measured: {measured}"
        )));
    }
    Ok(())
}

fn logging(config: &Value) -> Result<(), Refusal> {
    let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    let (format, application, system) = (
        text(config, "LogFormat"),
        text(config, "ApplicationLogLevel"),
        text(config, "SystemLogLevel"),
    );
    one_of(format, "loggingConfig.logFormat", &["JSON", "Text"])?;
    one_of(application, "loggingConfig.applicationLogLevel", &levels)?;
    one_of(system, "loggingConfig.systemLogLevel", &["DEBUG", "INFO", "WARN"])?;
    if format != Some("JSON") && (application.is_some() || system.is_some()) {
        return Err(invalid(
            "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from \
             your request or change the LogFormat to \"JSON\" and try again.",
        ));
    }
    Ok(())
}
