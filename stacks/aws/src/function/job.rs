//! What a function does: its source, its size, and the variables that say the rest.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use aws_sdk_lambda::types::{Architecture, FunctionConfiguration, Runtime};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    desired::{EDGE, PING, WAKE},
    resource::{Function, Job, Wake, WhileWaking},
};

use super::{Shape, edge, service};
use crate::{
    archive,
    aws::Aws,
    secret::Key,
    tags::{self, Tags},
};

/// The variable that tells the one that asks where the service is reached.
const ENDPOINT: &str = "ENDPOINT";

/// How large it is. The one that wakes has callers waiting while it begins, so that it gets the more.
pub(super) fn shape(job: &Job) -> Shape {
    let (memory, timeout) = match job {
        Job::Ping { .. } | Job::Edge(_) | Job::Service(_) => (128, 15),
        Job::Wake(_) => (256, 10),
    };
    Shape {
        memory,
        timeout,
        runtime: Runtime::Nodejs22x,
        handler: "index.handler",
        architecture: match job {
            // CloudFront runs none on others.
            Job::Edge(_) => Architecture::X8664,
            _ => Architecture::Arm64,
        },
        tracing: None,
        layers: None,
    }
}

/// Its source, as ragctl has it; one at the edge has its settings written into that.
pub(super) const fn template(job: &Job) -> &'static str {
    match job {
        Job::Ping { .. } => PING,
        Job::Wake(_) => WAKE,
        Job::Edge(_) => EDGE,
        // It is no source.
        Job::Service(_) => "",
    }
}

/// Its source, as it is to be sent.
pub(super) async fn source(aws: &Aws, job: &Job) -> Reply<String> {
    match job {
        Job::Edge(edge) => edge::source_now(aws, edge).await,
        other => Ok(template(other).to_owned()),
    }
}

/// How Lambda names the code that it has when it does this; `None` where nothing says so.
pub(super) fn code(job: &Job, balancer: Option<&str>, key: Option<&Key>) -> Option<String> {
    match job {
        Job::Edge(edge) => edge::code(edge, balancer, key),
        other => Some(archive::sha256(&archive::zip(template(other)))),
    }
}

/// The schedule that calls it; CloudFront calls the one at the edge.
pub(super) const fn schedule(job: &Job) -> Option<&'static str> {
    match job {
        Job::Ping { .. } => Some("keepalive"),
        Job::Wake(_) => Some("tick"),
        Job::Edge(_) | Job::Service(_) => None,
    }
}

