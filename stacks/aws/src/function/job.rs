//! What a function does: its source, its size, and the variables that say the rest.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use aws_sdk_lambda::types::FunctionConfiguration;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    desired::{PING, WAKE},
    resource::{Function, Job, Wake, WhileWaking},
};

use crate::aws::Aws;

/// The variable that tells the one that asks where the service is reached.
const ENDPOINT: &str = "ENDPOINT";

/// How large a function is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Memory in MB; Lambda gives processor time in proportion.
    pub(super) memory: i32,
    /// Seconds that a call may take.
    pub(super) timeout: i32,
}

/// How large it is. The one that wakes has callers waiting while it begins, so that it gets the more.
pub(super) const fn shape(job: &Job) -> Shape {
    match job {
        Job::Ping { .. } => Shape { memory: 128, timeout: 15 },
        Job::Wake(_) => Shape { memory: 256, timeout: 10 },
    }
}

/// Its source.
pub(super) const fn source(job: &Job) -> &'static str {
    match job {
        Job::Ping { .. } => PING,
        Job::Wake(_) => WAKE,
    }
}

/// The schedule that calls it.
pub(super) const fn schedule(job: &Job) -> &'static str {
    match job {
        Job::Ping { .. } => "keepalive",
        Job::Wake(_) => "tick",
    }
}

/// What it is told.
pub(super) async fn variables(
    aws: &Aws,
    function: &Function,
    address: &Address,
) -> Reply<HashMap<String, String>> {
    let told: Vec<(&str, String)> = match &function.job {
        Job::Ping { asks } => vec![(ENDPOINT, endpoint(aws, asks, address).await?)],
        Job::Wake(wake) => wake_variables(aws, wake, address)?,
    };
    Ok(told.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
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
async fn endpoint(aws: &Aws, asks: &str, address: &Address) -> Reply<String> {
    let Ok(balancer) = asks.parse::<Address>() else { return Ok(asks.to_owned()) };
    let found = crate::load_balancer::look(aws).await?;
    let dns = found.as_ref().and_then(|it| it.dns_name());
    dns.map(endpoint_of).ok_or(BackendError::Missing { address: address.clone(), needs: balancer })
}

fn endpoint_of(dns: &str) -> String {
    format!("http://{dns}")
}

/// What a function that was found does; `balancer` is the name by which the stack's own is reached.
pub(super) fn read(
    aws: &Aws,
    address: &Address,
    is: &FunctionConfiguration,
    balancer: Option<&str>,
) -> Job {
    let variables = is.environment().and_then(|it| it.variables());
    let get = |key: &str| variables.and_then(|it| it.get(key)).cloned().unwrap_or_default();
    if address.name.as_str() == "wake" {
        return Job::Wake(read_wake(aws, get));
    }
    let asks = get(ENDPOINT);
    let is_balancer = balancer.is_some_and(|dns| asks == endpoint_of(dns));
    let asks = if is_balancer { Address::app(Kind::LoadBalancer).to_string() } else { asks };
    Job::Ping { asks }
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
