//! The protocol of registries, as ECR speaks it: each request becomes the calls of its API that IAM sees.
//!
//! Source: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md>

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Method, Response, StatusCode, header, request::Parts};
use http_body_util::Full;
use serde_json::{Value, json};

use super::{digest, image};
use crate::cloud::{State, lock};
use crate::input::text;
use crate::protocol::{Protocol, Request};
use crate::refusal::Refusal;
use crate::server::carry_out;

type Answer = Response<Full<Bytes>>;

/// Whether a request is for the registry.
pub(crate) fn is_registry(head: &Parts) -> bool {
    head.uri.path().starts_with("/v2")
}

/// Answers a request to the registry; whether the answer is never to come.
pub(crate) fn answer(state: &State, head: &Parts, body: &Bytes) -> (Answer, bool) {
    let Some(region) = region(head) else {
        let refused = refused(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "authentication required");
        return (with(refused, "www-authenticate", "Basic realm=\"ecr\""), false);
    };
    let path = head.uri.path().trim_start_matches("/v2").trim_matches('/').to_owned();
    let mut desk = Desk { state, region, stalls: false };
    let answer = desk.route(head, &path, body).unwrap_or_else(|refusal| worded(&refusal));
    (answer, desk.stalls)
}

/// The region that whoever asks has logged in to.
fn region(head: &Parts) -> Option<String> {
    let basic = head.headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let pair = String::from_utf8(STANDARD.decode(basic).ok()?).ok()?;
    pair.strip_prefix("AWS:").map(str::to_owned)
}

struct Desk<'a> {
    state: &'a State,
    region: String,
    stalls: bool,
}

