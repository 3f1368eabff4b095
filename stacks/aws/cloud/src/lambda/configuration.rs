//! The configuration of functions.

use serde_json::{Value, json};

use super::layer;
use super::limit;
use super::name::{find, invalid, must_be_latest, named};
use super::version::shown;
use crate::account::{Here, Region};
use crate::iam::Assumable;
use crate::input::{fill, keep, overlay, set, text};
use crate::refusal::{Refusal, Reply};

/// What a caller may say of a function.
pub(super) const SENT: [&str; 15] = [
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
    "ImageConfig",
];

/// Fields with a call's changes, in the form in which they are read back.
///
/// # Errors
///
/// What Lambda says of layers that it does not take.
pub(super) fn overlaid(region: &Region, old: &Value, sent: &Value) -> Result<Value, Refusal> {
    let mut fields = old.clone();
    overlay(&mut fields, sent);
    if let Some(layers) = sent.get("Layers").and_then(Value::as_array) {
        set(&mut fields, "Layers", layer::of_function(region, layers)?);
    }
    if let Some(logging) = sent.get("LoggingConfig") {
        set(&mut fields, "LoggingConfig", logs(old.get("LoggingConfig"), logging));
    }
    if let (Some(image), Value::Object(fields)) = (sent.get("ImageConfig"), &mut fields) {
        fields.remove("ImageConfig");
        fields.insert("ImageConfigResponse".to_owned(), json!({"ImageConfig": image}));
    }
    Ok(fields)
}

/// How a function logs after a change of only some of it.
fn logs(old: Option<&Value>, sent: &Value) -> Value {
    let mut logging = old.cloned().unwrap_or_else(|| json!({}));
    let was_json = text(&logging, "LogFormat") == Some("JSON");
    overlay(&mut logging, sent);
    match text(&logging, "LogFormat") {
        Some("JSON") => {
            let usual = json!({"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"});
            fill(&mut logging, &usual);
        }
        _ if was_json => {
            // The levels of before go with the format, unless this call says them.
            let kept = ["LogFormat", "LogGroup"];
            let mut plain = keep(&logging, &kept);
            overlay(&mut plain, sent);
            logging = plain;
        }
        _ => {}
    }
    logging
}

/// Refuses a role that Lambda cannot assume, or not yet.
pub(super) fn assumable(here: &mut Here<'_>, role: &str, action: &str) -> Result<(), Refusal> {
    let unseen = here.pace.role_unseen;
    if here.iam.assume(role, "lambda.amazonaws.com", action, unseen) == Assumable::Yes {
        return Ok(());
    }
    Err(invalid("The role defined for the function cannot be assumed by Lambda."))
}

pub(super) fn get(here: &mut Here<'_>, input: &Value) -> Reply {
    let (now, named) = (here.now, named(input)?);
    let function = find(here.region, input)?;
    shown(function, named.qualifier.as_deref(), now).map(|(configuration, _)| configuration)
}

pub(super) fn update(here: &mut Here<'_>, input: &Value) -> Reply {
    let (now, pace, revision) = (here.now, here.pace, here.region.ids.uuid());
    let old = find(here.region, input)?;
    old.must_be_settled(now)?;
    must_be_latest(input, &old.fields)?;
    let fields = old.fields.clone();
    let role = text(input, "Role").filter(|role| text(&fields, "Role") != Some(*role));
    if let Some(role) = role {
        assumable(here, role, "UpdateFunctionConfiguration")?;
    }
    let fields = overlaid(here.region, &fields, &keep(input, &SENT))?;
    limit::check(&fields)?;
    let function = find(here.region, input)?;
    if function.uneditable.is_none() {
        function.fields = fields;
    }
    function.touch(now, pace, revision);
    Ok(function.shown(now))
}
