use serde_json::Value;

use crate::sandbox::{Sandbox, fargate};

/// The actions of all statements.
fn actions(policy: &Value) -> Vec<String> {
    let statements = policy["Statement"].as_array().unwrap().iter();
    let of = |it: &Value| match &it["Action"] {
        Value::Array(all) => all.iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
        one => vec![one.as_str().unwrap().to_owned()],
    };
    statements.flat_map(of).collect()
}

#[test]
fn the_policy_is_the_files_and_needs_no_credentials() {
    let sandbox = Sandbox::with(&fargate("good"));
    for (purpose, can, cannot) in [
        ("plan", "ecs:DescribeServices", "ecs:UpdateService"),
        ("deploy", "ecs:UpdateService", "ecs:DeleteService"),
        ("destroy", "ecs:DeleteService", "ecs:UpdateService"),
    ] {
        let args = ["iam", "policy", "--for", purpose, "--account", "123456789012"];
        let ran = sandbox.run_for_real(&args);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let policy = ran.document();
        assert_eq!(policy["Version"], "2012-10-17");
        let actions = actions(&policy);
        assert!(actions.iter().any(|it| it == can), "{purpose}");
        assert!(!actions.iter().any(|it| it == cannot), "{purpose}");
        assert!(ran.stdout.contains(":123456789012:"));
        let json = sandbox.run_for_real(&[&args[..], &["--json"]].concat());
        assert_eq!(json.stdout, ran.stdout);
    }
}

#[test]
fn what_is_not_known_has_a_place_and_a_word_on_stderr() {
    let file = "stack: handbook\ntarget: fargate\nservice: {image: 'rag-service:1'}\n";
    let ran = Sandbox::with(file).run_for_real(&["iam", "policy"]);
    assert!(ran.stdout.contains("arn:aws:ecs:REGION:ACCOUNT_ID:service/handbook/handbook"));
    assert_eq!(ran.stderr, "to be filled in: `--account` for ACCOUNT_ID, `--region` for REGION\n");
    let said = format!("{file}aws: {{region: eu-west-1, account: '123456789012'}}\n");
    let ran = Sandbox::with(&said).run_for_real(&["iam", "policy"]);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains("arn:aws:ecs:eu-west-1:123456789012:service/handbook/handbook"));
}

#[test]
fn a_stack_on_this_machine_needs_no_policy() {
    let ran = Sandbox::handbook().run_for_real(&["iam", "policy"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (64, ""));
    assert!(ran.stderr.contains("error: a stack on `local` needs no policy"), "{}", ran.stderr);
}

#[test]
fn github_is_trusted_with_one_repository_and_no_more() {
    let ran = Sandbox::empty().run_for_real(&[
        "iam",
        "github-oidc",
        "--repository",
        "acme/handbook",
        "--environment",
        "production",
        "--account",
        "123456789012",
    ]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let trust = ran.document();
    let statement = &trust["Statement"][0];
    assert_eq!(statement["Action"], "sts:AssumeRoleWithWebIdentity");
    assert_eq!(
        statement["Principal"]["Federated"],
        "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
    );
    let equals = &statement["Condition"]["StringEquals"];
    assert_eq!(equals["token.actions.githubusercontent.com:aud"], "sts.amazonaws.com");
    assert_eq!(
        equals["token.actions.githubusercontent.com:sub"],
        "repo:acme/handbook:environment:production"
    );
    assert!(ran.stderr.contains("aws iam create-role"), "{}", ran.stderr);
}

#[test]
fn what_is_no_repository_and_patterns_of_names_are_wrong_usage() {
    let sandbox = Sandbox::empty();
    for repository in ["acme", "acme/*", "a/b/c"] {
        let ran = sandbox.run_for_real(&["iam", "github-oidc", "--repository", repository]);
        assert_eq!((ran.code, ran.stdout.as_str()), (64, ""), "{repository}");
        assert!(ran.stderr.contains("hint: an owner and a name"), "{}", ran.stderr);
    }
    for args in [&["--branch", "*"][..], &["--branch", "main", "--environment", "production"]] {
        let args = [&["iam", "github-oidc", "--repository", "acme/handbook"], args].concat();
        let ran = sandbox.run_for_real(&args);
        assert_eq!((ran.code, ran.stdout.as_str()), (64, ""), "{args:?}");
    }
}
