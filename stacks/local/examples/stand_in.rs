//! A service for the tests of this package, which can be told to misbehave by its environment.
#![expect(clippy::print_stdout, reason = "its lines are the logs that tests read")]

use std::{convert::Infallible, env, process::ExitCode, time::Duration};

use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    time::sleep,
};

/// A setting of this program.
fn setting(name: &str) -> Option<String> {
    env::var_os(name).and_then(|it| it.into_string().ok())
}

async fn answer(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, body) = match request.uri().path() {
        "/health" if setting("NEVER_HEALTHY").is_some() => {
            (StatusCode::INTERNAL_SERVER_ERROR, "ill".to_owned())
        }
        "/slow" => {
            let millis = request.uri().query().and_then(|it| it.parse().ok()).unwrap_or(100);
            sleep(Duration::from_millis(millis)).await;
            (StatusCode::OK, "slow".to_owned())
        }
        "/environment" => {
            let all: Vec<String> =
                env::vars_os().map(|(k, v)| format!("{}={}", k.display(), v.display())).collect();
            (StatusCode::OK, all.join("\n"))
        }
        _ => (StatusCode::OK, setting("VERSION").unwrap_or_default()),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    Ok(response)
}

#[tokio::main]
async fn main() -> ExitCode {
    if env::args().nth(1).as_deref() == Some("healthcheck") {
        return if setting("CHECK_FAILS").is_some() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        };
    }
    println!("started {}", setting("RAGCTL_TASK").unwrap_or_default());
    if let Some(code) = setting("EXIT_AT_START").and_then(|it| it.parse::<u8>().ok()) {
        println!("ending with {code}");
        return ExitCode::from(code);
    }
    if let Some(millis) = setting("SLOW_START_MS").and_then(|it| it.parse().ok()) {
        sleep(Duration::from_millis(millis)).await;
    }
    let mut term = signal(SignalKind::terminate()).expect("signals can be listened for");
    let port: u16 = setting("PORT").and_then(|it| it.parse().ok()).expect("a port");
    let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await else {
        println!("port {port} is taken");
        return ExitCode::FAILURE;
    };
    let graceful = GracefulShutdown::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
                tokio::spawn(graceful.watch(connection));
            }
            _ = term.recv() => {
                println!("told to stop");
                if setting("IGNORE_TERM").is_none() {
                    break;
                }
            }
        }
    }
    graceful.shutdown().await;
    ExitCode::SUCCESS
}
