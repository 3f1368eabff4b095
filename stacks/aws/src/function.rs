//! Functions of Lambda: the small JavaScript programs that run beside the service.

use std::{collections::HashMap, time::Duration};

use aws_sdk_lambda::types::{
    Architecture, Environment, FunctionCode, FunctionConfiguration, LastUpdateStatus,
    LoggingConfig, Runtime, State,
};
use aws_smithy_types::Blob;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    desired::PING,
    resource::{Digest, Function, Resource},
};

use crate::{
    archive,
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    found::{Found, Marked},
    tags::{self, Tags},
    wait::{Pace, until},
};

const ABSENT: [&str; 1] = ["ResourceNotFoundException"];

/// The variable that tells a function where the service is reached.
const ENDPOINT: &str = "ENDPOINT";

/// How long a new role, or an update, may take to be seen.
const SETTLED_LIMIT: Duration = Duration::from_secs(120);

/// Who may call it: rules of `EventBridge`.
const STATEMENT: &str = "ragctl-schedule";

/// Looks for the function.
pub(crate) async fn read(aws: &Aws, name: &str) -> Reply<Found<Marked>> {
    let address = Address::of(Kind::Function, name);
    let asked = aws.clients.lambda.get_function().function_name(aws.names.of(&address)).send();
    let found = call("lambda GetFunction", asked).await.or_absent(&ABSENT)?;
    let Some(found) = found else { return Ok(Found::Nothing) };
    let Some(is) = found.configuration() else { return Ok(Found::Nothing) };
    let arn = is.function_arn().unwrap_or_default();
    aws.learn(&address, arn);
    let tags: Vec<(String, String)> = found.tags.clone().unwrap_or_default().into_iter().collect();
    let tags = Tags::new(&tags, |(key, value)| (Some(key), Some(value)));
    let mark = tags.mark();
    let resource = resource(aws, &address, is);
    Ok(Found::by_tags((resource.into(), mark), &tags, aws.names.stack(), arn))
}

fn resource(aws: &Aws, address: &Address, is: &FunctionConfiguration) -> Function {
    let code = is.code_sha256().unwrap_or_default();
    let group = is.logging_config().and_then(|it| it.log_group()).unwrap_or_default();
    let variables = is.environment().and_then(|it| it.variables());
    let endpoint = variables.and_then(|it| it.get(ENDPOINT)).cloned().unwrap_or_default();
    let role = is.role().and_then(|it| it.rsplit('/').next()).unwrap_or_default();
    let ours = Address::of(Kind::Role, address.name.as_str());
    Function {
        name: address.name.clone(),
        code: if code == archive::sha256(&archive::zip(PING)) {
            Digest::of(&PING)
        } else {
            Digest::of(&code)
        },
        asks: endpoint,
        role: if aws.names.of(&ours) == role { ours } else { Address::of(Kind::Role, "other") },
        log_group: aws
            .names
            .address_of(Kind::LogGroup, group)
            .unwrap_or_else(|| Address::of(Kind::LogGroup, "other")),
    }
}

/// What a function of ours asks, once it is known by which name the balancer is reached.
pub(crate) fn asking(function: &mut Function, balancer: Option<&str>) {
    if balancer.is_some_and(|dns| function.asks == endpoint_of(dns)) {
        function.asks = Address::app(Kind::LoadBalancer).to_string();
    }
}

fn endpoint_of(dns: &str) -> String {
    format!("http://{dns}")
}

