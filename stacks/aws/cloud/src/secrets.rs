//! Secrets Manager, as far as reading goes.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::account::{Here, Region};
use crate::input::{need, overlay};
use crate::refusal::{Refusal, Reply};
use crate::time::Time;

/// What Secrets Manager holds in a region, by ARN.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    secrets: BTreeMap<String, Secret>,
}

#[derive(Clone, Debug)]
struct Secret {
    name: String,
    value: String,
    version: String,
    created: Time,
    /// What `DescribeSecret` shows besides.
    more: Value,
}

impl Region {
    /// Plants a secret; its ARN.
    pub fn plant_secret(&mut self, name: &str, value: &str) -> String {
        let ending = self.ids.letters(6);
        let arn = self.arn("secretsmanager", &format!("secret:{name}-{ending}"));
        let secret = Secret {
            name: name.to_owned(),
            value: value.to_owned(),
            version: self.ids.uuid(),
            created: Time::now(),
            more: json!({}),
        };
        self.secrets.secrets.insert(arn.clone(), secret);
        arn
    }

    /// Lets `DescribeSecret` show other fields of a secret, such as its `KmsKeyId`.
    pub fn describe_secret_with(&mut self, name: &str, fields: &Value) {
        for secret in self.secrets.secrets.values_mut().filter(|secret| secret.name == name) {
            overlay(&mut secret.more, fields);
        }
    }

    /// Takes a secret away, by its name.
    pub fn remove_secret(&mut self, name: &str) {
        self.secrets.secrets.retain(|_, secret| secret.name != name);
    }
}

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    if !matches!(action, "DescribeSecret" | "GetSecretValue") {
        return Err(Refusal::not_here("secretsmanager", action));
    }
    let asked = need(input, "SecretId")?;
    // An ARN may come without its random ending.
    let fits = |arn: &str, name: &str| {
        asked == name || asked == arn || arn.rsplit_once('-').is_some_and(|(most, _)| most == asked)
    };
    let all = &here.region.secrets.secrets;
    let found = all.iter().find(|(arn, secret)| fits(arn, &secret.name));
    let (arn, secret) = found.ok_or_else(|| {
        let message = "Secrets Manager can't find the specified secret.";
        Refusal::new("ResourceNotFoundException", message)
    })?;
    let mut shown =
        json!({"ARN": arn, "Name": secret.name, "CreatedDate": secret.created.seconds()});
    let more = if action == "DescribeSecret" {
        let mut known =
            json!({"VersionIdsToStages": {secret.version.as_str(): ["AWSCURRENT"]}, "Tags": []});
        overlay(&mut known, &secret.more);
        known
    } else {
        json!({"VersionId": secret.version, "SecretString": secret.value,
               "VersionStages": ["AWSCURRENT"]})
    };
    overlay(&mut shown, &more);
    Ok(shown)
}
