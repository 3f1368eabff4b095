//! The resources of a stack on AWS Lambda.

use std::collections::{BTreeMap, BTreeSet};

use super::{image, network, role};
use crate::{
    address::{Address, Kind, Name},
    resource::{
        Alias, Function, FunctionCode, FunctionNetwork, FunctionTarget, FunctionUrl, Job, Layer,
        LogGroup, Package, Program, Provisioned, Resource, Schedule, ServiceJob,
    },
    stack::{Front, LayerName, Models, Provider, ProvisionedConcurrency, Setting, Stack},
};

/// Settings of the service that have no meaning where no port is opened.
const OF_SERVERS: [&str; 3] = ["HOST", "PORT", "STOP_TIMEOUT"];

/// Where layers lie.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html>
const LAYERS: &str = "/opt";

/// All that `stack`, with its strategies applied, needs to run `program` on Lambda.
pub(super) fn resources(stack: &Stack, program: &Program) -> Vec<Resource> {
    let layers = layers(stack, program);
    let function = function(stack, program, &layers);
    let group = LogGroup { name: Name::app(), retention_days: Some(stack.logs.retention.get()) };
    let mut all = vec![
        group.into(),
        role::of_function(stack, &function).into(),
        alias(stack, &function).into(),
        function.into(),
    ];
    all.extend(image::resource(stack, program).map(Resource::from));
    all.extend(layers.into_iter().map(Resource::from));
    match stack.lambda.front {
        Front::Url => all.push(url(stack).into()),
        Front::LoadBalancer => {
            all.push(FunctionTarget { name: Name::app(), function: Alias::live() }.into());
            all.extend(network::front(stack));
        }
        Front::ApiGateway => {}
    }
    all.extend(network::group_of_function(stack).map(Resource::from));
    all.extend(keepalive(stack).map(Resource::from));
    all
}

/// The layers, each with what is in it.
fn layers(stack: &Stack, program: &Program) -> Vec<Layer> {
    let Program::Zip(Package { layers, .. }) = program else { return Vec::new() };
    let layer = |(name, digest): (&String, &String)| Layer {
        name: Name::try_from(name.as_str()).expect("the name of a layer is a name"),
        digest: digest.clone(),
        keep: stack.lambda.keep.get(),
    };
    layers.iter().map(layer).collect()
}

/// The names of the layers that a stack needs: the embedder's where it embeds itself, and those of the file.
#[must_use]
pub fn layer_names(stack: &Stack) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = stack.lambda.layers.keys().map(ToString::to_string).collect();
    if embeds_itself(&stack.models) {
        all.insert(LayerName::EMBEDDER.to_owned());
    }
    all
}

fn embeds_itself(models: &Models) -> bool {
    matches!(models.embedding.provider, Provider::BuiltIn)
}

fn function(stack: &Stack, program: &Program, layers: &[Layer]) -> Function {
    let lambda = &stack.lambda;
    let mut job = ServiceJob {
        memory: lambda.memory.get(),
        timeout: lambda.timeout.duration(),
        architecture: stack.service.architecture,
        environment: BTreeMap::new(),
        secrets: BTreeMap::new(),
        layers: layers
            .iter()
            .map(|it| (Address { kind: Kind::Layer, name: it.name.clone() }, it.digest.clone()))
            .collect(),
        tracing: lambda.tracing,
        log_level: Some(lambda.log_level),
        concurrency: lambda.concurrency.map(|it| it.get()),
    };
    for (variable, setting) in stack.service_environment() {
        match setting {
            _ if OF_SERVERS.contains(&variable.as_str()) => None,
            Setting::Plain(text) => job.environment.insert(variable, text),
            Setting::Secret(place) => job.secrets.insert(variable, place.to_string()),
        };
    }
    let response = if lambda.streams() { "stream" } else { "buffer" };
    job.environment.insert("LAMBDA_RESPONSE".to_owned(), response.to_owned());
    if layers.iter().any(|it| it.name.as_str() == LayerName::EMBEDDER) {
        let folder = format!("{LAYERS}/{}", LayerName::EMBEDDER);
        job.environment.entry("EMBEDDER_DIR".to_owned()).or_insert(folder);
    }
    Function {
        name: Name::app(),
        code: code(program),
        job: Job::Service(job),
        role: Address::app(Kind::Role),
        log_group: Some(Address::app(Kind::LogGroup)),
        network: lambda.in_network.then(|| FunctionNetwork {
            subnets: network::of_tasks(stack),
            security_group: network::group_of_tasks(),
        }),
    }
}

fn code(program: &Program) -> FunctionCode {
    match program {
        Program::Zip(package) => FunctionCode::Zip(package.code.clone()),
        Program::Built(digest) => FunctionCode::Built(digest.clone()),
        Program::Image(image) => FunctionCode::Image(image.clone()),
        // Another target's: nothing that Lambda could run.
        Program::Binary { path, .. } => FunctionCode::Zip(path.clone()),
    }
}

fn alias(stack: &Stack, function: &Function) -> Alias {
    let provisioned = |it: ProvisionedConcurrency| Provisioned {
        minimum: it.minimum.get(),
        maximum: it.maximum.get(),
        utilization: (it.maximum > it.minimum).then_some(it.utilization.get()),
    };
    Alias {
        name: Alias::live().name,
        function: Address::app(Kind::Function),
        revision: function.revision(),
        provisioned: stack.provisioned.map(provisioned),
        for_apis: stack.lambda.front == Front::ApiGateway,
        keep: stack.lambda.keep.get(),
        idle: 0,
    }
}

fn url(stack: &Stack) -> FunctionUrl {
    FunctionUrl {
        name: Name::app(),
        alias: Alias::live(),
        response: stack.lambda.response,
        auth: stack.lambda.auth,
    }
}

/// What asks the function on a schedule: it is called with the event of a request.
fn keepalive(stack: &Stack) -> Option<Schedule> {
    stack.ping.as_ref().map(|ping| Schedule {
        name: Name::try_from("keepalive").expect("`keepalive` is a name"),
        expression: ping.schedule.to_string(),
        path: Some(ping.path.to_string()),
        through: Alias::live(),
        role: None,
    })
}
