//! The key that whoever warms the service from CloudFront has to show: a parameter that only its readers can decrypt.
//!
//! It is made first and removed last of all that CloudFront needs, so that where there is none there is nothing else to look
//! for. Its value goes from here to AWS, and from AWS into the code of the function; it is shown to nobody.

use std::fmt;

use aws_sdk_ssm::types::{ParameterType, ResourceTypeForTagging, Tag};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    resource::{Resource, Secret},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    found::{Found, Marked},
    perform::must_be_ours,
    tags::{self, Tags},
};

const ABSENT: [&str; 1] = ["ParameterNotFound"];

/// The length of a key, in bytes: as long as no one guesses.
const LENGTH: usize = 32;

/// A key's value.
pub(crate) struct Key(String);

impl Key {
    /// For the one place that must have it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// A new one, by the system's own chance.
    fn random() -> Reply<Self> {
        let mut bytes = [0; LENGTH];
        getrandom::fill(&mut bytes).map_err(|error| BackendError::Refused {
            operation: "making a key".to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }
}

impl From<String> for Key {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// The address of the one that a stack can have.
pub(crate) fn address() -> Address {
    Address::of(Kind::Secret, "edge")
}

/// Looks for the key.
pub(crate) async fn look(aws: &Aws) -> Reply<Option<Key>> {
    let asked = aws.clients.ssm.get_parameter().name(aws.names.of(&address()));
    let found = call("ssm GetParameter", asked.with_decryption(true).send()).await;
    let found = found.or_absent(&ABSENT)?.and_then(|it| it.parameter);
    Ok(found.and_then(|it| it.value).map(Key::from))
}

/// Whose it is.
pub(crate) async fn read(aws: &Aws) -> Reply<Found<Marked>> {
    let called = aws.names.of(&address());
    let asked = aws.clients.ssm.list_tags_for_resource();
    let asked = asked.resource_type(ResourceTypeForTagging::Parameter).resource_id(&called);
    let found = call("ssm ListTagsForResource", asked.send()).await;
    let Some(found) = found.or_absent(&["InvalidResourceId"])? else { return Ok(Found::Nothing) };
    let tags = Tags::new(found.tag_list(), |it: &Tag| (Some(it.key()), Some(it.value())));
    let resource = Secret { name: address().name }.into();
    Ok(Found::by_tags((resource, tags.mark()), &tags, aws.names.stack(), &called))
}

/// Makes the key, unless there is one.
pub(crate) async fn create(aws: &Aws, secret: &Secret) -> Reply<()> {
    let resource = Resource::from(secret.clone());
    let tags = tags::of(aws.names.stack(), &resource).into_iter();
    let tags = tags.map(|(key, value)| Tag::builder().key(key).value(value).build());
    let tags: Vec<Tag> = tags.map(|it| it.expect("a tag has key and value")).collect();
    let put = aws.clients.ssm.put_parameter().name(aws.names.of(&resource.address()));
    let put = put.description(format!("key to warm ragctl stack {}", aws.names.stack()));
    let put = put.r#type(ParameterType::SecureString).value(Key::random()?.expose());
    let put = call("ssm PutParameter", put.set_tags(Some(tags)).send()).await;
    match put.or_absent(&["ParameterAlreadyExists"])? {
        Some(_) => Ok(()),
        None => must_be_ours(read(aws).await?, &resource.address()),
    }
}

/// Removes the key.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let delete = aws.clients.ssm.delete_parameter().name(aws.names.of(address)).send();
    Ok(call("ssm DeleteParameter", delete).await.or_done(&ABSENT)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_long_and_new_and_not_told() {
        let (one, other) = (Key::random().unwrap(), Key::random().unwrap());
        assert_eq!(one.expose().len(), 64);
        assert!(one.expose().bytes().all(|it| it.is_ascii_hexdigit()));
        assert_ne!(one.expose(), other.expose());
        assert_eq!(format!("{one:?}"), "[secret]");
    }
}
