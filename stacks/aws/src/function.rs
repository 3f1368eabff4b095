//! Functions of Lambda: the service itself, and the small JavaScript programs that run beside it.

pub(crate) mod edge;
mod invoke;
mod job;
mod sent;
pub(crate) mod service;
pub(crate) mod version;

use std::time::Duration;

use aws_sdk_lambda::{
    Client,
    operation::get_function_configuration::GetFunctionConfigurationOutput,
    types::{FunctionConfiguration, LastUpdateStatus, State},
};
use aws_smithy_types::Blob;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    resource::{Digest, Function, FunctionCode, FunctionNetwork, Job, Resource},
};

use serde_json::{Value, json};

use self::sent::{Code, Sent, Shape, client};
pub(crate) use self::{invoke::invoke, service::no_archive};
use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, Refusal, call},
    deployment::Watch,
    found::{Found, Marked},
    network::Network,
    secret::Key,
    tags::Tags,
    wait::{Pace, until},
};

pub(crate) const ABSENT: [&str; 1] = ["ResourceNotFoundException"];

/// How long a new role, or an update, may take to be seen.
const SETTLED_LIMIT: Duration = Duration::from_secs(120);

/// How long addresses in the network may take to be there.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>
const CONNECTED_LIMIT: Duration = Duration::from_secs(600);

/// The functions that a stack can have in its own region.
pub(crate) const ALL: [&str; 2] = ["ping", "wake"];

/// The function that sends the service to sleep, and wakes it.
pub(crate) fn wake() -> Address {
    Address::of(Kind::Function, "wake")
}

/// A function that was found. What it refers to may not be known yet.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) is: FunctionConfiguration,
    pub(crate) tags: Tags,
    /// The image that it runs.
    image: Option<String>,
    /// The sandboxes that are reserved for it.
    concurrency: Option<i32>,
}

/// Looks for the function.
pub(crate) async fn look(aws: &Aws, name: &str) -> Reply<(Address, Option<Seen>)> {
    let address = Address::of(Kind::Function, name);
    let asked = client(aws, &address).get_function().function_name(aws.names.of(&address)).send();
    let found = call("lambda GetFunction", asked).await.or_absent(&ABSENT)?;
    let seen = found.and_then(|it| {
        let tags: Vec<(String, String)> = it.tags.unwrap_or_default().into_iter().collect();
        let tags = Tags::new(&tags, |(key, value)| (Some(key), Some(value)));
        let concurrency = it.concurrency.and_then(|it| it.reserved_concurrent_executions);
        let image = it.code.and_then(|it| it.image_uri);
        Some(Seen { is: it.configuration?, tags, image, concurrency })
    });
    if let Some(arn) = seen.as_ref().and_then(|it| it.is.function_arn()) {
        aws.learn(&address, arn);
    }
    Ok((address, seen))
}

/// What the function is; `balancer` is the name by which the stack's own is reached.
pub(crate) fn found(
    aws: &Aws,
    address: &Address,
    seen: Option<&Seen>,
    balancer: Option<&str>,
    network: &Network,
    key: Option<&Key>,
) -> Found<Marked> {
    let Some(Seen { is, tags, image, concurrency }) = seen else { return Found::Nothing };
    let code = is.code_sha256().unwrap_or_default();
    let group = is.logging_config().and_then(|it| it.log_group()).unwrap_or_default();
    let group = || aws.names.address_of(Kind::LogGroup, group);
    let other_group = || Address::of(Kind::LogGroup, "other");
    let role = is.role().and_then(|it| it.rsplit('/').next()).unwrap_or_default();
    let ours = Address::of(Kind::Role, address.name.as_str());
    let job = match *address == service::address() {
        true => Job::Service(service::read(aws, is, *concurrency)),
        false => job::read(aws, address, is, tags, balancer),
    };
    let resource = Function {
        name: address.name.clone(),
        code: match &job {
            Job::Service(_) => service::code_of(aws, is, image.as_deref()),
            other if job::code(other, balancer, key).as_deref() == Some(code) => {
                FunctionCode::Source(Digest::of(&job::template(other)))
            }
            _ => FunctionCode::Source(Digest::of(&code)),
        },
        log_group: match job {
            // Lambda names one that is never written to.
            Job::Edge(_) => None,
            _ => Some(group().unwrap_or_else(other_group)),
        },
        job,
        role: if aws.names.of(&ours) == role { ours } else { Address::of(Kind::Role, "other") },
        network: is.vpc_config().and_then(|it| lies_in(aws, it, network)),
    };
    let arn = is.function_arn().unwrap_or_default();
    Found::by_tags((resource.into(), tags.mark()), tags, aws.names.stack(), arn)
}

/// Where in the network it lies; one that lies in none has an empty configuration.
fn lies_in(
    aws: &Aws,
    config: &aws_sdk_lambda::types::VpcConfigResponse,
    network: &Network,
) -> Option<FunctionNetwork> {
    let group = config.security_group_ids().first()?;
    let subnets = config.subnet_ids().iter().cloned().collect();
    let other = || Address::of(Kind::SecurityGroup, "other");
    Some(FunctionNetwork {
        subnets: network.called(subnets, !aws.wanted_network.subnets.is_empty()),
        security_group: aws.group_called(group).parse().unwrap_or_else(|_| other()),
    })
}

