//! Images as a whole: built, read again, and pushed to a registry that refuses and fails as ECR does.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use ragctl_cloud::{Cloud, Faults};
use ragctl_stacks::stack::{Architecture, Compression};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    Bundle, Image, Layout, Login, Meter, Pushed, Registry, RegistryError, Repository, build,
};

const REGION: &str = "eu-west-1";

fn fixture() -> Bundle {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bundle");
    Bundle::open(&folder, None).unwrap()
}

/// The fixture's bundle with the program for these processors only.
fn only(architecture: Architecture) -> Bundle {
    let mut bundle = fixture();
    bundle.programs.retain(|it| it.architecture == architecture);
    bundle
}

struct Home {
    folder: TempDir,
    layout: Layout,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::new(folder.path().join("image"));
        Self { folder, layout }
    }

    fn build(&self, bundle: &Bundle, by: Compression) -> Image {
        build(bundle, by, &self.layout).unwrap()
    }

    /// Every file below it, and what is in it.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.folder.path()).unwrap().display().to_string();
                    found.insert(name, fs::read(path).unwrap());
                }
            }
        }
        found
    }

    fn json(&self, digest: &str) -> Value {
        let path = self.layout.folder().join("blobs/sha256").join(digest.replace("sha256:", ""));
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }
}

#[test]
fn the_same_bundle_gives_the_same_bytes() {
    let (one, other) = (Home::new(), Home::new());
    for by in [Compression::Gzip, Compression::Zstd] {
        assert_eq!(one.build(&fixture(), by).digest, other.build(&fixture(), by).digest);
    }
    assert_eq!(one.files(), other.files());
    let before = one.files();
    one.build(&fixture(), Compression::Zstd);
    assert_eq!(one.files(), before, "and building it again changes nothing");
}

#[test]
fn layers_that_seldom_change_come_first_and_are_shared() {
    let home = Home::new();
    let image = home.build(&fixture(), Compression::Gzip);
    let [arm, intel] = image.platforms.as_slice() else { panic!("{image:?}") };
    let names: Vec<_> = arm.layers.iter().map(|it| it.name).collect();
    assert_eq!(names, ["certificates and folders", "embedder", "program"]);
    assert_eq!(arm.layers[..2], intel.layers[..2]);
    assert_ne!(arm.layers[2], intel.layers[2]);
    assert_eq!(image.platform(Architecture::Arm64), Some(arm));
    assert!(image.remarks[0].contains("cargo auditable"), "{:?}", image.remarks);
}

#[test]
fn the_configuration_runs_the_service_as_nobody() {
    let home = Home::new();
    let image = home.build(&only(Architecture::X86_64), Compression::Gzip);
    assert_eq!(image.digest, image.platforms[0].digest, "one platform needs no index");
    let manifest = home.json(image.digest.as_str());
    let config = home.json(manifest["config"]["digest"].as_str().unwrap());
    assert_eq!(config["architecture"], "amd64");
    assert_eq!(
        config["config"],
        json!({
            "User": "65532:65532",
            "Env": [
                "PATH=/",
                "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt",
                "EMBEDDER_DIR=/opt/embedder",
            ],
            "Entrypoint": ["/rag-service"],
            "Cmd": ["serve"],
            "WorkingDir": "/",
            "Labels": {
                "org.opencontainers.image.licenses": "MIT OR Apache-2.0",
                "org.opencontainers.image.title": "rag-service",
                "org.opencontainers.image.version": "0.1.0",
            },
        })
    );
    assert_eq!(config["created"], "1970-01-01T00:00:00Z");
    assert_eq!(config["rootfs"]["diff_ids"].as_array().unwrap().len(), 3);
}

#[test]
fn what_was_packed_is_not_packed_again_and_what_is_damaged_is() {
    let home = Home::new();
    let image = home.build(&fixture(), Compression::Gzip);
    let program = &image.platforms[0].layers[2];
    let path = home.layout.folder().join("blobs/sha256").join(program.digest.hex());
    // Damage of the same length is seen too: content is compared with what it is called by.
    let mut content = fs::read(&path).unwrap();
    *content.last_mut().unwrap() ^= 1;
    fs::write(&path, &content).unwrap();
    assert!(home.layout.read(&program.digest).is_err());
    fs::remove_file(&path).unwrap();
    assert_eq!(home.build(&fixture(), Compression::Gzip), image);
    assert!(home.layout.read(&program.digest).is_ok());
}

#[test]
fn what_an_older_image_was_made_of_goes() {
    let home = Home::new();
    let both = home.build(&fixture(), Compression::Gzip);
    home.build(&only(Architecture::Arm64), Compression::Gzip);
    let gone = &both.platforms[1].layers[2].digest;
    assert!(!home.layout.folder().join("blobs/sha256").join(gone.hex()).exists());
    assert_eq!(home.layout.contents().unwrap().platforms.len(), 1);
}

#[test]
fn a_folder_without_an_image_says_so() {
    let home = Home::new();
    let error = home.layout.digest().unwrap_err().to_string();
    assert!(error.contains("nothing was built into it"), "{error}");
}

#[test]
fn what_is_in_an_image_can_be_read() {
    let home = Home::new();
    home.build(&fixture(), Compression::Zstd);
    let contents = home.layout.contents().unwrap();
    let it = &contents.platforms[1];
    assert_eq!((it.platform.as_str(), it.user.as_str()), ("linux/amd64", "65532:65532"));
    assert_eq!(it.command, ["/rag-service", "serve"]);
    assert_eq!(it.parts, Some(3), "the program, the certificates, the embedder's data");
    assert!(it.layers[0].media_type.ends_with("tar+zstd"));
}

