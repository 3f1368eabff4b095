//! Listeners.

use serde_json::{Value, json};

use super::{Elb, action, invalid};
use crate::account::{Here, Region};
use crate::input::{keep, list, need, overlay, same, set, text, texts, whole};
use crate::refusal::{Refusal, Reply};
use crate::tags;

/// What a caller may say of a listener.
const SENT: [&str; 6] =
    ["Port", "Protocol", "SslPolicy", "Certificates", "AlpnPolicy", "MutualAuthentication"];

pub(super) fn missing() -> Refusal {
    Refusal::new("ListenerNotFound", "One or more listeners not found")
}

/// Refuses certificates that are not there, or not issued.
fn check_certificates(region: &Region, fields: &Value) -> Result<(), Refusal> {
    let certificates = list(fields, "Certificates");
    if text(fields, "Protocol") == Some("HTTPS") && certificates.is_empty() {
        return Err(invalid("A certificate must be specified for HTTPS listeners"));
    }
    for arn in certificates.iter().filter_map(|each| text(each, "CertificateArn")) {
        match region.acm.status(arn) {
            Some("ISSUED") => {}
            Some(_) => {
                let message = format!(
                    "The certificate '{arn}' must have a fully-qualified domain name, a supported \
                     signature, and a supported key size."
                );
                return Err(Refusal::new("UnsupportedCertificate", message));
            }
            None => {
                let message = format!("Certificate ARN '{arn}' is not valid");
                return Err(Refusal::new("CertificateNotFound", message));
            }
        }
    }
    Ok(())
}

/// A listener's fields as a call gives them, checked.
fn complete(region: &Region, old: &Value, input: &Value, balancer: &str) -> Result<Value, Refusal> {
    let mut fields = old.clone();
    overlay(&mut fields, &keep(input, &SENT));
    let actions = list(input, "DefaultActions");
    if !actions.is_empty() {
        set(&mut fields, "DefaultActions", action::full(&region.elb, actions, balancer)?);
    }
    if text(&fields, "Protocol") == Some("HTTPS") {
        if text(&fields, "SslPolicy").is_none() {
            set(&mut fields, "SslPolicy", "ELBSecurityPolicy-2016-08");
        }
    } else {
        set(&mut fields, "SslPolicy", Value::Null);
        set(&mut fields, "Certificates", Value::Null);
    }
    check_certificates(region, &fields)?;
    Ok(fields)
}

/// The listener of a balancer on a port.
pub(crate) fn on_port<'a>(elb: &'a Elb, balancer: &str, port: i64) -> Option<&'a Value> {
    elb.listeners.values().find(|each| {
        text(each, "LoadBalancerArn") == Some(balancer) && whole(each, "Port") == Some(port)
    })
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let region = &mut *here.region;
    let balancer = need(input, "LoadBalancerArn")?;
    if !region.elb.balancers.contains_key(balancer) {
        return Err(Refusal::new("LoadBalancerNotFound", "One or more load balancers not found"));
    }
    let port = whole(input, "Port").ok_or_else(|| invalid("A port must be specified"))?;
    let mut fields = complete(region, &json!({"LoadBalancerArn": balancer}), input, balancer)?;
    if let Some(old) = on_port(&region.elb, balancer, port) {
        set(&mut fields, "ListenerArn", old["ListenerArn"].clone());
        if same(old, &fields) {
            return Ok(json!({"Listeners": [old]}));
        }
        let message = "A listener already exists on this port for this load balancer";
        return Err(Refusal::new("DuplicateListener", message));
    }
    let arn =
        format!("{}/{}", balancer.replace(":loadbalancer/", ":listener/"), region.ids.hex(16));
    set(&mut fields, "ListenerArn", arn.clone());
    region.elb.tags.insert(arn.clone(), tags::from_pairs(input, "Tags"));
    region.elb.listeners.insert(arn, fields.clone());
    Ok(json!({"Listeners": [fields]}))
}

pub(super) fn describe(elb: &Elb, input: &Value) -> Reply {
    let arns = texts(input, "ListenerArns");
    let balancer = text(input, "LoadBalancerArn");
    if balancer.is_some_and(|arn| !elb.balancers.contains_key(arn)) {
        return Err(Refusal::new("LoadBalancerNotFound", "One or more load balancers not found"));
    }
    if arns.iter().any(|arn| !elb.listeners.contains_key(arn)) {
        return Err(missing());
    }
    let chosen = elb.listeners.iter().filter(|(arn, each)| {
        (arns.is_empty() || arns.contains(arn))
            && (balancer.is_none() || text(each, "LoadBalancerArn") == balancer)
    });
    Ok(json!({"Listeners": chosen.map(|(_, each)| each.clone()).collect::<Value>()}))
}

pub(super) fn modify(here: &mut Here<'_>, input: &Value) -> Reply {
    let region = &mut *here.region;
    let arn = need(input, "ListenerArn")?;
    let old = region.elb.listeners.get(arn).ok_or_else(missing)?;
    let balancer = text(old, "LoadBalancerArn").unwrap_or_default();
    let fields = complete(region, old, input, balancer)?;
    let port = whole(&fields, "Port").unwrap_or_default();
    let taken = on_port(&region.elb, balancer, port);
    if taken.is_some_and(|other| text(other, "ListenerArn") != Some(arn)) {
        let message = "A listener already exists on this port for this load balancer";
        return Err(Refusal::new("DuplicateListener", message));
    }
    region.elb.listeners.insert(arn.to_owned(), fields.clone());
    Ok(json!({"Listeners": [fields]}))
}

/// Takes a listener and its rules away.
pub(super) fn remove(elb: &mut Elb, arn: &str) {
    elb.listeners.remove(arn);
    elb.tags.remove(arn);
    elb.rules.retain(|_, rule| text(rule, "ListenerArn") != Some(arn));
    let Elb { rules, tags, .. } = elb;
    tags.retain(|tagged, _| !tagged.contains(":listener-rule/") || rules.contains_key(tagged));
}

pub(super) fn delete(elb: &mut Elb, input: &Value) -> Reply {
    let arn = need(input, "ListenerArn")?;
    if !elb.listeners.contains_key(arn) {
        return Err(missing());
    }
    remove(elb, arn);
    Ok(json!({}))
}
