//! The image that ragctl has built: in a repository of the stack's own in ECR, or in one that the file names.
//!
//! A tag, which is called as the stack is, leads to the image that was deployed last.

mod registry;

pub use self::registry::registry;

use aws_sdk_ecr::types::ImageIdentifier;
use ragctl_image::{Layout, Progress, RegistryError};
use ragctl_stacks::{
    address::Address,
    backend::{BackendError, Reply},
    event::Event,
    resource::{Image, ImagePlace, Resource},
};
use serde_json::{Value, json};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    deployment::Watch,
    found::{Found, Marked},
    perform::must_be_ours,
    tags::{self, Tags},
};

const ABSENT: [&str; 1] = ["RepositoryNotFoundException"];

const NO_IMAGE: [&str; 2] = ["ImageNotFoundException", "RepositoryNotFoundException"];

/// Before the tag of every image that is counted: others (a list of parts, an image for one sort of processors) go with the
/// image that they belong to.
const COUNTED: &str = "image-";

/// What becomes of an image that was built.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Push<'a> {
    /// The one in this folder is sent; without one there is nothing to send.
    Of(Option<&'a Layout>),
    /// It is not sent: only what AWS is asked is of interest.
    Nothing,
}

/// The stack's own repository, by its ARN.
#[derive(Clone, Debug)]
pub(crate) struct Seen(String);

/// Looks for the stack's own repository.
pub(crate) async fn look(aws: &Aws) -> Reply<Option<Seen>> {
    let called = aws.names.of(&Image::own());
    let asked = aws.clients.ecr.describe_repositories().repository_names(&called).send();
    let found = call("ecr DescribeRepositories", asked).await.or_absent(&ABSENT)?;
    let Some(repository) = found.as_ref().and_then(|it| it.repositories().first()) else {
        return Ok(None);
    };
    aws.learn(&Image::own(), repository.repository_uri().unwrap_or_default());
    Ok(Some(Seen(repository.repository_arn().unwrap_or_default().to_owned())))
}

/// Whose the repository is, and what is in it.
pub(crate) async fn read(aws: &Aws, seen: Option<Seen>) -> Reply<Found<Marked>> {
    let Some(Seen(arn)) = seen else { return Ok(Found::Nothing) };
    let called = aws.names.of(&Image::own());
    let ecr = &aws.clients.ecr;
    let by_tag = ImageIdentifier::builder().image_tag(aws.names.stack()).build();
    let images = ecr.describe_images().repository_name(&called).image_ids(by_tag).send();
    let tags = ecr.list_tags_for_resource().resource_arn(&arn).send();
    let policy = ecr.get_lifecycle_policy().repository_name(&called).send();
    let (images, tags, policy) = tokio::join!(
        call("ecr DescribeImages", images),
        call("ecr ListTagsForResource", tags),
        call("ecr GetLifecyclePolicy", policy),
    );
    let Some(tags) = tags.or_absent(&ABSENT)? else { return Ok(Found::Nothing) };
    let policy = policy.or_absent(&["LifecyclePolicyNotFoundException", ABSENT[0]])?;
    let kept = policy.as_ref().and_then(|it| kept(it.lifecycle_policy_text()?));
    let images = images.or_absent(&NO_IMAGE)?;
    let latest = images.as_ref().and_then(|it| it.image_details().first()?.image_digest());
    let image = Image {
        name: Image::own().name,
        digest: latest.unwrap_or_default().to_owned(),
        place: ImagePlace::Kept(kept.unwrap_or_default()),
        size: None,
    };
    let tags =
        Tags::new(tags.tags(), |it: &aws_sdk_ecr::types::Tag| (Some(it.key()), Some(it.value())));
    let mark = tags.mark();
    Ok(Found::by_tags((image.into(), mark), &tags, aws.names.stack(), &called))
}

/// The image in the repository that the file names, if it is there.
pub(crate) async fn elsewhere(aws: &Aws, repository: Option<&str>) -> Reply<Option<Image>> {
    let Some(named) = repository else { return Ok(None) };
    let registry = registry::named(named, &aws.clients.ecr).await?;
    let digest = registry.digest_of(aws.names.stack()).await.map_err(|it| failed(&it))?;
    Ok(digest.map(|digest| Image {
        name: Image::elsewhere().name,
        digest: digest.to_string(),
        place: ImagePlace::Repository(named.to_owned()),
        size: None,
    }))
}

/// Sends the image in `layout`, and makes its repository where that is the stack's own.
pub(crate) async fn write(aws: &Aws, image: &Image, exists: bool, watch: &Watch<'_>) -> Reply<()> {
    let resource = Resource::from(image.clone());
    let address = resource.address();
    if let ImagePlace::Kept(count) = image.place {
        if !exists {
            create(aws, &address).await?;
        }
        keep(aws, &address, count).await?;
    }
    if let Push::Of(layout) = watch.push {
        let layout = built(layout, image, &address)?;
        let registry = match &image.place {
            ImagePlace::Repository(named) => registry::named(named, &aws.clients.ecr).await?,
            ImagePlace::Kept(_) => registry::own(&aws.names.of(&address), &aws.clients.ecr).await?,
        };
        let tell = |it: Progress| {
            let (address, note) = (address.clone(), it.to_string());
            watch.events.tell(Event::StepProgressed { address, note });
        };
        let pushed = registry.push(layout, aws.names.stack(), &tell).await;
        let note = pushed.map_err(|it| failed(&it))?.to_string();
        watch.events.tell(Event::StepNoted { address: address.clone(), note });
    }
    match image.place {
        ImagePlace::Kept(_) => mark(aws, &resource).await,
        ImagePlace::Repository(_) => Ok(()),
    }
}

