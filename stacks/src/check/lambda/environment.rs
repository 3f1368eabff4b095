//! What a function is told, and what Lambda takes of it.

use crate::check::{facts::Facts, finding::Found};

/// The names that Lambda keeps for itself.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
const RESERVED: [&str; 16] = [
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
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];

/// What names and values may have together, in bytes.
const MOST_BYTES: usize = 4096;

pub(in crate::check) fn refused_name(facts: &Facts<'_>) -> Option<Found> {
    let service = &facts.file.service;
    let plain = service.environment.keys().map(|it| ("environment", it.as_str()));
    let secret = service.secrets.keys().map(|it| ("secrets", it.as_str()));
    let (section, name) = plain.chain(secret).find(|(_, name)| is_refused(name))?;
    let why = match RESERVED.contains(&name) {
        true => format!("Lambda sets `{name}` itself, and refuses a function that has it too"),
        false => format!("Lambda refuses a function with the variable `{name}`"),
    };
    Some(Found::at(
        &[&format!("service.{section}.{name}")],
        why,
        "use a name of two characters or more that begins with a letter and is not Lambda's own",
    ))
}

/// `_HANDLER` and `_X_AMZN_TRACE_ID` are Lambda's too.
fn is_refused(name: &str) -> bool {
    RESERVED.contains(&name) || name.starts_with('_') || name.len() < 2
}

pub(in crate::check) fn too_large(facts: &Facts<'_>) -> Option<Found> {
    let variables = facts.function_environment()?;
    let bytes: usize = variables.iter().map(|(name, value)| name.len() + value.len()).sum();
    let (longest, _) = variables.iter().max_by_key(|(_, value)| value.len())?;
    (bytes > MOST_BYTES).then(|| {
        Found::at(
            &["service.environment"],
            format!(
                "names and values of all variables have {bytes} bytes, and Lambda takes \
                 {MOST_BYTES}; `{longest}` is the longest"
            ),
            "keep it in Parameter Store, and name that beneath `service.secrets:`",
        )
    })
}
