//! STS: who is calling.

use serde_json::json;

use crate::account::{ACCOUNT, Here};
use crate::refusal::{Refusal, Reply};

pub(crate) fn answer(here: &Here<'_>, action: &str) -> Reply {
    match action {
        "GetCallerIdentity" => Ok(json!({
            "Arn": here.iam.caller.clone()
                .unwrap_or_else(|| format!("arn:aws:iam::{ACCOUNT}:user/tester")),
            "UserId": "AIDATESTERTESTERTEST",
            "Account": ACCOUNT,
        })),
        _ => Err(Refusal::not_here("sts", action)),
    }
}
