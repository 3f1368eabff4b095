//! An image of the real service: pushed to a real registry, pulled and unpacked by others' tools, and run with nothing around it.
//!
//! It is not part of `cargo test`, for it needs Debian's docker-registry, skopeo and umoci, root's rights to run a program in a root
//! of its own, and a bundle: `.ci/run` makes that, and runs `cargo test --test images` with `BUNDLE` naming it.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot go on from")]

#[path = "../common/ran.rs"]
mod ran;

mod container;
mod registry;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use container::Container;
use ran::Ran;
use registry::DockerRegistry;
use serde_json::Value;

/// What an image may have at most, packed, without the embedder's data: 15 MiB.
const LARGEST: u64 = 15 << 20;

fn bundle() -> PathBuf {
    PathBuf::from(std::env::vars_os().find(|(name, _)| name == "BUNDLE").expect("BUNDLE is set").1)
}

fn ragctl(folder: &Path, args: &[&str]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ragctl"));
    Ran::of(command.args(args).current_dir(folder).env_clear().output().unwrap())
}

/// What a run of the program says, as JSON.
fn must(folder: &Path, args: &[&str]) -> Value {
    let ran = ragctl(folder, &[args, &["--json"]].concat());
    assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.stdout, ran.stderr);
    serde_json::from_str(&ran.stdout).unwrap()
}

fn tool(folder: &Path, line: &str) {
    let mut words = line.split(' ');
    let output = Command::new(words.next().unwrap()).args(words).current_dir(folder).output();
    let ran = Ran::of(output.unwrap());
    assert_eq!(ran.code, 0, "{line}: {}{}", ran.stdout, ran.stderr);
}

fn build(folder: &Path, out: &str) -> Value {
    let bundle = bundle().display().to_string();
    must(folder, &["image", "build", "--bundle", &bundle, "--out", out])
}

#[test]
fn the_image_is_small_and_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (build(folder.path(), "one"), build(folder.path(), "other"));
    assert_eq!(one["digest"], other["digest"]);
    for platform in one["platforms"].as_array().unwrap() {
        let layers = platform["layers"].as_array().unwrap().iter();
        let own = layers.filter(|it| it["name"] != "embedder");
        let size: u64 = own.map(|it| it["size"].as_u64().unwrap()).sum();
        assert!(size <= LARGEST, "{size} bytes: {platform}");
        let parts = platform["parts"].as_u64().unwrap();
        assert!(parts > 100, "the list names the crates: {parts}");
    }
    assert_eq!(one["remarks"], serde_json::json!([]), "stripped, and it says what it is made of");
}

#[test]
fn an_unchanged_image_is_not_sent_twice() {
    let folder = tempfile::tempdir().unwrap();
    let registry = DockerRegistry::start();
    build(folder.path(), "image");
    let to = registry.repository("team/rag");
    let first = must(folder.path(), &["image", "push", &to, "--from", "image"]);
    assert!(first["sent"].as_u64().unwrap() > 0, "{first}");
    let before = registry.writes();
    assert!(before > 0);
    let second = must(folder.path(), &["image", "push", &to, "--from", "image"]);
    assert_eq!(second["sent"], 0, "{second}");
    assert_eq!(registry.writes(), before, "nothing was written, says the registry");
}

#[test]
fn others_tools_pull_it_and_it_runs_with_nothing_around_it() {
    let folder = tempfile::tempdir().unwrap();
    let registry = DockerRegistry::start();
    let built = build(folder.path(), "image");
    let to = registry.repository("team/rag");
    let pushed = must(folder.path(), &["image", "push", &to, "--from", "image"]);
    let image = pushed["image"].as_str().unwrap();
    assert!(image.ends_with(built["digest"].as_str().unwrap()));
    tool(
        folder.path(),
        &format!("skopeo copy --quiet --src-tls-verify=false docker://{image} oci:pulled:latest"),
    );
    tool(folder.path(), "umoci unpack --rootless --image pulled:latest unpacked");

    let root = folder.path().join("unpacked/rootfs");
    let expected = [
        "etc/group",
        "etc/passwd",
        "etc/ssl/certs/ca-certificates.crt",
        "opt/embedder/static-minilm-256.bin",
        "rag-service",
    ];
    assert_eq!(files(&root), expected.map(str::to_owned).into());

    let config = fs::read(folder.path().join("unpacked/config.json")).unwrap();
    let container = Container::run(&root, &serde_json::from_slice(&config).unwrap());
    assert_eq!(container.get("/health")["status"], "healthy");
    container.post(
        "/documents/text",
        r#"{"text": "The tortoise in the yard is called Bartholomew.", "file_source": "yard.txt"}"#,
    );
    container.is_ready_with_documents(1);
    let answer =
        container.post("/query", r#"{"query": "What is the tortoise called?", "mode": "naive"}"#);
    assert!(answer.to_string().contains("Bartholomew"), "{answer}");
    assert!(container.is_healthy(), "its own check says so");
    assert_eq!(container.user(), "65532");
    container.stop();
}

/// The files below a folder, by their paths.
fn files(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(root).unwrap().display().to_string());
            }
        }
    }
    found
}
