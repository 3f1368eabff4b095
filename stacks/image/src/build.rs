//! From a bundle to an image.

use std::{collections::BTreeMap, thread};

use oci_client::manifest::{
    ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor,
    OciImageIndex, OciImageManifest, Platform,
};
use ragctl_stacks::stack::{Architecture, Compression};
use serde::Serialize;

use crate::{
    base,
    bundle::{Bundle, Data},
    compression::Packing,
    config::{EMBEDDER, ImageConfig, PROGRAM, in_go},
    digest::Digest,
    layer::{Entry, archive},
    layout::{Content, Layout, LayoutError},
    program::Program,
    sbom,
};

/// What an image's configuration is.
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// What stands where something attached would have a configuration.
const EMPTY: &str = "application/vnd.oci.empty.v1+json";

/// An image that was built.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Image {
    /// What it is called by.
    pub digest: Digest,
    /// What it is for, one for each program.
    pub platforms: Vec<PlatformInImage>,
    /// What should be better, and hinders nothing.
    pub remarks: Vec<String>,
}

/// An image for one sort of processors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlatformInImage {
    /// The processors.
    pub architecture: Architecture,
    /// What it is called by; the whole image's where there is one platform only.
    pub digest: Digest,
    /// Its layers, those that seldom change first.
    pub layers: Vec<LayerInImage>,
    /// How many parts the attached list names.
    pub parts: usize,
}

/// A layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayerInImage {
    /// What is in it.
    pub name: &'static str,
    /// What it is called by.
    pub digest: Digest,
    /// Its size as it is sent, in bytes.
    pub size: u64,
    /// Its size unpacked, in bytes.
    pub unpacked: u64,
}

impl PlatformInImage {
    /// What is sent of it to a machine that has nothing, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.layers.iter().map(|it| it.size).sum()
    }
}

impl Image {
    /// The part for these processors.
    #[must_use]
    pub fn platform(&self, architecture: Architecture) -> Option<&PlatformInImage> {
        self.platforms.iter().find(|it| it.architecture == architecture)
    }
}

/// Why there is no image.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Where it should be kept cannot be used.
    #[error(transparent)]
    Layout(#[from] LayoutError),
}

/// An archive, and what is made of it.
struct Packed {
    name: &'static str,
    archive: Digest,
    unpacked: u64,
    layer: OciDescriptor,
}

/// Builds an image of `bundle` into `layout`. What was packed there before is not packed again.
///
/// The same bundle gives the same bytes.
///
/// # Errors
///
/// [`BuildError`] by its cause.
pub fn build(bundle: &Bundle, by: Compression, layout: &Layout) -> Result<Image, BuildError> {
    let common =
        vec![("certificates and folders", base::entries()), ("embedder", data(&bundle.data))];
    let common = common.into_iter().filter(|(_, entries)| !entries.is_empty());
    let programs = bundle.programs.iter().map(|it| ("program", vec![program(it)]));
    let packed = packed(common.chain(programs).collect(), by, layout)?;
    let (common, programs) = packed.split_at(packed.len() - bundle.programs.len());
    let (mut platforms, mut manifests, mut attached) = (Vec::new(), Vec::new(), Vec::new());
    for (program, layer) in bundle.programs.iter().zip(programs) {
        let layers: Vec<&Packed> = common.iter().chain([layer]).collect();
        let (descriptor, manifest) = manifest(program, &layers, layout)?;
        let (parts, list) = attach(program, &bundle.data, &descriptor, layout)?;
        platforms.push(PlatformInImage {
            architecture: program.architecture,
            digest: manifest.digest.clone(),
            layers: layers.into_iter().map(Packed::in_image).collect(),
            parts,
        });
        manifests.push((program.architecture, descriptor, manifest));
        attached.push(list);
    }
    let root = match manifests.as_slice() {
        [(_, _, only)] => only.clone(),
        several => index(several, layout)?,
    };
    layout.close(&root, &attached)?;
    Ok(Image { digest: root.digest, platforms, remarks: bundle.remarks() })
}

fn data(data: &[Data]) -> Vec<Entry> {
    data.iter()
        .map(|it| Entry::file(format!("{EMBEDDER}/{}", it.name), it.content.clone()))
        .collect()
}

