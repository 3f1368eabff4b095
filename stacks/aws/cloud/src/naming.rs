//! Which resources a call is about, by their ARNs where these can be told.

use serde_json::Value;

use crate::account::{ACCOUNT, arn};
use crate::input::{last, text, texts};
use crate::lambda::Named;
use crate::protocol::Request;

/// What a call named, and what it made.
pub(crate) fn resources(request: &Request, output: Option<&Value>) -> Vec<String> {
    let input = &request.input;
    let mut all = named(request);
    arns(input, 0, &mut all);
    // Lambda's calls name what they are about, and their answers more than that.
    if let Some(output) = output.filter(|_| request.mutates() && request.service != "lambda") {
        arns(output, 0, &mut all);
        if request.service == "ec2"
            && let Some(id) = text(output, "groupId")
        {
            all.push(id.to_owned());
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|each| seen.insert(each.clone()));
    all
}

/// The ARNs near the top of a value, and those of lists of them.
fn arns(value: &Value, depth: usize, all: &mut Vec<String>) {
    match value {
        Value::String(text) if text.starts_with("arn:aws:") => all.push(text.clone()),
        Value::Array(items) if depth < 4 => {
            items.iter().for_each(|item| arns(item, depth + 1, all));
        }
        Value::Object(fields) if depth < 3 => {
            fields.values().for_each(|field| arns(field, depth + 1, all));
        }
        _ => {}
    }
}

/// The ARNs made of the names that a call gives.
fn named(request: &Request) -> Vec<String> {
    let Request { service, region, input, .. } = request;
    let one = |key: &str| text(input, key).filter(|name| !name.starts_with("arn:"));
    let each = |key: &str, kind: &dyn Fn(&str) -> String| -> Vec<String> {
        let list = texts(input, key).into_iter().filter(|name| !name.starts_with("arn:"));
        one(key).map(str::to_owned).into_iter().chain(list).map(|name| kind(&name)).collect()
    };
    let plain =
        |prefix: &'static str| move |name: &str| arn(service, region, &format!("{prefix}{name}"));
    let itself = |name: &str| name.to_owned();
    match service.as_str() {
        "ecs" => {
            let cluster = text(input, "cluster").map_or("default", last);
            let of_service = |name: &str| arn("ecs", region, &format!("service/{cluster}/{name}"));
            [
                each("service", &of_service),
                each("services", &of_service),
                each("serviceName", &of_service),
                each("taskDefinition", &plain("task-definition/")),
                each("family", &plain("task-definition/")),
                each("cluster", &plain("cluster/")),
                each("clusters", &plain("cluster/")),
                each("clusterName", &plain("cluster/")),
            ]
            .concat()
        }
        "iam" => each("RoleName", &|name| format!("arn:aws:iam::{ACCOUNT}:role/{name}")),
        "logs" => [
            each("logGroupName", &plain("log-group:")),
            each("logGroupNamePrefix", &plain("log-group:")),
        ]
        .concat(),
        "events" => [each("Name", &plain("rule/")), each("Rule", &plain("rule/"))].concat(),
        "cloudfront" => {
            each("Id", &|id| format!("arn:aws:cloudfront::{ACCOUNT}:distribution/{id}"))
        }
        "lambda" => of_lambda(request),
        "ssm" => ["Name", "Names", "ResourceId"]
            .iter()
            .flat_map(|key| {
                each(key, &|name| {
                    arn("ssm", region, &format!("parameter/{}", name.trim_start_matches('/')))
                })
            })
            .collect(),
        "application-autoscaling" => {
            [each("ResourceId", &itself), each("ResourceIds", &itself)].concat()
        }
        "ecr" => [
            each("repositoryName", &plain("repository/")),
            each("repositoryNames", &plain("repository/")),
        ]
        .concat(),
        "secretsmanager" => each("SecretId", &itself),
        "ec2" => ["GroupId", "GroupName", "ResourceId", "VpcId", "SubnetId"]
            .iter()
            .flat_map(|key| each(key, &itself))
            .collect(),
        "elasticloadbalancing" => [each("Name", &itself), each("Names", &itself)].concat(),
        _ => Vec::new(),
    }
}

/// The functions, versions, aliases and layers that a call of Lambda's is about.
///
/// Source: <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html>
fn of_lambda(request: &Request) -> Vec<String> {
    let Request { region, input, .. } = request;
    let arn = |rest: String| arn("lambda", region, &rest);
    let mut all = Vec::new();
    if let Some(given) = text(input, "FunctionName") {
        let mut named = Named::read(given);
        named.qualifier = text(input, "Qualifier").map(str::to_owned).or(named.qualifier);
        let Named { name, qualifier } = named;
        all.push(arn(match qualifier {
            Some(qualifier) => format!("function:{name}:{qualifier}"),
            None => format!("function:{name}"),
        }));
    }
    if let Some(layer) = text(input, "LayerName").filter(|it| !it.starts_with("arn:")) {
        all.push(arn(match text(input, "VersionNumber") {
            Some(number) => format!("layer:{layer}:{number}"),
            None => format!("layer:{layer}"),
        }));
    }
    all
}

/// The version of a function or layer that a call was about.
pub(crate) fn version(request: &Request, output: Option<&Value>) -> Option<String> {
    let is_lambdas = request.service == "lambda";
    is_lambdas.then(|| crate::lambda::version_of(&request.input, output)).flatten()
}
