//! Rules of listeners.

use serde_json::{Value, json};

use super::{Elb, action, invalid, listener};
use crate::account::Here;
use crate::input::{list, need, set, text, texts, whole};
use crate::refusal::{Refusal, Reply};
use crate::tags;

fn missing() -> Refusal {
    Refusal::new("RuleNotFound", "One or more rules not found")
}

fn in_use(priority: i64) -> Refusal {
    Refusal::new("PriorityInUse", format!("Priority '{priority}' is currently in use"))
}

/// A rule as answers show it: without the listener, which AWS leaves out.
fn shown(rule: &Value) -> Value {
    let mut rule = rule.clone();
    set(&mut rule, "ListenerArn", Value::Null);
    rule
}

/// The rule of a listener with a priority.
fn at<'a>(elb: &'a Elb, listener: &str, priority: i64) -> Option<&'a Value> {
    elb.rules.values().find(|rule| {
        text(rule, "ListenerArn") == Some(listener) && whole(rule, "Priority") == Some(priority)
    })
}

fn balancer_of(elb: &Elb, listener: &str) -> Result<String, Refusal> {
    let listener = elb.listeners.get(listener).ok_or_else(listener::missing)?;
    Ok(text(listener, "LoadBalancerArn").unwrap_or_default().to_owned())
}

pub(super) fn create(here: &mut Here<'_>, input: &Value) -> Reply {
    let region = &mut *here.region;
    let elb = &region.elb;
    let listener = need(input, "ListenerArn")?;
    let balancer = balancer_of(elb, listener)?;
    let priority = whole(input, "Priority").unwrap_or_default();
    if !(1..=50_000).contains(&priority) {
        return Err(invalid(format!("Priority '{priority}' must be between 1 and 50000")));
    }
    if at(elb, listener, priority).is_some() {
        return Err(in_use(priority));
    }
    let actions = action::full(elb, list(input, "Actions"), &balancer)?;
    let id = region.ids.hex(16);
    let arn = format!("{}/{id}", listener.replace(":listener/", ":listener-rule/"));
    let rule = json!({
        "RuleArn": arn, "ListenerArn": listener, "Priority": priority.to_string(),
        "Conditions": action::conditions(list(input, "Conditions")), "Actions": actions,
        "IsDefault": false,
    });
    region.elb.tags.insert(arn.clone(), tags::from_pairs(input, "Tags"));
    let answer = shown(&rule);
    region.elb.rules.insert(arn, rule);
    Ok(json!({"Rules": [answer]}))
}

pub(super) fn describe(elb: &Elb, input: &Value) -> Reply {
    let arns = texts(input, "RuleArns");
    if arns.iter().any(|arn| !elb.rules.contains_key(arn)) {
        return Err(missing());
    }
    let listener = text(input, "ListenerArn");
    let mut rules: Vec<&Value> = elb
        .rules
        .iter()
        .filter(|(arn, rule)| {
            (arns.is_empty() || arns.contains(arn))
                && (listener.is_none() || text(rule, "ListenerArn") == listener)
        })
        .map(|(_, rule)| rule)
        .collect();
    rules.sort_by_key(|rule| whole(rule, "Priority"));
    let mut all: Vec<Value> = rules.into_iter().map(shown).collect();
    if let Some(arn) = listener {
        let listener = elb.listeners.get(arn).ok_or_else(listener::missing)?;
        let default = arn.replace(":listener/", ":listener-rule/");
        all.push(json!({"RuleArn": format!("{default}/default"), "Priority": "default",
                        "Conditions": [], "Actions": listener["DefaultActions"],
                        "IsDefault": true}));
    }
    Ok(json!({"Rules": all}))
}

pub(super) fn modify(elb: &mut Elb, input: &Value) -> Reply {
    let arn = need(input, "RuleArn")?;
    let mut rule = elb.rules.get(arn).ok_or_else(missing)?.clone();
    let balancer = balancer_of(elb, text(&rule, "ListenerArn").unwrap_or_default())?;
    if !list(input, "Actions").is_empty() {
        set(&mut rule, "Actions", action::full(elb, list(input, "Actions"), &balancer)?);
    }
    if !list(input, "Conditions").is_empty() {
        set(&mut rule, "Conditions", action::conditions(list(input, "Conditions")));
    }
    let answer = shown(&rule);
    elb.rules.insert(arn.to_owned(), rule);
    Ok(json!({"Rules": [answer]}))
}

pub(super) fn set_priorities(elb: &mut Elb, input: &Value) -> Reply {
    let mut rules = elb.rules.clone();
    let mut moved = Vec::new();
    for each in list(input, "RulePriorities") {
        let rule = rules.get_mut(need(each, "RuleArn")?).ok_or_else(missing)?;
        let priority = whole(each, "Priority").unwrap_or_default();
        set(rule, "Priority", priority.to_string());
        moved.push(rule.clone());
    }
    for rule in &moved {
        let twice = rules.values().filter(|other| {
            other["ListenerArn"] == rule["ListenerArn"] && other["Priority"] == rule["Priority"]
        });
        if twice.count() > 1 {
            return Err(in_use(whole(rule, "Priority").unwrap_or_default()));
        }
    }
    elb.rules = rules;
    Ok(json!({"Rules": moved.iter().map(shown).collect::<Value>()}))
}

pub(super) fn delete(elb: &mut Elb, input: &Value) -> Reply {
    let arn = need(input, "RuleArn")?;
    elb.rules.remove(arn).ok_or_else(missing)?;
    elb.tags.remove(arn);
    Ok(json!({}))
}
