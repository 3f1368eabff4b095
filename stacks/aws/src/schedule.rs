//! Rules of `EventBridge` that call a function, or a destination, at fixed times.

use std::time::Duration;

use aws_sdk_eventbridge::types::{RetryPolicy, RuleState, Tag, Target};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    resource::{Alias, Resource, Schedule},
};
use serde_json::{Value, json};

use crate::{
    aws::Aws,
    call::{OrDone, call},
    found::{Found, Marked},
    function,
    request_event::{path_of, request_event},
    tags::{self, Tags},
    wait::{Pace, until},
};

const ABSENT: [&str; 1] = ["ResourceNotFoundException"];

/// How long a new role may take to be seen.
const SEEN_LIMIT: Duration = Duration::from_secs(120);

/// The schedules that a stack can have.
pub(crate) const ALL: [&str; 2] = ["keepalive", "tick"];

/// The statement that lets a rule call the service, where that is a function.
const STATEMENT: &str = "ragctl-schedule";

/// Who calls it.
const SCHEDULES: &str = "events.amazonaws.com";

/// What the rule's one target is called.
const TARGET: &str = "ping";

/// What a schedule can call.
const CALLED: [(Kind, &str); 4] = [
    (Kind::Function, "ping"),
    (Kind::Function, "wake"),
    (Kind::Destination, "keepalive"),
    (Kind::Alias, "live"),
];

/// A rule that was found; what it calls is asked for when its name is known to exist.
pub(crate) struct Rule {
    arn: String,
    expression: String,
    is_on: bool,
}

/// Looks for all rules at once.
pub(crate) async fn look(aws: &Aws) -> Reply<Vec<(Address, Rule)>> {
    let addresses = ALL.map(|name| Address::of(Kind::Schedule, name));
    let (mut all, mut token) = (Vec::new(), None);
    loop {
        let asked = aws.clients.events.list_rules().name_prefix(format!("{}-", aws.names.stack()));
        let page = call("events ListRules", asked.set_next_token(token).send()).await?;
        for it in page.rules.unwrap_or_default() {
            // A stack whose longer name begins the same has others.
            let is_it = |address: &&Address| Some(aws.names.of(address).as_str()) == it.name();
            let Some(address) = addresses.iter().find(is_it) else { continue };
            let rule = Rule {
                is_on: it.state() == Some(&RuleState::Enabled),
                arn: it.arn.unwrap_or_default(),
                expression: it.schedule_expression.unwrap_or_default(),
            };
            all.push((address.clone(), rule));
        }
        token = page.next_token;
        if token.is_none() {
            return Ok(all);
        }
    }
}

/// What the rule is.
pub(crate) async fn read(aws: &Aws, address: &Address, rule: Rule) -> Reply<Found<Marked>> {
    aws.learn(address, &rule.arn);
    let targets = aws.clients.events.list_targets_by_rule().rule(aws.names.of(address)).send();
    let tags = aws.clients.events.list_tags_for_resource().resource_arn(&rule.arn).send();
    let (targets, tags) = tokio::try_join!(
        call("events ListTargetsByRule", targets),
        call("events ListTagsForResource", tags)
    )?;
    let target = targets.targets().first();
    let input = target.and_then(|it| it.input()).unwrap_or_default();
    let input: Value = serde_json::from_str(input).unwrap_or(Value::Null);
    let called = target.map(|it| it.arn()).unwrap_or_default();
    let role = target.and_then(|it| it.role_arn()?.rsplit('/').next()).map(|role| {
        let ours = Address { kind: Kind::Role, name: address.name.clone() };
        if aws.names.of(&ours) == role { ours } else { Address::of(Kind::Role, "other") }
    });
    let resource = Schedule {
        name: address.name.clone(),
        expression: if rule.is_on { rule.expression } else { format!("{} (off)", rule.expression) },
        path: input["path"].as_str().map(ToOwned::to_owned).or_else(|| path_of(&input)),
        through: through(aws, called),
        role,
    };
    let tags = Tags::new(tags.tags(), |it: &Tag| (Some(it.key()), Some(it.value())));
    let mark = tags.mark();
    Ok(Found::by_tags((resource.into(), mark), &tags, aws.names.stack(), &rule.arn))
}

/// What ends the ARN of the alias that serves.
fn alias_called(aws: &Aws) -> String {
    let function = aws.names.of(&function::service::address());
    format!(":function:{function}:{}", aws.names.of(&Alias::live()))
}

