//! As much of Lambda as tuning needs: one function, its versions and tags, behind the transport of the SDK.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
};

use aws_smithy_runtime_api::{
    client::{
        http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
        orchestrator::HttpRequest,
    },
    http::{Response, StatusCode},
};
use aws_smithy_types::body::SdkBody;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::{aws::Aws, clients::Clients, names::Names};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:handbook-app";

/// What its function uses of a processor, in milliseconds of one that 1 MB has.
const WORK: f64 = 1024.0 * 10.0;

#[derive(Clone, Debug, Default)]
pub(super) struct Account(Arc<Mutex<Held>>);

/// What can be compared before and after.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Is {
    pub(super) memory: u64,
    variables: Value,
    pub(super) versions: BTreeMap<u32, Version>,
    tags: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Version {
    description: String,
    memory: u64,
    variables: Value,
    is_warm: bool,
}

#[derive(Debug)]
struct Held {
    is: Is,
    published: u32,
    is_there: bool,
    provisioned: Option<String>,
    refused: Option<String>,
    failure: Option<String>,
    invoked: Vec<String>,
}

impl Default for Held {
    fn default() -> Self {
        let variables = json!({"DATA_DIR": "/tmp/data"});
        let live = Version {
            description: "ragctl 4f1c09".to_owned(),
            memory: 512,
            variables: variables.clone(),
            is_warm: true,
        };
        let tags = [("ragctl:stack".to_owned(), "handbook".to_owned())];
        let is = Is { memory: 512, variables, versions: [(1, live)].into(), tags: tags.into() };
        let (published, is_there) = (1, true);
        Self {
            is,
            published,
            is_there,
            provisioned: None,
            refused: None,
            failure: None,
            invoked: Vec::new(),
        }
    }
}

impl Account {
    pub(super) fn aws(&self) -> Aws {
        let connector = SharedHttpConnector::new(self.clone());
        let clients = Clients::over(http_client_fn(move |_, _| connector.clone()));
        let file = "stack: handbook\ntarget: lambda\n";
        let stack = ragctl_stacks::config::load(file, "ragctl.yaml", None).unwrap();
        Aws::new(clients, Names::new("handbook", "us-east-1"), stack.network, None, |_| false)
    }

    pub(super) fn is(&self) -> Is {
        self.lock().is.clone()
    }

    pub(super) fn tag(&self) -> Option<String> {
        self.lock().is.tags.get("ragctl:tuning").cloned()
    }

    /// The versions that were called, in order.
    pub(super) fn invoked(&self) -> Vec<String> {
        self.lock().invoked.clone()
    }

    /// Writes the function as a deployment does: all that it is.
    pub(super) fn deploy(&self, memory: u64) {
        let mut held = self.lock();
        held.is.memory = memory;
        held.is.variables = json!({"DATA_DIR": "/tmp/data"});
    }

    pub(super) fn provision(&self, version: &str) {
        self.lock().provisioned = Some(version.to_owned());
    }

    pub(super) fn refuse_once(&self, operation: &str) {
        self.lock().refused = Some(operation.to_owned());
    }

    pub(super) fn fail(&self, kind: &str) {
        self.lock().failure = Some(kind.to_owned());
    }

    pub(super) fn give_to(&self, stack: &str) {
        self.lock().is.tags.insert("ragctl:stack".to_owned(), stack.to_owned());
    }

    pub(super) fn remove(&self) {
        self.lock().is_there = false;
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap()
    }
}

impl HttpConnector for Account {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (status, headers, body) = self.lock().answer(&request);
        let status = StatusCode::try_from(status).unwrap();
        let mut response = Response::new(status, SdkBody::from(body.to_string()));
        for (name, value) in headers {
            response.headers_mut().insert(name, value);
        }
        HttpConnectorFuture::ready(Ok(response))
    }
}

