//! Repositories: what they keep, and whose they are.

use serde_json::{Value, json};

use super::{ACCOUNT, Refusal, Reply, Repository, host, missing, named};
use crate::account::Region;
use crate::input::{flag, last, need, text, texts};
use crate::tags;

fn shown(region: &Region, name: &str) -> Value {
    json!({
        "repositoryArn": region.arn("ecr", &format!("repository/{name}")),
        "registryId": ACCOUNT, "repositoryName": name,
        "repositoryUri": format!("{}/{name}", host(region)), "imageTagMutability": "MUTABLE",
    })
}

pub(super) fn create(region: &mut Region, input: &Value) -> Reply {
    let name = need(input, "repositoryName")?;
    if region.ecr.repositories.contains_key(name) {
        let message = format!(
            "The repository with name '{name}' already exists in the registry with id '{ACCOUNT}'"
        );
        return Err(Refusal::new("RepositoryAlreadyExistsException", message));
    }
    let tags = tags::from_pairs(input, "tags");
    let made = Repository { tags, ..Repository::default() };
    region.ecr.repositories.insert(name.to_owned(), made);
    Ok(json!({"repository": shown(region, name)}))
}

pub(super) fn describe(region: &Region, input: &Value) -> Reply {
    let mut names = texts(input, "repositoryNames");
    if names.is_empty() {
        names = region.ecr.repositories.keys().cloned().collect();
    }
    let there = |name: &String| region.ecr.repositories.contains_key(name);
    if let Some(name) = names.iter().find(|name| !there(name)) {
        return Err(missing(name));
    }
    let all: Vec<Value> = names.iter().map(|name| shown(region, name)).collect();
    Ok(json!({"repositories": all}))
}

pub(super) fn delete(region: &mut Region, input: &Value) -> Reply {
    let name = need(input, "repositoryName")?;
    let is_empty = named(region, input)?.images.is_empty();
    if !is_empty && flag(input, "force") != Some(true) {
        let message = format!(
            "The repository with name '{name}' in registry with id '{ACCOUNT}' cannot be deleted because it still contains images"
        );
        return Err(Refusal::new("RepositoryNotEmptyException", message));
    }
    let shown = shown(region, name);
    region.ecr.repositories.remove(name);
    Ok(json!({"repository": shown}))
}

/// The repository that an ARN names.
fn of_arn<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut Repository, Refusal> {
    let arn = need(input, "resourceArn")?;
    let name = arn.split_once(":repository/").map_or(last(arn), |(_, name)| name).to_owned();
    region.ecr.repositories.get_mut(&name).ok_or_else(|| missing(&name))
}

pub(super) fn tags(region: &mut Region, input: &Value) -> Reply {
    Ok(json!({"tags": tags::pairs(&of_arn(region, input)?.tags)}))
}

pub(super) fn tag(region: &mut Region, input: &Value) -> Reply {
    of_arn(region, input)?.tags.extend(tags::from_pairs(input, "tags"));
    Ok(json!({}))
}

pub(super) fn put_policy(region: &mut Region, input: &Value) -> Reply {
    let text = need(input, "lifecyclePolicyText")?;
    let read: Value = serde_json::from_str(text).unwrap_or_default();
    if read["rules"].as_array().is_none_or(Vec::is_empty) {
        let message = "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: \
                       'Lifecycle policy validation failure: rules are required'";
        return Err(Refusal::new("InvalidParameterException", message));
    }
    named(region, input)?.policy = Some(text.to_owned());
    Ok(json!({"lifecyclePolicyText": text}))
}

pub(super) fn policy(region: &mut Region, input: &Value) -> Reply {
    let name = text(input, "repositoryName").unwrap_or_default().to_owned();
    match &named(region, input)?.policy {
        Some(text) => Ok(json!({"lifecyclePolicyText": text})),
        None => {
            let message =
                format!("Lifecycle policy does not exist for the repository with name '{name}'");
            Err(Refusal::new("LifecyclePolicyNotFoundException", message))
        }
    }
}
