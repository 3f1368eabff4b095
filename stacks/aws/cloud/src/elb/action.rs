//! What listeners and rules do, in the full form in which AWS reads them back.

use serde_json::{Value, json};

use super::Elb;
use crate::input::{fill, list, set, text};
use crate::refusal::Refusal;

/// The target groups that a listener or a rule forwards to.
pub(super) fn groups(value: &Value) -> Vec<String> {
    let actions = list(value, "DefaultActions").iter().chain(list(value, "Actions"));
    actions.flat_map(of_action).collect()
}

fn of_action(action: &Value) -> Vec<String> {
    let weighted = action.get("ForwardConfig").map(|config| list(config, "TargetGroups"));
    let weighted =
        weighted.unwrap_or_default().iter().filter_map(|tuple| text(tuple, "TargetGroupArn"));
    let mut all: Vec<String> =
        text(action, "TargetGroupArn").into_iter().chain(weighted).map(str::to_owned).collect();
    all.dedup();
    all
}

/// Actions as they are read back: a single forward has both of its forms.
///
/// # Errors
///
/// `TargetGroupNotFound`, or `TargetGroupAssociationLimit` when the target group belongs to another
/// balancer than `balancer`.
pub(super) fn full(elb: &Elb, actions: &[Value], balancer: &str) -> Result<Value, Refusal> {
    let mut shown = Vec::new();
    for action in actions {
        let groups = of_action(action);
        for arn in &groups {
            if !elb.groups.contains_key(arn) {
                let message = format!("Target groups '{arn}' not found");
                return Err(Refusal::new("TargetGroupNotFound", message));
            }
            if elb.balancers_of(arn).iter().any(|other| other != balancer) {
                let message = format!(
                    "The following target groups cannot be associated with more than one load \
                     balancer: {arn}"
                );
                return Err(Refusal::new("TargetGroupAssociationLimit", message));
            }
        }
        let mut action = action.clone();
        if let [group] = groups.as_slice() {
            set(&mut action, "TargetGroupArn", group.clone());
            if list(action.get("ForwardConfig").unwrap_or(&Value::Null), "TargetGroups").is_empty()
            {
                let tuples = json!([{"TargetGroupArn": group, "Weight": 1}]);
                set(&mut action, "ForwardConfig", json!({"TargetGroups": tuples}));
            }
        }
        if !groups.is_empty() {
            let sticky = json!({"TargetGroupStickinessConfig": {"Enabled": false}});
            fill(&mut action, &json!({"ForwardConfig": sticky}));
        }
        if action.get("RedirectConfig").is_some() {
            let defaults = json!({"Protocol": "#{protocol}", "Port": "#{port}", "Host": "#{host}",
                                  "Path": "/#{path}", "Query": "#{query}"});
            fill(&mut action, &json!({"RedirectConfig": defaults}));
        }
        shown.push(action);
    }
    Ok(Value::Array(shown))
}

/// Conditions as they are read back: paths and hosts have both of their forms.
pub(super) fn conditions(sent: &[Value]) -> Value {
    let both = |condition: &Value| {
        let mut condition = condition.clone();
        let config = match text(&condition, "Field") {
            Some("path-pattern") => "PathPatternConfig",
            Some("host-header") => "HostHeaderConfig",
            _ => return condition,
        };
        let plain = list(&condition, "Values").to_vec();
        let inner = condition.get(config).map(|c| list(c, "Values").to_vec()).unwrap_or_default();
        let values = if inner.is_empty() { plain } else { inner };
        set(&mut condition, "Values", values.clone());
        set(&mut condition, config, json!({"Values": values}));
        condition
    };
    sent.iter().map(both).collect()
}
