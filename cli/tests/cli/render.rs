use insta::assert_snapshot;
use ragctl_cloud::Cloud;
use serde_json::Value;

use crate::sandbox::{Sandbox, fargate};

/// A file that uses all that a stack on Fargate can have.
const EVERYTHING: &str = "\
stack: handbook
target: fargate
aws: {region: eu-west-1, account: \"123456789012\"}
network: {vpc: vpc-0a1b2c3d}
service:
  image: \"123456789012.dkr.ecr.eu-west-1.amazonaws.com/rag-service:good\"
  ephemeral_storage: 30
  secrets: {WEBHOOK_TOKEN: \"ssm:/handbook/key\"}
load_balancer:
  domain: ask.example.org
  certificate: arn:aws:acm:eu-west-1:123456789012:certificate/0a1b2c3d-1111-2222-3333-444455556666
autoscaling:
  requests_in_flight: 4
  answer_time: 20s
  schedules: {night: {schedule: \"cron(0 20 * * ? *)\", minimum: 1, maximum: 2}}
idle: {after: 10m}
strategies: {keepalive: true, prewarm: true, edge-prewarm: true}
";

fn sent(document: &Value) -> Vec<(String, String)> {
    let all = document.as_object().unwrap();
    let each = all.iter().flat_map(|(address, of)| {
        let operation = |it: &Value| it["operation"].as_str().unwrap().to_owned();
        of.as_array().unwrap().iter().map(move |it| (address.clone(), operation(it)))
    });
    each.collect()
}

#[test]
fn a_task_definition_is_what_the_aws_cli_takes_and_needs_nothing_but_the_file() {
    let ran = Sandbox::fargate("good").run_for_real(&["render", "--format", "task-definition"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let mut document = ran.document();
    let container = document["containerDefinitions"][0].as_object_mut().unwrap();
    for long in ["environment", "logConfiguration", "healthCheck"] {
        assert!(container.remove(long).is_some_and(|it| !it.is_null()), "{long}");
    }
    assert_snapshot!(serde_json::to_string_pretty(&document).unwrap(), @r#"
    {
      "containerDefinitions": [
        {
          "cpu": 0,
          "essential": true,
          "image": "rag-service:good",
          "name": "rag-api",
          "portMappings": [
            {
              "containerPort": 8000,
              "hostPort": 8000,
              "protocol": "tcp"
            }
          ],
          "secrets": [],
          "stopTimeout": 30
        }
      ],
      "cpu": "1024",
      "executionRoleArn": "${role/execution}",
      "family": "handbook",
      "memory": "2048",
      "networkMode": "awsvpc",
      "requiresCompatibilities": [
        "FARGATE"
      ],
      "runtimePlatform": {
        "cpuArchitecture": "X86_64",
        "operatingSystemFamily": "LINUX"
      },
      "tags": [
        {
          "key": "ragctl:stack",
          "value": "handbook"
        },
        {
          "key": "ragctl:revision",
          "value": "188b87bb8cfc"
        }
      ],
      "taskRoleArn": "${role/task}"
    }
    "#);
}

#[test]
fn the_address_of_a_database_is_read_by_ecs_and_by_its_role_alone() {
    let store = "store: {engine: postgres, url: \"ssm:/handbook/database-url\"}\n";
    let sandbox = Sandbox::with(&format!("{}{store}", fargate("good")));
    let rendered = |format: &str| sandbox.run_for_real(&["render", "--format", format]).document();
    let container = &rendered("task-definition")["containerDefinitions"][0];
    let secrets = container["secrets"].as_array().unwrap();
    assert_eq!((secrets.len(), &secrets[0]["name"]), (1, &Value::from("DATABASE_URL")));
    let place = secrets[0]["valueFrom"].as_str().unwrap();
    assert!(place.ends_with("/handbook/database-url"), "{place}");
    let variables = container["environment"].as_array().unwrap();
    assert!(variables.iter().all(|it| it["name"] != "DATA_DIR"), "{variables:?}");
    let all = rendered("aws-json");
    assert!(all["role/execution"].to_string().contains("parameter/handbook/database-url"));
    assert!(!all["role/task"].to_string().contains("database-url"));
}

#[test]
fn another_image_and_region_can_be_said() {
    let sandbox = Sandbox::fargate("good");
    let mut command =
        sandbox.command(&["render", "--format", "task-definition", "--image", "other:1"]);
    let ran = crate::sandbox::Ran::of(command.env("AWS_REGION", "eu-north-1").output().unwrap());
    let container = &ran.document()["containerDefinitions"][0];
    assert_eq!(container["image"], "other:1");
    assert_eq!(container["logConfiguration"]["options"]["awslogs-region"], "eu-north-1");
}

#[test]
fn what_is_rendered_is_what_a_deployment_sends() {
    let (sandbox, cloud) = (Sandbox::fargate("good"), Cloud::start_blocking());
    let rendered = sandbox.run_on(&cloud, &["render", "--format", "aws-json"]);
    assert_eq!(rendered.code, 0, "{}", rendered.stderr);
    assert!(cloud.calls().is_empty(), "nothing is asked of AWS");
    let mut rendered: Vec<String> =
        sent(&rendered.document()).into_iter().map(|(_, operation)| operation).collect();
    assert_eq!(sandbox.run_on(&cloud, &["deploy", "--yes"]).code, 0);
    let is_lease = |it: &str| it.ends_with("/lease");
    let calls = cloud.calls().into_iter().filter(|it| it.mutating && it.error.is_none());
    let calls = calls.filter(|it| !it.action.starts_with("Delete"));
    let calls = calls.filter(|it| !it.resources.iter().any(|it| is_lease(it)));
    let mut really: Vec<String> = calls.map(|it| format!("{} {}", it.service, it.action)).collect();
    rendered.sort();
    really.sort();
    assert_eq!(rendered, really);
}

#[test]
fn a_task_definition_is_the_one_that_a_deployment_registers() {
    let (sandbox, cloud) = (Sandbox::fargate("good"), Cloud::start_blocking());
    let rendered = sandbox.run_on(&cloud, &["render", "--format", "task-definition"]).document();
    let tag = rendered["tags"].as_array().unwrap();
    let revision = tag.iter().find(|it| it["key"] == "ragctl:revision").unwrap();
    assert_eq!(sandbox.run_on(&cloud, &["deploy", "--yes"]).code, 0);
    let listed = sandbox.run_on(&cloud, &["rollback", "--list", "--json"]).document();
    assert_eq!(listed["revisions"][0]["revision"], revision["value"]);
}

#[test]
fn every_kind_of_resource_can_be_rendered() {
    let sandbox = Sandbox::with(EVERYTHING);
    let ran = sandbox.run_for_real(&["render", "--format", "aws-json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let planned = sandbox.run(&["plan", "--json"]).document();
    let document = ran.document();
    for step in planned["steps"].as_array().unwrap() {
        let address = step["address"].as_str().unwrap();
        assert!(document[address].is_array(), "{address} is missing");
    }
    let text = ran.stdout;
    for (wanted, why) in [
        ("\"ZipFile\": \"${zip}\"", "the function's code is left out"),
        (
            "${load_balancer/app}/targetgroup/${target_group/app}",
            "a metric names both by reference",
        ),
        ("\"Value\": \"${key}\"", "a key is made when it is deployed"),
        ("\"LambdaFunctionARN\": \"${function/edge}:1\"", "CloudFront calls a version"),
        ("\"DomainName\": \"ask.example.org\"", "and asks the balancer by its name"),
        ("${listener/https}", "so does a rule its listener"),
        ("\"Weight\": 0", "the way to the function is there, and not taken"),
        ("\"ApiKeyName\": \"X-Ragctl-Purpose\"", "a ping has its mark"),
        ("\"VpcId\": \"vpc-0a1b2c3d\"", "what the file names is not a reference"),
        ("arn:aws:ssm:eu-west-1:123456789012:parameter/handbook/key", "nor is the account"),
    ] {
        assert!(text.contains(wanted), "{why}: {text}");
    }
    assert!(!text.contains("${account}") && !text.contains("${region}"), "{text}");
}

#[test]
fn without_a_domain_the_function_asks_the_balancer_by_a_reference() {
    let sandbox = Sandbox::with(&(fargate("good") + "strategies: {keepalive: true}\n"));
    let ran = sandbox.run_for_real(&["render", "--format", "aws-json"]);
    let function = &ran.document()["function/ping"][0]["request"];
    let endpoint = &function["Environment"]["Variables"]["ENDPOINT"];
    assert_eq!(endpoint, "http://${load_balancer/app.dns}");
}

#[test]
fn another_listener_can_be_rendered() {
    let file = fargate("good")
        + "network: {vpc: vpc-0a1b2c3d, security_groups: {balancer: [sg-0a1b2c3d]}}\nload_balancer:\n  listener:\n    arn: arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/x/0a1b2c3d4e5f6071/0a1b2c3d4e5f6071\n    priority: 7\n    paths: [/ask/*]\n";
    let ran = Sandbox::with(&file).run_for_real(&["render", "--format", "aws-json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let rule = &ran.document()["listener_rule/app"][0];
    assert_eq!(
        (&rule["operation"], &rule["request"]["Priority"]),
        (&"elasticloadbalancing CreateRule".into(), &7.into())
    );
}

#[test]
fn nothing_is_sent_for_this_machine() {
    let ran = Sandbox::handbook().run(&["render", "--format", "aws-json"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.starts_with("error: nothing is sent to AWS for `local`\n"), "{ran:?}");
}
