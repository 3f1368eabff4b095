//! Numbered versions of the service's function, which never change.

use aws_sdk_lambda::types::FunctionConfiguration;
use jiff::Timestamp;
use ragctl_stacks::{backend::Reply, resource::Digest};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call, is_another_page},
    function::{self, service::PUBLISHED},
};

const ABSENT: [&str; 1] = ["ResourceNotFoundException"];

/// A version, and the revision that it was published of; none where ragctl did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) number: u64,
    pub(crate) revision: Option<Digest>,
    /// What its publisher says of it.
    pub(crate) description: String,
    pub(crate) published_at: Option<Timestamp>,
}

impl Version {
    fn of(is: &FunctionConfiguration) -> Option<Self> {
        // `$LATEST` has no number.
        let number = is.version()?.parse().ok()?;
        let description = is.description().unwrap_or_default().to_owned();
        let revision = description.strip_prefix(PUBLISHED).and_then(Digest::read);
        Some(Self {
            number,
            revision,
            description,
            published_at: is.last_modified().and_then(time),
        })
    }

    /// Whether it was published of this revision.
    pub(crate) fn is_of(&self, revision: &Digest) -> bool {
        self.revision.as_ref() == Some(revision)
    }
}

/// A time as Lambda writes it: `2026-11-27T10:30:00.123+0000`.
fn time(text: &str) -> Option<Timestamp> {
    text.strip_suffix("+0000").and_then(|it| format!("{it}Z").parse().ok())
}

/// All versions of a function, the latest first; none where there is no function.
pub(crate) async fn list(aws: &Aws, called: &str) -> Reply<Vec<Version>> {
    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let asked = aws.clients.lambda.list_versions_by_function().function_name(called);
        let asked = asked.set_marker(marker).send();
        let page = call("lambda ListVersionsByFunction", asked).await.or_absent(&ABSENT)?;
        let Some(page) = page else { return Ok(Vec::new()) };
        all.extend(page.versions().iter().filter_map(Version::of));
        marker = page.next_marker.filter(is_another_page);
        if marker.is_none() {
            break;
        }
    }
    all.sort_by_key(|it| std::cmp::Reverse(it.number));
    Ok(all)
}

/// A version that can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    pub(crate) number: u64,
    /// Whether it was published now: nobody was led to it before.
    pub(crate) is_new: bool,
}

/// The version of a revision: one that was published before, or what the function is now.
pub(crate) async fn published(aws: &Aws, called: &str, revision: &Digest) -> Reply<Published> {
    let lambda = &aws.clients.lambda;
    let known = list(aws, called).await?.into_iter().find(|it| it.is_of(revision));
    let is_new = known.is_none();
    let number = match known {
        Some(version) => version.number,
        None => {
            // The function's own description, which tells the revision, becomes the version's.
            let publish = lambda.publish_version().function_name(called).send();
            let made = call("lambda PublishVersion", publish).await?;
            made.version.and_then(|it| it.parse().ok()).unwrap_or_default()
        }
    };
    function::ready(lambda, called, Some(&number.to_string())).await?;
    Ok(Published { number, is_new })
}

/// Removes a version, unless an alias leads to it.
pub(crate) async fn forget(aws: &Aws, called: &str, number: u64) -> Reply<()> {
    let delete = aws.clients.lambda.delete_function().function_name(called);
    let delete = delete.qualifier(number.to_string()).send();
    let done = ["ResourceConflictException", ABSENT[0]];
    Ok(call("lambda DeleteFunction", delete).await.or_done(&done)?)
}
