//! fakecloud as a process, its images, and all that it holds.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    calls::{How, call},
    http::Request,
    service::service,
};

/// What fakecloud prints before the port that it listens on.
const PORT_IS: &str = "FAKECLOUD_PORT=";

/// An account of its own.
pub(crate) struct Fakecloud {
    process: Child,
    pub(crate) port: u16,
    folder: tempfile::TempDir,
}

impl Fakecloud {
    /// Starts one, with the images `good` and `better` (the service), and `crash` (ends at once) of `rag-service`.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = std::env::var_os("FAKECLOUD").unwrap_or_else(|| "fakecloud".into());
        let stand_in = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/emulators/container.py");
        let log = fs::File::create(folder.path().join("fakecloud.log")).unwrap();
        let mut process = Command::new(&program)
            .args(["--addr", "127.0.0.1:0"])
            .env("FAKECLOUD_CONTAINER_CLI", stand_in)
            .env("CONTAINERS", folder.path().join("containers"))
            .env("IMAGES", folder.path().join("images"))
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", Path::new(&program).display()));
        let mut told = BufReader::new(process.stdout.take().unwrap()).lines();
        let port = told.find_map(|line| line.unwrap().strip_prefix(PORT_IS)?.trim().parse().ok());
        let port = port.expect("fakecloud tells its port");
        // What else it prints must not fill the pipe.
        std::thread::spawn(move || told.for_each(drop));
        fs::create_dir(folder.path().join("images")).unwrap();
        let account = Self { process, port, folder };
        let serve =
            format!("export DATA_DIR=\"$HOME/data\"; exec '{}' \"$@\"", service().display());
        account.image("good", &serve);
        account.image("better", &serve);
        account.image("crash", "echo 'the store is of another version' >&2; exit 3");
        account
    }

    /// Makes an image: what a shell does with its arguments.
    pub(crate) fn image(&self, tag: &str, script: &str) {
        let image = self.folder.path().join(format!("images/rag-service:{tag}"));
        fs::create_dir_all(&image).unwrap();
        let file = image.join("rag-service");
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Where its services answer.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port on which the balancer with this name answers.
    pub(crate) fn balancer(&self, name: &str) -> u16 {
        let answer = Request::get("/_fakecloud/elbv2/load-balancers").send(self.port);
        let answer: Value = serde_json::from_str(&answer.body).unwrap();
        let balancers = answer["loadBalancers"].as_array().unwrap();
        let ours = balancers.iter().find(|it| it["name"] == name);
        let port = ours.unwrap_or_else(|| panic!("{answer:#}"))["boundPort"].as_u64();
        u16::try_from(port.unwrap()).unwrap()
    }

    /// What the containers' own health checks say of a stack's tasks.
    pub(crate) fn health_of_tasks(&self, stack: &str) -> Vec<String> {
        let ecs = |action: &str, input: Value| -> Value {
            let target = format!("AmazonEC2ContainerServiceV20141113.{action}");
            let answer = call("ecs", &How::Json(&target, &input.to_string())).send(self.port);
            serde_json::from_str(&answer.body).unwrap()
        };
        let tasks = ecs("ListTasks", json!({"cluster": stack}))["taskArns"].clone();
        let tasks = ecs("DescribeTasks", json!({"cluster": stack, "tasks": tasks}));
        let tasks = tasks["tasks"].as_array().unwrap();
        tasks.iter().map(|it| it["healthStatus"].as_str().unwrap().to_owned()).collect()
    }

    /// Keeps a secret, which fakecloud really hands to the tasks that ask for it.
    pub(crate) fn keep_secret(&self, name: &str, value: &str) {
        let body = json!({"Name": name, "Value": value, "Type": "SecureString"});
        let put = call("ssm", &How::Json("AmazonSSM.PutParameter", &body.to_string()));
        assert_eq!(put.send(self.port).status, 200, "{name}");
    }

    /// The kinds of which there is something that is named as the stack, by asking each service for all that it holds.
    pub(crate) fn holds(&self, stack: &str) -> Vec<&'static str> {
        let held = LISTS.iter().filter(|list| {
            let answer = list.request().send(self.port);
            assert_eq!(answer.status, 200, "{}: {}", list.kind, answer.body);
            answer.body.contains(stack)
        });
        held.map(|list| list.kind).collect()
    }
}

impl Drop for Fakecloud {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// How all of a kind are asked for.
struct List {
    kind: &'static str,
    service: &'static str,
    how: How<'static>,
}

#[rustfmt::skip]
const LISTS: [List; 20] = [
    List { kind: "api-destination", service: "events", how: How::Json("AWSEvents.ListApiDestinations", "{}") },
    List { kind: "certificate", service: "acm", how: How::Json("CertificateManager.ListCertificates", "{}") },
    List { kind: "cluster", service: "ecs", how: How::Json("AmazonEC2ContainerServiceV20141113.ListClusters", "{}") },
    List { kind: "connection", service: "events", how: How::Json("AWSEvents.ListConnections", "{}") },
    List { kind: "function", service: "lambda", how: How::Rest("/2015-03-31/functions/") },
    List { kind: "layer", service: "lambda", how: How::Rest("/2018-10-31/layers/handbook-embedder/versions") },
    List { kind: "load-balancer", service: "elasticloadbalancing", how: How::Query("Action=DescribeLoadBalancers&Version=2015-12-01") },
    List { kind: "log-group", service: "logs", how: How::Json("Logs_20140328.DescribeLogGroups", "{}") },
    List { kind: "parameter", service: "ssm", how: How::Json("AmazonSSM.DescribeParameters", "{}") },
    List { kind: "repository", service: "ecr", how: How::Json("AmazonEC2ContainerRegistry_V20150921.DescribeRepositories", "{}") },
    List { kind: "role", service: "iam", how: How::Query("Action=ListRoles&Version=2010-05-08") },
    List { kind: "rule", service: "events", how: How::Json("AWSEvents.ListRules", "{}") },
    List { kind: "scalable-target", service: "application-autoscaling", how: How::Json("AnyScaleFrontendService.DescribeScalableTargets", r#"{"ServiceNamespace":"ecs"}"#) },
    List { kind: "scalable-target-of-function", service: "application-autoscaling", how: How::Json("AnyScaleFrontendService.DescribeScalableTargets", r#"{"ServiceNamespace":"lambda"}"#) },
    List { kind: "scaling-policy", service: "application-autoscaling", how: How::Json("AnyScaleFrontendService.DescribeScalingPolicies", r#"{"ServiceNamespace":"ecs"}"#) },
    List { kind: "scheduled-action", service: "application-autoscaling", how: How::Json("AnyScaleFrontendService.DescribeScheduledActions", r#"{"ServiceNamespace":"ecs"}"#) },
    List { kind: "secret", service: "secretsmanager", how: How::Json("secretsmanager.ListSecrets", "{}") },
    List { kind: "security-group", service: "ec2", how: How::Query("Action=DescribeSecurityGroups&Version=2016-11-15") },
    List { kind: "target-group", service: "elasticloadbalancing", how: How::Query("Action=DescribeTargetGroups&Version=2015-12-01") },
    List { kind: "task-definition", service: "ecs", how: How::Json("AmazonEC2ContainerServiceV20141113.ListTaskDefinitions", r#"{"status":"ACTIVE"}"#) },
];

impl List {
    fn request(&self) -> Request {
        call(self.service, &self.how)
    }
}
