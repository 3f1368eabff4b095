//! Answers and refusals in the form of each protocol.

use serde_json::{Value, json};

use super::xml::{escaped, inside};
use super::{Protocol, Request};
use crate::refusal::Refusal;

/// A finished answer, but for its transport.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    /// The HTTP status.
    pub(crate) status: u16,
    /// Its content type.
    pub(crate) kind: &'static str,
    /// What of the answer stands in headers.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The error's name, for the header `x-amzn-errortype`.
    pub(crate) error: Option<String>,
    /// The bytes.
    pub(crate) body: Vec<u8>,
}

/// Writes the output of a call.
pub(crate) fn written(request: &Request, output: &Value, id: &str) -> Written {
    let action = &request.action;
    let mut headers = Vec::new();
    let (status, kind, body) = match request.protocol {
        Protocol::RestXml => {
            let (status, mark, body) = crate::cloudfront::written(output);
            headers.extend(mark.map(|it| ("etag", it)));
            (status, "text/xml", body)
        }
        Protocol::Json => (200, "application/x-amz-json-1.1", output.to_string()),
        Protocol::Rest => {
            let (status, said, body) = crate::lambda::written(action, output);
            headers = said;
            (status, "application/json", body)
        }
        Protocol::Query => {
            let result = inside(output, "member");
            let body = format!(
                "<{action}Response><{action}Result>{result}</{action}Result><ResponseMetadata>\
                 <RequestId>{id}</RequestId></ResponseMetadata></{action}Response>"
            );
            (200, "text/xml", body)
        }
        Protocol::Ec2 => {
            let result = inside(output, "item");
            let body = format!(
                "<{action}Response xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">\
                 <requestId>{id}</requestId>{result}</{action}Response>"
            );
            (200, "text/xml;charset=UTF-8", body)
        }
    };
    Written { status, kind, headers, error: None, body: body.into_bytes() }
}

/// Writes a refusal. Without a readable request it is written as JSON.
pub(crate) fn refused(protocol: Option<Protocol>, refusal: &Refusal, id: &str) -> Written {
    let Refusal { code, message, status } = refusal;
    let side = if *status < 500 { "Sender" } else { "Receiver" };
    let (kind, body) = match protocol {
        Some(Protocol::Query | Protocol::RestXml) => {
            let (code, message) = (escaped(code), escaped(message));
            let body = format!(
                "<ErrorResponse><Error><Type>{side}</Type><Code>{code}</Code><Message>{message}\
                 </Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
            );
            ("text/xml", body)
        }
        Some(Protocol::Ec2) => {
            let (code, message) = (escaped(code), escaped(message));
            let body = format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error>\
                 </Errors><RequestID>{id}</RequestID></Response>"
            );
            ("text/xml;charset=UTF-8", body)
        }
        Some(Protocol::Rest) => {
            let body = json!({"Type": "User", "message": message, "Message": message});
            ("application/json", body.to_string())
        }
        Some(Protocol::Json) | None => {
            let body = json!({"__type": code, "message": message});
            ("application/x-amz-json-1.1", body.to_string())
        }
    };
    let json = !matches!(protocol, Some(Protocol::Query | Protocol::RestXml | Protocol::Ec2));
    Written {
        status: *status,
        kind,
        headers: Vec::new(),
        error: json.then(|| code.clone()),
        body: body.into_bytes(),
    }
}
