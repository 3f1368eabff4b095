//! Targets, and how healthy they are.

use serde_json::{Value, json};

use super::{Elb, group};
use crate::account::Here;
use crate::input::{list, need, text, whole};
use crate::refusal::{Refusal, Reply};

/// A target of a target group.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Its address.
    pub(crate) id: String,
    /// Its port.
    pub(crate) port: i64,
    /// `initial`, `healthy`, `unhealthy` or `draining`.
    pub(crate) state: &'static str,
}

impl Target {
    fn shown(&self, used: bool) -> Value {
        let state = if used { self.state } else { "unused" };
        let (reason, description) = match state {
            "initial" => (Some("Elb.RegistrationInProgress"), "Target registration is in progress"),
            "unhealthy" => (
                Some("Target.ResponseCodeMismatch"),
                "Health checks failed with these codes: [503]",
            ),
            "draining" => {
                (Some("Target.DeregistrationInProgress"), "Target deregistration is in progress")
            }
            "unused" => (
                Some("Target.NotInUse"),
                "Target group is not configured to receive traffic from the load balancer",
            ),
            _ => (None, ""),
        };
        let description = reason.map(|_| description);
        json!({"Target": {"Id": self.id, "Port": self.port},
               "HealthCheckPort": self.port.to_string(),
               "TargetHealth": {"State": state, "Reason": reason, "Description": description}})
    }
}

pub(super) fn register(here: &mut Here<'_>, input: &Value) -> Reply {
    let group = group::find(&mut here.region.elb, input)?;
    if text(&group.fields, "TargetType") == Some("lambda") {
        let arn = text(&group.fields, "TargetGroupArn").unwrap_or_default().to_owned();
        for each in list(input, "Targets") {
            callable(here, need(each, "Id")?, &arn)?;
        }
    }
    let group = group::find(&mut here.region.elb, input)?;
    let default = whole(&group.fields, "Port").unwrap_or(80);
    for each in list(input, "Targets") {
        let id = need(each, "Id")?.to_owned();
        let port = whole(each, "Port").unwrap_or(default);
        group.targets.retain(|old| (&old.id, old.port) != (&id, port));
        group.targets.push(Target { id, port, state: "healthy" });
    }
    Ok(json!({}))
}

/// Refuses a function that balancers may not call by the group.
fn callable(here: &Here<'_>, function: &str, group: &str) -> Result<(), Refusal> {
    if crate::lambda::lets(here.region, function, "elasticloadbalancing.amazonaws.com", group) {
        return Ok(());
    }
    let message = format!(
        "elasticloadbalancing principal does not have permission to invoke {function} from target \
         group {group}"
    );
    Err(Refusal::new("AccessDenied", message).with_status(403))
}

pub(super) fn deregister(elb: &mut Elb, input: &Value) -> Reply {
    let group = group::find(elb, input)?;
    for each in list(input, "Targets") {
        let (id, port) = (text(each, "Id"), whole(each, "Port"));
        group
            .targets
            .retain(|old| id != Some(old.id.as_str()) || port.is_some_and(|port| port != old.port));
    }
    Ok(json!({}))
}

pub(super) fn health(elb: &mut Elb, input: &Value) -> Reply {
    let used = !elb.balancers_of(need(input, "TargetGroupArn")?).is_empty();
    let group = group::find(elb, input)?;
    let asked = list(input, "Targets");
    let shown: Value = if asked.is_empty() {
        group.targets.iter().map(|target| target.shown(used)).collect()
    } else {
        let one = |each: &Value| {
            let id = text(each, "Id").unwrap_or_default();
            let port = whole(each, "Port");
            let fits = |t: &&Target| t.id == id && port.is_none_or(|port| port == t.port);
            group.targets.iter().find(fits).map_or_else(
                || {
                    json!({"Target": each, "TargetHealth": {"State": "unused",
                           "Reason": "Target.NotRegistered",
                           "Description": "Target is not registered to the target group"}})
                },
                |target| target.shown(used),
            )
        };
        asked.iter().map(one).collect()
    };
    Ok(json!({"TargetHealthDescriptions": shown}))
}
