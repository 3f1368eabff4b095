//! What Lambda is sent of a function, whether it is made or edited.

use std::collections::HashMap;

use aws_sdk_lambda::{
    Client,
    operation::create_function::CreateFunctionOutput,
    types::{
        Architecture, Environment, FunctionCode, LoggingConfig, PackageType, Runtime,
        TracingConfig, TracingMode, VpcConfig,
    },
};
use aws_smithy_types::Blob;
use ragctl_stacks::{
    address::Address,
    backend::{BackendError, Reply},
    resource::{Function, Job},
};

use super::{SETTLED_LIMIT, edge, is_not_seen_yet, job, ready, service, settled};
use crate::{
    archive,
    aws::Aws,
    call::call,
    deployment::Watch,
    tags,
    wait::{Pace, until},
};

/// How large a function is, and on what it runs.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    /// Memory in MB; Lambda gives processor time in proportion.
    pub(super) memory: i32,
    /// Seconds that a call may take.
    pub(super) timeout: i32,
    /// What runs its archive.
    pub(super) runtime: Runtime,
    /// What of its archive is called.
    pub(super) handler: &'static str,
    /// The processors that it runs on.
    pub(super) architecture: Architecture,
    /// Whether X-Ray gets its traces; none: whatever Lambda does by itself.
    pub(super) tracing: Option<TracingMode>,
    /// The versions of layers that lie beside it; none: it can have none.
    pub(super) layers: Option<Vec<String>>,
}

/// The code of a function.
#[derive(Clone, Debug)]
pub(super) enum Code {
    /// An archive.
    Zip(Vec<u8>),
    /// An image, by its name.
    Image(String),
}

/// What is sent of a function.
pub(super) struct Sent {
    pub(super) called: String,
    role: String,
    description: Option<String>,
    /// None where there can be none.
    environment: Option<Environment>,
    logging: Option<LoggingConfig>,
    network: Option<VpcConfig>,
    code: Code,
    shape: Shape,
    /// The tags that change with it.
    pub(super) tags: Vec<tags::Tag>,
}

impl Sent {
    pub(super) async fn of(
        aws: &Aws,
        function: &Function,
        address: &Address,
        watch: &Watch<'_>,
    ) -> Reply<Self> {
        let variables: HashMap<String, String> = job::variables(aws, function, address).await?;
        let is_at_the_edge = matches!(function.job, Job::Edge(_));
        let environment = Environment::builder().set_variables(Some(variables)).build();
        let group = function.log_group.as_ref().map(|group| aws.names.of(group));
        let applied = tags::applied(&function.clone().into());
        let (shape, code, description, logging) = match &function.job {
            Job::Service(job) => (
                service::shape(aws, job, address).await?,
                service::code(aws, &function.code, watch).await?,
                Some(service::description(function)),
                group.map(|group| service::logging(job, group)),
            ),
            other => (
                job::shape(other),
                Code::Zip(archive::zip(&job::source(aws, other).await?)),
                None,
                group.map(|group| LoggingConfig::builder().log_group(group).build()),
            ),
        };
        Ok(Self {
            called: aws.names.of(address),
            role: aws.id(&function.role, address)?,
            description,
            environment: (!is_at_the_edge).then_some(environment),
            logging,
            network: match is_at_the_edge {
                true => None,
                false => Some(network(aws, function, address).await?),
            },
            code,
            shape,
            tags: std::iter::once(applied).chain(job::tag(&function.job)).collect(),
        })
    }

