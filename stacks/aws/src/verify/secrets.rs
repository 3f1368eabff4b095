//! Whether the secrets that the file names are there. Their values are never asked for.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ssm::types::{ParameterMetadata, ParameterStringFilter, ParameterType};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    stack::{SecretReference, Setting, Stack},
};

use super::{
    Subject,
    finding::{Finding, Findings, count, list},
};
use crate::call::{OrAbsent, call};

/// As many as AWS takes in one filter.
const AT_ONCE: usize = 50;

/// The key of AWS's own that parameters are encrypted with where none is named.
const KEY_OF_SSM: &str = "alias/aws/ssm";

/// The same for Secrets Manager.
const KEY_OF_SECRETS: &str = "alias/aws/secretsmanager";

/// The variables of the service that get a secret, by where it is kept.
type Wanted<'a> = BTreeMap<&'a str, Vec<String>>;

/// Asks what is known of each secret but its value.
pub(super) async fn check(subject: Subject<'_>) -> Vec<Finding> {
    let mut found = Findings::of("secrets");
    let references = references(subject.stack);
    let (mut parameters, mut secrets) = (Wanted::new(), Wanted::new());
    for (reference, variables) in &references {
        match reference {
            SecretReference::Ssm(path) => parameters.insert(path, variables.clone()),
            SecretReference::SecretsManager(name) => secrets.insert(name, variables.clone()),
            // The configuration refuses one on this target.
            SecretReference::Environment(_) => None,
        };
    }
    if parameters.is_empty() && secrets.is_empty() {
        found.skipped("the file names none");
        return found.done();
    }
    let (of_ssm, of_secrets) = tokio::join!(
        async {
            if parameters.is_empty() { Ok(Vec::new()) } else { known(subject, &parameters).await }
        },
        futures_util::future::join_all(secrets.keys().map(|name| describe(subject, name))),
    );
    match of_ssm {
        Ok(known) => parameters.iter().for_each(|it| parameter(subject, &mut found, it, &known)),
        Err(error) => found.unanswered(&error),
    }
    for (it, answer) in secrets.iter().zip(of_secrets) {
        match answer {
            Ok(known) => secret(subject, &mut found, it, known.as_ref()),
            Err(error) => found.unanswered(&error),
        }
    }
    if found.is_empty() {
        let number = parameters.len() + secrets.len();
        let are = if number == 1 { "is" } else { "are" };
        let role = subject.aws.names.of(&Address::of(Kind::Role, "execution"));
        found.passed(format!(
            "{} {are} there; role {role} will be allowed to read what the file names",
            count(number, "secret")
        ));
    }
    found.done()
}

/// The secrets of the stack, each with the variables that it is for.
fn references(stack: &Stack) -> Vec<(SecretReference, Vec<String>)> {
    let mut all: Vec<(SecretReference, Vec<String>)> = Vec::new();
    for (variable, setting) in stack.service_environment() {
        let Setting::Secret(reference) = setting else { continue };
        match all.iter_mut().find(|(it, _)| *it == reference) {
            Some((_, variables)) => variables.push(variable),
            None => all.push((reference, vec![variable])),
        }
    }
    all
}

/// What Parameter Store knows of the parameters, without their values.
async fn known(subject: Subject<'_>, wanted: &Wanted<'_>) -> Reply<Vec<ParameterMetadata>> {
    let names: Vec<String> = wanted.keys().map(|it| (*it).to_owned()).collect();
    let mut all = Vec::new();
    for some in names.chunks(AT_ONCE) {
        let filter = ParameterStringFilter::builder().key("Name").option("Equals");
        let filter = filter.set_values(Some(some.to_vec())).build();
        let filter = filter.expect("a filter has a key");
        let ask = subject.aws.clients.ssm.describe_parameters().parameter_filters(filter);
        let mut token = None;
        loop {
            // A page may be empty while there are more.
            let page = ask.clone().set_next_token(token).send();
            let page = call("ssm DescribeParameters", page).await?;
            all.extend(page.parameters.unwrap_or_default());
            token = page.next_token;
            if token.is_none() {
                break;
            }
        }
    }
    Ok(all)
}

fn parameter(
    subject: Subject<'_>,
    found: &mut Findings,
    (path, variables): (&&str, &Vec<String>),
    known: &[ParameterMetadata],
) {
    let Some(it) = known.iter().find(|it| it.name() == Some(path)) else {
        let region = subject.aws.names.region();
        found.failed(
            format!("ssm:{path}, for {}, is not there", list(variables)),
            format!(
                "`aws ssm put-parameter --region {region} --type SecureString --name {path} --value …` makes it"
            ),
        );
        return;
    };
    let key = it
        .key_id()
        .filter(|key| it.r#type() == Some(&ParameterType::SecureString) && *key != KEY_OF_SSM);
    if let Some(key) = key {
        encrypted(subject, found, &format!("ssm:{path}"), key);
    }
}

/// What is known of a secret but its value.
struct Known {
    key: Option<String>,
    is_going: bool,
    has_value: bool,
}

async fn describe(subject: Subject<'_>, name: &str) -> Result<Option<Known>, BackendError> {
    let asked = subject.aws.clients.secrets.describe_secret().secret_id(name).send();
    let answer = call("secretsmanager DescribeSecret", asked).await;
    let Some(answer) = answer.or_absent(&["ResourceNotFoundException"])? else { return Ok(None) };
    let stages: BTreeSet<&String> =
        answer.version_ids_to_stages().into_iter().flatten().flat_map(|(_, it)| it).collect();
    Ok(Some(Known {
        is_going: answer.deleted_date().is_some(),
        has_value: stages.iter().any(|it| *it == "AWSCURRENT"),
        key: answer.kms_key_id().filter(|it| *it != KEY_OF_SECRETS).map(ToOwned::to_owned),
    }))
}

fn secret(
    subject: Subject<'_>,
    found: &mut Findings,
    (name, variables): (&&str, &Vec<String>),
    known: Option<&Known>,
) {
    let region = subject.aws.names.region();
    let aws = |rest: &str| format!("`aws secretsmanager {rest} --region {region}");
    let called = format!("secretsmanager:{name}");
    match known {
        None => found.failed(
            format!("{called}, for {}, is not there", list(variables)),
            format!("{} --name {name} --secret-string …` makes it", aws("create-secret")),
        ),
        Some(it) if it.is_going => found.failed(
            format!("{called}, for {}, is about to be deleted", list(variables)),
            format!("{} --secret-id {name}` keeps it", aws("restore-secret")),
        ),
        Some(it) if !it.has_value => found.failed(
            format!("{called}, for {}, has no value", list(variables)),
            format!(
                "{} --secret-id {name} --secret-string …` gives it one",
                aws("put-secret-value")
            ),
        ),
        Some(Known { key: Some(key), .. }) => encrypted(subject, found, &called, key),
        Some(_) => {}
    }
}

/// A key of the customer's own needs a permission that ragctl does not give: it does not know the key's policy.
fn encrypted(subject: Subject<'_>, found: &mut Findings, called: &str, key: &str) {
    let role = subject.aws.names.of(&Address::of(Kind::Role, "execution"));
    let (partition, account) = (subject.aws.names.partition(), &subject.caller.account);
    found.warning(
        format!("{called} is encrypted with {key}, and whether tasks may decrypt it cannot be told"),
        format!(
            "allow `kms:Decrypt` in that key's policy where `aws:PrincipalArn` is arn:{partition}:iam::{account}:role/{role}"
        ),
    );
}
