//! Many values in few calls.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{
    Reference,
    aws::{Aws, Refusal, Service},
};
use crate::config::Secret;

/// The most parameters of one call.
/// <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>
const PARAMETERS: usize = 10;

/// Values by where they are kept.
pub(super) type Values = BTreeMap<Reference, Secret>;

/// Why there are none.
pub(super) type Failed = BTreeMap<Reference, String>;

/// Fetches all, side by side: parameters ten at a time, secrets each by itself, for which fewer rights are needed than for
/// many at once.
pub(super) async fn all(aws: &Aws, references: &BTreeSet<&Reference>) -> (Values, Failed) {
    let (mut paths, mut names) = (Vec::new(), Vec::new());
    for reference in references {
        match reference {
            Reference::Ssm(path) => paths.push(path.as_str()),
            Reference::SecretsManager(name) => names.push(name.as_str()),
        }
    }
    let parameters = join_all(paths.chunks(PARAMETERS).map(|paths| parameters(aws, paths)));
    let secrets = join_all(names.into_iter().map(|name| secret(aws, name)));
    let (parameters, secrets) = tokio::join!(parameters, secrets);
    let (mut values, mut failed) = (Values::new(), Failed::new());
    for (reference, value) in parameters.into_iter().flatten().chain(secrets) {
        match value {
            Ok(value) => drop(values.insert(reference, Secret::new(value))),
            Err(why) => drop(failed.insert(reference, why)),
        }
    }
    (values, failed)
}

type Found = (Reference, Result<String, String>);

async fn parameters(aws: &Aws, paths: &[&str]) -> Vec<Found> {
    let question = json!({ "Names": paths, "WithDecryption": true });
    let answer = aws.ask(Service::Ssm, "AmazonSSM.GetParameters", &question).await;
    let found = |path: &str| match &answer {
        Err(refusal) => Err(refusal.words.clone()),
        Ok(answer) => {
            let all = answer["Parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
            let parameter = all.iter().find(|it| it["Name"] == path);
            let value = parameter.and_then(|it| it["Value"].as_str());
            value.map(ToOwned::to_owned).ok_or_else(|| "there is no such parameter".to_owned())
        }
    };
    paths.iter().map(|path| (Reference::Ssm((*path).to_owned()), found(path))).collect()
}

async fn secret(aws: &Aws, name: &str) -> Found {
    let question = json!({ "SecretId": name });
    let answer = aws.ask(Service::SecretsManager, "secretsmanager.GetSecretValue", &question).await;
    let value = match answer {
        Ok(mut answer) => match answer["SecretString"].take() {
            Value::String(value) => Ok(value),
            _ => Err("it is not text".to_owned()),
        },
        Err(Refusal { code: Some(code), .. }) if code == "ResourceNotFoundException" => {
            Err("there is no such secret".to_owned())
        }
        Err(refusal) => Err(refusal.words),
    };
    (Reference::SecretsManager(name.to_owned()), value)
}
