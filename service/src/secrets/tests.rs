//! Fetching from something that speaks as AWS does.

use std::{
    io::Write,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::AbortHandle};

use super::*;

/// Parameters and secrets of one value, which a test changes; and what it was asked.
#[derive(Default)]
struct Cloud {
    value: Mutex<Option<String>>,
    asked: Mutex<Vec<(String, Value)>>,
}

async fn answer(State(cloud): State<Arc<Cloud>>, headers: HeaderMap, body: String) -> Response {
    let signature = headers["authorization"].to_str().unwrap();
    assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=AKID/"), "{signature}");
    assert!(signature.contains("x-amz-security-token"), "{signature}");
    let target = headers["x-amz-target"].to_str().unwrap().to_owned();
    let question: Value = serde_json::from_str(&body).unwrap();
    cloud.asked.lock().unwrap().push((target.clone(), question.clone()));
    let Some(value) = cloud.value.lock().unwrap().clone() else {
        let told = json!({"__type": "com.amazonaws#AccessDeniedException", "Message": "5ecret"});
        return (StatusCode::BAD_REQUEST, Json(told)).into_response();
    };
    if target == "AmazonSSM.GetParameters" {
        let names = question["Names"].as_array().unwrap().iter().map(|it| it.as_str().unwrap());
        let (none, there): (Vec<_>, Vec<_>) = names.partition(|name| name.ends_with("none"));
        let all: Vec<_> = there.iter().map(|name| json!({"Name": name, "Value": value})).collect();
        return Json(json!({"Parameters": all, "InvalidParameters": none})).into_response();
    }
    if question["SecretId"] == "none" {
        let told = json!({"__type": "ResourceNotFoundException", "Message": "no"});
        return (StatusCode::BAD_REQUEST, Json(told)).into_response();
    }
    Json(json!({"Name": question["SecretId"], "SecretString": value})).into_response()
}

impl Cloud {
    async fn start(value: &str) -> (Arc<Self>, String, AbortHandle) {
        let cloud = Arc::new(Self { value: Mutex::new(Some(value.to_owned())), ..Self::default() });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/", post(answer)).with_state(Arc::clone(&cloud));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        (cloud, url, server.abort_handle())
    }
}

fn environment(lines: &str) -> Environment {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(lines.as_bytes()).unwrap();
    Environment::read(Some(file.path())).unwrap()
}

fn on(url: &str, lines: &str) -> Environment {
    environment(&format!(
        "AWS_ACCESS_KEY_ID=AKID\nAWS_SECRET_ACCESS_KEY=x\nAWS_SESSION_TOKEN=y\nAWS_REGION=eu-west-1\n\
         AWS_ENDPOINT_URL={url}\n{lines}"
    ))
}

fn settings(environment: &Environment, fetched: &Fetched) -> Settings {
    Settings::read(|name| fetched.get(name).or_else(|| environment.get(name))).unwrap()
}

#[tokio::test]
async fn values_are_fetched_in_few_calls_and_keys_are_replaced_when_they_are_old() {
    let (cloud, url, server) = Cloud::start("sk-old").await;
    let environment = on(
        &url,
        "LLM_BINDING_HOST=http://llm/v1\nLLM_BINDING_API_KEY_FROM=ssm:/a/llm\n\
         LIGHTRAG_API_KEY_FROM=ssm:/a/api\nWARMUP_KEY_FROM=secretsmanager:a/warm\n\
         SECRETS_LIFETIME=1\n",
    );
    let references = References::read(&environment).unwrap().unwrap();
    let fetched = references.fetch().await.unwrap();
    let asked = std::mem::take(&mut *cloud.asked.lock().unwrap());
    assert_eq!(asked.len(), 2, "one call for all parameters, one for the secret: {asked:?}");
    let settings = settings(&environment, &fetched);
    let held = settings.llm.binding.key().unwrap().clone();
    let mut secrets = fetched.of(&settings);
    *cloud.value.lock().unwrap() = Some("sk-new\n".to_owned());
    let soon = || Instant::now() + LONGEST_REFRESH;
    secrets.refresh_when_old(soon()).await;
    assert_eq!(&*held.expose(), "sk-old", "it is not old yet");
    let make_old = |secrets: &mut Secrets| secrets.lifetime = Duration::ZERO;
    make_old(&mut secrets);
    secrets.refresh_when_old(soon()).await;
    assert_eq!(&*held.expose(), "sk-new", "whoever holds the key has the new one");
    assert!(settings.access.key.as_ref().unwrap().is(b"sk-new"));
    for bad in [Some("no header"), None] {
        *cloud.value.lock().unwrap() = bad.map(ToOwned::to_owned);
        secrets.refresh_when_old(soon()).await;
        assert_eq!(&*held.expose(), "sk-new", "a failed refresh keeps the old one");
    }
    server.abort();
}