/// What is called by this ARN.
fn through(aws: &Aws, arn: &str) -> Address {
    let is_it = |address: &Address| {
        let called = aws.names.of(address);
        match address.kind {
            Kind::Alias => arn.ends_with(&alias_called(aws)),
            // It ends in an id of EventBridge's own.
            Kind::Destination => arn.contains(&format!(":api-destination/{called}/")),
            _ => arn.ends_with(&format!(":function:{called}")),
        }
    };
    let mut known = CALLED.iter().map(|(kind, name)| Address::of(*kind, name));
    known.find(is_it).unwrap_or_else(|| Address::of(Kind::Function, "other"))
}

/// Makes the rule what it should be. A cold back end is asked once, not 185 times: the next ping comes soon enough.
pub(crate) async fn write(aws: &Aws, schedule: &Schedule, exists: bool) -> Reply<()> {
    let resource = Resource::from(schedule.clone());
    let address = resource.address();
    let called = aws.names.of(&address);
    let put = aws.clients.events.put_rule().name(&called).state(RuleState::Enabled);
    let put = put.description(format!("{} of ragctl stack {}", schedule.name, aws.names.stack()));
    let put = put.schedule_expression(&schedule.expression);
    let put = put.set_tags(Some(sdk(tags::of(aws.names.stack(), &resource)))).send();
    let put = call("events PutRule", put).await?;
    let arn = put.rule_arn.unwrap_or_default();
    aws.learn(&address, arn.clone());
    if schedule.through.kind == Kind::Alias {
        let (function, alias) =
            (aws.names.of(&function::service::address()), aws.names.of(&schedule.through));
        function::permit(aws, &function, Some(&alias), STATEMENT, SCHEDULES, &arn).await?;
    }
    let retry =
        RetryPolicy::builder().maximum_retry_attempts(0).maximum_event_age_in_seconds(60).build();
    let role = schedule.role.as_ref().map(|it| aws.id(it, &address)).transpose()?;
    let input = match (&schedule.path, schedule.through.kind) {
        (Some(path), Kind::Alias) => Some(request_event(path, None)),
        (Some(path), _) => Some(json!({ "path": path })),
        (None, Kind::Function) => Some(json!({ "action": schedule.name.as_str() })),
        // A destination knows what it asks; what is sent to it would be the request's body.
        (None, _) => None,
    };
    let target = Target::builder()
        .id(TARGET)
        .arn(aws.id(&schedule.through, &address)?)
        .set_input(input.map(|it| it.to_string()))
        .set_role_arn(role)
        .retry_policy(retry)
        .build()
        .expect("a target has an id and an ARN");
    put_target(aws, &called, target).await?;
    if exists {
        let tags = sdk(vec![tags::applied(&resource)]);
        let tag = aws.clients.events.tag_resource().resource_arn(arn).set_tags(Some(tags)).send();
        call("events TagResource", tag).await?;
    }
    Ok(())
}

/// Sets what the rule calls, again while a role that was just made cannot be taken on.
async fn put_target(aws: &Aws, called: &str, target: Target) -> Reply<()> {
    until("seeing a new role", Pace::up_to(SEEN_LIMIT), async || {
        let put = aws.clients.events.put_targets().rule(called).targets(target.clone()).send();
        let put = match call("events PutTargets", put).await {
            Ok(put) => put,
            Err(refusal) if refusal.says("cannot be assumed") => return Ok(None),
            Err(refusal) => return Err(refusal.into()),
        };
        match put.failed_entries().first() {
            None => Ok(Some(())),
            Some(failed) => Err(BackendError::Refused {
                operation: "events PutTargets".to_owned(),
                reason: failed.error_message().unwrap_or_default().to_owned(),
            }),
        }
    })
    .await
}

fn sdk(tags: Vec<tags::Tag>) -> Vec<Tag> {
    let tags = tags.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    tags.map(|it| it.expect("a tag has key and value")).collect()
}

/// Removes the rule, and its target before.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let called = aws.names.of(address);
    let targets = aws.clients.events.remove_targets().rule(&called).ids(TARGET).send();
    call("events RemoveTargets", targets).await.or_done(&ABSENT)?;
    let delete = aws.clients.events.delete_rule().name(&called).send();
    call("events DeleteRule", delete).await.or_done(&ABSENT)?;
    if aws.known_id(&Alias::live()).is_some() {
        let (function, alias) = (function::service::address(), Alias::live());
        let (function, alias) = (aws.names.of(&function), aws.names.of(&alias));
        function::forbid(aws, &function, Some(&alias), STATEMENT).await?;
    }
    aws.forget(address);
    Ok(())
}
