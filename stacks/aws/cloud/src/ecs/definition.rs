//! Task definitions, once they are registered.

use serde_json::{Value, json};

use super::names::includes;
use crate::account::{Here, Region};
use crate::input::{need, set, text, texts, whole};
use crate::refusal::{Refusal, Reply};
use crate::tags::{self, Tags};

/// One revision of a task definition.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    /// As `DescribeTaskDefinition` shows it.
    pub(crate) fields: Value,
    pub(crate) tags: Tags,
}

impl Definition {
    /// `ACTIVE`, `INACTIVE` or `DELETE_IN_PROGRESS`.
    pub(crate) fn status(&self) -> &str {
        text(&self.fields, "status").unwrap_or_default()
    }

    /// Its ARN.
    pub(crate) fn arn(&self) -> &str {
        text(&self.fields, "taskDefinitionArn").unwrap_or_default()
    }

    fn revision(&self) -> i64 {
        whole(&self.fields, "revision").unwrap_or_default()
    }
}

/// The definition that `family`, `family:revision` or an ARN names; a family's latest active one.
pub(crate) fn find<'a>(region: &'a mut Region, name: &str) -> Option<&'a mut Definition> {
    let short = name.split_once(":task-definition/").map_or(name, |(_, short)| short);
    match short.split_once(':') {
        Some((family, revision)) => {
            let revision: i64 = revision.parse().ok()?;
            let revisions = region.ecs.definitions.get_mut(family)?;
            revisions.iter_mut().find(|each| each.revision() == revision)
        }
        None => {
            let revisions = region.ecs.definitions.get_mut(short)?;
            revisions.iter_mut().rev().find(|each| each.status() == "ACTIVE")
        }
    }
}

fn client(message: &str) -> Refusal {
    Refusal::new("ClientException", message)
}

pub(super) fn describe(region: &mut Region, input: &Value) -> Reply {
    let found = find(region, need(input, "taskDefinition")?);
    let found = found.ok_or_else(|| client("Unable to describe task definition."))?;
    let tagged = includes(input, "TAGS").then(|| tags::low_pairs(&found.tags));
    Ok(json!({"taskDefinition": found.fields, "tags": tagged.unwrap_or_else(|| json!([]))}))
}

pub(super) fn list(region: &Region, input: &Value) -> Value {
    let status = text(input, "status").unwrap_or("ACTIVE");
    let prefix = text(input, "familyPrefix");
    let mut arns: Vec<&str> = region
        .ecs
        .definitions
        .iter()
        .filter(|(family, _)| prefix.is_none_or(|prefix| prefix == family.as_str()))
        .flat_map(|(_, revisions)| revisions)
        .filter(|each| each.status() == status)
        .map(Definition::arn)
        .collect();
    if text(input, "sort") == Some("DESC") {
        arns.reverse();
    }
    let page = usize::try_from(whole(input, "maxResults").unwrap_or(100)).unwrap_or(100).max(1);
    let from: usize = text(input, "nextToken").and_then(|t| t.parse().ok()).unwrap_or_default();
    let next = (from + page < arns.len()).then(|| (from + page).to_string());
    let arns: Vec<&str> = arns.into_iter().skip(from).take(page).collect();
    json!({"taskDefinitionArns": arns, "nextToken": next})
}

pub(super) fn families(region: &Region, input: &Value) -> Value {
    let prefix = text(input, "familyPrefix").unwrap_or_default();
    let status = text(input, "status").unwrap_or("ACTIVE");
    let fits = |revisions: &[Definition]| {
        status == "ALL" || revisions.iter().any(|each| each.status() == status)
    };
    let families: Vec<&String> = region
        .ecs
        .definitions
        .iter()
        .filter(|(family, revisions)| family.starts_with(prefix) && fits(revisions))
        .map(|(family, _)| family)
        .collect();
    json!({"families": families})
}

pub(super) fn deregister(here: &mut Here<'_>, input: &Value) -> Reply {
    let name = need(input, "taskDefinition")?;
    if !name.split_once(":task-definition/").map_or(name, |(_, short)| short).contains(':') {
        return Err(client("Invalid revision number. Number: null"));
    }
    let found = find(here.region, name);
    let found = found.ok_or_else(|| client("The specified task definition does not exist."))?;
    if found.status() == "ACTIVE" {
        set(&mut found.fields, "status", "INACTIVE");
        set(&mut found.fields, "deregisteredAt", here.now.seconds());
    }
    Ok(json!({"taskDefinition": found.fields}))
}

pub(super) fn delete(region: &mut Region, input: &Value) -> Reply {
    let names = texts(input, "taskDefinitions");
    if names.len() > 10 {
        return Err(super::invalid("taskDefinitions can have at most 10 items."));
    }
    let (mut deleted, mut failures) = (Vec::new(), Vec::new());
    for name in names {
        match find(region, &name) {
            Some(found) if found.status() != "ACTIVE" => {
                set(&mut found.fields, "status", "DELETE_IN_PROGRESS");
                deleted.push(found.fields.clone());
            }
            Some(found) => failures.push(json!({"arn": found.arn(),
                "reason": "The specified task definition is still in ACTIVE status. Please \
                           deregister the target and try again."})),
            None => failures.push(json!({"arn": name,
                "reason": "The specified task definition does not exist. Specify a valid account, \
                           family, revision and try again."})),
        }
    }
    Ok(json!({"taskDefinitions": deleted, "failures": failures}))
}
