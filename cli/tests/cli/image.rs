//! Images: built of a bundle that runs nowhere, pushed to a registry in memory, looked into.

use ragctl_cloud::Cloud;
use serde_json::Value;

use crate::sandbox::{Ran, Sandbox};

const REGION: &str = "us-east-1";

/// A stack whose image is built, of the bundle beside it.
const BUILDING: &str = "stack: handbook\ntarget: fargate\naws: {region: us-east-1}\nservice: {image: build}\nimage: {bundle: bundle}\n";

/// A folder with this file, and with a bundle.
fn with_bundle(file: &str) -> Sandbox {
    let sandbox = if file.is_empty() { Sandbox::empty() } else { Sandbox::with(file) };
    sandbox.bundle("bundle");
    sandbox
}

/// A repository of this cloud's registry, by the name that other registries have.
fn repository(cloud: &Cloud) -> String {
    cloud.with(|account| account.region(REGION).plant_repository("team/rag"));
    format!("{}/team/rag", cloud.endpoint().trim_start_matches("http://"))
}

/// Lets the login file of Docker know the cloud's registry.
fn logged_in(sandbox: &Sandbox, cloud: &Cloud) {
    let host = cloud.endpoint().trim_start_matches("http://").to_owned();
    // `AWS:us-east-1`
    let file = format!("{{\"auths\": {{\"{host}\": {{\"auth\": \"QVdTOnVzLWVhc3QtMQ==\"}}}}}}");
    sandbox.write("docker/config.json", &file);
}

fn push(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let args = [&["image", "push"], args].concat();
    let mut command = sandbox.command_for_real(&args);
    Ran::of(command.env("DOCKER_CONFIG", sandbox.path("docker")).output().unwrap())
}

