//! Log groups of CloudWatch Logs.

use std::collections::HashMap;

use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    resource::{LogGroup, Resource},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    found::{Found, Marked},
    tags::{self, Tags},
};

const ABSENT: [&str; 1] = ["ResourceNotFoundException"];

/// The log groups that exist under the stack's name, as far as one call tells.
pub(crate) async fn list(aws: &Aws) -> Reply<Vec<(Address, LogGroup, String)>> {
    let prefix = aws.names.of(&Address::app(Kind::LogGroup));
    let asked = aws.clients.logs.describe_log_groups().log_group_name_prefix(prefix).send();
    let found = call("logs DescribeLogGroups", asked).await?;
    let ours = found.log_groups().iter().filter_map(|it| {
        let address = aws.names.address_of(Kind::LogGroup, it.log_group_name()?)?;
        let retention_days = it.retention_in_days().and_then(|days| u32::try_from(days).ok());
        let group = LogGroup { name: address.name.clone(), retention_days };
        Some((address, group, it.arn().unwrap_or_default().trim_end_matches(":*").to_owned()))
    });
    Ok(ours.collect())
}

/// Whose they are.
pub(crate) async fn with_tags(
    aws: &Aws,
    (address, group, arn): (Address, LogGroup, String),
) -> Reply<(Address, Found<Marked>)> {
    aws.learn(&address, arn.clone());
    let asked = aws.clients.logs.list_tags_for_resource().resource_arn(&arn).send();
    let tags = call("logs ListTagsForResource", asked).await.or_absent(&ABSENT)?;
    let tags: Vec<(String, String)> =
        tags.and_then(|it| it.tags).unwrap_or_default().into_iter().collect();
    let tags = Tags::new(&tags, |(key, value)| (Some(key), Some(value)));
    is_of_this_target(aws, &tags)?;
    let (mark, id) = (tags.mark(), aws.names.of(&address));
    Ok((address, Found::by_tags((group.into(), mark), &tags, aws.names.stack(), &id)))
}

/// Refuses a stack that runs on another target. All of them have a log group, and little else in common: what runs there
/// would be seen by nobody who looks for what runs here.
fn is_of_this_target(aws: &Aws, tags: &Tags) -> Reply<()> {
    let is_ours = tags.owner() == Some(aws.names.stack());
    match tags.target().filter(|it| is_ours && *it != aws.target.to_string()) {
        Some(found) => {
            Err(BackendError::OtherTarget { found: found.to_owned(), wanted: aws.target })
        }
        None => Ok(()),
    }
}

/// Makes the log group what it should be.
pub(crate) async fn write(aws: &Aws, group: &LogGroup, exists: bool) -> Reply<()> {
    let resource = Resource::from(group.clone());
    let called = aws.names.of(&resource.address());
    if !exists {
        let tags = tags::of(aws.names.stack(), &resource).into_iter();
        let tags: HashMap<String, String> = tags.chain([tags::of_target(aws.target)]).collect();
        let made = aws.clients.logs.create_log_group().log_group_name(&called);
        let made = call("logs CreateLogGroup", made.set_tags(Some(tags)).send()).await;
        if made.or_absent(&["ResourceAlreadyExistsException"])?.is_none() {
            ours_after_all(aws, &resource.address()).await?;
        }
    }
    match group.retention_days.and_then(|days| i32::try_from(days).ok()) {
        Some(days) => {
            let put = aws.clients.logs.put_retention_policy().log_group_name(&called);
            call("logs PutRetentionPolicy", put.retention_in_days(days).send()).await?;
        }
        None => {
            let delete = aws.clients.logs.delete_retention_policy().log_group_name(&called);
            call("logs DeleteRetentionPolicy", delete.send()).await.or_done(&ABSENT)?;
        }
    }
    if exists {
        mark(aws, &resource).await?;
    }
    Ok(())
}

async fn ours_after_all(aws: &Aws, address: &Address) -> Reply<()> {
    let found = list(aws).await?.into_iter().find(|(it, ..)| it == address);
    if let Some(found) = found {
        crate::perform::must_be_ours(with_tags(aws, found).await?.1, address)?;
    }
    Ok(())
}

async fn mark(aws: &Aws, resource: &Resource) -> Reply<()> {
    let address = resource.address();
    let arn = aws.id(&address, &address)?;
    let (key, value) = tags::applied(resource);
    let tag = aws.clients.logs.tag_resource().resource_arn(arn).tags(key, value).send();
    call("logs TagResource", tag).await?;
    Ok(())
}

/// Removes the log group, and what was logged.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let delete = aws.clients.logs.delete_log_group().log_group_name(aws.names.of(address)).send();
    call("logs DeleteLogGroup", delete).await.or_done(&ABSENT)?;
    aws.forget(address);
    Ok(())
}