impl Desk<'_> {
    fn route(&mut self, head: &Parts, path: &str, body: &Bytes) -> Result<Answer, Refusal> {
        if path.is_empty() {
            return Ok(plain(StatusCode::OK));
        }
        let query = head.uri.query().unwrap_or_default();
        if let Some((name, reference)) = path.split_once("/manifests/") {
            return match head.method {
                Method::PUT => self.put_manifest(head, name, reference, body),
                _ => self.manifest(name, reference, &head.method),
            };
        }
        if let Some((name, digest)) = path.split_once("/referrers/") {
            return self.referrers(name, digest);
        }
        let (name, rest) = path.split_once("/blobs/").ok_or_else(unknown_path)?;
        match rest.strip_prefix("uploads") {
            Some(_) if head.method == Method::POST => {
                let begun = self.call("InitiateLayerUpload", json!({"repositoryName": name}))?;
                let id = text(&begun, "uploadId").unwrap_or_default();
                let place = format!("/v2/{name}/blobs/uploads/{id}");
                Ok(with(plain(StatusCode::ACCEPTED), "location", &place))
            }
            Some(id) => {
                let (id, digest) = (id.trim_matches('/'), parameter(query, "digest"));
                let part = json!({"repositoryName": name, "uploadId": id,
                                  "layerPartBlob": STANDARD.encode(body)});
                self.call("UploadLayerPart", part)?;
                let whole =
                    json!({"repositoryName": name, "uploadId": id, "layerDigests": [digest]});
                self.call("CompleteLayerUpload", whole)?;
                let place = format!("/v2/{name}/blobs/{digest}");
                Ok(with(plain(StatusCode::CREATED), "location", &place))
            }
            None => self.blob(name, rest, &head.method),
        }
    }

    /// Carries out a call as IAM and the tests see it.
    fn call(&mut self, action: &str, input: Value) -> Result<Value, Refusal> {
        let request = Request {
            service: "ecr".to_owned(),
            region: self.region.clone(),
            protocol: Protocol::Rest,
            action: action.to_owned(),
            input,
        };
        let (reply, stalls) = carry_out(self.state, &request);
        self.stalls |= stalls;
        reply
    }

    /// Looks at what the registry holds.
    fn with<T>(&self, name: &str, look: impl FnOnce(&super::Repository) -> Option<T>) -> Option<T> {
        let mut account = lock(&self.state.account);
        look(account.region(&self.region).ecr.repositories.get(name)?)
    }

    fn blob(&mut self, name: &str, called: &str, method: &Method) -> Result<Answer, Refusal> {
        let input = json!({"repositoryName": name, "layerDigests": [called]});
        self.call("BatchCheckLayerAvailability", input)?;
        let Some(content) = self.with(name, |it| it.blobs.get(called).cloned()) else {
            return Ok(refused(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", "no such blob"));
        };
        Ok(content_of("application/octet-stream", called, &content, method))
    }

    fn manifest(&mut self, name: &str, called: &str, method: &Method) -> Result<Answer, Refusal> {
        let key = if called.starts_with("sha256:") { "imageDigest" } else { "imageTag" };
        let input = json!({"repositoryName": name, "imageIds": [{key: called}]});
        self.call("BatchGetImage", input)?;
        let found = self.with(name, |it| image::find(&it.images, called).cloned());
        let Some(image) = found else {
            return Ok(refused(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "no such image"));
        };
        Ok(content_of(&image.kind, &image.digest, image.manifest.as_bytes(), method))
    }

    fn put_manifest(
        &mut self,
        head: &Parts,
        name: &str,
        tag: &str,
        body: &Bytes,
    ) -> Result<Answer, Refusal> {
        let kind = head.headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
        let manifest = String::from_utf8_lossy(body);
        let mut input = json!({"repositoryName": name, "imageManifest": manifest,
                               "imageManifestMediaType": kind});
        if !tag.starts_with("sha256:") {
            input["imageTag"] = json!(tag);
        }
        self.call("PutImage", input)?;
        // As ECR does, it does not say where the manifest is now.
        Ok(with(plain(StatusCode::CREATED), "docker-content-digest", &digest(body)))
    }

    fn referrers(&mut self, name: &str, of: &str) -> Result<Answer, Refusal> {
        let input = json!({"repositoryName": name, "imageIds": [{"imageDigest": of}]});
        self.call("BatchGetImage", input)?;
        let found =
            self.with(name, |it| Some(image::referring(&it.images, of).collect::<Vec<_>>()));
        let kind = "application/vnd.oci.image.index.v1+json";
        let manifests = found.unwrap_or_default();
        let index =
            json!({"schemaVersion": 2, "mediaType": kind, "manifests": manifests}).to_string();
        Ok(content_of(kind, &digest(index.as_bytes()), index.as_bytes(), &Method::GET))
    }
}

fn parameter(query: &str, name: &str) -> String {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.find(|(key, _)| *key == name).map(|(_, value)| value);
    value.unwrap_or_default().replace("%3A", ":")
}

fn unknown_path() -> Refusal {
    Refusal::new("NAME_INVALID", "no such path").with_status(404)
}

/// A refusal of ECR's API, as its registry words it.
fn worded(refusal: &Refusal) -> Answer {
    let (status, code) = match refusal.code.as_str() {
        "RepositoryNotFoundException" => (StatusCode::NOT_FOUND, "NAME_UNKNOWN"),
        "LayersNotFoundException" | "ReferencedImagesNotFoundException" => {
            (StatusCode::NOT_FOUND, "MANIFEST_BLOB_UNKNOWN")
        }
        "InvalidLayerException" => (StatusCode::BAD_REQUEST, "DIGEST_INVALID"),
        "AccessDeniedException" => (StatusCode::FORBIDDEN, "DENIED"),
        "TooManyRequestsException" => (StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS"),
        _ => {
            let status = StatusCode::from_u16(refusal.status);
            (status.unwrap_or(StatusCode::BAD_REQUEST), "UNKNOWN")
        }
    };
    refused(status, code, &refusal.message)
}

fn plain(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

fn refused(status: StatusCode, code: &str, message: &str) -> Answer {
    let body = json!({"errors": [{"code": code, "message": message}]}).to_string();
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    with(answer, "content-type", "application/json")
}

fn content_of(kind: &str, digest: &str, content: &[u8], method: &Method) -> Answer {
    let length = content.len().to_string();
    let body = if *method == Method::HEAD { Bytes::new() } else { Bytes::copy_from_slice(content) };
    let answer = Response::new(Full::new(body));
    let answer = with(with(answer, "content-type", kind), "docker-content-digest", digest);
    with(answer, "content-length", &length)
}

fn with(mut answer: Answer, name: &'static str, value: &str) -> Answer {
    let value = value.parse().expect("what the registry says of itself is ASCII");
    answer.headers_mut().insert(name, value);
    answer
}
