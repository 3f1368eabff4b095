//! The versions that the function has, as Lambda keeps them.

use ragctl_stacks::backend::Reply;

use super::PastRevision;
use crate::{alias, aws::Aws};

/// The stack's own versions, the latest first.
pub(crate) async fn read(aws: &Aws) -> Reply<Vec<PastRevision>> {
    let seen = alias::look(aws).await?;
    let serving = seen.serving();
    let each = seen.versions.iter().filter_map(|it| {
        Some(PastRevision {
            revision: it.revision.clone()?,
            image: format!("version {}", it.number),
            image_in_file: None,
            registered_at: it.published_at,
            serves: serving == Some(it.number),
        })
    });
    Ok(each.collect())
}
