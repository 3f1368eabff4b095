//! Distributions of CloudFront. They have no names: one is found by its comment, and is ours when its tag says so.
//!
//! What it takes from the file is read back field by field; what is the same for every stack is looked over, and named when it
//! is amiss. Settings that ragctl has no word for (a web ACL, access logs) stay as somebody else has made them.

mod read;
mod settings;

use std::time::Duration;

use aws_sdk_cloudfront::types::{
    DistributionConfig, DistributionConfigWithTags, DistributionSummary, Tag, Tags as SdkTags,
};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    resource::{Edge, EdgePlace, Resource},
};

pub(crate) use self::read::found;
use self::settings::{Wanted, associations};
use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, Refusal, call},
    function::edge as function,
    load_balancer,
    perform::must_be_ours,
    tags::{self, Tags},
    wait::{Pace, until},
};

const ABSENT: [&str; 2] = ["NoSuchDistribution", "NoSuchResource"];

/// What CloudFront says when somebody has changed it since it was read.
const CHANGED: [&str; 2] = ["PreconditionFailed", "InvalidIfMatchVersion"];

/// How long a change may take to be everywhere.
const DEPLOYED: Pace = Pace {
    first: Duration::from_millis(50),
    longest: Duration::from_secs(10),
    limit: Duration::from_secs(30 * 60),
};

/// How long a new role may take to be seen, and a change of somebody else's to be over.
const SETTLED_LIMIT: Duration = Duration::from_secs(120);

/// A distribution that was found.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    arn: String,
    config: DistributionConfig,
    tags: Tags,
    /// Which code the function has that it calls, as Lambda names it.
    code: Option<String>,
}

/// The address of the one that a stack can have.
pub(crate) fn address() -> Address {
    Address::app(Kind::Edge)
}

/// Looks for the distribution among all of the account.
pub(crate) async fn find(aws: &Aws) -> Reply<Option<DistributionSummary>> {
    let comment = aws.names.distribution();
    let mut marker = None;
    loop {
        let asked = aws.clients.cloudfront.list_distributions().set_marker(marker).send();
        let Some(page) = call("cloudfront ListDistributions", asked).await?.distribution_list
        else {
            return Ok(None);
        };
        marker = page.next_marker.filter(|_| page.is_truncated);
        let found = page.items.into_iter().flatten().find(|it| it.comment == comment);
        if found.is_some() || marker.is_none() {
            return Ok(found);
        }
    }
}

/// Looks for the distribution, and at all that is known of it.
pub(crate) async fn look(aws: &Aws) -> Reply<Option<Seen>> {
    match find(aws).await? {
        Some(found) => look_at(aws, &found).await,
        None => Ok(None),
    }
}

async fn look_at(aws: &Aws, found: &DistributionSummary) -> Reply<Option<Seen>> {
    let asked = aws.clients.cloudfront.list_tags_for_resource().resource(&found.arn).send();
    let (current, tags) = tokio::try_join!(current(aws, &found.id), async {
        let tags = call("cloudfront ListTagsForResource", asked).await.or_absent(&ABSENT)?;
        Ok(tags.and_then(|it| it.tags).and_then(|it| it.items).unwrap_or_default())
    })?;
    let Some((config, _)) = current else { return Ok(None) };
    let code = match associations(&config).first() {
        Some(it) => function::version(aws, it.lambda_function_arn()).await?,
        None => None,
    };
    let tags = Tags::new(&tags, |it: &Tag| (Some(it.key()), it.value()));
    Ok(Some(Seen { arn: found.arn.clone(), config, tags, code }))
}

/// Its settings, and the mark by which CloudFront knows whether they are still those.
async fn current(aws: &Aws, id: &str) -> Result<Option<(DistributionConfig, String)>, Refusal> {
    let asked = aws.clients.cloudfront.get_distribution_config().id(id).send();
    let found = call("cloudfront GetDistributionConfig", asked).await.or_absent(&ABSENT)?;
    Ok(found.and_then(|it| Some((it.distribution_config?, it.e_tag.unwrap_or_default()))))
}

/// Makes the distribution what it should be, and waits until it is so everywhere.
pub(crate) async fn write(aws: &Aws, edge: &Edge, exists: bool) -> Reply<()> {
    let address = address();
    let EdgePlace::CloudFront(place) = &edge.place else {
        return Err(BackendError::NotOnThisTarget(address));
    };
    let resource = Resource::from(edge.clone());
    let (version, balancer) = tokio::try_join!(function::publish(aws), load_balancer::look(aws))?;
    let balancer = balancer.as_ref().and_then(|it| it.dns_name());
    let host = function::host(&place.origin, balancer);
    let missing = || BackendError::Missing { address: address.clone(), needs: edge.behind.clone() };
    let wanted = Wanted { place, host: host.ok_or_else(missing)?.to_owned(), version };
    let found = find(aws).await?;
    if let Some(found) = found.as_ref().filter(|_| !exists) {
        let seen = look_at(aws, found).await?;
        must_be_ours(read::found(aws, seen.as_ref(), None, balancer, None), &address)?;
    }
    let id = match found {
        Some(found) => {
            change(aws, &found.id, |config| wanted.write_into(config)).await?;
            let tags = SdkTags::builder().items(sdk(tags::applied(&resource))).build();
            let tag = aws.clients.cloudfront.tag_resource().resource(&found.arn).tags(tags);
            call("cloudfront TagResource", tag.send()).await?;
            found.id
        }
        None => create(aws, &wanted, &resource).await?,
    };
    deployed(aws, &id).await
}