#[test]
fn an_image_is_built_into_the_stacks_folder_and_can_be_looked_into() {
    let sandbox = with_bundle(BUILDING);
    let built = sandbox.run(&["image", "build"]);
    insta::assert_snapshot!(built.told(), @r"
    exit code: 0
    stdout:
    linux arm64, a list of 3 parts attached
      layer                     to pull  unpacked  digest
      certificates and folders  0.1 MB   0.2 MB    590100eb89ea
      embedder                  0.0 MB   0.0 MB    55b18135f7d5
      program                   0.0 MB   0.0 MB    30ad10c6b5e5
      in all                    0.1 MB   0.2 MB
    linux x86_64, a list of 3 parts attached
      layer                     to pull  unpacked  digest
      certificates and folders  0.1 MB   0.2 MB    590100eb89ea
      embedder                  0.0 MB   0.0 MB    55b18135f7d5
      program                   0.0 MB   0.0 MB    c55323aba554
      in all                    0.1 MB   0.2 MB
    sha256:a9d20bca879add6f3b609e4373f7457ad641d471432fb5671f187615c94d0fc0 in .ragctl/handbook/image
    stderr:
    warning: the program for arm64 does not say which crates it is made of, so that the image's list of parts lacks them; `cargo auditable` builds one that does
    warning: the program for x86_64 does not say which crates it is made of, so that the image's list of parts lacks them; `cargo auditable` builds one that does
    ");
    assert!(sandbox.has(".ragctl/handbook/image/index.json"));
    insta::assert_snapshot!(sandbox.run(&["image", "inspect"]).told(), @r"
    exit code: 0
    stdout:
    .ragctl/handbook/image
    sha256:a9d20bca879add6f3b609e4373f7457ad641d471432fb5671f187615c94d0fc0

    linux/arm64, a list of 3 parts attached
      runs /rag-service serve as user 65532:65532
      with PATH=/ SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt EMBEDDER_DIR=/opt/embedder
      layer                     to pull  packed  digest
      certificates and folders  0.1 MB   gzip    590100eb89ea
      embedder                  0.0 MB   gzip    55b18135f7d5
      program                   0.0 MB   gzip    30ad10c6b5e5
      in all                    0.1 MB

    linux/amd64, a list of 3 parts attached
      runs /rag-service serve as user 65532:65532
      with PATH=/ SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt EMBEDDER_DIR=/opt/embedder
      layer                     to pull  packed  digest
      certificates and folders  0.1 MB   gzip    590100eb89ea
      embedder                  0.0 MB   gzip    55b18135f7d5
      program                   0.0 MB   gzip    c55323aba554
      in all                    0.1 MB
    ");
    let json: Value =
        serde_json::from_str(&sandbox.run(&["image", "inspect", "--json"]).stdout).unwrap();
    let again: Value =
        serde_json::from_str(&sandbox.run(&["image", "build", "--json"]).stdout).unwrap();
    assert_eq!(json["digest"], again["digest"]);
    assert_eq!(json["platforms"][1]["platform"], "linux/amd64");
}

#[test]
fn without_a_stack_file_a_bundle_and_a_folder_are_enough() {
    let sandbox = with_bundle("");
    let ran = sandbox.run(&["image", "build", "--bundle", "bundle", "--out", "image"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(sandbox.run(&["image", "inspect", "--from", "image"]).code, 0);
    let ran = sandbox.run(&["image", "build", "--bundle", "bundle"]);
    assert!(ran.code == 64 && ran.stderr.contains("no ragctl.yaml"), "{ran:?}");
}

#[test]
fn a_bundle_that_cannot_be_used_is_told_with_all_that_is_wrong() {
    let sandbox = with_bundle(BUILDING);
    std::fs::remove_dir_all(sandbox.path("bundle/embedder")).unwrap();
    sandbox.write("bundle/arm64/rag-service", "#!/bin/sh\n");
    let ran = sandbox.run(&["image", "build"]);
    let folder = sandbox.path("").display().to_string();
    insta::assert_snapshot!(ran.told().replace(&folder, "/home/"), @r"
    exit code: 64
    stderr:
    error: the bundle in /home/bundle cannot be used
      /home/bundle/arm64/rag-service: it is no 64-bit program for Linux
      /home/bundle/x86_64/rag-service: it has no embedding table inside, and there is no file in embedder/
    hint: `service/make-bundle` in ragctl's sources makes one that can be used
    ");
    std::fs::remove_dir_all(sandbox.path("bundle")).unwrap();
    let ran = sandbox.run(&["image", "build"]);
    insta::assert_snapshot!(ran.told().replace(&folder, "/home/"), @r"
    exit code: 64
    stderr:
    error: there is no bundle in /home/bundle: neither x86_64/rag-service nor arm64/rag-service
    hint: correct `image.bundle` in the file
    ");
}

#[test]
fn a_folder_that_cannot_be_written_is_told() {
    let sandbox = with_bundle("");
    // Nobody keeps root out, so a file stands where the folder should be.
    sandbox.write("taken", "");
    let ran = sandbox.run(&["image", "build", "--bundle", "bundle", "--out", "taken"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("the image cannot be built"), "{ran:?}");
}

#[test]
fn pushing_sends_what_is_missing_and_names_the_image_by_its_digest() {
    let cloud = Cloud::start_blocking();
    let sandbox = with_bundle(BUILDING);
    logged_in(&sandbox, &cloud);
    let repository = repository(&cloud);
    let built = sandbox.run(&["image", "build", "--json"]);
    let digest: Value = serde_json::from_str(&built.stdout).unwrap();
    let digest = digest["digest"].as_str().unwrap();

    let first = push(&sandbox, &[&repository]);
    let name = format!("{repository}@{digest}");
    assert_eq!(first.stdout, format!("9 parts sent, 0.1 MB\n{name}\n"), "{first:?}");
    let second = push(&sandbox, &[&repository, "--tag", "stable", "--json"]);
    let second: Value = serde_json::from_str(&second.stdout).unwrap();
    assert_eq!(second["image"], name.as_str());
    assert_eq!((&second["sent"], &second["bytes"]), (&0.into(), &0.into()));

    for called in [format!("{repository}:handbook"), format!("{repository}:stable"), name] {
        let mut command = sandbox.command_for_real(&["image", "inspect", &called, "--json"]);
        let ran = Ran::of(command.env("DOCKER_CONFIG", sandbox.path("docker")).output().unwrap());
        let shown: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(shown["digest"], digest, "{called}");
        assert_eq!(shown["platforms"][0]["parts"], 3);
    }
}

#[test]
fn who_is_not_logged_in_is_told_how_to() {
    let cloud = Cloud::start_blocking();
    let sandbox = with_bundle(BUILDING);
    sandbox.run(&["image", "build"]);
    let repository = repository(&cloud);
    let ran = push(&sandbox, &[&repository]);
    let host = cloud.endpoint().trim_start_matches("http://").to_owned();
    insta::assert_snapshot!(ran.told().replace(&host, "localhost:5000"), @r"
    exit code: 1
    stderr:
    error: localhost:5000 does not let us use team/rag
    hint: log in first, as `docker login localhost:5000` or `podman login localhost:5000` does
    ");
}

#[test]
fn pushing_before_building_says_what_to_do() {
    let sandbox = with_bundle(BUILDING);
    let ran = push(&sandbox, &["localhost:1/rag"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(ran.stderr.contains("`ragctl image build` builds one"), "{ran:?}");
    let none = Sandbox::fargate("good");
    let ran = push(&none, &[]);
    assert!(ran.code == 64 && ran.stderr.contains("image: build"), "{ran:?}");
}

#[test]
fn a_deployment_builds_pushes_and_runs_the_image() {
    let cloud = Cloud::start_blocking();
    let sandbox = with_bundle(BUILDING);
    let planned = sandbox.run_on(&cloud, &["plan", "--out", "plan.json"]);
    assert!(planned.stdout.contains("+ image/app"), "{planned:?}");
    let uploads = || cloud.calls().iter().filter(|it| it.action == "CompleteLayerUpload").count();
    assert_eq!(uploads(), 0, "a plan sends nothing");
    let deployed = sandbox.run_on(&cloud, &["deploy", "--plan", "plan.json", "--yes"]);
    assert_eq!(deployed.code, 0, "{deployed:?}");
    assert_eq!(uploads(), 9);
    let again = sandbox.run_on(&cloud, &["plan", "--detailed-exitcode"]);
    assert_eq!(again.code, 0, "{again:?}");
    assert_eq!(uploads(), 9);

    // As a part of a deployment, or alone: the same image, which is there already.
    let pushed = sandbox.run_on(&cloud, &["image", "push"]);
    let name = "123456789012.dkr.ecr.us-east-1.amazonaws.com/ragctl/handbook@sha256:";
    assert!(pushed.stdout.starts_with(name), "{pushed:?}");
    assert_eq!(uploads(), 9);

    let destroyed = sandbox.run_on(&cloud, &["destroy", "--yes"]);
    assert_eq!(destroyed.code, 0, "{destroyed:?}");
    assert_eq!(cloud.leftovers(), Vec::<String>::new());
}

#[test]
fn an_image_can_go_to_a_registry_elsewhere() {
    let cloud = Cloud::start_blocking();
    let repository = repository(&cloud);
    let sandbox = with_bundle(
        &format!("{BUILDING}  repository: {repository}\n")
            .replace("image: {bundle: bundle}\n", "image:\n  bundle: bundle\n"),
    );
    logged_in(&sandbox, &cloud);
    let run = |args: &[&str]| {
        let mut command = sandbox.command_on(&cloud, args);
        Ran::of(command.env("DOCKER_CONFIG", sandbox.path("docker")).output().unwrap())
    };
    let deployed = run(&["deploy", "--yes"]);
    assert_eq!(deployed.code, 0, "{deployed:?}");
    assert!(deployed.stderr.contains("image/elsewhere"), "{deployed:?}");
    assert_eq!(run(&["plan", "--detailed-exitcode"]).code, 0);
    let pushed = run(&["image", "push"]);
    assert!(pushed.stdout.starts_with(&format!("{repository}@sha256:")), "{pushed:?}");
    let destroyed = run(&["destroy", "--yes"]);
    assert_eq!(destroyed.code, 0, "{destroyed:?}");
    let inspected = run(&["image", "inspect", &format!("{repository}:handbook")]);
    assert_eq!(inspected.code, 0, "what is somebody else's stays: {inspected:?}");
}
