//! The function that runs in CloudFront. It has no variables: what it is told is written into its code, and what that was, but for
//! the key, into a tag.

use std::time::Duration;

use ragctl_stacks::{
    address::{Address, Kind},
    backend::{BackendError, Reply},
    desired::EDGE,
    resource::{ColdAnswer, EdgeJob, Origin, OriginProtocol},
};
use serde::Serialize;

use crate::{
    archive,
    aws::Aws,
    call::{OrAbsent, Refusal, call},
    secret::{self, Key},
};

/// How the line of the source begins that is written anew for each stack.
const SETTINGS: &str = "const SETTINGS = ";

/// What the function is told, in the order in which it is written: other bytes would be another code.
#[derive(Serialize)]
struct Settings<'a> {
    origin: &'a str,
    key: &'a str,
    limit_ms: u128,
    retry_after: u64,
}

/// The address of the function.
pub(crate) fn address() -> Address {
    Address::of(Kind::Function, "edge")
}

/// What a tag says of the job. Tags take few characters, so that it is no JSON.
pub(super) fn to_tag(job: &EdgeJob) -> String {
    let Origin { host, protocol, port } = &job.origin;
    let (limit, retry_after) = (job.cold.limit.as_secs(), job.cold.retry_after.as_secs());
    format!("{} {host} {port} {limit} {retry_after}", scheme(*protocol))
}

/// The job that a tag tells of; one that tells of none is nobody's.
pub(super) fn from_tag(tag: Option<&str>) -> EdgeJob {
    let words: Vec<&str> = tag.unwrap_or_default().split(' ').collect();
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let seconds = |at: usize| Duration::from_secs(word(at).parse().unwrap_or_default());
    EdgeJob {
        origin: Origin {
            host: word(1).to_owned(),
            protocol: match word(0) {
                "https" => OriginProtocol::Https,
                _ => OriginProtocol::Http,
            },
            port: word(2).parse().unwrap_or_default(),
        },
        cold: ColdAnswer { limit: seconds(3), retry_after: seconds(4) },
        key: secret::address(),
        after: None,
    }
}

const fn scheme(protocol: OriginProtocol) -> &'static str {
    match protocol {
        OriginProtocol::Http => "http",
        OriginProtocol::Https => "https",
    }
}

/// The host of an origin; `balancer` is the name by which the stack's own balancer is reached.
pub(crate) fn host<'a>(origin: &'a Origin, balancer: Option<&'a str>) -> Option<&'a str> {
    if origin.host == Address::app(Kind::LoadBalancer).to_string() {
        balancer
    } else {
        Some(&origin.host)
    }
}

/// The source of the function, with what it is told; `None` while the balancer's name is not known.
pub(super) fn source(job: &EdgeJob, balancer: Option<&str>, key: &Key) -> Option<String> {
    let host = host(&job.origin, balancer)?;
    let origin = format!("{}://{host}:{}", scheme(job.origin.protocol), job.origin.port);
    let settings = Settings {
        origin: &origin,
        key: key.expose(),
        limit_ms: job.cold.limit.as_millis(),
        retry_after: job.cold.retry_after.as_secs(),
    };
    let settings = serde_json::to_string(&settings).expect("settings have a JSON form");
    let written = |line: &str| {
        if line.starts_with(SETTINGS) {
            format!("{SETTINGS}{settings};\n")
        } else {
            format!("{line}\n")
        }
    };
    Some(EDGE.lines().map(written).collect())
}

/// How Lambda names the code that does this job.
pub(crate) fn code(job: &EdgeJob, balancer: Option<&str>, key: Option<&Key>) -> Option<String> {
    Some(archive::sha256(&archive::zip(&source(job, balancer, key?)?)))
}

/// The source, as it is to be sent now.
pub(super) async fn source_now(aws: &Aws, job: &EdgeJob) -> Reply<String> {
    let balancer = crate::load_balancer::look(aws).await?;
    let missing = |needs| BackendError::Missing { address: address(), needs };
    let key = secret::look(aws).await?.ok_or_else(|| missing(secret::address()))?;
    let source = source(job, balancer.as_ref().and_then(|it| it.dns_name()), &key);
    source.ok_or_else(|| missing(Address::app(Kind::LoadBalancer)))
}

/// Makes what the function is now a version; one that is the same as the last is that.
pub(crate) async fn publish(aws: &Aws) -> Reply<String> {
    let called = aws.names.of(&address());
    super::ready(&aws.clients.edge_lambda, &called, None).await?;
    let publish = aws.clients.edge_lambda.publish_version().function_name(&called).send();
    let made = call("lambda PublishVersion", publish).await?;
    let number = made.version.unwrap_or_default();
    super::ready(&aws.clients.edge_lambda, &called, Some(&number)).await?;
    Ok(made.function_arn.unwrap_or_default())
}

/// Which code a version has, as Lambda names it; `None` when it is not there, or another function's.
pub(crate) async fn version(aws: &Aws, arn: &str) -> Reply<Option<String>> {
    let called = aws.names.of(&address());
    let Some((of, number)) = arn.rsplit_once(':') else { return Ok(None) };
    if !of.ends_with(&format!(":function:{called}")) {
        return Ok(None);
    }
    let asked = aws.clients.edge_lambda.get_function_configuration().function_name(called);
    let asked = call("lambda GetFunctionConfiguration", asked.qualifier(number).send()).await;
    Ok(asked.or_absent(&super::ABSENT)?.and_then(|it| it.code_sha256))
}

/// What Lambda says of a function that copies of it still run.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-edge-delete-replicas.html>
pub(super) fn or_later<T>(done: Result<T, Refusal>) -> Reply<T> {
    match done {
        Err(refusal) if refusal.says("replicated function") => Err(BackendError::Postponed {
            reason: "CloudFront removes its copies of the function within a few hours".to_owned(),
        }),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> EdgeJob {
        from_tag(Some("https answers.example.com 443 2 45"))
    }

    #[test]
    fn a_job_reads_back_from_its_tag() {
        let tag = to_tag(&job());
        assert_eq!(tag, "https answers.example.com 443 2 45");
        let allowed = |it: char| it.is_alphanumeric() || " +-=._:/@".contains(it);
        let own = Origin { host: "load_balancer/app".into(), ..job().origin };
        for job in [job(), EdgeJob { origin: own, ..job() }] {
            let tag = to_tag(&job);
            assert!(tag.chars().all(allowed), "{tag}");
            assert_eq!(from_tag(Some(&tag)), job);
        }
        assert_ne!(from_tag(None), job());
    }

    #[test]
    fn one_line_of_the_source_is_written_anew() {
        let key = Key::from("0a1b".to_owned());
        let source = source(&job(), None, &key).unwrap();
        let settings = r#"const SETTINGS = {"origin":"https://answers.example.com:443","key":"0a1b","limit_ms":2000,"retry_after":45};"#;
        assert!(source.lines().any(|it| it == settings), "{source}");
        let rest = |text: &str| {
            let lines = text.lines().filter(|it| !it.starts_with(SETTINGS));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(rest(&source), rest(EDGE));
        assert_eq!(source.lines().count(), EDGE.lines().count());
    }
}
