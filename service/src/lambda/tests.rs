//! Events to requests, and responses to what leaves.

use axum::{
    body::{Body, Bytes, to_bytes},
    http::{HeaderMap, HeaderValue, Request, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    answer::{self, Sent},
    event::{self, UnknownEvent, Way},
    invocation::Invocation,
};

const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

fn read(event: &Value) -> Result<(Request<Body>, Way), UnknownEvent> {
    let mut headers = HeaderMap::new();
    headers.insert("lambda-runtime-aws-request-id", HeaderValue::from_static("an-id"));
    headers.insert("lambda-runtime-trace-id", HeaderValue::from_static(TRACE));
    event::read(&Invocation::new(&headers, Bytes::from(event.to_string())).unwrap())
}

fn url(path: &str, query: &str) -> Value {
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": {"content-type": "application/json", "x-many": "a,b", "traceparent": "00-x"},
        "cookies": ["a=1", "b=2"],
        "requestContext": {"stage": "$default", "http": {"method": "POST", "path": path}},
        "body": "eyJxIjoxfQ==", "isBase64Encoded": true,
    })
}

async fn body(request: Request<Body>) -> String {
    String::from_utf8(to_bytes(request.into_body(), 1 << 20).await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_function_urls_event_is_its_request() {
    let (request, way) = read(&url("/query", "a=1&b=%2F")).unwrap();
    assert_eq!((request.method().as_str(), way), ("POST", Way::Url));
    assert_eq!(request.uri(), "/query?a=1&b=%2F");
    let headers = request.headers();
    assert_eq!(headers["x-many"], "a,b");
    assert_eq!(headers["cookie"], "a=1; b=2");
    assert_eq!(headers["x-request-id"], "an-id");
    assert_eq!(headers["x-amzn-trace-id"], TRACE);
    assert!(!headers.contains_key("traceparent"), "Lambda's own trace is the one to hang below");
    assert_eq!(body(request).await, r#"{"q":1}"#);
}

#[test]
fn an_http_api_is_told_from_a_function_url_by_its_host() {
    let mut event = url("/query", "");
    event["requestContext"]["domainName"] = "abc.lambda-url.eu-west-1.on.aws".into();
    assert_eq!(read(&event).unwrap().1, Way::Url);
    event["requestContext"]["domainName"] = "abc.execute-api.eu-west-1.amazonaws.com".into();
    assert_eq!(read(&event).unwrap().1, Way::Api);
}

#[test]
fn a_stage_is_taken_off_and_what_was_decoded_is_encoded_again() {
    let mut event = url("/dev/documents/a b/é", "");
    event["requestContext"]["stage"] = "dev".into();
    assert_eq!(read(&event).unwrap().0.uri(), "/documents/a%20b/%C3%A9");
    event["rawPath"] = "/device".into();
    assert_eq!(read(&event).unwrap().0.uri(), "/device", "a stage is a whole word");
}

#[tokio::test]
async fn a_load_balancers_event_is_its_request_with_and_without_lists() {
    let context = json!({"elb": {"targetGroupArn": "arn:x"}});
    let single = json!({
        "requestContext": context, "httpMethod": "GET", "path": "/graphs",
        "queryStringParameters": {"label": "a%20b", "max": "1"},
        "headers": {"host": "lb", "x-request-id": "mine"}, "body": "", "isBase64Encoded": false,
    });
    let (request, way) = read(&single).unwrap();
    assert_eq!(
        (request.uri().to_string().as_str(), way),
        ("/graphs?label=a%20b&max=1", Way::Balancer)
    );
    assert_eq!(request.headers()["x-request-id"], "mine");
    let lists = json!({
        "requestContext": context, "httpMethod": "POST", "path": "/query",
        "multiValueQueryStringParameters": {"a": ["1", "2"]},
        "multiValueHeaders": {"accept": ["text/html", "*/*"]}, "body": "plain", "isBase64Encoded": false,
    });
    let (request, way) = read(&lists).unwrap();
    assert_eq!(
        (request.uri().to_string().as_str(), way),
        ("/query?a=1&a=2", Way::BalancerWithLists)
    );
    assert_eq!(request.headers().get_all("accept").iter().count(), 2);
    assert_eq!(body(request).await, "plain");
}

/// As a REST API sends it: its stage stands in the context alone.
fn rest(path: &str) -> Value {
    json!({
        "resource": "/{proxy+}", "path": path, "httpMethod": "GET",
        "queryStringParameters": {"label": "a b&c", "max": "1"},
        "multiValueQueryStringParameters": {"label": ["é", "a b&c"], "max": ["1"]},
        "headers": {"accept": "*/*"}, "multiValueHeaders": {"accept": ["text/html", "*/*"]},
        "requestContext": {"apiId": "abc", "stage": "dev", "path": format!("/dev{path}")},
        "body": null, "isBase64Encoded": false,
    })
}

#[test]
fn a_rest_apis_event_is_its_request() {
    let (request, way) = read(&rest("/graphs")).unwrap();
    assert_eq!((request.method().as_str(), way), ("GET", Way::RestApi));
    assert_eq!(request.uri(), "/graphs?label=%C3%A9&label=a%20b%26c&max=1");
    assert_eq!(request.headers().get_all("accept").iter().count(), 2);
    let within = read(&rest("/dev/graphs")).unwrap().0;
    assert_eq!(within.uri().path(), "/dev/graphs", "a path may begin as the stage is called");
    // An HTTP API that sends payloads of version 1.0 has its stage in the path.
    let mut of_http_api = rest("/dev/graphs");
    of_http_api["version"] = "1.0".into();
    of_http_api["requestContext"]["path"] = "/dev/graphs".into();
    let (request, way) = read(&of_http_api).unwrap();
    assert_eq!((request.uri().path(), way), ("/graphs", Way::RestApi));
}

#[test]
fn what_is_no_request_is_told_as_such() {
    for event in
        [json!({}), json!({"source": "aws.events"}), json!({"httpMethod": "GET", "path": "/"})]
    {
        assert!(matches!(read(&event), Err(UnknownEvent::Shape(_))), "{event}");
    }
    let mut event = url("/query", "");
    event["body"] = "not base64".into();
    assert!(matches!(read(&event), Err(UnknownEvent::Body(_))));
}

async fn whole(response: Response, way: Way) -> Value {
    match answer::whole(response, way).await {
        Sent::Whole(payload) => serde_json::from_slice(&payload).unwrap(),
        Sent::Streamed(..) => panic!("it is not whole"),
    }
}

fn response(body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    headers.append(header::SET_COOKIE, HeaderValue::from_static("a=1"));
    headers.append(header::SET_COOKIE, HeaderValue::from_static("b=2"));
    headers.append("x-many", HeaderValue::from_static("a"));
    headers.append("x-many", HeaderValue::from_static("b"));
    response
}

#[tokio::test]
async fn an_answer_has_the_form_of_the_way_that_it_goes() {
    let told = whole(response("words"), Way::Url).await;
    let headers = json!({"content-type": "text/plain", "x-many": "a, b"});
    assert_eq!(
        told,
        json!({"statusCode": 200, "headers": headers, "cookies": ["a=1", "b=2"], "body": "words", "isBase64Encoded": false})
    );
    let told = whole(response(vec![0xff]), Way::Balancer).await;
    assert_eq!(told["statusDescription"], "200 OK");
    assert_eq!(told["headers"]["set-cookie"], "a=1, b=2");
    assert_eq!(
        (told["body"].as_str(), told["isBase64Encoded"].as_bool()),
        (Some("/w=="), Some(true))
    );
    let told = whole(response("words"), Way::BalancerWithLists).await;
    assert_eq!(told["multiValueHeaders"]["set-cookie"], json!(["a=1", "b=2"]));
    assert_eq!(told["headers"], Value::Null);
    let told = whole(response("words"), Way::RestApi).await;
    let headers =
        json!({"content-type": ["text/plain"], "set-cookie": ["a=1", "b=2"], "x-many": ["a", "b"]});
    assert_eq!(
        told,
        json!({"statusCode": 200, "multiValueHeaders": headers, "body": "words", "isBase64Encoded": false})
    );
}

#[tokio::test]
async fn an_answer_that_would_not_be_passed_on_is_told_as_such() {
    let large = || response("x".repeat(1_000_000));
    let told = whole(large(), Way::Balancer).await;
    assert_eq!(told["statusCode"], 502);
    let words: Value = serde_json::from_str(told["body"].as_str().unwrap()).unwrap();
    assert_eq!(words["code"], "answer_too_large");
    insta::assert_snapshot!(words["detail"].as_str().unwrap(), @"the answer is larger than 1000000 bytes, which is the most that a load balancer passes on; ask for less, or ask a function URL");
    assert_eq!(whole(large(), Way::Url).await["statusCode"], 200);
    // Five megabytes that are no text are more than six when they are written as text.
    let packed = response(vec![0xff; 5 * 1024 * 1024]);
    assert_eq!(whole(packed, Way::Url).await["statusCode"], 502);
}

#[tokio::test]
async fn a_streamed_answer_has_its_head_before_it() {
    let Sent::Streamed(head, body) = answer::streamed("b".into_response()) else {
        panic!("it is whole");
    };
    let head: Value = serde_json::from_slice(&head).unwrap();
    assert_eq!(head["statusCode"], 200);
    assert!(head["headers"]["content-type"].as_str().unwrap().starts_with("text/plain"));
    assert_eq!(to_bytes(body, 10).await.unwrap(), "b");
}
