//! The image that ragctl has built: in a repository of the stack's own in ECR, or in one that the file names.
//!
//! A tag, which is called as the stack is, leads to the image that was deployed last.

use std::{sync::Arc, time::Duration};

use aws_sdk_ecr::{config::Region, types::ImageIdentifier};
use base64::{Engine, engine::general_purpose::STANDARD};
use ragctl_image::{
    Layout, Login, Meter, Pushed, Registry, RegistryError, Repository, RepositoryError,
};
use ragctl_stacks::{
    address::Address,
    backend::{BackendError, Reply},
    event::{Event, Events},
    resource::{Image, ImagePlace, Resource},
    rounded::megabytes,
    stack,
};
use serde_json::{Value, json};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    clients::Clients,
    deployment::Watch,
    found::{Found, Marked},
    names::Names,
    perform::must_be_ours,
    tags::{self, Tags},
    verify::image::in_ecr,
};

const ABSENT: [&str; 1] = ["RepositoryNotFoundException"];

const NO_IMAGE: [&str; 2] = ["ImageNotFoundException", "RepositoryNotFoundException"];

/// Before the tag of every image that is counted: others (a list of parts, an image for one sort of processors) go with the
/// image that they belong to.
const COUNTED: &str = "image-";

/// How often it is told how far a push has come.
const TELL_EVERY: Duration = Duration::from_secs(1);

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
    let registry = registry_elsewhere(aws, named, &Image::elsewhere()).await?;
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
        let uri = if exists { aws.known_id(&address) } else { create(aws, &resource).await? };
        if let Some(uri) = uri {
            aws.learn(&address, uri);
        }
        keep(aws, &address, count).await?;
    }
    if let Push::Of(layout) = watch.push {
        let layout = built(layout, image, &address)?;
        let registry = match &image.place {
            ImagePlace::Repository(named) => registry_elsewhere(aws, named, &address).await?,
            ImagePlace::Kept(_) => registry_in_ecr(aws, &address).await?,
        };
        let pushed = push(&registry, layout, aws.names.stack(), &address, watch.events).await?;
        watch.events.tell(Event::StepProgressed { address: address.clone(), note: told(pushed) });
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

/// Makes the repository; where it is.
async fn create(aws: &Aws, resource: &Resource) -> Reply<Option<String>> {
    let address = resource.address();
    let owner = sdk_tag(tags::owner(aws.names.stack()));
    let create = aws.clients.ecr.create_repository().repository_name(aws.names.of(&address));
    let made = call("ecr CreateRepository", create.tags(owner).send()).await;
    match made.or_absent(&["RepositoryAlreadyExistsException"])? {
        Some(made) => Ok(made.repository.and_then(|it| it.repository_uri)),
        None => {
            let seen = look(aws).await?;
            must_be_ours(read(aws, seen).await?, &address)?;
            Ok(aws.known_id(&address))
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

/// The stack's own repository, as whoever the credentials are.
async fn registry_in_ecr(aws: &Aws, address: &Address) -> Reply<Registry> {
    let (login, endpoint) = login(aws, None).await?;
    let repository = Repository::at(&endpoint, &aws.names.of(address));
    Ok(Registry::new(repository.map_err(|it| no_login(it.to_string()))?, &login))
}

/// A repository that the file names: in ECR as whoever the credentials are, elsewhere as whoever the login files know.
async fn registry_elsewhere(aws: &Aws, named: &str, address: &Address) -> Reply<Registry> {
    let refused = |reason: String| BackendError::Refused {
        operation: format!("logging in for `{address}`"),
        reason,
    };
    let repository: Result<Repository, RepositoryError> = named.parse();
    let repository = repository.map_err(|it| refused(it.to_string()))?;
    if let Some(it) = in_ecr(named) {
        return Ok(Registry::new(repository, &login(aws, Some(it.region)).await?.0));
    }
    let host = repository.host().to_owned();
    // A helper that the files name is run, and may take its time.
    let login = tokio::task::spawn_blocking(move || Login::of_files(&host)).await;
    let login = login.expect("looking for a login does not panic");
    Ok(Registry::new(repository, &login.map_err(|it| refused(it.to_string()))?))
}

/// A repository, such as `ghcr.io/acme/handbook`, as whoever we are there: in ECR by the credentials of AWS, elsewhere by the
/// login files of Docker or Podman.
///
/// # Errors
///
/// [`BackendError`] where there is no way to log in.
pub async fn registry(repository: &str) -> Reply<Registry> {
    // Only ECR is asked anything of AWS, and its names say in which region it is.
    let region = in_ecr(repository).map(|it| it.region);
    let (clients, _) = Clients::load(region, None).await;
    let names = Names::new("ragctl", region.unwrap_or_default());
    let aws = Aws::new(clients, names, stack::Network::default(), None, |_| false);
    registry_elsewhere(&aws, repository, &Image::elsewhere()).await
}

/// A login to ECR, good for twelve hours, and where it answers: in the stack's region, or in another.
async fn login(aws: &Aws, region: Option<&str>) -> Reply<(Login, String)> {
    let ask = aws.clients.ecr.get_authorization_token().customize();
    let ask = match region.filter(|it| *it != aws.names.region()) {
        Some(region) => ask
            .config_override(aws_sdk_ecr::Config::builder().region(Region::new(region.to_owned()))),
        None => ask,
    };
    let answer = call("ecr GetAuthorizationToken", ask.send()).await?;
    let token = answer.authorization_data().first();
    let token = token.ok_or_else(|| no_login("no token came".to_owned()))?;
    let encoded = token.authorization_token().unwrap_or_default();
    let decoded = STANDARD.decode(encoded).ok().and_then(|it| String::from_utf8(it).ok());
    let pair = decoded.as_deref().and_then(|it| it.split_once(':'));
    let (name, password) =
        pair.ok_or_else(|| no_login("the token is no name and password".to_owned()))?;
    let login = Login::User { name: name.to_owned(), password: password.to_owned() };
    Ok((login, token.proxy_endpoint().unwrap_or_default().to_owned()))
}

fn no_login(reason: String) -> BackendError {
    BackendError::Refused { operation: "ecr GetAuthorizationToken".to_owned(), reason }
}

/// Pushes, and tells meanwhile how far it has come.
async fn push(
    registry: &Registry,
    layout: &Layout,
    tag: &str,
    address: &Address,
    events: &dyn Events,
) -> Reply<Pushed> {
    let meter = Arc::new(Meter::default());
    let pushing = registry.push(layout, tag, &meter);
    tokio::pin!(pushing);
    let mut looks = tokio::time::interval(TELL_EVERY);
    looks.tick().await;
    loop {
        tokio::select! {
            pushed = &mut pushing => return pushed.map_err(|it| failed(&it)),
            _ = looks.tick() => {
                let note = format!("{} of {} sent", megabytes(meter.sent()), megabytes(meter.total()));
                events.tell(Event::StepProgressed { address: address.clone(), note });
            }
        }
    }
}

/// What was sent, in words.
fn told(pushed: Pushed) -> String {
    let Pushed { sent, there, bytes } = pushed;
    match (sent, there) {
        (0, _) => "the registry has all of it already".to_owned(),
        (_, 0) => format!("{} sent", megabytes(bytes)),
        (_, there) => {
            format!("{} sent; {there} of {} parts were there", megabytes(bytes), sent + there)
        }
    }
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

    #[test]
    fn what_was_sent_is_told_in_words() {
        assert_eq!(
            told(Pushed { sent: 0, there: 4, bytes: 0 }),
            "the registry has all of it already"
        );
        assert_eq!(told(Pushed { sent: 5, there: 0, bytes: 11_600_000 }), "11.6 MB sent");
        let some = told(Pushed { sent: 2, there: 3, bytes: 5_000_000 });
        assert_eq!(some, "5.0 MB sent; 3 of 5 parts were there");
    }
}
