//! Lambda: functions and all that is made of them.

mod aliases;
mod functions;
mod images;
mod invocations;
mod layers;
mod provisioned;
mod reach;
mod scaling;
mod versions;
mod wire;

use ragctl_cloud::{Cloud, Pace, Refusal};
use serde_json::{Value, json};

use crate::client::REGION;
use crate::stack::{act, try_act};

/// An account with a role for functions.
pub(crate) struct Account {
    pub(crate) cloud: Cloud,
    pub(crate) role: String,
}

impl Account {
    pub(crate) fn new() -> Self {
        let cloud = Cloud::start_blocking();
        cloud.set_pace(Pace::instant());
        let role = cloud.with(|account| account.plant_role("fn", "lambda.amazonaws.com"));
        Self { cloud, role }
    }

    /// An account with the function `app`, one version of it and the alias `live`.
    pub(crate) fn with_app() -> Self {
        let account = Self::new();
        account.does("CreateFunction", account.app());
        account.publishes("one");
        let alias = json!({"FunctionName": "app", "Name": "live", "FunctionVersion": "1"});
        account.does("CreateAlias", alias);
        account
    }

    pub(crate) fn app(&self) -> Value {
        json!({"FunctionName": "app", "Role": self.role, "Runtime": "provided.al2023",
               "Handler": "bootstrap", "Code": {"ZipFile": "UEsFBg=="}})
    }

    #[track_caller]
    pub(crate) fn does(&self, action: &str, input: Value) -> Value {
        act(&self.cloud, "lambda", action, input)
    }

    #[track_caller]
    pub(crate) fn refuses(&self, action: &str, input: Value) -> Refusal {
        try_act(&self.cloud, "lambda", action, input).unwrap_err()
    }

    /// What Lambda's calls answer about `app`.
    #[track_caller]
    pub(crate) fn asks(&self, action: &str) -> Value {
        self.does(action, json!({"FunctionName": "app"}))
    }

    /// Changes `app` and publishes a version of it; its number.
    #[track_caller]
    pub(crate) fn publishes(&self, description: &str) -> String {
        let variables = json!({"REVISION": description});
        let change = json!({"FunctionName": "app", "Environment": {"Variables": variables}});
        self.does("UpdateFunctionConfiguration", change);
        let input = json!({"FunctionName": "app", "Description": description});
        self.does("PublishVersion", input)["Version"].as_str().unwrap().to_owned()
    }

    /// Works on the region.
    pub(crate) fn region<T>(&self, work: impl FnOnce(&mut ragctl_cloud::Region) -> T) -> T {
        self.cloud.with(|account| work(account.region(REGION)))
    }
}

/// What a refusal is called, and how it is worded.
pub(crate) fn worded(refusal: &Refusal) -> (&str, u16, &str) {
    (&refusal.code, refusal.status, &refusal.message)
}

/// The ARN of `app`, or of what stands behind it.
pub(crate) fn arn(rest: &str) -> String {
    format!("arn:aws:lambda:us-east-1:123456789012:function:app{rest}")
}