#[tokio::test]
async fn what_cannot_be_fetched_is_told_at_once_and_by_the_setting_that_wants_it() {
    let (cloud, url, server) = Cloud::start("sk-5ecret").await;
    let environment = on(
        &url,
        "LLM_BINDING_API_KEY_FROM=ssm:/a/none\nWARMUP_KEY_FROM=secretsmanager:none\nLIGHTRAG_API_KEY_FROM=ssm:/a/b\n",
    );
    let read = || References::read(&environment).unwrap().unwrap();
    let told = read().fetch().await.map(drop).unwrap_err().to_string();
    insta::assert_snapshot!(told, @r"
    LLM_BINDING_API_KEY_FROM: ssm:/a/none: there is no such parameter
    WARMUP_KEY_FROM: secretsmanager:none: there is no such secret
    ");
    *cloud.value.lock().unwrap() = None;
    let told = read().fetch().await.map(drop).unwrap_err().to_string();
    assert_eq!(told.matches("AWS answered AccessDeniedException").count(), 3, "{told}");
    assert!(!told.contains("5ecret"), "{told}");
    server.abort();
}

#[test]
fn all_references_that_are_wrong_are_told_at_once_and_none_is_shown() {
    let environment = environment(
        "LLM_BINDING_HOST=http://llm/v1\nLLM_BINDING_API_KEY_FROM=sk-5ecret\nWARMUP_KEY_FROM=ssm:5ecret\n\
         LIGHTRAG_API_KEY=a\nLIGHTRAG_API_KEY_FROM=ssm:/a\nOTEL_EXPORTER_OTLP_HEADERS_FROM=ssm:/a\n\
         SOMEBODY_ELSES_FROM=5ecret\nDATABASE_URL_FROM=ssm:/db\n",
    );
    let WrongSettings(told) = References::read(&environment).unwrap_err();
    insta::assert_snapshot!(told.join("\n"), @r"
    LIGHTRAG_API_KEY_FROM: LIGHTRAG_API_KEY is set, too; leave one of them out
    LLM_BINDING_API_KEY_FROM: it is not where a value is kept, ssm:/path or secretsmanager:name
    OTEL_EXPORTER_OTLP_HEADERS_FROM: this setting can only be given by its value, as OTEL_EXPORTER_OTLP_HEADERS
    WARMUP_KEY_FROM: it is not the path of a parameter, such as ssm:/handbook/key
    AWS_ACCESS_KEY_ID: not set, and needed to fetch what _FROM refers to
    AWS_SECRET_ACCESS_KEY: not set, and needed to fetch what _FROM refers to
    AWS_REGION: not set, and needed to fetch what _FROM refers to
    ");
    assert!(!told.concat().contains("5ecret"), "{told:?}");
}

#[test]
fn without_references_nothing_is_needed() {
    let environment = environment("LLM_BINDING_API_KEY=sk\nSOMEBODY_ELSES_FROM=x\n");
    assert!(References::read(&environment).unwrap().is_none());
}
