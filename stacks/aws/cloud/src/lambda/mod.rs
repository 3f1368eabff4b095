//! Lambda: functions from ZIP files, and who may call them.

mod configuration;
mod function;
mod permission;
mod route;
mod tag;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use function::Function;
pub(crate) use route::{route, status};

use crate::account::{Here, Region};
use crate::refusal::{Refusal, Reply};

/// What Lambda holds in a region.
#[derive(Debug, Default)]
pub(crate) struct Lambda {
    /// By name.
    pub(crate) functions: BTreeMap<String, Function>,
    /// What functions answer when they are called, by their names.
    pub(crate) answers: BTreeMap<String, Value>,
}

impl Region {
    /// Has a function answer `answer` whenever it is called.
    pub fn plant_answer(&mut self, function: &str, answer: Value) {
        self.lambda.answers.insert(function.to_owned(), answer);
    }
}

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    match action {
        "CreateFunction" => function::create(here, input),
        "GetFunction" => function::get(here, input),
        "DeleteFunction" => function::delete(here, input),
        "Invoke" => function::invoke(here.region, input),
        "UpdateFunctionCode" => function::update_code(here, input),
        "GetFunctionConfiguration" => configuration::get(here, input),
        "UpdateFunctionConfiguration" => configuration::update(here, input),
        "AddPermission" => permission::add(here.region, input),
        "RemovePermission" => permission::remove(here.region, input),
        "GetPolicy" => permission::get(here.region, input),
        "TagResource" => tag::tag(here.region, input),
        "UntagResource" => tag::untag(here.region, input),
        "ListTags" => tag::list(here.region, input),
        _ => Err(Refusal::not_here("lambda", action)),
    }
}

/// The refusal of a function that is not there.
fn missing(arn: &str) -> Refusal {
    let message = format!("Function not found: {arn}");
    Refusal::new("ResourceNotFoundException", message).with_status(404)
}
