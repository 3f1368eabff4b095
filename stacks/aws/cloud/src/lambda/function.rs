//! Functions: what is kept of one, and its life.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::code;
use super::configuration::{SENT, assumable, overlaid};
use super::copy::must_not_be_copied;
use super::limit;
use super::name::{LATEST, conflict, find, invalid, is_number, named, nothing};
use super::provisioned::Provisioned;
use super::version::{self, Version};
use crate::account::{Here, Region};
use crate::cloudfront::CloudFront;
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
    /// Where its code is, as `GetFunction` shows it.
    pub(super) code: Value,
    pub(super) tags: Tags,
    pub(super) active: Time,
    pub(super) updated: Time,
    /// By number.
    pub(crate) versions: BTreeMap<u64, Version>,
    /// The number of the newest version that there ever was.
    pub(super) last: u64,
    /// As `GetAlias` shows them, by name.
    pub(crate) aliases: BTreeMap<String, Value>,
    /// The statements of its policies, by qualifier; its own beneath the empty one.
    pub(super) statements: BTreeMap<String, Vec<Value>>,
    /// As `GetFunctionUrlConfig` shows them, by qualifier; its own beneath the empty one.
    pub(crate) urls: BTreeMap<String, Value>,
    /// By qualifier.
    pub(super) provisioned: BTreeMap<String, Provisioned>,
    /// Why edits of it fail from now on.
    pub(super) uneditable: Option<String>,
    /// Why the last one has failed.
    failed: Option<String>,
    /// Why nothing can be provisioned for it.
    pub(super) unprovisionable: Option<String>,
    /// Concurrency that is kept for it.
    pub(super) reserved: Option<i64>,
    /// Until when CloudFront has copies that it does not call any more.
    pub(super) copied: Option<Time>,
}

impl Function {
    /// Its ARN.
    pub(super) fn arn(&self) -> &str {
        text(&self.fields, "FunctionArn").unwrap_or_default()
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
        with_state(&mut shown, pending);
        let done = now >= self.updated && !pending;
        let status = match (&self.failed, done) {
            (_, false) => "InProgress",
            (None, true) => "Successful",
            (Some(reason), true) => {
                set(&mut shown, "LastUpdateStatusReason", reason.as_str());
                set(&mut shown, "LastUpdateStatusReasonCode", "InternalError");
                "Failed"
            }
        };
        set(&mut shown, "LastUpdateStatus", status);
        shown
    }

    /// A change begins, and is done after a while.
    pub(super) fn touch(&mut self, now: Time, pace: Pace, revision: String) {
        set(&mut self.fields, "LastModified", now.iso().replace('Z', "+0000"));
        set(&mut self.fields, "RevisionId", revision);
        self.updated = now.plus(pace.provision);
        self.failed = self.uneditable.clone();
    }

    /// Refuses changes while earlier ones are under way.
    pub(super) fn must_be_settled(&self, now: Time) -> Result<(), Refusal> {
        if now < self.active {
            return Err(pending());
        }
        if now < self.updated {
            return Err(conflict(format!(
                "The operation cannot be performed at this time. An update is in progress for \
                 resource: {}",
                self.arn()
            )));
        }
        Ok(())
    }

    /// Takes away all that only a version or an alias had.
    pub(super) fn forget(&mut self, qualifier: &str) {
        self.statements.remove(qualifier);
        self.urls.remove(qualifier);
        self.provisioned.remove(qualifier);
    }
}

impl Region {
    /// Lets all edits of a function from now on be taken, and fail afterwards for this reason, so that it stays what it is;
    /// `None` lets them succeed again. False when there is no such function.
    pub fn fail_edits(&mut self, function: &str, reason: Option<&str>) -> bool {
        let found = self.lambda.functions.get_mut(function);
        found.map(|it| it.uneditable = reason.map(str::to_owned)).is_some()
    }
}

/// Says of a function, or a version of it, whether it can be called.
pub(super) fn with_state(shown: &mut Value, pending: bool) {
    set(shown, "State", if pending { "Pending" } else { "Active" });
    if pending {
        set(shown, "StateReason", "The function is being created.");
        set(shown, "StateReasonCode", "Creating");
    }
}

