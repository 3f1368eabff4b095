//! Who may call a function, or a version or an alias of it: the statements of their policies.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html>

use serde_json::{Map, Value, json};

use super::alias;
use super::function::Function;
use super::name::{
    LATEST, Named, absent, conflict, exists, find, invalid, is_number, must_be_latest, named,
    no_resource, nothing,
};
use crate::account::{Here, Region};
use crate::input::{flag, need, set, text};
use crate::refusal::{Refusal, Reply};

impl Function {
    /// Whether a service may call it, or what a qualifier stands for, for a thing of that
    /// service's. The policies of qualifiers are apart from the function's own.
    pub(crate) fn lets(&self, qualifier: Option<&str>, service: &str, source: &str) -> bool {
        let statements = self.statements.get(qualifier.unwrap_or_default());
        statements.into_iter().flatten().any(|each| {
            each["Principal"]["Service"] == service
                && each["Action"] == "lambda:InvokeFunction"
                && each["Condition"]["ArnLike"]["AWS:SourceArn"] == source
        })
    }

    /// What has the policy of a qualifier, whose revision changes with it.
    fn bearer(&mut self, qualifier: &str) -> Option<&mut Value> {
        match qualifier {
            "" => Some(&mut self.fields),
            number if is_number(number) => {
                Some(&mut self.versions.get_mut(&number.parse().ok()?)?.fields)
            }
            alias => self.aliases.get_mut(alias),
        }
    }
}

/// Whether a service may call the function, version or alias with an ARN for a thing of that
/// service's; false also when there is none.
pub(crate) fn lets(region: &Region, arn: &str, service: &str, source: &str) -> bool {
    let named = Named::read(arn);
    let lets = |it: &Function| it.lets(named.qualifier.as_deref(), service, source);
    exists(region, &named) && region.lambda.functions.get(&named.name).is_some_and(lets)
}

/// The qualifier that a call names, which must be there; empty for the function itself.
fn qualifier(region: &mut Region, input: &Value) -> Result<String, Refusal> {
    let named = named(input)?;
    let qualifier = named.qualifier.clone().unwrap_or_default();
    let arn = named.arn(region);
    let function = find(region, input)?;
    if qualifier == LATEST {
        return Err(invalid("We currently do not support adding policies for $LATEST."));
    }
    if is_number(&qualifier) {
        function.must_have(&qualifier)?;
    } else if !qualifier.is_empty() && !function.aliases.contains_key(&qualifier) {
        return Err(alias::missing(&arn));
    }
    Ok(qualifier)
}

fn principal(said: &str) -> Value {
    match said {
        "*" => json!("*"),
        service if service.ends_with(".amazonaws.com") => json!({"Service": service}),
        account if is_number(account) => {
            json!({"AWS": format!("arn:aws:iam::{account}:root")})
        }
        other => json!({"AWS": other}),
    }
}

/// What must be true besides.
fn conditions(input: &Value, action: &str) -> Result<Map<String, Value>, Refusal> {
    let mut all = Map::new();
    let mut equal = Map::new();
    if let Some(kind) = text(input, "FunctionUrlAuthType") {
        if action != "lambda:InvokeFunctionUrl" {
            return Err(invalid(
                "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action",
            ));
        }
        equal.insert("lambda:FunctionUrlAuthType".to_owned(), json!(kind));
    }
    if let Some(account) = text(input, "SourceAccount") {
        equal.insert("AWS:SourceAccount".to_owned(), json!(account));
    }
    if !equal.is_empty() {
        all.insert("StringEquals".to_owned(), Value::Object(equal));
    }
    if flag(input, "InvokedViaFunctionUrl") == Some(true) {
        all.insert("Bool".to_owned(), json!({"lambda:InvokedViaFunctionUrl": "true"}));
    }
    if let Some(arn) = text(input, "SourceArn") {
        all.insert("ArnLike".to_owned(), json!({"AWS:SourceArn": arn}));
    }
    Ok(all)
}

pub(super) fn add(here: &mut Here<'_>, input: &Value) -> Reply {
    let revision = here.region.ids.uuid();
    let qualifier = qualifier(here.region, input)?;
    let resource = Named { qualifier: None, ..named(input)? }.arn(here.region);
    let resource = if qualifier.is_empty() { resource } else { format!("{resource}:{qualifier}") };
    let function = find(here.region, input)?;
    let (id, action) = (need(input, "StatementId")?, need(input, "Action")?);
    let conditions = conditions(input, action)?;
    let mut statement = json!({
        "Sid": id, "Effect": "Allow", "Principal": principal(need(input, "Principal")?),
        "Action": action, "Resource": resource,
    });
    if !conditions.is_empty() {
        set(&mut statement, "Condition", conditions);
    }
    if let Some(bearer) = function.bearer(&qualifier) {
        must_be_latest(input, bearer)?;
    }
    let statements = function.statements.entry(qualifier.clone()).or_default();
    if statements.iter().any(|each| text(each, "Sid") == Some(id)) {
        return Err(conflict(format!(
            "The statement id ({id}) provided already exists. Please provide a new statement id, \
             or remove the existing statement."
        )));
    }
    statements.push(statement.clone());
    if let Some(bearer) = function.bearer(&qualifier) {
        set(bearer, "RevisionId", revision);
    }
    Ok(json!({"Statement": statement.to_string()}))
}

pub(super) fn remove(here: &mut Here<'_>, input: &Value) -> Reply {
    let revision = here.region.ids.uuid();
    let qualifier = qualifier(here.region, input)?;
    let function = find(here.region, input)?;
    let id = need(input, "StatementId")?;
    if let Some(bearer) = function.bearer(&qualifier) {
        must_be_latest(input, bearer)?;
    }
    let statements = function.statements.entry(qualifier.clone()).or_default();
    if statements.is_empty() {
        return Err(absent("No policy is associated with the given resource."));
    }
    let before = statements.len();
    statements.retain(|each| text(each, "Sid") != Some(id));
    if statements.len() == before {
        return Err(absent(format!("Statement {id} is not found in resource policy.")));
    }
    if let Some(bearer) = function.bearer(&qualifier) {
        set(bearer, "RevisionId", revision);
    }
    nothing()
}

pub(super) fn get(region: &mut Region, input: &Value) -> Reply {
    let qualifier = named(input)?.qualifier.unwrap_or_default();
    let function = find(region, input)?;
    let statements = function.statements.get(&qualifier).filter(|it| !it.is_empty());
    let statements = statements.cloned().ok_or_else(no_resource)?;
    let policy = json!({"Version": "2012-10-17", "Id": "default", "Statement": statements});
    let bearer = function.bearer(&qualifier).ok_or_else(no_resource)?;
    Ok(json!({"Policy": policy.to_string(), "RevisionId": bearer["RevisionId"]}))
}
