//! Providers that speak OpenAI's HTTP protocol: embeddings, and chat completions.
//!
//! One call here is one HTTP request. Limits and retries belong to the pool.

mod chat;
mod connections;
mod embedding;
mod failure;
mod sse;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
pub use chat::OpenAiGenerator;
pub use connections::Connections;
pub use embedding::OpenAiEmbedder;
use reqwest::{Client, Response, header};
use rustls::{ClientConfig, crypto::ring};
use serde::{Serialize, de::DeserializeOwned};

use self::{connections::Taken, failure::Failures};
use crate::{adapters::trust, config::OpenAiBinding, ports::ProviderError, traces};

/// The longest answer to a chat that is not streamed.
const LONGEST_CHAT_BYTES: usize = 4 * 1024 * 1024;

/// What an answer may have beside its vectors.
const MARGIN_BYTES: usize = 64 * 1024;

/// The longest vector as JSON: 8,192 numbers, the most that can be expected, of 25 bytes each.
const LONGEST_VECTOR_BYTES: usize = 8192 * 25;

/// Makes a client whose connections stay open and are used again.
///
/// # Errors
///
/// What the transport says; it cannot work then.
pub fn client() -> Result<Client, reqwest::Error> {
    Client::builder()
        // Reading the system's certificates unasked would cost 17 ms at start, and an image may have none.
        .tls_backend_preconfigured(tls())
        .user_agent(concat!("rag-service/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(Duration::from_secs(10))
        // Kept longer than a minute without a call, and shorter than a NAT gateway's 350 s.
        .pool_idle_timeout(Duration::from_secs(300))
        .tcp_keepalive(Duration::from_secs(30))
        .tcp_nodelay(true)
        // A redirect would carry the key to a host that nobody named.
        .redirect(reqwest::redirect::Policy::none())
        .build()
}

fn tls() -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring knows the default protocol versions")
        .with_root_certificates(trust::roots())
        .with_no_client_auth()
}

/// One provider: where it is, and how to ask it.
#[derive(Clone)]
pub(super) struct Provider {
    connections: Connections,
    /// Where it is, without a path.
    origin: String,
    binding: OpenAiBinding,
    failures: Failures,
}

impl Provider {
    pub(super) fn new(connections: Connections, binding: OpenAiBinding) -> Self {
        let failures = Failures { provider: binding.provider(), key: binding.key.clone() };
        let origin = binding.url.origin().ascii_serialization();
        Self { connections, origin, binding, failures }
    }

    /// Names the model.
    pub(super) fn model(&self) -> &str {
        &self.binding.model
    }

    /// A success that makes no sense.
    pub(super) fn unusable(&self, reason: &str) -> ProviderError {
        self.failures.unusable(reason)
    }

    /// Sends a request to a path below the base, or to the base itself; any answer but a success is an error.
    pub(super) async fn post(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Reply, ProviderError> {
        let url = self.binding.url.join(path).expect("the path is a constant");
        let mut headers = header::HeaderMap::new();
        traces::pass_on(&mut headers);
        let line = self.connections.line_to(&self.origin);
        let mut request = line.client.post(url).headers(headers).json(body);
        if let Some(key) = &self.binding.key {
            let bearer = format!("Bearer {}", key.expose());
            let mut value = header::HeaderValue::try_from(bearer).expect("settings check the key");
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let response = request.send().await.map_err(|error| self.failures.transport(error))?;
        if response.status().is_success() {
            return Ok(Reply { response, line });
        }
        Err(self.failures.refusal(response).await)
    }

    /// Reads an answer that is one JSON value, of `limit` bytes at most.
    pub(super) async fn read<T: DeserializeOwned>(
        &self,
        mut reply: Reply,
        limit: usize,
    ) -> Result<T, ProviderError> {
        let mut body = BytesMut::new();
        while let Some(part) =
            reply.chunk().await.map_err(|error| self.failures.transport(error))?
        {
            if body.len() + part.len() > limit {
                return Err(self.failures.unusable(format!("it is longer than {limit} bytes")));
            }
            body.extend_from_slice(&part);
        }
        serde_json::from_slice(&body)
            .map_err(|error| self.failures.unusable(format!("it is not as expected: {error}")))
    }
}

/// An answer that has begun, and the line that it comes over.
pub(super) struct Reply {
    response: Response,
    line: Taken,
}

impl Reply {
    fn headers(&self) -> &header::HeaderMap {
        self.response.headers()
    }

    /// The next part of it; none at its end.
    async fn chunk(&mut self) -> Result<Option<Bytes>, reqwest::Error> {
        let part = self.response.chunk().await?;
        self.line.is_open = part.is_none();
        Ok(part)
    }
}
