//! A transport that writes down what is sent, and answers as an account would in which all goes well.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::{
    client::http::{
        HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
    },
    client::{orchestrator::HttpRequest, result::ConnectorError},
    http::{Response, StatusCode},
};
use aws_smithy_types::body::SdkBody;
use ragctl_stacks::address::Address;

use super::{Sent, answer::answer, request};

/// What has been sent so far, and for what.
#[derive(Clone, Debug)]
pub(super) struct Recorder(Arc<Mutex<Record>>);

/// All that the answers depend on.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) account: String,
    pub(super) current: Option<Address>,
    pub(super) sent: Vec<Sent>,
}

impl Recorder {
    pub(super) fn new(account: &str) -> Self {
        let record = Record { account: account.to_owned(), current: None, sent: Vec::new() };
        Self(Arc::new(Mutex::new(record)))
    }

    /// The client that SDKs send with.
    pub(super) fn client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    /// What is sent from now on is for this.
    pub(super) fn begin(&self, address: &Address) {
        self.lock().current = Some(address.clone());
    }

    pub(super) fn sent(&self) -> Vec<Sent> {
        self.lock().sent.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, request: &HttpRequest) -> Result<Response<SdkBody>, ConnectorError> {
        let unknown = |what: String| ConnectorError::other(what.into(), None);
        let (operation, input) = request::read(request)
            .ok_or_else(|| unknown(format!("{} is not understood", request.uri())))?;
        let mut record = self.lock();
        let answer = answer(&operation, &input, &record)
            .ok_or_else(|| unknown(format!("{operation} has no answer without AWS")))?;
        if let Some(address) = record.current.clone().filter(|_| changes_something(&operation)) {
            record.sent.push(Sent { address, operation, request: input });
        }
        let status = StatusCode::try_from(200).expect("200 is a status");
        Ok(Response::new(status, SdkBody::from(answer)))
    }
}

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(self.take(&request))
    }
}

/// A new stack has nothing to delete: what is deleted is only made sure to be gone.
fn changes_something(operation: &str) -> bool {
    let verb = operation.split(' ').nth(1).unwrap_or_default();
    !["Describe", "Get", "List", "Delete"].iter().any(|it| verb.starts_with(it))
}