/// Makes the function what it should be.
pub(crate) async fn write(
    aws: &Aws,
    function: &Function,
    exists: bool,
    watch: &Watch<'_>,
) -> Reply<()> {
    let resource = Resource::from(function.clone());
    let address = resource.address();
    let sent = Sent::of(aws, function, &address, watch).await?;
    let called = sent.called.clone();
    let client = client(aws, &address);
    if exists || !create(aws, function, &sent).await? {
        let tags = sent.tags.clone();
        sent.edit(client, &address).await?;
        let tag = client.tag_resource().resource(aws.id(&address, &address)?);
        let tag = tag.set_tags(Some(tags.into_iter().collect())).send();
        call("lambda TagResource", tag).await?;
    }
    if let Some(schedule) = job::schedule(&function.job) {
        let schedule = Address::of(Kind::Schedule, schedule);
        let rule = format!("rule/{}", aws.names.of(&schedule));
        let rule = aws.names.arn("events", aws.account().await?, &rule);
        permit(aws, &called, None, "ragctl-schedule", "events.amazonaws.com", &rule).await?;
    }
    ready(client, &called, None).await?;
    if let Job::Service(job) = &function.job {
        service::reserve(aws, &called, job.concurrency, exists).await?;
    }
    Ok(())
}

/// Makes it; `false` when one of ours was there already.
async fn create(aws: &Aws, function: &Function, sent: &Sent) -> Reply<bool> {
    let address = Resource::from(function.clone()).address();
    if let Some(made) = sent.create(aws, client(aws, &address)).await? {
        aws.learn(&address, made.function_arn.unwrap_or_default());
        return Ok(true);
    }
    let (_, seen) = look(aws, function.name.as_str()).await?;
    let network = Network::unknown();
    let found = found(aws, &address, seen.as_ref(), None, &network, None);
    crate::perform::must_be_ours(found, &address)?;
    Ok(false)
}

/// Lets somebody call the function, or what an alias of it leads to.
pub(crate) async fn permit(
    aws: &Aws,
    called: &str,
    alias: Option<&str>,
    statement: &str,
    principal: &str,
    source: &str,
) -> Reply<()> {
    let permit = aws.clients.lambda.add_permission().function_name(called);
    let permit = permit.statement_id(statement).action("lambda:InvokeFunction");
    let permit = permit.set_qualifier(alias.map(ToOwned::to_owned));
    let permit = permit.principal(principal).source_arn(source).send();
    Ok(call("lambda AddPermission", permit).await.or_done(&["ResourceConflictException"])?)
}

/// Takes back what [`permit`] gave.
pub(crate) async fn forbid(
    aws: &Aws,
    called: &str,
    alias: Option<&str>,
    statement: &str,
) -> Reply<()> {
    let forbid = aws.clients.lambda.remove_permission().function_name(called);
    let forbid = forbid.statement_id(statement).set_qualifier(alias.map(ToOwned::to_owned)).send();
    Ok(call("lambda RemovePermission", forbid).await.or_done(&ABSENT)?)
}

/// What Lambda says of a role that was just made, or was just given its permissions.
fn is_not_seen_yet(refusal: &Refusal) -> bool {
    refusal.says("cannot be assumed by Lambda")
        || refusal.says("does not have permissions to call CreateNetworkInterface")
}

/// Waits until the function, or the version of it, is what it should be and can be called.
pub(crate) async fn ready(
    client: &Client,
    called: &str,
    version: Option<&str>,
) -> Reply<GetFunctionConfigurationOutput> {
    let is = settled(client, called, version).await?;
    let reason = match (is.state(), is.last_update_status()) {
        (Some(State::Failed), _) => is.state_reason(),
        // It is still what it was before.
        (_, Some(LastUpdateStatus::Failed)) => is.last_update_status_reason(),
        _ => return Ok(is),
    };
    Err(BackendError::Refused {
        operation: format!("making {called} ready"),
        reason: reason.unwrap_or("Lambda does not say why").to_owned(),
    })
}

/// Waits until the function, or the version of it, can be edited, however its last edit has ended.
pub(crate) async fn settled(
    client: &Client,
    called: &str,
    version: Option<&str>,
) -> Reply<GetFunctionConfigurationOutput> {
    until("the function getting ready", Pace::up_to(CONNECTED_LIMIT), async || {
        let asked = client.get_function_configuration().function_name(called);
        let asked = asked.set_qualifier(version.map(ToOwned::to_owned)).send();
        let is = call("lambda GetFunctionConfiguration", asked).await?;
        let is_pending = is.state() == Some(&State::Pending)
            || is.last_update_status() == Some(&LastUpdateStatus::InProgress);
        Ok((!is_pending).then_some(is))
    })
    .await
}

/// Has the function send the service to sleep (`sleep`) or wake it (`wake`), as it does by itself when somebody asks or nobody
/// does; whether it did.
pub(crate) async fn rest(aws: &Aws, action: &str) -> Reply<bool> {
    let payload = Blob::new(json!({ "action": action }).to_string());
    let called = aws.names.of(&wake());
    let asked = aws.clients.lambda.invoke().function_name(called).payload(payload).send();
    let answer = call("lambda Invoke", asked).await.or_absent(&ABSENT)?;
    let answer = answer.ok_or(BackendError::NeverSleeps)?;
    let said = answer.payload().map(Blob::as_ref).unwrap_or_default();
    let said: Value = serde_json::from_slice(said).unwrap_or_default();
    let refused = |reason: &Value| BackendError::Refused {
        operation: format!("the function's `{action}`"),
        reason: reason.as_str().unwrap_or("it failed, and its log says why").to_owned(),
    };
    if answer.function_error().is_some() {
        return Err(refused(&said["errorMessage"]));
    }
    let sleeps = said["state"] == "asleep";
    match said["changed"].as_bool() {
        Some(changed) if sleeps == (action == "sleep") => Ok(changed),
        _ => Err(refused(&said["reason"])),
    }
}

/// Removes the function, with its versions.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let delete = client(aws, address).delete_function().function_name(aws.names.of(address)).send();
    edge::or_later(call("lambda DeleteFunction", delete).await.or_done(&ABSENT))?;
    aws.forget(address);
    Ok(())
}
