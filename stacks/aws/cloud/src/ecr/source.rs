//! Images as other services name them: by where they are.

use serde_json::Value;

use super::{MANIFEST, host, image};
use crate::account::Region;
use crate::input::{list, text};

/// Docker's own form of a manifest of one image.
const DOCKER: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// What there is where a name points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// An image, or one of another account's, of which nothing is known.
    Found {
        /// The repository, with its host.
        name: String,
        /// Which image it is.
        digest: String,
        /// Whether it is one image, in a form that is as old as registries.
        is_plain: bool,
    },
    /// The registry has no such image.
    Missing,
    /// It is in no registry of this region.
    Elsewhere,
}

/// What there is at `host/repository:tag` or `host/repository@digest`.
pub(crate) fn source(region: &Region, uri: &str) -> Source {
    let (name, called) = match uri.split_once('@') {
        Some((name, digest)) => (name.rsplit_once(':').map_or(name, |(name, _)| name), digest),
        None => uri.rsplit_once(':').unwrap_or((uri, "latest")),
    };
    let Some((registry, repository)) = name.split_once('/') else { return Source::Elsewhere };
    if registry != host(region) {
        let others = format!(".dkr.ecr.{}.amazonaws.com", region.name);
        if !registry.ends_with(&others) || !called.starts_with("sha256:") {
            return Source::Elsewhere;
        }
        return Source::Found { name: name.into(), digest: called.into(), is_plain: true };
    }
    let repository = region.ecr.repositories.get(repository);
    let Some(found) = repository.and_then(|it| image::find(&it.images, called)) else {
        return Source::Missing;
    };
    let manifest: Value = serde_json::from_str(&found.manifest).unwrap_or_default();
    let newer = |layer: &Value| text(layer, "mediaType").is_some_and(|it| it.contains("zstd"));
    let is_one = [MANIFEST, DOCKER].contains(&found.kind.as_str());
    let is_plain = is_one && !list(&manifest, "layers").iter().any(newer);
    Source::Found { name: name.into(), digest: found.digest.clone(), is_plain }
}
