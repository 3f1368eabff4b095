//! The archives that a function of Lambda is made of, and where they are kept on this machine.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use ragctl_image::{Archives, Packages, package};
use ragctl_stacks::stack::{Architecture, LayerName};

use crate::{bundle::BundleFolder, failure::Failure, output::progress::waiting, session::Project};

/// Where the archives of a stack are kept.
pub(crate) fn of(project: &Project) -> Archives {
    Archives::new(project.state_folder().join("lambda"))
}

/// Makes the archives: the program's, and those of the layers in `wanted`, of which the file's own are in `folders`.
pub(crate) async fn packed(
    bundle: BundleFolder,
    architecture: Architecture,
    wanted: BTreeSet<String>,
    folders: BTreeMap<String, PathBuf>,
    archives: Archives,
) -> Result<Packages, Failure> {
    let work = tokio::task::spawn_blocking(move || {
        let bundle = bundle.open(Some(architecture))?;
        let embeds = wanted.contains(LayerName::EMBEDDER);
        package(&bundle, architecture, embeds, &folders, &archives).map_err(Failure::Package)
    });
    waiting("packing the function", work).await.expect("packing does not panic")
}
