//! A repository in a registry, spoken to by the protocol that all of them have.
//!
//! Source: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md>

use std::{error::Error, fmt, future::Future, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::TryStreamExt;
use oci_client::{
    Client, Reference, RegistryOperation,
    client::{ClientConfig, ClientProtocol},
    errors::{OciDistributionError as Refusal, OciErrorCode},
    manifest::{
        IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, ImageIndexEntry,
        OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor,
    },
    secrets::RegistryAuth,
};
use reqwest::StatusCode;

use crate::{digest::Digest, login::Login, repository::Repository};

/// Until a connection must stand.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How long a registry may be silent before it has answered.
const SILENCE_LIMIT: Duration = Duration::from_secs(60);

/// How often a call is tried.
const ATTEMPTS: u32 = 5;

/// Before the second try; each further one waits twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// The largest configuration or list of parts that is read.
const LARGEST_TEXT: usize = 16 << 20;

/// The forms in which a registry may answer.
pub(crate) const FORMS: [&str; 4] = [
    OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
    IMAGE_MANIFEST_LIST_MEDIA_TYPE,
    IMAGE_MANIFEST_MEDIA_TYPE,
];

/// A repository in a registry, and who we are to it.
pub struct Registry {
    pub(crate) client: Client,
    pub(crate) repository: Repository,
    pub(crate) auth: RegistryAuth,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registry({})", self.repository)
    }
}

/// Why a registry did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// It does not know us, or we may not do this.
    #[error("{host} does not let us use {path}")]
    NotAllowed {
        /// The registry.
        host: String,
        /// The path in it.
        path: String,
    },
    /// It cannot be reached, or does not answer.
    #[error("{host} does not answer: {reason}")]
    Unreachable {
        /// The registry.
        host: String,
        /// What the transport said.
        reason: String,
    },
    /// It refuses.
    #[error("{host} does not {doing} {what}: {reason}")]
    Refused {
        /// The registry.
        host: String,
        /// `take`, `give`, …
        doing: &'static str,
        /// Which part of an image.
        what: String,
        /// What it said.
        reason: String,
    },
    /// What it gave is not what was asked for.
    #[error("{host} gave something else for {what}")]
    Damaged {
        /// The registry.
        host: String,
        /// What was asked for.
        what: String,
    },
    /// What is on disk cannot be read.
    #[error(transparent)]
    Layout(#[from] crate::layout::LayoutError),
}

impl Registry {
    /// The repository, for somebody.
    #[must_use]
    pub fn new(repository: Repository, login: &Login) -> Self {
        // Where the program has chosen one already, that one stays.
        rustls::crypto::ring::default_provider().install_default().ok();
        let host = &repository.host;
        let protocol = match repository.is_plain {
            true => ClientProtocol::HttpsExcept(vec![host.clone()]),
            false => ClientProtocol::Https,
        };
        let client = Client::new(ClientConfig {
            protocol,
            // One request a layer, as it streams: what the largest registries are used to.
            use_monolithic_push: true,
            connect_timeout: Some(CONNECT_LIMIT),
            read_timeout: Some(SILENCE_LIMIT),
            user_agent: concat!("ragctl/", env!("CARGO_PKG_VERSION")),
            ..ClientConfig::default()
        });
        Self { client, auth: login.auth(), repository }
    }

    /// The repository.
    #[must_use]
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// The digest of the image that is called `name`, a tag or a digest; `None` when there is none.
    ///
    /// # Errors
    ///
    /// [`RegistryError`] by its cause.
    pub async fn digest_of(&self, name: &str) -> Result<Option<Digest>, RegistryError> {
        let reference = self.reference(name);
        let asked = || self.client.fetch_manifest_digest(&reference, &self.auth);
        match patiently(asked).await {
            Ok(digest) => Ok(digest.parse().ok()),
            Err(refusal) if is_missing(&refusal) => Ok(None),
            Err(refusal) => Err(self.failed(refusal, "give", name)),
        }
    }

    pub(crate) async fn manifest(&self, name: &str) -> Result<(Digest, Bytes), RegistryError> {
        let reference = self.reference(name);
        let asked = || self.client.pull_manifest_raw(&reference, &self.auth, &FORMS);
        let (bytes, _) = patiently(asked).await.map_err(|it| self.failed(it, "give", name))?;
        let digest = Digest::of(&bytes);
        match name.parse::<Digest>() {
            Ok(wanted) if wanted != digest => Err(self.damaged(name)),
            _ => Ok((digest, bytes)),
        }
    }

    /// A small piece of content.
    pub(crate) async fn text(&self, blob: &OciDescriptor) -> Result<Bytes, RegistryError> {
        let reference = self.reference("latest");
        let what = &blob.digest;
        let pulled = patiently(|| async {
            let stream = self.client.pull_blob_stream(&reference, blob).await?;
            let add = |mut all: BytesMut, part: Bytes| async move {
                if all.len() + part.len() > LARGEST_TEXT {
                    return Err(std::io::Error::other("it is far too large"));
                }
                all.extend_from_slice(&part);
                Ok(all)
            };
            Ok(stream.stream.try_fold(BytesMut::new(), add).await?.freeze())
        });
        let bytes = pulled.await.map_err(|it| self.failed(it, "give", what))?;
        if Digest::of(&bytes).as_str() == what { Ok(bytes) } else { Err(self.damaged(what)) }
    }

