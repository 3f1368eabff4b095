//! The alias that callers use, and the version of the function that it leads to.
//!
//! ```text
//! publish ─▶ set sandboxes up ─▶ ask a question ─▶ move the alias ─▶ give up what served before
//!            └ until all are ┘   └ answered 200 ┘
//! ```
//!
//! What fails before the alias moves leaves it where it was. All of it can be done again: what was done is found by looking.

mod probe;
mod provisioned;

use aws_sdk_lambda::operation::get_alias::GetAliasOutput;
use ragctl_stacks::{
    address::Address,
    backend::Reply,
    event::Event,
    resource::{Alias, Digest, Resource},
};
use serde_json::Value;

use self::provisioned::Counts;
use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    deployment::Watch,
    function::{
        self,
        version::{self, Published, Version},
    },
    tags,
};

const ABSENT: [&str; 1] = ["ResourceNotFoundException"];

/// The statement that lets APIs of API Gateway call the function.
const STATEMENT: &str = "ragctl-api";

/// Who calls the function for an API.
const APIS: &str = "apigateway.amazonaws.com";

/// What was found of an alias. What its version's count may be is not known yet.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    is: Option<GetAliasOutput>,
    pub(crate) versions: Vec<Version>,
    counts: Counts,
    policy: Option<String>,
}

impl Seen {
    /// The number of the version that serves.
    pub(crate) fn serving(&self) -> Option<u64> {
        self.is.as_ref()?.function_version()?.parse().ok()
    }

    /// Whether a statement lets somebody call what the alias leads to.
    pub(crate) fn has_statement(&self, statement: &str) -> bool {
        self.policy.as_deref().is_some_and(|it| has_statement(it, statement))
    }
}

/// What the function is called.
fn called(aws: &Aws) -> String {
    aws.names.of(&function::service::address())
}

/// Looks for the alias, and for all that it may lead to.
pub(crate) async fn look(aws: &Aws) -> Reply<Seen> {
    let called = called(aws);
    let lambda = &aws.clients.lambda;
    let name = aws.names.of(&Alias::live());
    let alias = async {
        let asked = lambda.get_alias().function_name(&called).name(&name).send();
        call("lambda GetAlias", asked).await.or_absent(&ABSENT)
    };
    let policy = async {
        let asked = lambda.get_policy().function_name(&called).qualifier(&name).send();
        call("lambda GetPolicy", asked).await.or_absent(&ABSENT)
    };
    let (alias, policy) = (async { Ok(alias.await?) }, async { Ok(policy.await?) });
    let (is, policy, versions, counts) = tokio::try_join!(
        alias,
        policy,
        version::list(aws, &called),
        provisioned::list(aws, &called)
    )?;
    if let Some(arn) = is.as_ref().and_then(|it| it.alias_arn()) {
        aws.learn(&Alias::live(), arn);
    }
    Ok(Seen { is, versions, counts, policy: policy.and_then(|it| it.policy) })
}

/// What the alias is. `keep` is what the file says, since nothing on AWS does.
pub(crate) async fn found(aws: &Aws, seen: Seen, keep: u32) -> Reply<Option<Alias>> {
    let (for_apis, number) = (seen.has_statement(STATEMENT), seen.serving().unwrap_or_default());
    let Seen { is: Some(is), versions, counts, .. } = seen else { return Ok(None) };
    let version = versions.iter().find(|it| it.number == number);
    let revision = version.and_then(|it| it.revision.clone());
    let provisioned = match counts.get(&number) {
        Some(count) => {
            let bounds = provisioned::bounds(aws, &called(aws), number).await?;
            let fixed = ragctl_stacks::resource::Provisioned {
                minimum: *count,
                maximum: *count,
                utilization: None,
            };
            Some(bounds.unwrap_or(fixed))
        }
        None => None,
    };
    Ok(Some(Alias {
        name: Alias::live().name,
        function: function::service::address(),
        revision: revision.unwrap_or_else(|| Digest::of(&is.function_version())),
        provisioned,
        for_apis,
        keep,
        idle: counts.iter().filter(|(it, _)| **it != number).map(|(_, count)| count).sum(),
    }))
}

fn has_statement(policy: &str, statement: &str) -> bool {
    let read: Value = serde_json::from_str(policy).unwrap_or_default();
    let statements = read["Statement"].as_array().map(Vec::as_slice).unwrap_or_default();
    statements.iter().any(|it| it["Sid"] == statement)
}

