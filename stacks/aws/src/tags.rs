//! The tags that say whose a resource is, and what it was when ragctl last wrote it.

use ragctl_stacks::{
    address::Address,
    live::Foreign,
    mark::Mark,
    resource::{Digest, Resource},
    stack::Target,
};

/// Whose it is.
pub(crate) const STACK: &str = "ragctl:stack";
/// What it was when it was last written.
const APPLIED: &str = "ragctl:applied";
/// Which revision a task definition is.
const REVISION: &str = "ragctl:revision";
/// What a function does, where it has no variables that say so.
const JOB: &str = "ragctl:job";
/// The image that the file named when the command line put another in its place.
const IMAGE_IN_FILE: &str = "ragctl:image-in-file";

/// Whether the image was built for the stack, and is in its own repository.
const BUILT: &str = "ragctl:image-built";

/// On which target the stack runs.
const TARGET: &str = "ragctl:target";

/// On a function while it is tuned: the memory that it had before, in MB.
pub(crate) const TUNING: &str = "ragctl:tuning";

/// Key and value.
pub(crate) type Tag = (String, String);

/// The tags of something that is made: whose it is, and what.
pub(crate) fn of(stack: &str, resource: &Resource) -> Vec<Tag> {
    vec![owner(stack), applied(resource)]
}

/// Whose it is.
pub(crate) fn owner(stack: &str) -> Tag {
    (STACK.to_owned(), stack.to_owned())
}

/// What it is now that it is written.
pub(crate) fn applied(resource: &Resource) -> Tag {
    (APPLIED.to_owned(), Mark::of(resource).to_tag())
}

/// As [`applied`], for something that has no tags itself: they are kept at what it is part of.
pub(crate) fn applied_within(resource: &Resource) -> Tag {
    (key_within(&resource.address()), Mark::of(resource).to_tag())
}

/// The key of [`applied_within`].
pub(crate) fn key_within(address: &Address) -> String {
    format!("{APPLIED}:{address}")
}

/// Which revision a task definition is, which image it stands in for, and whether its image was built for the stack.
pub(crate) fn of_revision(
    revision: &Digest,
    image_in_file: Option<&str>,
    is_built: bool,
) -> Vec<Tag> {
    let image = image_in_file.map(|image| (IMAGE_IN_FILE.to_owned(), image.to_owned()));
    let built = is_built.then(|| (BUILT.to_owned(), "true".to_owned()));
    let revision = (REVISION.to_owned(), revision.to_string());
    std::iter::once(revision).chain(image).chain(built).collect()
}

/// On which target the stack runs.
pub(crate) fn of_target(target: Target) -> Tag {
    (TARGET.to_owned(), target.to_string())
}

/// What a function does.
pub(crate) fn of_job(job: String) -> Tag {
    (JOB.to_owned(), job)
}

/// The tags that something has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tags(Vec<Tag>);

impl Tags {
    /// Collects them from what an SDK gives.
    pub(crate) fn new<T>(tags: &[T], pair: impl Fn(&T) -> (Option<&str>, Option<&str>)) -> Self {
        let owned = |it: &T| {
            let (key, value) = pair(it);
            Some((key?.to_owned(), value.unwrap_or_default().to_owned()))
        };
        Self(tags.iter().filter_map(owned).collect())
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| it == key).map(|(_, value)| value.as_str())
    }

    /// Whose it is, as the tags say.
    pub(crate) fn owner(&self) -> Option<&str> {
        self.get(STACK)
    }

    /// The memory that it had before it was tuned.
    pub(crate) fn tuning(&self) -> Option<&str> {
        self.get(TUNING)
    }

    /// On which target its stack runs.
    pub(crate) fn target(&self) -> Option<&str> {
        self.get(TARGET)
    }

    /// What it was when it was last written.
    pub(crate) fn mark(&self) -> Option<Mark> {
        Mark::from_tag(self.get(APPLIED)?)
    }

    /// What a part of it was when that was last written.
    pub(crate) fn mark_within(&self, address: &Address) -> Option<Mark> {
        Mark::from_tag(self.get(&key_within(address))?)
    }

    /// Which revision it is.
    pub(crate) fn revision(&self) -> Option<&str> {
        self.get(REVISION)
    }

    /// What it does.
    pub(crate) fn job(&self) -> Option<&str> {
        self.get(JOB)
    }

    /// Which image it stands in for.
    pub(crate) fn image_in_file(&self) -> Option<&str> {
        self.get(IMAGE_IN_FILE)
    }

    /// Whether its image was built for the stack.
    pub(crate) fn is_built(&self) -> bool {
        self.get(BUILT).is_some()
    }

    /// The thing called `id`, if it is the stack's; else whose it is.
    pub(crate) fn belongs_to(&self, stack: &str, id: &str) -> Result<(), Foreign> {
        match self.owner() {
            Some(owner) if owner == stack => Ok(()),
            owner => Err(Foreign { id: id.to_owned(), owner: owner.map(ToOwned::to_owned) }),
        }
    }
}

/// Makes an SDK's tags of ours: `sdk_tags!(aws_sdk_ecs, tags)`.
macro_rules! sdk_tags {
    ($sdk:ident, $tags:expr) => {
        $tags
            .into_iter()
            .map(|(key, value)| $sdk::types::Tag::builder().key(key).value(value).build())
            .collect::<Vec<_>>()
    };
}
pub(crate) use sdk_tags;
