//! Who may call a function: the statements of its policy.

use serde_json::{Value, json};

use super::function::find;
use crate::account::Region;
use crate::input::{need, set, text};
use crate::refusal::{Refusal, Reply};

pub(super) fn add(region: &mut Region, input: &Value) -> Reply {
    let function = find(region, input)?;
    let id = need(input, "StatementId")?;
    if function.statements.iter().any(|each| text(each, "Sid") == Some(id)) {
        let message = format!(
            "The statement id ({id}) provided already exists. Please provide a new statement id, \
             or remove the existing statement."
        );
        return Err(Refusal::new("ResourceConflictException", message).with_status(409));
    }
    let principal = need(input, "Principal")?;
    let principal = match principal {
        service if service.ends_with(".amazonaws.com") => json!({"Service": service}),
        account => json!({"AWS": account}),
    };
    let mut statement = json!({
        "Sid": id, "Effect": "Allow", "Principal": principal, "Action": need(input, "Action")?,
        "Resource": function.fields["FunctionArn"],
    });
    if let Some(arn) = text(input, "SourceArn") {
        set(&mut statement, "Condition", json!({"ArnLike": {"AWS:SourceArn": arn}}));
    }
    function.statements.push(statement.clone());
    Ok(json!({"Statement": statement.to_string()}))
}

pub(super) fn remove(region: &mut Region, input: &Value) -> Reply {
    let function = find(region, input)?;
    let id = need(input, "StatementId")?;
    let before = function.statements.len();
    function.statements.retain(|each| text(each, "Sid") != Some(id));
    if function.statements.len() == before {
        let message = format!("Statement {id} is not found in resource policy.");
        return Err(Refusal::new("ResourceNotFoundException", message).with_status(404));
    }
    Ok(json!({}))
}

pub(super) fn get(region: &mut Region, input: &Value) -> Reply {
    let function = find(region, input)?;
    if function.statements.is_empty() {
        let message = "The resource you requested does not exist.";
        return Err(Refusal::new("ResourceNotFoundException", message).with_status(404));
    }
    let policy = json!({"Version": "2012-10-17", "Id": "default",
                        "Statement": function.statements});
    Ok(json!({"Policy": policy.to_string(), "RevisionId": function.fields["RevisionId"]}))
}
