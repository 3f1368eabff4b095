//! Signed calls to AWS, with the credentials and the region of the environment.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use reqwest::{Client, Url, header::CONTENT_TYPE};
use serde_json::Value;

use super::Reference;
use crate::{
    adapters::openai,
    config::{Environment, Secret},
};

/// The limit of one call.
const LIMIT: Duration = Duration::from_secs(5);

/// Calls of one question.
const CALLS: u32 = 3;

/// The pause before the second call; doubled before the third.
const PAUSE: Duration = Duration::from_millis(200);

/// The longest answer that is read: ten parameters of 8 KB, or a secret of 64 KB, and what stands around them.
const LONGEST_ANSWER_BYTES: usize = 512 * 1024;

/// Why a question has no answer: a word of AWS, or that there is no answer at all.
pub(super) struct Refusal {
    /// AWS' word, `ParameterNotFound` say; none where it did not answer.
    pub(super) code: Option<String>,
    pub(super) words: String,
}

/// One of AWS' services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Service {
    Ssm,
    SecretsManager,
}

impl Service {
    fn of(reference: &Reference) -> Self {
        match reference {
            Reference::Ssm(_) => Self::Ssm,
            Reference::SecretsManager(_) => Self::SecretsManager,
        }
    }

    /// As it is called in addresses and signatures.
    fn name(self) -> &'static str {
        match self {
            Self::Ssm => "ssm",
            Self::SecretsManager => "secretsmanager",
        }
    }

    /// The variable that names another address.
    fn variable(self) -> &'static str {
        match self {
            Self::Ssm => "AWS_ENDPOINT_URL_SSM",
            Self::SecretsManager => "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        }
    }
}

/// Whom to call, and as whom.
#[derive(Debug)]
pub(super) struct Aws {
    id: String,
    key: Secret,
    token: Option<Secret>,
    region: String,
    endpoints: BTreeMap<Service, Url>,
}

impl Aws {
    /// What calls for `references` need of the environment; what is missing is added to `wrong`.
    pub(super) fn read<'a>(
        environment: &Environment,
        references: impl Iterator<Item = &'a Reference>,
        wrong: &mut Vec<String>,
    ) -> Self {
        let text = |name: &str| environment.get(name).filter(|it| !it.trim().is_empty());
        let services: std::collections::BTreeSet<Service> = references.map(Service::of).collect();
        let mut needed = |name: &str, other: Option<&str>| {
            let value = text(name).or_else(|| other.and_then(text));
            if value.is_none() && !services.is_empty() {
                wrong.push(format!("{name}: not set, and needed to fetch what _FROM refers to"));
            }
            value.unwrap_or_default()
        };
        let id = needed("AWS_ACCESS_KEY_ID", None);
        let key = Secret::new(needed("AWS_SECRET_ACCESS_KEY", None));
        let region = needed("AWS_REGION", Some("AWS_DEFAULT_REGION"));
        let mut endpoints = BTreeMap::new();
        for service in services {
            let named = text(service.variable()).or_else(|| text("AWS_ENDPOINT_URL"));
            let url = named.unwrap_or_else(|| usual(service, &region));
            match url.trim().parse::<Url>() {
                Ok(url) if url.has_host() => drop(endpoints.insert(service, url)),
                _ => wrong.push(format!("{}: it is not a URL", service.variable())),
            }
        }
        Self { id, key, token: text("AWS_SESSION_TOKEN").map(Secret::new), region, endpoints }
    }

    /// Asks a question, and again where that may help.
    pub(super) async fn ask(
        &self,
        service: Service,
        target: &'static str,
        question: &Value,
    ) -> Result<Value, Refusal> {
        let mut pause = PAUSE;
        for _ in 1..CALLS {
            match self.ask_once(service, target, question).await {
                Ok(answer) => return Ok(answer),
                Err(refusal) if refusal.is_final() => return Err(refusal),
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
        self.ask_once(service, target, question).await
    }

    async fn ask_once(
        &self,
        service: Service,
        target: &'static str,
        question: &Value,
    ) -> Result<Value, Refusal> {
        let client = openai::client().map_err(|error| Refusal::silent(&error))?;
        let request = self.request(&client, service, target, question)?;
        let mut response =
            client.execute(request).await.map_err(|error| Refusal::silent(&error))?;
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| Refusal::silent(&error))? {
            body.extend_from_slice(&part);
            if body.len() > LONGEST_ANSWER_BYTES {
                return Err(Refusal::unreadable());
            }
        }
        let answer = serde_json::from_slice::<Value>(&body);
        match (response.status().is_success(), answer) {
            (true, Ok(answer)) => Ok(answer),
            (true, Err(_)) => Err(Refusal::unreadable()),
            (false, answer) => Err(Refusal::told(response.status(), &answer.unwrap_or_default())),
        }
    }

    fn request(
        &self,
        client: &Client,
        service: Service,
        target: &'static str,
        question: &Value,
    ) -> Result<reqwest::Request, Refusal> {
        const KIND: &str = "application/x-amz-json-1.1";
        let url =
            self.endpoints.get(&service).expect("there is one for each service that is asked");
        let body = question.to_string();
        let token = self.token.as_ref().map(|token| token.expose().to_string());
        let key = self.key.expose().to_string();
        let identity = Credentials::new(self.id.clone(), key, token, None, "environment").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(service.name())
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .expect("all parts are there")
            .into();
        let headers = [(CONTENT_TYPE.as_str(), KIND), ("x-amz-target", target)];
        let signable = SignableRequest::new(
            "POST",
            url.as_str(),
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        );
        let signed = signable.and_then(|it| sign(it, &parameters));
        let (instructions, _) = signed.map_err(|error| Refusal::silent(&error))?.into_parts();
        let mut request = client.post(url.clone()).timeout(LIMIT);
        for (name, value) in headers.into_iter().chain(instructions.headers()) {
            request = request.header(name, value);
        }
        request.body(body).build().map_err(|error| Refusal::silent(&error))
    }
}

/// <https://docs.aws.amazon.com/general/latest/gr/rande.html>
fn usual(service: Service, region: &str) -> String {
    let china = if region.starts_with("cn-") { ".cn" } else { "" };
    format!("https://{}.{region}.amazonaws.com{china}/", service.name())
}

impl Refusal {
    fn silent(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut words = "AWS could not be asked".to_owned();
        let mut cause = error.source();
        while let Some(error) = cause {
            words = format!("AWS could not be asked: {error}");
            cause = error.source();
        }
        Self { code: None, words }
    }

    fn unreadable() -> Self {
        Self { code: None, words: "AWS answered what cannot be read".to_owned() }
    }

    /// The word alone: what AWS says beside it may repeat what was asked.
    fn told(status: reqwest::StatusCode, answer: &Value) -> Self {
        let code = answer["__type"].as_str().unwrap_or_default();
        // `com.amazonaws.ssm#ParameterNotFound` with some.
        let code = code.rsplit('#').next().unwrap_or_default();
        let is_word = !code.is_empty() && code.chars().all(|c| c.is_ascii_alphanumeric());
        let word = if is_word { code.to_owned() } else { status.as_u16().to_string() };
        let is_passing = status.is_server_error() || code.contains("Throttling");
        Self { code: (!is_passing).then(|| word.clone()), words: format!("AWS answered {word}") }
    }

    /// Whether it would be the same another time.
    fn is_final(&self) -> bool {
        self.code.is_some()
    }
}
