//! Functions and their code.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::configuration::{SENT, assumable, overlaid};
use super::missing;
use crate::account::{Here, Region};
use crate::input::{fill, flag, keep, need, set, text, texts};
use crate::pace::Pace;
use crate::refusal::{Refusal, Reply};
use crate::tags::{self, Tags};
use crate::time::Time;

/// A function.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    /// As `GetFunctionConfiguration` shows it, but for its state.
    pub(crate) fields: Value,
    pub(super) tags: Tags,
    /// The statements of its policy.
    pub(super) statements: Vec<Value>,
    pub(super) active: Time,
    pub(super) updated: Time,
}

impl Function {
    /// Whether a service may call it, for a thing of that service's.
    pub(crate) fn lets(&self, service: &str, source: &str) -> bool {
        self.statements.iter().any(|each| {
            each["Principal"]["Service"] == service
                && each["Condition"]["ArnLike"]["AWS:SourceArn"] == source
        })
    }

    /// Whether it has addresses in a security group.
    pub(crate) fn uses_group(&self, id: &str) -> bool {
        let network = self.fields.get("VpcConfig").unwrap_or(&Value::Null);
        texts(network, "SecurityGroupIds").iter().any(|each| each == id)
    }

    /// As `GetFunctionConfiguration` shows it.
    pub(super) fn shown(&self, now: Time) -> Value {
        let mut shown = self.fields.clone();
        let pending = now < self.active;
        set(&mut shown, "State", if pending { "Pending" } else { "Active" });
        if pending {
            set(&mut shown, "StateReason", "The function is being created.");
            set(&mut shown, "StateReasonCode", "Creating");
        }
        let done = now >= self.updated && !pending;
        set(&mut shown, "LastUpdateStatus", if done { "Successful" } else { "InProgress" });
        shown
    }

    /// A change begins, and is done after a while.
    pub(super) fn touch(&mut self, now: Time, pace: Pace) {
        set(&mut self.fields, "LastModified", now.iso().replace('Z', "+0000"));
        self.updated = now.plus(pace.provision);
    }

    /// Refuses changes while earlier ones are under way.
    pub(super) fn must_be_settled(&self, now: Time) -> Result<(), Refusal> {
        let message = if now < self.active {
            "The operation cannot be performed at this time. The function is currently in the \
             following state: Pending"
                .to_owned()
        } else if now < self.updated {
            let arn = text(&self.fields, "FunctionArn").unwrap_or_default();
            format!(
                "The operation cannot be performed at this time. An update is in progress for \
                 resource: {arn}"
            )
        } else {
            return Ok(());
        };
        Err(Refusal::new("ResourceConflictException", message).with_status(409))
    }
}

/// The name of the function that a call gives by name or ARN.
pub(super) fn name(input: &Value) -> Result<&str, Refusal> {
    let given = need(input, "FunctionName")?;
    let name = given.split_once(":function:").map_or(given, |(_, name)| name);
    Ok(name.split(':').next().unwrap_or(name))
}

pub(super) fn find<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut Function, Refusal> {
    let name = name(input)?;
    let arn = region.arn("lambda", &format!("function:{name}"));
    region.lambda.functions.get_mut(name).ok_or_else(|| missing(&arn))
}

/// The size and the digest of a ZIP file.
fn code(zip: Option<&str>) -> Result<(usize, String), Refusal> {
    let bytes = zip.and_then(|zip| STANDARD.decode(zip).ok()).filter(|bytes| !bytes.is_empty());
    let bytes = bytes.ok_or_else(|| {
        let message = "Could not unzip uploaded file. Please check your file, then try to upload \
                       again.";
        Refusal::new("InvalidParameterValueException", message)
    })?;
    Ok((bytes.len(), STANDARD.encode(Sha256::digest(&bytes))))
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let name = name(input)?;
    let arn = here.region.arn("lambda", &format!("function:{name}"));
    if here.region.lambda.functions.contains_key(name) {
        let message = format!("Function already exist: {name}");
        return Err(Refusal::new("ResourceConflictException", message).with_status(409));
    }
    let zip = input.get("Code").and_then(|code| text(code, "ZipFile"));
    let (size, digest) = code(zip)?;
    assumable(here, need(input, "Role")?, "CreateFunction")?;
    let mut fields = overlaid(&json!({}), &keep(input, &SENT));
    fill(
        &mut fields,
        &json!({
            "FunctionName": name, "FunctionArn": arn, "Description": "", "Timeout": 3,
            "MemorySize": 128, "Version": "$LATEST", "TracingConfig": {"Mode": "PassThrough"},
            "PackageType": "Zip", "Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": format!("/aws/lambda/{name}")},
            "CodeSize": size, "CodeSha256": digest, "RevisionId": here.region.ids.uuid(),
            "LastModified": here.now.iso().replace('Z', "+0000"),
        }),
    );
    let active = here.now.plus(here.pace.provision);
    let function = Function {
        fields,
        tags: tags::from_map(input, "Tags"),
        statements: Vec::new(),
        active,
        updated: active,
    };
    // A new function is always shown as pending, however fast the pace.
    let mut shown = function.shown(active);
    set(&mut shown, "State", "Pending");
    here.region.lambda.functions.insert(name.to_owned(), function);
    Ok(shown)
}

pub(super) fn get(here: &mut Here<'_>, input: &Value) -> Reply {
    let now = here.now;
    let function = find(here.region, input)?;
    Ok(json!({"Configuration": function.shown(now), "Tags": tags::map(&function.tags),
              "Code": {"RepositoryType": "S3", "Location": "https://awslambda.invalid/code"}}))
}

/// Nothing runs here: a function answers what the test planted.
pub(super) fn invoke(region: &mut Region, input: &Value) -> Reply {
    find(region, input)?;
    let name = name(input)?;
    let unplanted = || Refusal::new("ServiceException", format!("no answer is planted for {name}"));
    region.lambda.answers.get(name).cloned().ok_or_else(unplanted)
}

pub(super) fn delete(here: &mut Here<'_>, input: &Value) -> Reply {
    find(here.region, input)?;
    here.region.lambda.functions.remove(name(input)?);
    Ok(json!({}))
}

pub(super) fn update_code(here: &mut Here<'_>, input: &Value) -> Reply {
    let (now, pace, revision) = (here.now, here.pace, here.region.ids.uuid());
    let function = find(here.region, input)?;
    function.must_be_settled(now)?;
    let (size, digest) = code(text(input, "ZipFile"))?;
    if flag(input, "DryRun") == Some(true) {
        return Ok(function.shown(now));
    }
    set(&mut function.fields, "CodeSize", size);
    set(&mut function.fields, "CodeSha256", digest);
    set(&mut function.fields, "RevisionId", revision);
    if let Some(architectures) = input.get("Architectures").filter(|a| a.is_array()) {
        set(&mut function.fields, "Architectures", architectures.clone());
    }
    function.touch(now, pace);
    Ok(function.shown(now))
}
