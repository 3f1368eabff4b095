//! Systems Manager, as far as parameters go.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::account::{Here, Region};
use crate::input::{flag, keep, list, need, overlay, set, text, texts, whole};
use crate::refusal::{Refusal, Reply};
use crate::tags::{self, Tags};

/// What Systems Manager holds in a region, by name.
#[derive(Debug, Default)]
pub(crate) struct Ssm {
    pub(crate) parameters: BTreeMap<String, Parameter>,
}

/// A parameter.
#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    /// As `GetParameter` shows it, decrypted.
    pub(crate) fields: Value,
    tags: Tags,
}

impl Parameter {
    fn shown(&self, decrypted: bool) -> Value {
        let mut shown = self.fields.clone();
        if let Value::Object(fields) = &mut shown {
            fields.remove("KeyId");
        }
        if text(&shown, "Type") == Some("SecureString") && !decrypted {
            set(&mut shown, "Value", "AQICAHi-encrypted");
        }
        shown
    }
}

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    let region = &mut *here.region;
    match action {
        "PutParameter" => {
            let now = here.now.seconds();
            put(region, input, &now)
        }
        "GetParameter" => {
            let decrypted = flag(input, "WithDecryption") == Some(true);
            Ok(json!({"Parameter": find(region, need(input, "Name")?)?.shown(decrypted)}))
        }
        "GetParameters" => Ok(get_several(region, input)),
        "DescribeParameters" => Ok(describe(region, input)),
        "DeleteParameter" => {
            let name = need(input, "Name")?;
            find(region, name)?;
            region.ssm.parameters.remove(short(name));
            Ok(json!({}))
        }
        "AddTagsToResource" => {
            tagged(region, input)?.extend(tags::from_pairs(input, "Tags"));
            Ok(json!({}))
        }
        "RemoveTagsFromResource" => {
            tags::remove(tagged(region, input)?, input, "TagKeys");
            Ok(json!({}))
        }
        "ListTagsForResource" => Ok(json!({"TagList": tags::pairs(tagged(region, input)?)})),
        _ => Err(Refusal::not_here("ssm", action)),
    }
}

/// The name of a parameter that a call gives by name or ARN.
fn short(name: &str) -> &str {
    let Some((_, rest)) = name.split_once(":parameter") else { return name };
    let plain = rest.trim_start_matches('/');
    if plain.contains('/') { rest } else { plain }
}

fn find<'a>(region: &'a mut Region, name: &str) -> Result<&'a mut Parameter, Refusal> {
    let missing = || Refusal::new("ParameterNotFound", format!("Parameter {name} not found."));
    region.ssm.parameters.get_mut(short(name)).ok_or_else(missing)
}

fn tagged<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut Tags, Refusal> {
    let name = need(input, "ResourceId")?;
    let found = region.ssm.parameters.get_mut(short(name));
    found.map(|parameter| &mut parameter.tags).ok_or_else(|| {
        Refusal::new("InvalidResourceId", format!("The resource ID {name} is not valid."))
    })
}

fn get_several(region: &Region, input: &Value) -> Value {
    let decrypted = flag(input, "WithDecryption") == Some(true);
    let (mut found, mut unknown) = (Vec::new(), Vec::new());
    for name in texts(input, "Names") {
        match region.ssm.parameters.get(short(&name)) {
            Some(parameter) => found.push(parameter.shown(decrypted)),
            None => unknown.push(name),
        }
    }
    json!({"Parameters": found, "InvalidParameters": unknown})
}

/// What is known of parameters but their values; by name, or all.
fn describe(region: &Region, input: &Value) -> Value {
    let filters = list(input, "ParameterFilters").iter();
    let names = filters.filter(|filter| text(filter, "Key") == Some("Name"));
    let names: Vec<Vec<String>> = names.map(|filter| texts(filter, "Values")).collect();
    let mut shown = Vec::new();
    for parameter in region.ssm.parameters.values() {
        let name = text(&parameter.fields, "Name").unwrap_or_default();
        if !names.iter().all(|wanted| wanted.iter().any(|each| each == name)) {
            continue;
        }
        let mut known = keep(&parameter.fields, &["Name", "Type", "Version", "DataType", "KeyId"]);
        if text(&known, "Type") == Some("SecureString") && text(&known, "KeyId").is_none() {
            set(&mut known, "KeyId", "alias/aws/ssm");
        }
        shown.push(known);
    }
    json!({"Parameters": shown})
}

fn put(region: &mut Region, input: &Value, now: &Value) -> Reply {
    let name = need(input, "Name")?;
    let overwrite = flag(input, "Overwrite") == Some(true);
    let new = tags::from_pairs(input, "Tags");
    if overwrite && !new.is_empty() {
        let message = "Invalid request: tags and overwrite can't be used together. To create a \
                       parameter with tags, please remove overwrite flag.";
        return Err(Refusal::new("ValidationException", message));
    }
    need(input, "Value")?;
    let arn = region.arn("ssm", &format!("parameter/{}", name.trim_start_matches('/')));
    let old = region.ssm.parameters.get(name);
    if old.is_some() && !overwrite {
        let message = "The parameter already exists. To overwrite this value, set the overwrite \
                       option in the request to true.";
        return Err(Refusal::new("ParameterAlreadyExists", message));
    }
    let version = old.and_then(|old| whole(&old.fields, "Version")).unwrap_or(0) + 1;
    let mut fields = old.map_or_else(
        || json!({"Name": name, "ARN": arn, "DataType": "text", "Type": "String"}),
        |old| old.fields.clone(),
    );
    overlay(&mut fields, &keep(input, &["Type", "Value", "DataType", "KeyId"]));
    overlay(&mut fields, &json!({"Version": version, "LastModifiedDate": now}));
    let tags = old.map_or(new, |old| old.tags.clone());
    region.ssm.parameters.insert(name.to_owned(), Parameter { fields, tags });
    Ok(json!({"Version": version, "Tier": "Standard"}))
}
