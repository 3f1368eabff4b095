use reqwest::{Method, Response, StatusCode, header::CONTENT_TYPE};

use crate::service::Service;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_page_and_its_files_go_out_with_what_keeps_a_browser_safe() {
    let service = Service::start().await;
    let table = [
        ("/", "text/html; charset=utf-8"),
        ("/docs", "text/html; charset=utf-8"),
        ("/assets/page.css", "text/css; charset=utf-8"),
        ("/assets/page.js", "text/javascript; charset=utf-8"),
    ];
    for (path, kind) in table {
        let answer = service.get(path).send().await.unwrap();
        assert_eq!((answer.status(), header(&answer, "content-type")), (StatusCode::OK, kind));
        assert_eq!(header(&answer, "content-security-policy"), POLICY, "{path}");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff");
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer");
        assert_eq!(header(&answer, "x-frame-options"), "DENY");
        assert!(header(&answer, "permissions-policy").contains("camera=()"));
        assert_eq!(header(&answer, "cache-control"), "no-cache");
        assert!(!answer.bytes().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn all_that_the_pages_name_is_there() {
    let service = Service::start().await;
    for path in ["/", "/docs"] {
        let page = service.get(path).send().await.unwrap().text().await.unwrap();
        let named: Vec<&str> = page.split('"').filter(|word| word.starts_with("assets/")).collect();
        assert!(named.len() >= 2, "{named:?}");
        for name in named {
            let answer = service.get(&format!("/{name}")).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK, "{name}");
        }
    }
    let missing = service.get("/assets/none.js").send().await.unwrap();
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    assert_eq!(header(&missing, "content-type"), "application/json");
}

#[tokio::test]
async fn a_browser_that_has_a_file_gets_its_head_alone() {
    let service = Service::start().await;
    let first = service.get("/assets/page.js").send().await.unwrap();
    let etag = header(&first, "etag").to_owned();
    let length = first.bytes().await.unwrap().len();
    let again = service.get("/assets/page.js").header("if-none-match", &etag).send().await.unwrap();
    assert_eq!((again.status(), header(&again, "etag")), (StatusCode::NOT_MODIFIED, &*etag));
    assert!(again.bytes().await.unwrap().is_empty());
    let other = service.get("/").header("if-none-match", &etag).send().await.unwrap();
    assert_eq!(other.status(), StatusCode::OK);
    let url = format!("{}/assets/page.js", service.url);
    let head = service.client.request(Method::HEAD, url).send().await.unwrap();
    assert_eq!(header(&head, "content-length"), length.to_string());
    assert!(head.headers().contains_key(CONTENT_TYPE));
    assert!(head.bytes().await.unwrap().is_empty());
}

#[tokio::test]
async fn who_looks_for_the_page_of_another_server_is_led_to_ours() {
    let service = Service::start().await;
    for path in ["/webui", "/webui/"] {
        let answer = service.get(path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT, "{path}");
        assert_eq!(header(&answer, "location"), "/");
    }
}

#[tokio::test]
async fn no_answer_is_guessed_at() {
    let service = Service::start().await;
    for path in ["/health", "/documents", "/nothing", "/assets/none.js"] {
        let answer = service.get(path).send().await.unwrap();
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{path}");
    }
}