/// The refusal of what cannot be done while something is being made.
pub(super) fn pending() -> Refusal {
    conflict(
        "The operation cannot be performed at this time. The function is currently in the \
         following state: Pending",
    )
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let name = named(input)?.name;
    let arn = here.region.arn("lambda", &format!("function:{name}"));
    if here.region.lambda.functions.contains_key(&name) {
        return Err(conflict(format!("Function already exist: {name}")));
    }
    let package = text(input, "PackageType").unwrap_or("Zip");
    code::must_suit(package, input)?;
    let sent = input.get("Code").unwrap_or(&Value::Null);
    let (mut fields, code) = code::read(here.region, package, sent, "CreateFunction")?;
    assumable(here, need(input, "Role")?, "CreateFunction")?;
    let said = overlaid(here.region, &json!({}), &keep(input, &SENT))?;
    crate::input::overlay(&mut fields, &said);
    fill(
        &mut fields,
        &json!({
            "FunctionName": name, "FunctionArn": arn, "Description": "", "Timeout": 3,
            "MemorySize": 128, "Version": LATEST, "TracingConfig": {"Mode": "PassThrough"},
            "PackageType": package, "Architectures": ["x86_64"],
            "EphemeralStorage": {"Size": 512},
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": format!("/aws/lambda/{name}")},
            "RevisionId": here.region.ids.uuid(),
            "LastModified": here.now.iso().replace('Z', "+0000"),
        }),
    );
    limit::check(&fields)?;
    let active = here.now.plus(here.pace.provision);
    let mut function = Function {
        fields,
        code,
        tags: tags::from_map(input, "Tags"),
        active,
        updated: active,
        versions: BTreeMap::new(),
        last: here.region.lambda.numbers.get(&name).copied().unwrap_or_default(),
        aliases: BTreeMap::new(),
        statements: BTreeMap::new(),
        urls: BTreeMap::new(),
        provisioned: BTreeMap::new(),
        uneditable: None,
        failed: None,
        unprovisionable: None,
        reserved: None,
        copied: None,
    };
    let mut shown = if flag(input, "Publish") == Some(true) {
        let revisions = [here.region.ids.uuid(), here.region.ids.uuid()];
        version::publish_now(&mut function, None, (here.now, here.pace), revisions)
    } else {
        function.shown(active)
    };
    // A new function is always shown as pending, however fast the pace.
    with_state(&mut shown, true);
    here.region.lambda.functions.insert(name, function);
    Ok(shown)
}

pub(super) fn get(here: &mut Here<'_>, input: &Value) -> Reply {
    let (now, named) = (here.now, named(input)?);
    let function = find(here.region, input)?;
    let qualifier = named.qualifier.as_deref();
    let (configuration, code) = version::shown(function, qualifier, now)?;
    let mut shown = json!({"Configuration": configuration, "Code": code,
                           "Tags": tags::map(&function.tags)});
    if let Some(reserved) = function.reserved {
        set(&mut shown, "Concurrency", json!({"ReservedConcurrentExecutions": reserved}));
    }
    Ok(shown)
}

/// Removes a function with all that it has, or one of its versions.
pub(super) fn delete(cloudfront: &CloudFront, here: &mut Here<'_>, input: &Value) -> Reply {
    let (now, named) = (here.now, named(input)?);
    let function = find(here.region, input)?;
    let is_called = cloudfront.calls(function.arn());
    match named.qualifier.as_deref() {
        None => {
            must_not_be_copied(function, is_called, now)?;
            let last = function.last;
            here.region.lambda.numbers.insert(named.name.clone(), last);
            here.region.lambda.functions.remove(&named.name);
        }
        Some(LATEST) => {
            return Err(invalid(
                "$LATEST version cannot be deleted without deleting the function.",
            ));
        }
        Some(number) if is_number(number) => {
            must_not_be_copied(function, is_called, now)?;
            version::delete(function, number)?;
        }
        Some(_) => return Err(invalid("Deletion of aliases is not currently supported.")),
    }
    nothing()
}
