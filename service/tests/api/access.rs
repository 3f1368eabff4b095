//! Who may ask: the API key, and pages of other sites.

use reqwest::{Method, StatusCode, header::HeaderName};
use serde_json::json;

use crate::service::{Service, answer};

const KEY: &str = "k-1234567890";

async fn locked() -> Service {
    Service::with_environment(&[("LIGHTRAG_API_KEY", KEY)]).await
}

#[tokio::test]
async fn without_the_key_nothing_of_the_documents_is_told() {
    let service = locked().await;
    let anything = json!({});
    for (method, path) in [
        (Method::POST, "/query"),
        (Method::POST, "/query/stream"),
        (Method::GET, "/documents"),
        (Method::DELETE, "/documents"),
        (Method::POST, "/documents/text"),
        (Method::POST, "/documents/upload"),
        (Method::POST, "/documents/paginated"),
        (Method::GET, "/documents/status_counts"),
        (Method::GET, "/graphs?label=x"),
        (Method::POST, "/api/chat"),
        (Method::GET, "/api/tags"),
        (Method::POST, "/v1/chat/completions"),
        (Method::GET, "/auth/verify"),
        (Method::GET, "/no/such/route"),
    ] {
        let url = format!("{}{path}", service.url);
        let asked = || service.client.request(method.clone(), &url).json(&anything);
        let refused = asked().send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path}");
        let told = refused.text().await.unwrap();
        assert!(told.contains("API Key required"), "{told}");
        for (name, value) in
            [("X-API-Key", "wrong"), ("Authorization", "Bearer k-12345678"), ("X-API-Key", "")]
        {
            let told = asked().header(name, value).send().await.unwrap();
            assert_eq!(told.status(), StatusCode::FORBIDDEN, "{path}");
        }
    }
}

#[tokio::test]
async fn the_key_opens_in_either_header() {
    let service = locked().await;
    for (name, value) in [("X-API-Key", KEY.to_owned()), ("Authorization", format!("bearer {KEY}"))]
    {
        let verified = answer(service.get("/auth/verify").header(name, value)).await;
        assert_eq!((verified.status, &verified.body["status"]), (StatusCode::OK, &json!("ok")));
    }
}

#[tokio::test]
async fn probes_need_no_key_and_are_told_no_settings() {
    let service = locked().await;
    for path in ["/livez", "/health", "/auth-status", "/openapi.json"] {
        let told = answer(service.get(path)).await;
        assert_eq!(told.status, StatusCode::OK, "{path}");
        assert_eq!(told.body.get("configuration"), None, "{path}");
    }
    assert_eq!(answer(service.get("/auth-status")).await.body["api_key_required"], true);
    let told = answer(service.get("/health").header("X-API-Key", KEY)).await.body;
    assert_eq!(told["configuration"]["chunk_size"], 1200);
    assert!(!told.to_string().contains(KEY) && !told.to_string().contains("sk-test"), "{told}");
}

#[tokio::test]
async fn paths_can_be_opened() {
    let environment = [("LIGHTRAG_API_KEY", KEY), ("WHITELIST_PATHS", "/health, /api/*")];
    let service = Service::with_environment(&environment).await;
    assert_eq!(answer(service.get("/api/tags")).await.status, StatusCode::OK);
    assert_eq!(answer(service.get("/v1/models")).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn other_sites_may_ask_only_where_they_are_named() {
    let origin = HeaderName::from_static("origin");
    let allowed = HeaderName::from_static("access-control-allow-origin");
    let service = Service::start().await;
    let told = service.get("/health").header(&origin, "https://a.example").send().await.unwrap();
    assert_eq!(told.headers().get(&allowed), None);
    let service = Service::with_environment(&[("CORS_ORIGINS", "https://a.example")]).await;
    for (site, expected) in
        [("https://a.example", Some("https://a.example")), ("https://b.example", None)]
    {
        let told = service.get("/health").header(&origin, site).send().await.unwrap();
        let told = told.headers().get(&allowed).map(|value| value.to_str().unwrap());
        assert_eq!(told, expected);
    }
    let url = format!("{}/query", service.url);
    let preflight = service.client.request(Method::OPTIONS, url);
    let preflight = preflight
        .header(&origin, "https://a.example")
        .header("access-control-request-method", "POST");
    let told = preflight.send().await.unwrap();
    assert!(told.status().is_success() && told.headers().contains_key(&allowed), "{told:?}");
}
