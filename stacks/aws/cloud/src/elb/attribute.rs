//! Attributes of balancers and target groups, with AWS's defaults.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Elb, balancer, group, invalid};
use crate::input::{list, need, text};
use crate::refusal::{Refusal, Reply};

/// Attributes by their key.
pub(super) type Attributes = BTreeMap<String, String>;

/// What an application load balancer begins with.
const BALANCER: [(&str, &str); 19] = [
    ("access_logs.s3.enabled", "false"),
    ("access_logs.s3.bucket", ""),
    ("access_logs.s3.prefix", ""),
    ("client_keep_alive.seconds", "3600"),
    ("connection_logs.s3.enabled", "false"),
    ("connection_logs.s3.bucket", ""),
    ("connection_logs.s3.prefix", ""),
    ("deletion_protection.enabled", "false"),
    ("idle_timeout.timeout_seconds", "60"),
    ("load_balancing.cross_zone.enabled", "true"),
    ("routing.http.desync_mitigation_mode", "defensive"),
    ("routing.http.drop_invalid_header_fields.enabled", "false"),
    ("routing.http.preserve_host_header.enabled", "false"),
    ("routing.http.x_amzn_tls_version_and_cipher_suite.enabled", "false"),
    ("routing.http.xff_client_port.enabled", "false"),
    ("routing.http.xff_header_processing.mode", "append"),
    ("routing.http2.enabled", "true"),
    ("waf.fail_open.enabled", "false"),
    ("zonal_shift.config.enabled", "false"),
];

/// What a target group begins with.
const GROUP: [(&str, &str); 14] = [
    ("deregistration_delay.timeout_seconds", "300"),
    ("load_balancing.algorithm.anomaly_mitigation", "off"),
    ("load_balancing.algorithm.type", "round_robin"),
    ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
    ("slow_start.duration_seconds", "0"),
    ("stickiness.app_cookie.cookie_name", ""),
    ("stickiness.app_cookie.duration_seconds", "86400"),
    ("stickiness.enabled", "false"),
    ("stickiness.lb_cookie.duration_seconds", "86400"),
    ("stickiness.type", "lb_cookie"),
    ("target_group_health.dns_failover.minimum_healthy_targets.count", "1"),
    ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"),
    ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"),
];

fn owned(pairs: &[(&str, &str)]) -> Attributes {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The attributes of a new balancer.
pub(super) fn new_balancer() -> Attributes {
    owned(&BALANCER)
}

/// The attributes of a new target group.
pub(super) fn new_group() -> Attributes {
    owned(&GROUP)
}

fn shown(attributes: &Attributes) -> Value {
    let pairs = attributes.iter().map(|(key, value)| json!({"Key": key, "Value": value}));
    json!({"Attributes": pairs.collect::<Value>()})
}

/// The attributes with a call's changes, none made when one is unknown.
fn changed(old: &Attributes, input: &Value, whose: &str) -> Result<Attributes, Refusal> {
    let mut new = old.clone();
    for each in list(input, "Attributes") {
        let key = need(each, "Key")?;
        let value = text(each, "Value").unwrap_or_default();
        match new.get_mut(key) {
            Some(old) => value.clone_into(old),
            None => {
                let message = format!("{whose} attribute key '{key}' is not recognized");
                return Err(invalid(message));
            }
        }
    }
    Ok(new)
}

/// Whether a numeric attribute lies between two bounds.
fn within(attributes: &Attributes, key: &str, bounds: std::ops::RangeInclusive<u32>) -> bool {
    attributes.get(key).is_some_and(|value| value.parse().is_ok_and(|n| bounds.contains(&n)))
}

pub(super) fn of_balancer(elb: &mut Elb, input: &Value) -> Reply {
    Ok(shown(&balancer::find(elb, input)?.attributes))
}

pub(super) fn modify_balancer(elb: &mut Elb, input: &Value) -> Reply {
    let balancer = balancer::find(elb, input)?;
    let new = changed(&balancer.attributes, input, "Load balancer")?;
    if !within(&new, "idle_timeout.timeout_seconds", 1..=4000) {
        return Err(invalid("'idle_timeout.timeout_seconds' must be between 1 and 4000"));
    }
    balancer.attributes = new;
    Ok(shown(&balancer.attributes))
}

pub(super) fn of_group(elb: &mut Elb, input: &Value) -> Reply {
    Ok(shown(&group::find(elb, input)?.attributes))
}

pub(super) fn modify_group(elb: &mut Elb, input: &Value) -> Reply {
    let group = group::find(elb, input)?;
    let new = changed(&group.attributes, input, "Target group")?;
    if !within(&new, "deregistration_delay.timeout_seconds", 0..=3600) {
        return Err(invalid("'deregistration_delay.timeout_seconds' must be between 0 and 3600"));
    }
    let slow = new.get("slow_start.duration_seconds").is_some_and(|seconds| seconds != "0");
    if slow && !within(&new, "slow_start.duration_seconds", 30..=900) {
        return Err(invalid("'slow_start.duration_seconds' must be 0 or between 30 and 900"));
    }
    let algorithm = new.get("load_balancing.algorithm.type").map(String::as_str);
    if slow && algorithm != Some("round_robin") {
        let message = "Slow start is only supported with the round robin algorithm";
        return Err(Refusal::new("InvalidConfigurationRequest", message));
    }
    group.attributes = new;
    Ok(shown(&group.attributes))
}