/// Leads callers to the revision, once it has shown that it answers.
pub(crate) async fn write(aws: &Aws, alias: &Alias, watch: &Watch<'_>) -> Reply<()> {
    let resource = Resource::from(alias.clone());
    let address = resource.address();
    let called = called(aws);
    let served = serving(aws, &called).await?;
    let Published { number, is_new } = version::published(aws, &called, &alias.revision).await?;
    let tell = |note: String| {
        watch.events.tell(Event::StepNoted { address: address.clone(), note });
    };
    if is_new {
        tell(format!("version {number} is published"));
    }
    let shown = shows_itself(aws, &called, alias, number, served, watch).await;
    if let Err(error) = shown {
        if served != Some(number) {
            // Nobody is led to it, and it costs money.
            provisioned::give_up(aws, &called, number).await?;
        }
        if is_new {
            // What has never served is nothing to go back to.
            version::forget(aws, &called, number).await?;
        }
        return Err(error);
    }
    if served != Some(number) {
        lead(aws, &called, &address, number, served).await?;
        tell(format!("callers are led to version {number}"));
    }
    permit_apis(aws, &called, alias.for_apis).await?;
    clean(aws, &called, alias, number).await?;
    let tag = aws.clients.lambda.tag_resource();
    let tag = tag.resource(aws.id(&alias.function, &address)?);
    let (key, value) = tags::applied_within(&resource);
    call("lambda TagResource", tag.tags(key, value).send()).await?;
    Ok(())
}

/// The version that serves.
pub(crate) async fn serving(aws: &Aws, called: &str) -> Reply<Option<u64>> {
    let asked = aws.clients.lambda.get_alias().function_name(called);
    let asked = asked.name(aws.names.of(&Alias::live())).send();
    let found = call("lambda GetAlias", asked).await.or_absent(&ABSENT)?;
    Ok(found.and_then(|it| it.function_version?.parse().ok()))
}

/// Has a version ready for callers, and asks it. One that serves already is not asked.
async fn shows_itself(
    aws: &Aws,
    called: &str,
    alias: &Alias,
    number: u64,
    served: Option<u64>,
    watch: &Watch<'_>,
) -> Reply<()> {
    if let Some(wanted) = alias.provisioned {
        provisioned::set_up(aws, called, number, wanted, watch).await?;
    }
    match served == Some(number) {
        true => Ok(()),
        false => probe::ask(aws, called, number, watch).await,
    }
}

/// Moves the alias, or makes it.
async fn lead(
    aws: &Aws,
    called: &str,
    address: &Address,
    number: u64,
    served: Option<u64>,
) -> Reply<()> {
    let (lambda, name) = (&aws.clients.lambda, aws.names.of(address));
    if served.is_none() {
        let make = lambda.create_alias().function_name(called).name(&name);
        let make = make.function_version(number.to_string()).send();
        let made = call("lambda CreateAlias", make).await;
        if let Some(made) = made.or_absent(&["ResourceConflictException"])? {
            aws.learn(address, made.alias_arn.unwrap_or_default());
            return Ok(());
        }
    }
    let update = lambda.update_alias().function_name(called).name(&name);
    let update = update.function_version(number.to_string()).send();
    let moved = call("lambda UpdateAlias", update).await?;
    aws.learn(address, moved.alias_arn.unwrap_or_default());
    Ok(())
}

async fn permit_apis(aws: &Aws, called: &str, may: bool) -> Reply<()> {
    let name = aws.names.of(&Alias::live());
    match may {
        true => {
            let all = aws.names.arn("execute-api", aws.account().await?, "*");
            function::permit(aws, called, Some(&name), STATEMENT, APIS, &all).await
        }
        false => function::forbid(aws, called, Some(&name), STATEMENT).await,
    }
}

/// Gives up what serves nobody: sandboxes of other versions, and versions that are too many.
async fn clean(aws: &Aws, called: &str, alias: &Alias, number: u64) -> Reply<()> {
    let counts = provisioned::list(aws, called).await?;
    let serves = |it: &u64| *it == number && alias.provisioned.is_some();
    for other in counts.keys().filter(|it| !serves(it)) {
        provisioned::give_up(aws, called, *other).await?;
    }
    let versions = version::list(aws, called).await?;
    let others = versions.iter().filter(|it| it.number != number && it.revision.is_some());
    for old in others.skip(usize::try_from(alias.keep).unwrap_or(usize::MAX)) {
        version::forget(aws, called, old.number).await?;
    }
    Ok(())
}

/// Removes the alias, and gives up what was set up ahead.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let called = called(aws);
    for number in provisioned::list(aws, &called).await?.into_keys() {
        provisioned::give_up(aws, &called, number).await?;
    }
    let delete = aws.clients.lambda.delete_alias().function_name(called);
    let delete = delete.name(aws.names.of(address)).send();
    call("lambda DeleteAlias", delete).await.or_done(&ABSENT)?;
    aws.forget(address);
    Ok(())
}