/// A registry that behaves as ECR, with the repository `rag` in it.
async fn registry() -> (Cloud, Registry) {
    let cloud = Cloud::start().await;
    cloud.with(|account| account.region(REGION).plant_repository("rag"));
    let login = Login::User { name: "AWS".to_owned(), password: REGION.to_owned() };
    let repository = Repository::at(&cloud.endpoint(), "rag").unwrap();
    (cloud, Registry::new(repository, &login))
}

async fn push(registry: &Registry, home: &Home) -> Result<Pushed, RegistryError> {
    registry.push(&home.layout, "handbook", &Arc::new(Meter::default())).await
}

fn uploads(cloud: &Cloud) -> usize {
    cloud.calls().iter().filter(|it| it.action == "CompleteLayerUpload").count()
}

#[tokio::test]
async fn only_what_is_not_there_is_sent() {
    let (cloud, registry) = registry().await;
    let home = Home::new();
    let image = home.build(&fixture(), Compression::Gzip);
    assert_eq!(registry.digest_of("handbook").await.unwrap(), None);
    let first = push(&registry, &home).await.unwrap();
    assert_eq!((first.sent, first.there), (9, 0), "{first:?}");
    assert_eq!(registry.digest_of("handbook").await.unwrap(), Some(image.digest));

    cloud.clear_calls();
    let again = push(&registry, &home).await.unwrap();
    assert_eq!(again, Pushed { sent: 0, there: 9, bytes: 0 });
    assert!(
        cloud.calls().iter().all(|it| !it.mutating || it.action == "BatchCheckLayerAvailability")
    );

    // Another program: its layer, the configuration and the list of parts are new.
    let other = home.build(&only(Architecture::X86_64), Compression::Gzip);
    cloud.clear_calls();
    push(&registry, &home).await.unwrap();
    assert_eq!(uploads(&cloud), 0, "each part of it was part of the image before");
    assert_eq!(registry.digest_of("handbook").await.unwrap(), Some(other.digest));
}

#[tokio::test]
async fn an_image_reads_the_same_from_the_registry() {
    let (_cloud, registry) = registry().await;
    let home = Home::new();
    home.build(&fixture(), Compression::Gzip);
    push(&registry, &home).await.unwrap();
    let here = serde_json::to_value(home.layout.contents().unwrap()).unwrap();
    let there = serde_json::to_value(registry.contents("handbook").await.unwrap()).unwrap();
    assert_eq!(here, there);
}

#[tokio::test]
async fn a_registry_that_fails_now_and_then_gets_all_of_it() {
    let (cloud, registry) = registry().await;
    let home = Home::new();
    let image = home.build(&fixture(), Compression::Gzip);
    cloud.set_faults(Faults {
        throttle_rate: 0.03,
        fail_rate: 0.03,
        lose_rate: 0.03,
        ..Faults::default()
    });
    push(&registry, &home).await.unwrap();
    cloud.set_faults(Faults::default());
    assert_eq!(registry.digest_of("handbook").await.unwrap(), Some(image.digest));
    assert_eq!(push(&registry, &home).await.unwrap().sent, 0);
}

#[tokio::test]
async fn a_push_that_is_cut_off_goes_on_where_it_was() {
    let (cloud, registry) = registry().await;
    let home = Home::new();
    let image = home.build(&fixture(), Compression::Gzip);
    let whole = {
        push(&registry, &home).await.unwrap();
        cloud.calls().iter().filter(|it| it.mutating).count()
    };
    for at in 1..=whole {
        let (cloud, registry) = self::registry().await;
        cloud.stall_at(Some(at));
        tokio::select! {
            done = push(&registry, &home) => panic!("call {at} of {whole} does not stall: {done:?}"),
            () = stalled(&cloud) => {}
        }
        cloud.stall_at(None);
        let found = registry.digest_of("handbook").await.unwrap();
        assert!(found.is_none() || at == whole, "the tag comes last, not at {at} of {whole}");
        push(&registry, &home).await.unwrap();
        assert_eq!(registry.digest_of("handbook").await.unwrap().as_ref(), Some(&image.digest));
    }
}

async fn stalled(cloud: &Cloud) {
    while !cloud.stalled() {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn whoever_is_not_known_is_told_so_and_no_password_is_shown() {
    let cloud = Cloud::start().await;
    let home = Home::new();
    home.build(&fixture(), Compression::Gzip);
    let repository = Repository::at(&cloud.endpoint(), "rag").unwrap();
    let nobody = Registry::new(repository.clone(), &Login::Nobody);
    let error = push(&nobody, &home).await.unwrap_err();
    assert!(matches!(error, RegistryError::NotAllowed { .. }), "{error}");

    let login = Login::User { name: "AWS".to_owned(), password: "canary".to_owned() };
    let known = Registry::new(repository, &login);
    let error = push(&known, &home).await.unwrap_err();
    assert!(error.to_string().contains("does not exist"), "there is no such repository: {error}");
    assert!(!format!("{known:?} {login:?} {error:?} {error}").contains("canary"));
}

#[tokio::test]
async fn a_registry_that_is_not_there_is_told_with_the_reason() {
    let home = Home::new();
    home.build(&fixture(), Compression::Gzip);
    // Port 1 of this machine: nobody listens there.
    let repository = "127.0.0.1:1/rag".parse().unwrap();
    let error = Registry::new(repository, &Login::Nobody).digest_of("a").await.unwrap_err();
    assert!(matches!(error, RegistryError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().starts_with("127.0.0.1:1 does not answer"), "{error}");
}
