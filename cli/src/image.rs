//! The image that the file lets be built, and where it is kept on this machine.

use ragctl_image::{Image, Layout, build};
use ragctl_stacks::stack::{Architecture, Compression};

use crate::{bundle::BundleFolder, failure::Failure, output::progress::waiting, session::Project};

/// Where the image of a stack is kept.
pub(crate) fn layout(project: &Project) -> Layout {
    Layout::new(project.state_folder().join("image"))
}

/// The processors that an image is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needed {
    /// Whichever the bundle has.
    Any,
    /// These, among all that the bundle has.
    Among(Architecture),
    /// These and no others.
    Only(Architecture),
}

/// Builds the image of a bundle into `layout`.
pub(crate) async fn built(
    bundle: BundleFolder,
    needed: Needed,
    by: Compression,
    layout: Layout,
) -> Result<Image, Failure> {
    let work = tokio::task::spawn_blocking(move || {
        let bundle = match needed {
            Needed::Any => bundle.open(None)?,
            Needed::Among(architecture) => bundle.open(Some(architecture))?,
            Needed::Only(architecture) => bundle.open(Some(architecture))?.only(architecture),
        };
        build(&bundle, by, &layout).map_err(Failure::ImageBuild)
    });
    waiting("building the image", work).await.expect("building does not panic")
}
