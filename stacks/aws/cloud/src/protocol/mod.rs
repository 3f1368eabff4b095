//! AWS's wire protocols: a request becomes a service, an action and one JSON value, and an answer
//! becomes bytes again. Knows no service.

mod answer;
mod form;
mod xml;

use http::request::Parts;
use serde_json::Value;

pub(crate) use answer::{Written, refused, written};
pub(crate) use form::decoded;

use crate::faults::Fate;
use crate::refusal::Refusal;

/// How a service writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// AWS JSON 1.1: `X-Amz-Target`, JSON both ways.
    Json,
    /// Query: a form in, XML out.
    Query,
    /// EC2's own Query.
    Ec2,
    /// REST with JSON bodies.
    Rest,
    /// REST with XML bodies.
    RestXml,
}

/// A call as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The service of its signature, such as `ecs`.
    pub(crate) service: String,
    /// The region of its signature.
    pub(crate) region: String,
    /// How its service writes.
    pub(crate) protocol: Protocol,
    /// Its action, such as `CreateService`.
    pub(crate) action: String,
    /// What it asks for.
    pub(crate) input: Value,
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    ///
    /// Refuses what is not signed, and what none of the four protocols can read.
    pub(crate) fn read(head: &Parts, body: &[u8]) -> Result<Self, Refusal> {
        let (region, service) = scope(head)?;
        let json = || match body {
            [] => Ok(Value::Object(serde_json::Map::new())),
            _ => serde_json::from_slice(body)
                .map_err(|error| Refusal::new("SerializationException", error.to_string())),
        };
        let (protocol, action, input) = match service.as_str() {
            "ec2" | "iam" | "sts" | "elasticloadbalancing" => {
                let input = form::read(body);
                let action = input.get("Action").and_then(Value::as_str).unwrap_or_default();
                let protocol = if service == "ec2" { Protocol::Ec2 } else { Protocol::Query };
                (protocol, action.to_owned(), input)
            }
            "lambda" => {
                let (action, input) = crate::lambda::route(head, json()?)?;
                (Protocol::Rest, action.to_owned(), input)
            }
            "cloudfront" => {
                let (action, input) = crate::cloudfront::route(head, body)?;
                (Protocol::RestXml, action.to_owned(), input)
            }
            _ => {
                let target = head.headers.get("x-amz-target").and_then(|v| v.to_str().ok());
                let target = target
                    .ok_or_else(|| Refusal::new("UnknownOperationException", "no X-Amz-Target"))?;
                let action = target.rsplit('.').next().unwrap_or(target);
                (Protocol::Json, action.to_owned(), json()?)
            }
        };
        Ok(Self { service, region, protocol, action, input })
    }

    /// Whether it may change something.
    pub(crate) fn mutates(&self) -> bool {
        const READS: [&str; 7] =
            ["Describe", "Get", "List", "Simulate", "BatchGet", "Filter", "Search"];
        !READS.iter().any(|verb| self.action.starts_with(verb))
    }

    /// The error of a fate, in this call's protocol, so that an SDK retries it.
    pub(crate) fn misfortune(&self, fate: Fate) -> Refusal {
        match fate {
            Fate::Throttled => match self.protocol {
                Protocol::Json => Refusal::new("ThrottlingException", "Rate exceeded"),
                Protocol::Query | Protocol::RestXml => Refusal::new("Throttling", "Rate exceeded"),
                Protocol::Ec2 => {
                    Refusal::new("RequestLimitExceeded", "Request limit exceeded.").with_status(503)
                }
                Protocol::Rest => {
                    Refusal::new("TooManyRequestsException", "Rate exceeded").with_status(429)
                }
            },
            Fate::Failed | Fate::Lost | Fate::Spared => {
                Refusal::new("InternalFailure", "an injected failure").with_status(500)
            }
        }
    }
}

/// The region and the service of a signature's scope.
fn scope(head: &Parts) -> Result<(String, String), Refusal> {
    let header = head.headers.get(http::header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let parts = header
        .and_then(|header| header.split_once("Credential="))
        .map(|(_, rest)| rest.split([',', ' ']).next().unwrap_or(rest))
        .map(|credential| credential.split('/').collect::<Vec<_>>());
    match parts.as_deref() {
        Some([_, _, region, service, "aws4_request"]) => {
            Ok(((*region).to_owned(), (*service).to_owned()))
        }
        _ => Err(Refusal::new("MissingAuthenticationToken", "Missing Authentication Token")
            .with_status(403)),
    }
}
