//! Rules of `EventBridge` that call a function at fixed times.

use aws_sdk_eventbridge::types::{RetryPolicy, RuleState, Tag, Target};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Reply,
    resource::{Resource, Schedule},
};
use serde_json::{Value, json};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    found::{Found, Marked},
    tags::{self, Tags},
};

const ABSENT: [&str; 1] = ["ResourceNotFoundException"];

/// What the rule's one target is called.
const TARGET: &str = "ping";

/// A rule that was found; what it calls is asked for when its name is known to exist.
pub(crate) struct Rule {
    arn: String,
    expression: String,
    is_on: bool,
}

/// Looks for the rule.
pub(crate) async fn look(aws: &Aws, address: &Address) -> Reply<Option<Rule>> {
    let asked = aws.clients.events.describe_rule().name(aws.names.of(address)).send();
    let found = call("events DescribeRule", asked).await.or_absent(&ABSENT)?;
    Ok(found.map(|it| Rule {
        is_on: it.state() == Some(&RuleState::Enabled),
        arn: it.arn.unwrap_or_default(),
        expression: it.schedule_expression.unwrap_or_default(),
    }))
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
    let input = targets.targets().first().and_then(|it| it.input()).unwrap_or_default();
    let input: Value = serde_json::from_str(input).unwrap_or(Value::Null);
    let called = targets.targets().first().map(|it| it.arn().to_owned()).unwrap_or_default();
    let function = Address::of(Kind::Function, "ping");
    let is_ours = called.ends_with(&format!(":function:{}", aws.names.of(&function)));
    let resource = Schedule {
        name: address.name.clone(),
        expression: if rule.is_on { rule.expression } else { format!("{} (off)", rule.expression) },
        path: input["path"].as_str().unwrap_or_default().to_owned(),
        through: if is_ours { function } else { Address::of(Kind::Function, "other") },
    };
    let tags = Tags::new(tags.tags(), |it: &Tag| (Some(it.key()), Some(it.value())));
    let mark = tags.mark();
    Ok(Found::by_tags((resource.into(), mark), &tags, aws.names.stack(), &rule.arn))
}

/// Makes the rule what it should be. A cold back end is asked once, not 185 times: the next ping comes soon enough.
pub(crate) async fn write(aws: &Aws, schedule: &Schedule, exists: bool) -> Reply<()> {
    let resource = Resource::from(schedule.clone());
    let address = resource.address();
    let called = aws.names.of(&address);
    let put = aws.clients.events.put_rule().name(&called).state(RuleState::Enabled);
    let put = put.description(format!("keepalive of ragctl stack {}", aws.names.stack()));
    let put = put.schedule_expression(&schedule.expression);
    let put = put.set_tags(Some(sdk(tags::of(aws.names.stack(), &resource)))).send();
    let put = call("events PutRule", put).await?;
    let arn = put.rule_arn.unwrap_or_default();
    aws.learn(&address, arn.clone());
    let retry =
        RetryPolicy::builder().maximum_retry_attempts(0).maximum_event_age_in_seconds(60).build();
    let target = Target::builder()
        .id(TARGET)
        .arn(aws.id(&schedule.through, &address)?)
        .input(json!({ "path": schedule.path }).to_string())
        .retry_policy(retry)
        .build()
        .expect("a target has an id and an ARN");
    let put = aws.clients.events.put_targets().rule(&called).targets(target).send();
    call("events PutTargets", put).await?;
    if exists {
        let tags = sdk(vec![tags::applied(&resource)]);
        let tag = aws.clients.events.tag_resource().resource_arn(arn).set_tags(Some(tags)).send();
        call("events TagResource", tag).await?;
    }
    Ok(())
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
    aws.forget(address);
    Ok(())
}
