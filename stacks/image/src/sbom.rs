//! The list of an image's parts, in the form of `CycloneDX`.
//!
//! Source: <https://cyclonedx.org/docs/1.5/json/>

use serde::{Deserialize, Serialize};

use crate::{
    base::CERTIFICATES,
    bundle::Data,
    digest::Digest,
    program::{Crate, Program},
};

/// What such a list is, to a registry.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.cyclonedx+json";

/// The list. The order of fields is the order in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sbom {
    bom_format: String,
    spec_version: String,
    version: u32,
    metadata: Metadata,
    pub(crate) components: Vec<Component>,
    dependencies: Vec<Dependency>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Metadata {
    component: Component,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Component {
    #[serde(rename = "type")]
    pub(crate) sort: String,
    bom_ref: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hashes: Vec<Hash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dependency {
    #[serde(rename = "ref")]
    of: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
}

/// The parts of the image with the manifest `image`.
pub(crate) fn sbom(program: &Program, data: &[Data], certificates: &[u8], image: &Digest) -> Sbom {
    let name = "rag-service";
    let version = || Some(program.about.version.clone());
    let whole = format!("pkg:oci/{name}@{}", image.as_str().replace(':', "%3A"));
    let executable = Component {
        sort: "application".to_owned(),
        bom_ref: "program".to_owned(),
        name: name.to_owned(),
        version: version(),
        hashes: vec![hash(&program.content)],
        purl: None,
    };
    let file = |path: String, content: &[u8]| Component {
        sort: "file".to_owned(),
        bom_ref: path.clone(),
        name: path,
        hashes: vec![hash(content)],
        ..Component::default()
    };
    let files: Vec<Component> = std::iter::once(file(CERTIFICATES.to_owned(), certificates))
        .chain(data.iter().map(|it| file(format!("embedder/{}", it.name), &it.content)))
        .collect();
    let mut dependencies = vec![Dependency {
        of: whole.clone(),
        depends_on: std::iter::once(&executable)
            .chain(&files)
            .map(|it| it.bom_ref.clone())
            .collect(),
    }];
    let roots = program.crates.iter().filter(|it| it.is_root).map(bom_ref).collect();
    dependencies.push(Dependency { of: executable.bom_ref.clone(), depends_on: roots });
    let needed = |it: &Crate| {
        let needs = it.needs.iter().filter_map(|at| program.crates.get(*at));
        needs.map(bom_ref).collect()
    };
    dependencies.extend(
        program.crates.iter().map(|it| Dependency { of: bom_ref(it), depends_on: needed(it) }),
    );
    let libraries = program.crates.iter().map(|it| Component {
        sort: "library".to_owned(),
        bom_ref: bom_ref(it),
        name: it.name.clone(),
        version: Some(it.version.clone()),
        hashes: Vec::new(),
        purl: it.is_public.then(|| bom_ref(it)),
    });
    Sbom {
        bom_format: "CycloneDX".to_owned(),
        spec_version: "1.5".to_owned(),
        version: 1,
        metadata: Metadata {
            component: Component {
                sort: "container".to_owned(),
                bom_ref: whole.clone(),
                name: name.to_owned(),
                version: version(),
                hashes: Vec::new(),
                purl: Some(whole),
            },
        },
        components: std::iter::once(executable).chain(files).chain(libraries).collect(),
        dependencies,
    }
}

fn bom_ref(it: &Crate) -> String {
    format!("pkg:cargo/{}@{}", it.name, it.version)
}

fn hash(content: &[u8]) -> Hash {
    Hash { alg: "SHA-256".to_owned(), content: Digest::of(content).hex().to_owned() }
}