/// Deletes the repository and all images in it; those elsewhere stay.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    if *address == Image::own() {
        let called = aws.names.of(address);
        let delete = aws.clients.ecr.delete_repository().repository_name(called).force(true).send();
        call("ecr DeleteRepository", delete).await.or_done(&ABSENT)?;
        aws.forget(address);
    }
    Ok(())
}

/// The name by which a task pulls the image with this digest from the stack's own repository.
pub(crate) fn name(aws: &Aws, account: &str, digest: &str) -> String {
    let address = Image::own();
    let names = &aws.names;
    let usual = || {
        let suffix = if names.partition() == "aws-cn" { ".cn" } else { "" };
        let region = names.region();
        format!("{account}.dkr.ecr.{region}.amazonaws.com{suffix}/{}", names.of(&address))
    };
    format!("{}@{digest}", aws.known_id(&address).unwrap_or_else(usual))
}

/// The folder, if the image is in it that was planned.
fn built<'a>(layout: Option<&'a Layout>, image: &Image, address: &Address) -> Reply<&'a Layout> {
    let refused = |reason: String| BackendError::Refused {
        operation: format!("pushing `{address}`"),
        reason,
    };
    let layout = layout.ok_or_else(|| refused("no image was built".to_owned()))?;
    let found = layout.digest().map_err(|error| refused(error.to_string()))?;
    match found.as_str() == image.digest {
        true => Ok(layout),
        false => Err(refused(format!(
            "the image that was planned is {}, and the one in {} is {found}: it was built of another bundle since",
            image.digest,
            layout.folder().display(),
        ))),
    }
}

/// Makes the repository, and learns where it is.
async fn create(aws: &Aws, address: &Address) -> Reply<()> {
    let owner = sdk_tag(tags::owner(aws.names.stack()));
    let create = aws.clients.ecr.create_repository().repository_name(aws.names.of(address));
    let made = call("ecr CreateRepository", create.tags(owner).send()).await;
    match made.or_absent(&["RepositoryAlreadyExistsException"])? {
        Some(made) => {
            let uri = made.repository.and_then(|it| it.repository_uri);
            aws.learn(address, uri.unwrap_or_default());
            Ok(())
        }
        None => {
            let seen = look(aws).await?;
            must_be_ours(read(aws, seen).await?, address)
        }
    }
}

/// Lets ECR delete images beyond this count.
async fn keep(aws: &Aws, address: &Address, count: u32) -> Reply<()> {
    let put = aws
        .clients
        .ecr
        .put_lifecycle_policy()
        .repository_name(aws.names.of(address))
        .lifecycle_policy_text(policy(count).to_string());
    call("ecr PutLifecyclePolicy", put.send()).await?;
    Ok(())
}

/// Source: <https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html>
fn policy(count: u32) -> Value {
    json!({ "rules": [{
        "rulePriority": 1,
        "description": "ragctl: the latest images",
        "selection": {
            "tagStatus": "tagged", "tagPrefixList": [COUNTED],
            "countType": "imageCountMoreThan", "countNumber": count,
        },
        "action": { "type": "expire" },
    }] })
}

/// How many images a policy keeps; none where it is not one of ours.
fn kept(text: &str) -> Option<u32> {
    let found: Value = serde_json::from_str(text).ok()?;
    let count = &found["rules"][0]["selection"]["countNumber"];
    let count = u32::try_from(count.as_u64()?).ok()?;
    (found == policy(count)).then_some(count)
}

async fn mark(aws: &Aws, resource: &Resource) -> Reply<()> {
    let called = aws.names.of(&resource.address());
    let arn = aws.names.arn("ecr", aws.account().await?, &format!("repository/{called}"));
    let tag = sdk_tag(tags::applied(resource));
    let tag = aws.clients.ecr.tag_resource().resource_arn(arn).tags(tag).send();
    call("ecr TagResource", tag).await?;
    Ok(())
}

fn sdk_tag(tag: tags::Tag) -> aws_sdk_ecr::types::Tag {
    let (key, value) = tag;
    aws_sdk_ecr::types::Tag::builder().key(key).value(value).build().expect("a tag has both")
}

fn failed(error: &RegistryError) -> BackendError {
    match error {
        RegistryError::NotAllowed { host, .. } => BackendError::NotAllowed {
            operation: format!("using {host}"),
            reason: error.to_string(),
        },
        RegistryError::Unreachable { host, reason } => {
            BackendError::Unreachable { who: host.clone(), reason: reason.clone() }
        }
        other => BackendError::Refused {
            operation: "pushing the image".to_owned(),
            reason: other.to_string(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_tells_how_many_images_it_keeps_and_others_tell_nothing() {
        assert_eq!(kept(&policy(7).to_string()), Some(7));
        let mut other = policy(7);
        other["rules"][0]["selection"]["tagStatus"] = json!("any");
        assert_eq!(kept(&other.to_string()), None);
        assert_eq!(kept("none"), None);
    }
}
