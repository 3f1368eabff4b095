//! The configuration of functions.

use serde_json::{Value, json};

use super::function::find;
use super::version::shown;
use crate::account::Here;
use crate::iam::Assumable;
use crate::input::{keep, overlay, set, text};
use crate::refusal::{Refusal, Reply};

/// What a caller may say of a function.
pub(super) const SENT: [&str; 14] = [
    "Role",
    "Runtime",
    "Handler",
    "Description",
    "Timeout",
    "MemorySize",
    "Environment",
    "Architectures",
    "EphemeralStorage",
    "LoggingConfig",
    "TracingConfig",
    "VpcConfig",
    "Layers",
    "DeadLetterConfig",
];

/// Fields with a call's changes, layers in the form in which they are read back.
pub(super) fn overlaid(old: &Value, sent: &Value) -> Value {
    let mut fields = old.clone();
    overlay(&mut fields, sent);
    if let Some(layers) = sent.get("Layers").and_then(Value::as_array) {
        let layers: Value = layers.iter().map(|arn| json!({"Arn": arn})).collect();
        set(&mut fields, "Layers", layers);
    }
    fields
}

/// Refuses a role that Lambda cannot assume, or not yet.
pub(super) fn assumable(here: &mut Here<'_>, role: &str, action: &str) -> Result<(), Refusal> {
    let unseen = here.pace.role_unseen;
    if here.iam.assume(role, "lambda.amazonaws.com", action, unseen) == Assumable::Yes {
        return Ok(());
    }
    let message = "The role defined for the function cannot be assumed by Lambda.";
    Err(Refusal::new("InvalidParameterValueException", message))
}

pub(super) fn get(here: &mut Here<'_>, input: &Value) -> Reply {
    let now = here.now;
    shown(find(here.region, input)?, text(input, "Qualifier"), now)
}

pub(super) fn update(here: &mut Here<'_>, input: &Value) -> Reply {
    let (now, pace, revision) = (here.now, here.pace, here.region.ids.uuid());
    let old = find(here.region, input)?;
    old.must_be_settled(now)?;
    let role = text(input, "Role").filter(|role| text(&old.fields, "Role") != Some(*role));
    if let Some(role) = role {
        assumable(here, role, "UpdateFunctionConfiguration")?;
    }
    let function = find(here.region, input)?;
    function.fields = overlaid(&function.fields, &keep(input, &SENT));
    set(&mut function.fields, "RevisionId", revision);
    function.touch(now, pace);
    Ok(function.shown(now))
}