type Answer = (u16, Vec<(&'static str, String)>, Value);

fn plain(body: Value) -> Answer {
    (200, Vec::new(), body)
}

fn refusal(code: &str) -> Answer {
    (404, vec![("x-amzn-errortype", code.to_owned())], json!({"Message": "no"}))
}

impl Held {
    fn answer(&mut self, request: &HttpRequest) -> Answer {
        let uri = request.uri().trim_start_matches("http://localhost");
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let of = |name: &str| {
            let pairs = query.split('&').filter_map(|it| it.split_once('='));
            pairs.into_iter().find(|(it, _)| *it == name).map(|(_, value)| value.to_owned())
        };
        let qualifier = of("Qualifier");
        let body: Value =
            serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        let operation = match (request.method(), &parts[1..]) {
            ("GET", ["functions", _]) => "GetFunction",
            ("DELETE", ["functions", _]) => "DeleteFunction",
            ("GET", ["functions", _, "configuration"]) => "GetFunctionConfiguration",
            ("PUT", ["functions", _, "configuration"]) => "UpdateFunctionConfiguration",
            ("GET", ["functions", _, "versions"]) => "ListVersionsByFunction",
            ("POST", ["functions", _, "versions"]) => "PublishVersion",
            ("POST", ["functions", _, "invocations"]) => "Invoke",
            ("GET", ["functions", _, "aliases", "live"]) => "GetAlias",
            ("GET", ["functions", _, "provisioned-concurrency"]) => "GetProvisioned",
            ("POST", ["tags", _]) => "TagResource",
            ("DELETE", ["tags", _]) => "UntagResource",
            other => panic!("{other:?}"),
        };
        if self.refused.as_deref() == Some(operation) {
            self.refused = None;
            return refusal("ServiceException");
        }
        if !self.is_there {
            return refusal("ResourceNotFoundException");
        }
        match operation {
            "GetFunction" => {
                plain(json!({"Configuration": self.configuration(), "Tags": self.is.tags}))
            }
            "GetFunctionConfiguration" => plain(self.configuration()),
            "UpdateFunctionConfiguration" => {
                self.is.memory = body["MemorySize"].as_u64().unwrap();
                self.is.variables = body["Environment"]["Variables"].clone();
                plain(self.configuration())
            }
            "PublishVersion" => plain(self.publish(body["Description"].as_str().unwrap())),
            "ListVersionsByFunction" => plain(self.page(of("Marker").as_deref())),
            "DeleteFunction" => {
                let number: u32 = qualifier.expect("only versions are deleted").parse().unwrap();
                assert_ne!(number, 1, "an alias points to it");
                self.is.versions.remove(&number);
                (204, Vec::new(), Value::Null)
            }
            "Invoke" => self.invoke(&qualifier.expect("a version is called")),
            "GetAlias" => plain(json!({"Name": "live", "FunctionVersion": "1"})),
            "GetProvisioned" if self.provisioned == qualifier => plain(json!({"Status": "READY"})),
            "GetProvisioned" => refusal("ProvisionedConcurrencyConfigNotFoundException"),
            "TagResource" => {
                for (key, value) in body["Tags"].as_object().unwrap() {
                    self.is.tags.insert(key.clone(), value.as_str().unwrap().to_owned());
                }
                (204, Vec::new(), Value::Null)
            }
            _ => {
                self.is.tags.remove("ragctl:tuning");
                (204, Vec::new(), Value::Null)
            }
        }
    }

    fn configuration(&self) -> Value {
        json!({"FunctionArn": ARN, "MemorySize": self.is.memory, "State": "Active",
               "LastUpdateStatus": "Successful", "Architectures": ["arm64"],
               "Environment": {"Variables": self.is.variables}})
    }

    /// As Lambda does: what has not changed since the last version is that version.
    fn publish(&mut self, description: &str) -> Value {
        let last = self.is.versions.last_key_value();
        let same =
            last.filter(|(_, it)| it.memory == self.is.memory && it.variables == self.is.variables);
        if let Some((number, it)) = same {
            return json!({"Version": number.to_string(), "Description": it.description});
        }
        self.published += 1;
        let (memory, variables) = (self.is.memory, self.is.variables.clone());
        let description = description.to_owned();
        let made = json!({"Version": self.published.to_string(), "Description": description});
        let version = Version { description, memory, variables, is_warm: false };
        self.is.versions.insert(self.published, version);
        made
    }

    /// One version a page.
    fn page(&self, marker: Option<&str>) -> Value {
        let after: u32 = marker.map_or(0, |it| it.parse().unwrap());
        let mut rest = self.is.versions.range(after + 1..);
        let first = rest.next().map(
            |(number, it)| json!({"Version": number.to_string(), "Description": it.description}),
        );
        let next = first.as_ref().filter(|_| rest.next().is_some()).map(|it| it["Version"].clone());
        json!({"Versions": first.into_iter().collect::<Vec<_>>(), "NextMarker": next})
    }

    fn invoke(&mut self, qualifier: &str) -> Answer {
        self.invoked.push(qualifier.to_owned());
        if let Some(kind) = &self.failure {
            let said = json!({"errorType": kind, "errorMessage": "it ended"});
            return (200, vec![("x-amz-function-error", "Unhandled".to_owned())], said);
        }
        let version = self.is.versions.get_mut(&qualifier.parse().unwrap()).unwrap();
        let took = WORK / f64::from(u32::try_from(version.memory).unwrap());
        let init = if version.is_warm { "" } else { "\tInit Duration: 100.00 ms" };
        let billed = took.ceil() + if version.is_warm { 0.0 } else { 100.0 };
        version.is_warm = true;
        let log = format!(
            "REPORT RequestId: 1\tDuration: {took:.2} ms\tBilled Duration: {billed} ms\tMemory Size: {} MB\tMax Memory Used: 30 MB{init}\t\n",
            version.memory
        );
        (200, vec![("x-amz-log-result", STANDARD.encode(log))], json!({"statusCode": 200}))
    }
}
