//! A function for the tests of this package. What it does with an event stands in the event, what it does at its start in its
//! environment.
#![expect(clippy::print_stdout, reason = "its lines are the log that tests read")]

use std::{
    convert::Infallible,
    env,
    path::Path,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Request};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use tokio::time::sleep;

type Body = BoxBody<Bytes, Infallible>;

fn setting(name: &str) -> Option<String> {
    env::var_os(name).and_then(|it| it.into_string().ok())
}

fn number(name: &str) -> u64 {
    setting(name).and_then(|it| it.parse().ok()).unwrap_or_default()
}

fn whole(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).boxed()
}

/// Uses this much of a processor, however long that takes; for ever when there is no end.
fn busy(cpu: Option<Duration>) {
    let (begin, mut number) = (cpu_time(), 1_u64);
    while cpu.is_none_or(|cpu| cpu_time() < begin + cpu) {
        for round in 0..100_000 {
            number = std::hint::black_box(
                number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round),
            );
        }
    }
}

/// The time of a processor that this thread has had.
fn cpu_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split_whitespace().next().and_then(|it| it.parse().ok());
    Duration::from_nanos(nanos.expect("the kernel tells"))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    println!(
        "init {} {}",
        std::process::id(),
        setting("AWS_LAMBDA_INITIALIZATION_TYPE").unwrap_or_default()
    );
    // Slow the first time only: the file says that there was one.
    let is_first =
        setting("ONCE").is_none_or(|file| std::fs::File::create_new(Path::new(&file)).is_ok());
    if is_first {
        sleep(Duration::from_millis(number("INIT_MS"))).await;
        if setting("INIT_EXIT").is_some() {
            println!("ending in init");
            return ExitCode::from(3);
        }
    }
    let api = setting("AWS_LAMBDA_RUNTIME_API").expect("an address");
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
    let url = |path: &str| format!("http://{api}/2018-06-01/runtime/{path}");
    if setting("INIT_ERROR").is_some() {
        let told = json!({"errorType": "Function.Broken", "errorMessage": "no settings", "stackTrace": []});
        let request = Request::post(url("init/error")).body(whole(told.to_string()));
        client.request(request.expect("a request")).await.ok();
        return ExitCode::FAILURE;
    }
    let mut count = 0;
    loop {
        let request = Request::get(url("invocation/next")).body(whole(""));
        let Ok(response) = client.request(request.expect("a request")).await else {
            return ExitCode::FAILURE;
        };
        let id =
            response.headers()["lambda-runtime-aws-request-id"].to_str().expect("words").to_owned();
        let trace =
            response.headers()["lambda-runtime-trace-id"].to_str().expect("words").to_owned();
        let event = response.into_body().collect().await.expect("an event").to_bytes();
        let event: Value = serde_json::from_slice(&event).unwrap_or_default();
        count += 1;
        println!("event {count}");
        let of = |name: &str| event[name].as_u64().unwrap_or_default();
        sleep(Duration::from_millis(of("sleep_ms"))).await;
        let began = Instant::now();
        busy(Some(Duration::from_millis(of("cpu_ms"))));
        if let Some(code) = event["exit"].as_u64() {
            println!("ending");
            return ExitCode::from(u8::try_from(code).unwrap_or(1));
        }
        if event["child"].as_bool() == Some(true) {
            #[expect(
                clippy::zombie_processes,
                reason = "a test looks whether it ends with its sandbox"
            )]
            let child = Command::new("sleep").arg("60").spawn().expect("a child");
            println!("child {}", child.id());
        }
        let path = |what: &str| url(&format!("invocation/{id}/{what}"));
        let request = if event["error"].as_bool() == Some(true) {
            let told = json!({"errorType": "Function.Refused", "errorMessage": "no"});
            Request::post(path("error")).body(whole(told.to_string()))
        } else if event["stream"].as_bool() == Some(true) {
            streamed(&path("response"), of("pause_ms"), event["breaks"].as_bool() == Some(true))
        } else {
            let large = "x".repeat(usize::try_from(of("large")).unwrap_or_default());
            let answer = json!({
                "pid": std::process::id(), "count": count, "trace": trace, "large": large,
                "busy_ms": u64::try_from(began.elapsed().as_millis()).unwrap_or_default(),
            });
            Request::post(path("response")).body(whole(answer.to_string()))
        };
        client.request(request.expect("a request")).await.ok();
        sleep(Duration::from_millis(of("after_ms"))).await;
        if event["spin"].as_bool() == Some(true) {
            std::thread::spawn(|| busy(None));
        }
    }
}

fn streamed(path: &str, pause_ms: u64, breaks: bool) -> http::Result<Request<Body>> {
    let head = Bytes::from(r#"{"statusCode":201,"headers":{"content-type":"text/plain"}}"#);
    // The border comes with a part of the body, and not by itself.
    let parts =
        [head, Bytes::from("\0\0\0\0\0\0\0\0one "), Bytes::from("two "), Bytes::from("three")];
    let frames = stream::unfold(0, move |at| {
        let part = parts.get(at).cloned();
        async move {
            sleep(Duration::from_millis(if at > 1 { pause_ms } else { 0 })).await;
            let frame = match part {
                Some(part) => Frame::data(part),
                None if breaks && at == 4 => {
                    let mut trailers = HeaderMap::new();
                    let kind = HeaderValue::from_static("Function.Torn");
                    trailers.insert("lambda-runtime-function-error-type", kind);
                    let body = HeaderValue::from_static("eyJlcnJvck1lc3NhZ2UiOiJ0b3JuIn0=");
                    trailers.insert("lambda-runtime-function-error-body", body);
                    Frame::trailers(trailers)
                }
                None => return None,
            };
            Some((Ok::<_, Infallible>(frame), at + 1))
        }
    });
    Request::post(path)
        .header("lambda-runtime-function-response-mode", "streaming")
        .header("content-type", "application/vnd.awslambda.http-integration-response")
        .header("transfer-encoding", "chunked")
        .header("trailer", "lambda-runtime-function-error-type")
        .header("trailer", "lambda-runtime-function-error-body")
        .body(BodyExt::boxed(StreamBody::new(frames)))
}