/// Makes one; its id.
async fn create(aws: &Aws, wanted: &Wanted<'_>, resource: &Resource) -> Reply<String> {
    let mut config = DistributionConfig::builder()
        .caller_reference(reference()?)
        .comment(aws.names.distribution())
        .enabled(true)
        .build()
        .expect("it has what every distribution must have");
    wanted.write_into(&mut config);
    let tags = tags::of(aws.names.stack(), resource).into_iter().map(sdk).collect();
    let config = DistributionConfigWithTags::builder()
        .distribution_config(config)
        .tags(SdkTags::builder().set_items(Some(tags)).build())
        .build();
    let make = aws.clients.cloudfront.create_distribution_with_tags();
    let make = make.distribution_config_with_tags(config);
    let made = until("seeing a new role", Pace::up_to(SETTLED_LIMIT), async || {
        match call("cloudfront CreateDistributionWithTags", make.clone().send()).await {
            Ok(made) => Ok(Some(made.distribution.map(|it| it.id))),
            // The answer to a call before this one got lost.
            Err(refusal) if refusal.is(&["DistributionAlreadyExists"]) => Ok(Some(None)),
            Err(refusal) if is_not_seen_yet(&refusal) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    });
    match made.await? {
        Some(id) => Ok(id),
        None => {
            let pace = Pace::up_to(SETTLED_LIMIT);
            let found = until("the distribution being listed", pace, || find(aws)).await?;
            Ok(found.id)
        }
    }
}

/// What tells one request to make a distribution from another. CloudFront never takes the same twice.
fn reference() -> Reply<String> {
    let number = getrandom::u64().map_err(|error| BackendError::Refused {
        operation: "naming a request".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(format!("ragctl-{number:016x}"))
}

/// What CloudFront says of a role that was just made.
fn is_not_seen_yet(refusal: &Refusal) -> bool {
    refusal.is(&["InvalidLambdaFunctionAssociation"]) && refusal.says("assumable")
}

/// Changes the settings from what they are, again when somebody else has done so meanwhile.
async fn change(aws: &Aws, id: &str, edit: impl Fn(&mut DistributionConfig)) -> Reply<()> {
    until("changing the distribution", Pace::up_to(SETTLED_LIMIT), async || {
        let Some((mut config, e_tag)) = current(aws, id).await? else {
            return Err(BackendError::Refused {
                operation: "cloudfront UpdateDistribution".to_owned(),
                reason: format!("distribution {id} is gone"),
            });
        };
        edit(&mut config);
        let update = aws.clients.cloudfront.update_distribution().id(id).if_match(e_tag);
        let sent = call("cloudfront UpdateDistribution", update.distribution_config(config).send());
        match sent.await {
            Ok(_) => Ok(Some(())),
            Err(refusal) if refusal.is(&CHANGED) || is_not_seen_yet(&refusal) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    })
    .await
}

/// Waits until the settings are the same everywhere.
async fn deployed(aws: &Aws, id: &str) -> Reply<()> {
    until("CloudFront taking the change to all its places", DEPLOYED, async || {
        let asked = aws.clients.cloudfront.get_distribution().id(id).send();
        let found = call("cloudfront GetDistribution", asked).await?.distribution;
        Ok(found.filter(|it| it.status == "Deployed").map(|_| ()))
    })
    .await
}

/// Removes the distribution: CloudFront wants it switched off everywhere before.
pub(crate) async fn delete(aws: &Aws) -> Reply<()> {
    let Some(found) = find(aws).await? else { return Ok(()) };
    if found.enabled {
        change(aws, &found.id, |config| config.enabled = false).await?;
    }
    deployed(aws, &found.id).await?;
    until("removing the distribution", Pace::up_to(SETTLED_LIMIT), async || {
        let Some((_, e_tag)) = current(aws, &found.id).await? else { return Ok(Some(())) };
        let delete = aws.clients.cloudfront.delete_distribution().id(&found.id).if_match(e_tag);
        match call("cloudfront DeleteDistribution", delete.send()).await.or_done(&ABSENT) {
            Ok(()) => Ok(Some(())),
            Err(refusal) if refusal.is(&CHANGED) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    })
    .await
}

fn sdk((key, value): tags::Tag) -> Tag {
    Tag::builder().key(key).value(value).build().expect("a tag has a key")
}
