//! STS: who is calling.

use serde_json::json;

use crate::account::ACCOUNT;
use crate::refusal::{Refusal, Reply};

pub(crate) fn answer(action: &str) -> Reply {
    match action {
        "GetCallerIdentity" => Ok(json!({
            "Arn": format!("arn:aws:iam::{ACCOUNT}:user/tester"),
            "UserId": "AIDATESTERTESTERTEST",
            "Account": ACCOUNT,
        })),
        _ => Err(Refusal::not_here("sts", action)),
    }
}