    /// What is attached to the image with this digest.
    pub(crate) async fn attached(
        &self,
        to: &Digest,
    ) -> Result<Vec<ImageIndexEntry>, RegistryError> {
        let reference = self.reference(to.as_str());
        let asked = || self.client.pull_referrers(&reference, None);
        let index = patiently(asked).await;
        Ok(index.map_err(|it| self.failed(it, "give", "what is attached"))?.manifests)
    }

    /// Says who we are, as somebody who will push.
    pub(crate) async fn log_in(&self) -> Result<(), RegistryError> {
        let reference = self.reference("latest");
        let asked = || self.client.auth(&reference, &self.auth, RegistryOperation::Push);
        patiently(asked).await.map_err(|it| self.failed(it, "take", "a login"))?;
        Ok(())
    }

    /// The name of an image here, by tag or digest.
    pub(crate) fn reference(&self, name: &str) -> Reference {
        let (host, path) = (self.repository.host.clone(), self.repository.path.clone());
        match name.starts_with("sha256:") {
            true => Reference::with_digest(host, path, name.to_owned()),
            false => Reference::with_tag(host, path, name.to_owned()),
        }
    }

    fn damaged(&self, what: &str) -> RegistryError {
        RegistryError::Damaged { host: self.repository.host.clone(), what: what.to_owned() }
    }

    pub(crate) fn failed(
        &self,
        refusal: Refusal,
        doing: &'static str,
        what: &str,
    ) -> RegistryError {
        let host = self.repository.host.clone();
        if is_unknown(&refusal) {
            return RegistryError::NotAllowed { host, path: self.repository.path.clone() };
        }
        match refusal {
            Refusal::RequestError(error) if error.status().is_none() => {
                RegistryError::Unreachable { host, reason: causes(&error.without_url()) }
            }
            other => {
                RegistryError::Refused { host, doing, what: what.to_owned(), reason: told(other) }
            }
        }
    }
}

/// Tries again while it may help.
pub(crate) async fn patiently<T, F>(mut call: impl FnMut() -> F) -> Result<T, Refusal>
where
    F: Future<Output = Result<T, Refusal>>,
{
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        match call().await {
            Err(refusal) if may_pass(&refusal) => tokio::time::sleep(pause).await,
            other => return other,
        }
        pause *= 2;
    }
    call().await
}

/// Whether trying again may help.
pub(crate) fn may_pass(refusal: &Refusal) -> bool {
    let passes = |code: u16| code >= 500 || code == 429 || code == 408;
    match refusal {
        Refusal::RequestError(error) => error.status().is_none_or(|it| passes(it.as_u16())),
        Refusal::ServerError { code, .. } => passes(*code),
        Refusal::IoError(_) => true,
        Refusal::RegistryError { envelope, .. } => {
            envelope.errors.iter().any(|it| it.code == OciErrorCode::Toomanyrequests)
        }
        _ => false,
    }
}

fn is_missing(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::ImageManifestNotFoundError(_) | Refusal::ServerError { code: 404, .. } => true,
        Refusal::RequestError(error) => error.status() == Some(StatusCode::NOT_FOUND),
        Refusal::RegistryError { envelope, .. } => envelope.errors.iter().any(|it| {
            let missing =
                [OciErrorCode::ManifestUnknown, OciErrorCode::NameUnknown, OciErrorCode::NotFound];
            missing.contains(&it.code)
        }),
        _ => false,
    }
}

/// Whether it is about who we are.
fn is_unknown(refusal: &Refusal) -> bool {
    match refusal {
        Refusal::AuthenticationFailure(_) | Refusal::UnauthorizedError { .. } => true,
        Refusal::ServerError { code, .. } => matches!(code, 401 | 403),
        Refusal::RequestError(error) => error
            .status()
            .is_some_and(|it| it == StatusCode::UNAUTHORIZED || it == StatusCode::FORBIDDEN),
        Refusal::RegistryError { envelope, .. } => envelope
            .errors
            .iter()
            .any(|it| [OciErrorCode::Unauthorized, OciErrorCode::Denied].contains(&it.code)),
        _ => false,
    }
}

/// Addresses of uploads hold tokens, and are not told.
fn told(refusal: Refusal) -> String {
    match refusal {
        Refusal::RequestError(error) => causes(&error.without_url()),
        Refusal::ServerError { code, message, .. } => format!("{code} {}", message.trim()),
        Refusal::RegistryError { envelope, .. } => {
            let each = envelope.errors.iter().map(|it| format!("{:?} {}", it.code, it.message));
            each.collect::<Vec<_>>().join("; ").trim().to_owned()
        }
        other => other.to_string(),
    }
}

/// An error and what it comes from, in a line.
fn causes(error: &dyn Error) -> String {
    let mut all = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        all.push(error.to_string());
        cause = error.source();
    }
    all.dedup();
    all.join(": ")
}