/// What it is told.
pub(super) async fn variables(
    aws: &Aws,
    function: &Function,
    address: &Address,
) -> Reply<HashMap<String, String>> {
    let told: Vec<(&str, String)> = match &function.job {
        Job::Ping { asks, port } => {
            vec![(ENDPOINT, endpoint(aws, asks, *port, address).await?)]
        }
        Job::Wake(wake) => wake_variables(aws, wake, address)?,
        Job::Edge(_) => Vec::new(),
        Job::Service(job) => return Ok(service::variables(job)),
    };
    Ok(told.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// What a tag says of it, where there are no variables to say it.
pub(super) fn tag(job: &Job) -> Option<tags::Tag> {
    match job {
        Job::Edge(edge) => Some(tags::of_job(edge::to_tag(edge))),
        Job::Ping { .. } | Job::Wake(_) | Job::Service(_) => None,
    }
}

fn wake_variables(aws: &Aws, wake: &Wake, address: &Address) -> Reply<Vec<(&'static str, String)>> {
    let arn = |it: &String| match it.parse::<Address>() {
        Ok(own) => aws.id(&own, address),
        Err(_) => Ok(it.clone()),
    };
    let listeners: Reply<Vec<String>> = wake.listeners.iter().map(arn).collect();
    let called = aws.names.of(&wake.service);
    Ok(vec![
        ("CLUSTER", called.clone()),
        ("SERVICE", called),
        ("TARGET_GROUP", aws.id(&wake.target_group, address)?),
        ("LISTENERS", listeners?.join(",")),
        ("MINIMUM", wake.minimum.to_string()),
        ("MAXIMUM", wake.maximum.to_string()),
        ("IDLE_SECONDS", wake.after.as_secs().to_string()),
        ("REQUEST_SECONDS", wake.longest_request.as_secs().to_string()),
        ("ACCEPT", (wake.while_waking == WhileWaking::Accept).to_string()),
    ])
}

/// Where the service is reached.
async fn endpoint(aws: &Aws, asks: &str, port: Option<u16>, address: &Address) -> Reply<String> {
    let Ok(balancer) = asks.parse::<Address>() else { return Ok(asks.to_owned()) };
    let found = crate::load_balancer::look(aws).await?;
    let dns = found.as_ref().and_then(|it| it.dns_name());
    let missing = || BackendError::Missing { address: address.clone(), needs: balancer };
    let endpoint = dns.map(endpoint_of).ok_or_else(missing)?;
    Ok(port.map(|port| format!("{endpoint}:{port}")).unwrap_or(endpoint))
}

fn endpoint_of(dns: &str) -> String {
    format!("http://{dns}")
}

/// What [`endpoint`] was made of.
fn read_endpoint(endpoint: String, balancer: Option<&str>) -> (String, Option<u16>) {
    let port = balancer.and_then(|dns| endpoint.strip_prefix(&endpoint_of(dns)));
    match port.map(|it| it.strip_prefix(':').map(str::parse).transpose()) {
        Some(Ok(port)) => (Address::app(Kind::LoadBalancer).to_string(), port),
        Some(Err(_)) | None => (endpoint, None),
    }
}

/// What a function that was found does; `balancer` is the name by which the stack's own is reached.
pub(super) fn read(
    aws: &Aws,
    address: &Address,
    is: &FunctionConfiguration,
    tags: &Tags,
    balancer: Option<&str>,
) -> Job {
    if *address == edge::address() {
        return Job::Edge(edge::from_tag(tags.job()));
    }
    let variables = is.environment().and_then(|it| it.variables());
    let get = |key: &str| variables.and_then(|it| it.get(key)).cloned().unwrap_or_default();
    if address.name.as_str() == "wake" {
        return Job::Wake(read_wake(aws, get));
    }
    let (asks, port) = read_endpoint(get(ENDPOINT), balancer);
    Job::Ping { asks, port }
}

fn read_wake(aws: &Aws, get: impl Fn(&str) -> String) -> Wake {
    let number = |key: &str| get(key).parse::<u32>().unwrap_or_default();
    let seconds = |key: &str| Duration::from_secs(number(key).into());
    let known = |address: Address, is_it: bool| {
        if is_it { address } else { Address::of(address.kind, "other") }
    };
    let service = Address::app(Kind::Service);
    let called = aws.names.of(&service);
    let group = Address::app(Kind::TargetGroup);
    let is_group = aws.known_id(&group) == Some(get("TARGET_GROUP"));
    let own = ["http", "https"].map(|name| Address::of(Kind::Listener, name));
    let listener = |arn: &str| {
        let ours = own.iter().find(|it| aws.known_id(it).as_deref() == Some(arn));
        ours.map_or_else(|| arn.to_owned(), ToString::to_string)
    };
    Wake {
        target_group: known(group, is_group),
        service: known(service, get("CLUSTER") == called && get("SERVICE") == called),
        listeners: get("LISTENERS").split(',').map(listener).collect::<BTreeSet<_>>(),
        minimum: number("MINIMUM"),
        maximum: number("MAXIMUM"),
        after: seconds("IDLE_SECONDS"),
        longest_request: seconds("REQUEST_SECONDS"),
        while_waking: match get("ACCEPT").as_str() {
            "true" => WhileWaking::Accept,
            _ => WhileWaking::Refuse,
        },
    }
}
