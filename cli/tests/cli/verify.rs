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
fn of_a_function_that_has_no_balancer_no_network_is_asked_for() {
    let cloud = Cloud::start_blocking();
    let ran = run(&cloud, "stack: handbook\ntarget: lambda\n", &["verify"]);
    assert_eq!(ran.code, 0, "{}", ran.told());
    let skipped = "the function has no load balancer before it";
    assert_eq!(ran.stdout.matches(skipped).count(), 3, "{}", ran.told());
    assert!(!cloud.calls().iter().any(|it| it.service == "ecs"), "{:?}", cloud.calls());
}

#[test]
fn each_finding_has_a_line_and_the_last_one_counts_them() {
    let cloud = Cloud::start_blocking();
    let ran = run(&cloud, FARGATE, &["verify"]);
    let (vpc, _) = cloud.with(|it| it.region("us-east-1").default_network());
    insta::assert_snapshot!(ran.told().replace(&vpc, "vpc-1"), @r"
    exit code: 0
    stdout:
    handbook (fargate)
      ok       credentials  arn:aws:iam::123456789012:user/tester in account 123456789012
      ok       region       us-east-1, as AWS_REGION or the profile says
      ok       permissions  81 actions that a deployment calls are allowed
      ok       network      vpc-1, in 3 subnets and 3 zones
      skipped  certificate  the file names none
      skipped  listener     the stack gets a load balancer of its own
      skipped  secrets      the file names none
      skipped  image        ghcr.io cannot be asked from here whether ghcr.io/example/rag-service:1.4 is there, and for which processors
      ok       names        free: nothing exists that is called as this stack's resources are
    5 ok, 4 skipped: nothing found that is in a deployment's way
    ");
}

#[test]
fn what_failed_has_a_hint_and_makes_the_exit_code_1() {
    let cloud = Cloud::start_blocking();
    cloud.with(|it| it.deny("ecs:CreateService"));
    let file = FARGATE.replace(":1.4", "");
    let ran = run(&cloud, &file, &["verify"]);
    let (vpc, _) = cloud.with(|it| it.region("us-east-1").default_network());
    insta::assert_snapshot!(ran.told().replace(&vpc, "vpc-1"), @r"
    exit code: 1
    stdout:
    handbook (fargate)
      ok       credentials  arn:aws:iam::123456789012:user/tester in account 123456789012
      ok       region       us-east-1, as AWS_REGION or the profile says
      failed   permissions  ecs:CreateService would be denied
               hint: `ragctl iam policy` prints what the credentials must be allowed
      ok       network      vpc-1, in 3 subnets and 3 zones
      skipped  certificate  the file names none
      skipped  listener     the stack gets a load balancer of its own
      skipped  secrets      the file names none
      warning  image        `latest` may be another image tomorrow, and the plan cannot tell
               hint: name it by its digest: `service: {image: ghcr.io/example/rag-service@sha256:…}`
      skipped  image        ghcr.io cannot be asked from here whether ghcr.io/example/rag-service is there, and for which processors
      ok       names        free: nothing exists that is called as this stack's resources are
    4 ok, 1 warning, 1 failed, 4 skipped: a deployment would not work
    ");
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
    assert_eq!(permissions["what"], "ecs:CreateService would be denied");
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
    insta::assert_snapshot!(ran.told(), @r"
    exit code: 1
    stdout:
    handbook (fargate)
      skipped  credentials  AWS cannot be asked without a region
      failed   region       nothing says which one is meant
               hint: write `aws: {region: eu-west-1}` in the file, or set AWS_REGION
      skipped  permissions  AWS cannot be asked without a region
      skipped  network      AWS cannot be asked without a region
      skipped  certificate  AWS cannot be asked without a region
      skipped  listener     AWS cannot be asked without a region
      skipped  secrets      AWS cannot be asked without a region
      skipped  image        AWS cannot be asked without a region
      skipped  names        AWS cannot be asked without a region
    1 failed, 8 skipped: a deployment would not work
    ");
}

#[test]
fn without_credentials_the_rest_is_skipped() {
    let sandbox = Sandbox::with(FARGATE);
    let mut command = sandbox.command_for_real(&["verify"]);
    command.env("AWS_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
    insta::assert_snapshot!(Ran::of(command.output().unwrap()).told(), @r"
    exit code: 1
    stdout:
    handbook (fargate)
      failed   credentials  there are none that work
               hint: `aws sso login` or AWS_PROFILE gives you some
      ok       region       us-east-1, as AWS_REGION or the profile says
      skipped  permissions  there are no credentials to ask with
      skipped  network      there are no credentials to ask with
      skipped  certificate  there are no credentials to ask with
      skipped  listener     there are no credentials to ask with
      skipped  secrets      there are no credentials to ask with
      skipped  image        there are no credentials to ask with
      skipped  names        there are no credentials to ask with
    1 ok, 1 failed, 7 skipped: a deployment would not work
    ");
}
