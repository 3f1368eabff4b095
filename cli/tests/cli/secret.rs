use ragctl_cloud::Cloud;
use serde_json::json;

use crate::{
    holding::holding,
    sandbox::{Ran, Sandbox},
};

const CANARY: &str = "canary-5f3a9";

const FILE: &str = "\
stack: handbook
models:
  llm: {provider: openai, api_key: env:CANARY}
service:
  secrets: {TOKEN: env:CANARY}
store: {engine: postgres, url: env:CANARY}
";

#[test]
fn no_secret_is_ever_said_or_kept() {
    let sandbox = Sandbox::with(FILE);
    for args in [
        &["check"][..],
        &["plan"],
        &["plan", "--json", "--out", "p.plan"],
        &["deploy", "--json"],
        &["status", "--json"],
        &["strategy", "enable", "prewarm"],
        &["strategy", "list"],
        &["destroy", "--yes"],
    ] {
        let output = sandbox.command(args).env("CANARY", CANARY).output().unwrap();
        assert!(output.status.success(), "{args:?}");
        for text in [output.stdout, output.stderr] {
            assert!(!String::from_utf8(text).unwrap().contains(CANARY), "{args:?}");
        }
    }
    assert!(sandbox.read("p.plan").contains("env:CANARY"));
    assert!(!sandbox.read("p.plan").contains(CANARY));
}

#[test]
fn a_secret_that_was_pasted_into_the_file_is_not_repeated() {
    let sandbox = Sandbox::with(&FILE.replace("env:CANARY", CANARY));
    for args in [&["check"][..], &["check", "--json"], &["plan"], &["plan", "--json"]] {
        let ran = sandbox.run(args);
        assert_eq!(ran.code, 64);
        assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY), "{ran:?}");
    }
}

#[test]
fn the_password_of_an_address_is_not_repeated_wherever_it_was_pasted() {
    let address = format!("postgres://app:{CANARY}@db.example.org/handbook");
    for lines in [
        format!("store: {{engine: postgres, url: '{address}'}}"),
        format!("store: '{address}'"),
        format!("store: {{path: '{address}'}}"),
        format!("store: {{engine: postgres, uri: '{address}'}}"),
        format!("service: {{environment: {{DATABASE_URL: '{address}'}}}}"),
        format!("service: {{environment: {{ELSEWHERE: '{address}'}}}}"),
    ] {
        let sandbox = Sandbox::with(&format!("stack: handbook\n{lines}\n"));
        for args in [&["check"][..], &["check", "--json"], &["plan"], &["plan", "--json"]] {
            let ran = sandbox.run(args);
            assert_ne!(ran.code, 0, "{lines}");
            assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY), "{ran:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_aws_no_secret_and_no_credential_is_ever_said_or_kept() {
    let cloud = Cloud::start().await;
    cloud.with(|account| {
        let secret = json!({"Name": "/handbook/key", "Value": CANARY, "Type": "SecureString"});
        account.act("us-east-1", "ssm", "PutParameter", secret).unwrap();
        account.region("us-east-1").plant_secret("handbook/token", CANARY);
    });
    let sandbox = Sandbox::empty();
    let file = |tag: &str| {
        format!(
            "stack: handbook\ntarget: fargate\n\
             service: {{image: 'rag-service:{tag}', secrets: {{TOKEN: 'secretsmanager:handbook/token'}}}}\n\
             models: {{llm: {{provider: openai, api_key: 'ssm:/handbook/key'}}}}\n\
             store: {{engine: postgres, url: 'ssm:/handbook/key'}}\n"
        )
    };
    for (tag, args, code) in [
        ("good", &["check"][..], 0),
        ("good", &["verify", "--json"], 0),
        ("good", &["plan", "--json", "--out", "p.plan"], 0),
        ("good", &["deploy", "--yes"], 0),
        ("good", &["status", "--json"], 0),
        ("good", &["render", "--format", "task-definition"], 0),
        ("good", &["render", "--format", "aws-json"], 0),
        ("good", &["iam", "policy"], 0),
        ("crash", &["deploy", "--yes", "--json"], 1),
        ("crash", &["logs"], 0),
        ("crash", &["rollback", "--list"], 0),
        ("good", &["deploy", "--backend", "nothing"], 64),
        ("good", &["destroy", "--yes"], 0),
    ] {
        sandbox.write("ragctl.yaml", &file(tag));
        let mut command = sandbox.command_on(&cloud, args);
        command.env("AWS_SECRET_ACCESS_KEY", CANARY).env("AWS_SESSION_TOKEN", CANARY);
        let ran = Ran::of(command.env("RUST_BACKTRACE", "full").output().unwrap());
        assert_eq!(ran.code, code, "{args:?}: {ran:?}");
        assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY), "{args:?}: {ran:?}");
    }
    assert!(sandbox.has(".ragctl/failures"));
    assert_eq!(holding(CANARY, &sandbox.path("")), Vec::<String>::new());
}
