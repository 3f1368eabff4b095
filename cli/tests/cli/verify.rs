use std::process::Command;

use ragctl_cloud::Cloud;

use crate::sandbox::{Ran, Sandbox};

const FARGATE: &str =
    "stack: handbook\ntarget: fargate\nservice: {image: 'ghcr.io/example/rag-service:1.4'}\n";

/// Runs the program with credentials of an account in memory.
fn run(cloud: &Cloud, file: &str, args: &[&str]) -> Ran {
    let sandbox = Sandbox::with(file);
    let mut command = at(&sandbox, cloud, args);
    Ran::of(command.env("AWS_REGION", "us-east-1").output().unwrap())
}

/// The same without a region.
fn at(sandbox: &Sandbox, cloud: &Cloud, args: &[&str]) -> Command {
    let mut command = sandbox.command_for_real(args);
    command
        .env("AWS_ENDPOINT_URL", cloud.endpoint())
        .env("AWS_ACCESS_KEY_ID", "123456789012")
        .env("AWS_SECRET_ACCESS_KEY", "x")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

#[test]
fn a_stack_on_this_machine_needs_nothing() {
    let ran = Sandbox::handbook().run_for_real(&["verify"]);
    assert_eq!(
        ran.told(),
        "exit code: 0\nstdout:\nhandbook (local): nothing outside this machine is needed\n"
    );
}

#[test]
fn a_target_of_the_future_is_refused() {
    let ran = Sandbox::with(&FARGATE.replace("fargate", "lambda")).run_for_real(&["verify"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("does not deploy to `lambda` yet"), "{}", ran.stderr);
}

#[test]
fn each_finding_has_a_line_and_the_last_one_counts_them() {
    let cloud = Cloud::start_blocking();
    let ran = run(&cloud, FARGATE, &["verify"]);
    let (vpc, _) = cloud.with(|it| it.region("us-east-1").default_network());
    insta::assert_snapshot!(ran.told().replace(&vpc, "vpc-1"), @"");
}

#[test]
fn what_failed_has_a_hint_and_makes_the_exit_code_1() {
    let cloud = Cloud::start_blocking();
    cloud.with(|it| it.deny("ecs:CreateService"));
    let file = FARGATE.replace(":1.4", "");
    let ran = run(&cloud, &file, &["verify"]);
    let (vpc, _) = cloud.with(|it| it.region("us-east-1").default_network());
    insta::assert_snapshot!(ran.told().replace(&vpc, "vpc-1"), @"");
}

#[test]
fn programs_get_one_document() {
    let cloud = Cloud::start_blocking();
    cloud.with(|it| it.deny("ecs:CreateService"));
    let ran = run(&cloud, FARGATE, &["verify", "--json"]);
    assert_eq!(ran.code, 1);
    let document = ran.document();
    assert_eq!((&document["stack"], &document["target"]), (&"handbook".into(), &"fargate".into()));
    let findings = document["findings"].as_array().unwrap();
    let permissions = findings.iter().find(|it| it["check"] == "permissions").unwrap();
    assert_eq!(permissions["state"], "failed");
    assert_eq!(permissions["what"], "ecs: ecs:CreateService would be denied");
    assert!(permissions["remedy"].as_str().unwrap().contains("ragctl iam policy"));
}

#[test]
fn another_image_can_be_checked_than_the_files() {
    let cloud = Cloud::start_blocking();
    let image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/rag:2";
    let ran = run(&cloud, FARGATE, &["verify", "--image", image]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("there is no repository rag in us-east-1"), "{}", ran.stdout);
}

#[test]
fn without_a_region_the_findings_are_told_all_the_same() {
    let (cloud, sandbox) = (Cloud::start_blocking(), Sandbox::with(FARGATE));
    let ran = Ran::of(at(&sandbox, &cloud, &["verify"]).output().unwrap());
    insta::assert_snapshot!(ran.told(), @"");
}

#[test]
fn without_credentials_the_rest_is_skipped() {
    let sandbox = Sandbox::with(FARGATE);
    let mut command = sandbox.command_for_real(&["verify"]);
    command.env("AWS_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
    insta::assert_snapshot!(Ran::of(command.output().unwrap()).told(), @"");
}