    /// Makes it; none when one is there already.
    pub(super) async fn create(
        &self,
        aws: &Aws,
        client: &Client,
    ) -> Reply<Option<CreateFunctionOutput>> {
        let owner = std::iter::once(tags::owner(aws.names.stack()));
        let tags: HashMap<String, String> = owner.chain(self.tags.clone()).collect();
        let has_network = self.network.as_ref().is_some_and(|it| !it.subnet_ids().is_empty());
        let shape = &self.shape;
        let make = client
            .create_function()
            .function_name(&self.called)
            .set_description(self.description.clone())
            .architectures(shape.architecture.clone())
            .memory_size(shape.memory)
            .timeout(shape.timeout)
            .role(&self.role)
            .set_environment(self.environment.clone())
            .set_logging_config(self.logging.clone())
            .set_tracing_config(tracing(shape))
            .set_layers(shape.layers.clone().filter(|it| !it.is_empty()))
            .set_vpc_config(self.network.clone().filter(|_| has_network))
            .set_tags(Some(tags));
        let code = FunctionCode::builder();
        let make = match &self.code {
            Code::Zip(content) => make
                .runtime(shape.runtime.clone())
                .handler(shape.handler)
                .code(code.zip_file(Blob::new(content.clone())).build()),
            Code::Image(name) => {
                make.package_type(PackageType::Image).code(code.image_uri(name).build())
            }
        };
        until("seeing a new role", Pace::up_to(SETTLED_LIMIT), async || {
            match call("lambda CreateFunction", make.clone().send()).await {
                Ok(made) => Ok(Some(Some(made))),
                Err(refusal) if refusal.is(&["ResourceConflictException"]) => Ok(Some(None)),
                Err(refusal) if is_not_seen_yet(&refusal) => Ok(None),
                Err(refusal) => Err(refusal.into()),
            }
        })
        .await
    }

    /// Makes one that is there what it should be. Code that it has is not sent again.
    pub(super) async fn edit(self, client: &Client, address: &Address) -> Reply<()> {
        let Self { called, role, description, environment, logging, network, code, shape, .. } =
            self;
        let is = settled(client, &called, None).await?;
        let is_image = is.package_type() == Some(&PackageType::Image);
        if is_image != matches!(code, Code::Image(_)) {
            return Err(other_package(address, is_image));
        }
        let update = client.update_function_configuration().function_name(&called);
        let update = update.set_description(description);
        let update = update.memory_size(shape.memory).timeout(shape.timeout).role(role);
        let update = update.set_environment(environment).set_logging_config(logging);
        let update = update.set_vpc_config(network).set_tracing_config(tracing(&shape));
        let update = update.set_layers(shape.layers.filter(|_| !is_image));
        let sent =
            until("seeing what the role may do", Pace::up_to(SETTLED_LIMIT), async || match call(
                "lambda UpdateFunctionConfiguration",
                update.clone().send(),
            )
            .await
            {
                Ok(_) => Ok(Some(())),
                Err(refusal) if is_not_seen_yet(&refusal) => Ok(None),
                Err(refusal) => Err(refusal.into()),
            });
        sent.await?;
        ready(client, &called, None).await?;
        let runs_on = [shape.architecture.clone()];
        if let Code::Zip(content) = &code
            && is.code_sha256() == Some(&archive::sha256(content))
            && is.architectures() == runs_on
        {
            return Ok(());
        }
        let update = client.update_function_code().function_name(&called);
        let update = update.architectures(shape.architecture);
        let update = match code {
            Code::Zip(content) => update.zip_file(Blob::new(content)),
            Code::Image(name) => update.image_uri(name),
        };
        call("lambda UpdateFunctionCode", update.send()).await?;
        Ok(())
    }
}

fn tracing(shape: &Shape) -> Option<TracingConfig> {
    shape.tracing.clone().map(|mode| TracingConfig::builder().mode(mode).build())
}

/// Where in the network it lies; an empty configuration is none.
async fn network(aws: &Aws, function: &Function, address: &Address) -> Reply<VpcConfig> {
    let config = VpcConfig::builder();
    let config = match &function.network {
        Some(it) => config
            .set_subnet_ids(Some(aws.network().await?.ids_of(&it.subnets)))
            .set_security_group_ids(Some(vec![aws.id(&it.security_group, address)?])),
        None => config.set_subnet_ids(Some(Vec::new())).set_security_group_ids(Some(Vec::new())),
    };
    Ok(config.build())
}

fn other_package(address: &Address, is_image: bool) -> BackendError {
    let (is, wanted) =
        if is_image { ("an image", "an archive") } else { ("an archive", "an image") };
    BackendError::Refused {
        operation: format!("making `{address}` run {wanted}"),
        reason: format!(
            "it was made to run {is}, and Lambda lets no function change that: deploy the stack under \
             another name, or destroy it first"
        ),
    }
}

/// The one that CloudFront takes lies elsewhere.
pub(super) fn client<'a>(aws: &'a Aws, address: &Address) -> &'a Client {
    if *address == edge::address() { &aws.clients.edge_lambda } else { &aws.clients.lambda }
}