fn program(it: &Program) -> Entry {
    Entry { mode: 0o555, ..Entry::file(PROGRAM, it.content.clone()) }
}

/// Packs all layers side by side.
fn packed(
    layers: Vec<(&'static str, Vec<Entry>)>,
    by: Compression,
    layout: &Layout,
) -> Result<Vec<Packed>, LayoutError> {
    let pack = |name, entries: Vec<Entry>| {
        let content = archive(entries);
        let archive = Digest::of(&content);
        let layer = match layout.packed(&archive, by) {
            Some(layer) => layer,
            None => layout.keep_packed(&archive, by, &by.packed(&content))?,
        };
        Ok(Packed { name, archive, unpacked: content.len() as u64, layer })
    };
    thread::scope(|scope| {
        let threads: Vec<_> = layers
            .into_iter()
            .map(|(name, entries)| scope.spawn(move || pack(name, entries)))
            .collect();
        threads.into_iter().map(|it| it.join().expect("packing does not panic")).collect()
    })
}

impl Packed {
    fn in_image(&self) -> LayerInImage {
        LayerInImage {
            name: self.name,
            digest: self.layer.digest.parse().expect("our own digests are some"),
            size: u64::try_from(self.layer.size).unwrap_or_default(),
            unpacked: self.unpacked,
        }
    }
}

fn manifest(
    program: &Program,
    layers: &[&Packed],
    layout: &Layout,
) -> Result<(OciDescriptor, Content), LayoutError> {
    let names = layers.iter().map(|it| (it.name, it.archive.clone()));
    let config = ImageConfig::new(program.architecture, &program.about.version, names);
    let (config, _) = layout.keep_json(CONFIG, &config)?;
    let manifest = OciImageManifest {
        media_type: Some(OCI_IMAGE_MEDIA_TYPE.to_owned()),
        config,
        layers: layers.iter().map(|it| it.layer.clone()).collect(),
        ..OciImageManifest::default()
    };
    layout.keep_json(OCI_IMAGE_MEDIA_TYPE, &manifest)
}

/// The list of an image's parts: how many there are, and the manifest that says whose list it is.
fn attach(
    program: &Program,
    data: &[Data],
    image: &OciDescriptor,
    layout: &Layout,
) -> Result<(usize, Content), LayoutError> {
    let certificates = base::entries().into_iter().find(|it| it.path == base::CERTIFICATES);
    let certificates = certificates.and_then(|it| it.content).unwrap_or_default();
    let digest = image.digest.parse().expect("our own digests are some");
    let list = sbom::sbom(program, data, &certificates, &digest);
    let (layer, _) = layout.keep_json(sbom::MEDIA_TYPE, &list)?;
    let manifest = OciImageManifest {
        media_type: Some(OCI_IMAGE_MEDIA_TYPE.to_owned()),
        artifact_type: Some(sbom::MEDIA_TYPE.to_owned()),
        config: layout.keep(EMPTY, b"{}")?,
        layers: vec![layer],
        subject: Some(image.clone()),
        ..OciImageManifest::default()
    };
    let (_, content) = layout.keep_json(OCI_IMAGE_MEDIA_TYPE, &manifest)?;
    Ok((list.components.len(), content))
}

fn index(
    manifests: &[(Architecture, OciDescriptor, Content)],
    layout: &Layout,
) -> Result<Content, LayoutError> {
    let entry = |(architecture, descriptor, _): &(Architecture, OciDescriptor, Content)| {
        let platform = Platform {
            architecture: in_go(*architecture).into(),
            os: "linux".into(),
            os_version: None,
            os_features: None,
            variant: None,
            features: None,
        };
        ImageIndexEntry {
            media_type: descriptor.media_type.clone(),
            digest: descriptor.digest.clone(),
            size: descriptor.size,
            platform: Some(platform),
            annotations: None,
            artifact_type: None,
        }
    };
    let index = OciImageIndex {
        schema_version: 2,
        media_type: Some(OCI_IMAGE_INDEX_MEDIA_TYPE.to_owned()),
        manifests: manifests.iter().map(entry).collect(),
        artifact_type: None,
        annotations: None::<BTreeMap<_, _>>,
    };
    layout.keep_json(OCI_IMAGE_INDEX_MEDIA_TYPE, &index).map(|(_, content)| content)
}