/// Makes the function what it should be.
pub(crate) async fn write(aws: &Aws, function: &Function, exists: bool) -> Reply<()> {
    let resource = Resource::from(function.clone());
    let address = resource.address();
    let called = aws.names.of(&address);
    let role = aws.id(&function.role, &address)?;
    let endpoint = endpoint(aws, function, &address).await?;
    let environment = Environment::builder()
        .set_variables(Some(HashMap::from([(ENDPOINT.to_owned(), endpoint)])))
        .build();
    let logging = LoggingConfig::builder().log_group(aws.names.of(&function.log_group)).build();
    let code = Blob::new(archive::zip(PING));
    if exists || !create(aws, function, &called, &role, &environment, &logging, &code).await? {
        settled(aws, &called).await?;
        let update = aws.clients.lambda.update_function_configuration().function_name(&called);
        let update = update.role(role).environment(environment).logging_config(logging).send();
        call("lambda UpdateFunctionConfiguration", update).await?;
        settled(aws, &called).await?;
        let update = aws.clients.lambda.update_function_code().function_name(&called);
        call("lambda UpdateFunctionCode", update.zip_file(code).send()).await?;
        let (key, value) = tags::applied(&resource);
        let tag = aws.clients.lambda.tag_resource().resource(aws.id(&address, &address)?);
        call("lambda TagResource", tag.tags(key, value).send()).await?;
    }
    let permit = aws.clients.lambda.add_permission().function_name(&called);
    let permit = permit.statement_id(STATEMENT).action("lambda:InvokeFunction");
    let permit = permit.principal("events.amazonaws.com").source_arn(aws.names.arn(
        "events",
        aws.account().await?,
        &format!("rule/{}", aws.names.of(&Address::of(Kind::Schedule, "keepalive"))),
    ));
    call("lambda AddPermission", permit.send()).await.or_done(&["ResourceConflictException"])?;
    settled(aws, &called).await
}

/// Where the service is reached.
async fn endpoint(aws: &Aws, function: &Function, address: &Address) -> Reply<String> {
    let Ok(balancer) = function.asks.parse::<Address>() else { return Ok(function.asks.clone()) };
    let found = crate::load_balancer::look(aws).await?;
    let dns = found.as_ref().and_then(|it| it.dns_name());
    dns.map(endpoint_of).ok_or(BackendError::Missing { address: address.clone(), needs: balancer })
}

/// Makes it; `false` when one of ours was there already.
async fn create(
    aws: &Aws,
    function: &Function,
    called: &str,
    role: &str,
    environment: &Environment,
    logging: &LoggingConfig,
    code: &Blob,
) -> Reply<bool> {
    let resource = Resource::from(function.clone());
    let tags: HashMap<String, String> =
        tags::of(aws.names.stack(), &resource).into_iter().collect();
    let make = aws
        .clients
        .lambda
        .create_function()
        .function_name(called)
        .runtime(Runtime::Nodejs22x)
        .handler("index.handler")
        .architectures(Architecture::Arm64)
        .memory_size(128)
        .timeout(15)
        .role(role)
        .environment(environment.clone())
        .logging_config(logging.clone())
        .code(FunctionCode::builder().zip_file(code.clone()).build())
        .set_tags(Some(tags));
    let made = until("seeing a new role", Pace::up_to(SETTLED_LIMIT), async || {
        match call("lambda CreateFunction", make.clone().send()).await {
            Ok(made) => Ok(Some(Some(made))),
            Err(refusal) if refusal.is(&["ResourceConflictException"]) => Ok(Some(None)),
            Err(refusal) if refusal.says("cannot be assumed by Lambda") => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    })
    .await?;
    match made {
        Some(made) => {
            aws.learn(&resource.address(), made.function_arn.unwrap_or_default());
            Ok(true)
        }
        None => {
            let found = read(aws, function.name.as_str()).await?;
            crate::perform::must_be_ours(found, &resource.address())?;
            Ok(false)
        }
    }
}

/// Waits until the function can be called and edited.
async fn settled(aws: &Aws, called: &str) -> Reply<()> {
    until("the function getting ready", Pace::up_to(SETTLED_LIMIT), async || {
        let asked = aws.clients.lambda.get_function_configuration().function_name(called).send();
        let is = call("lambda GetFunctionConfiguration", asked).await?;
        let is_pending = is.state() == Some(&State::Pending)
            || is.last_update_status() == Some(&LastUpdateStatus::InProgress);
        Ok((!is_pending).then_some(()))
    })
    .await
}

/// Removes the function.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let delete = aws.clients.lambda.delete_function().function_name(aws.names.of(address)).send();
    call("lambda DeleteFunction", delete).await.or_done(&ABSENT)?;
    aws.forget(address);
    Ok(())
}
