//! Broken, slow and too many clients; and stopping.

use std::time::Duration;

use http::{Response, StatusCode};
use http_body_util::BodyExt;
use ragctl_local::balancer::{Limits, Settings};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

use super::support::{Stand, Told, Upstream, body, piece, settings, soon, text, until};

const SHORT: Duration = Duration::from_millis(100);

async fn closed(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let _read = soon(stream.read_to_end(&mut rest)).await;
    rest
}

#[tokio::test]
async fn broken_requests_are_refused_and_reach_no_target() {
    let upstream = Upstream::named("a").await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let wide = "a".repeat(17 * 1024);
    let many: String = (0..6).map(|n| format!("x-{n}: {}\r\n", "a".repeat(15 * 1024))).collect();
    let table = [
        ("nonsense\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n".to_owned(), 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nbad name: 1\r\n\r\n".to_owned(), 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n".to_owned(), 400),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n"
                .to_owned(),
            400,
        ),
        ("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n".to_owned(), 400),
        ("CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n".to_owned(), 400),
        (format!("GET /{wide} HTTP/1.1\r\nhost: a\r\n\r\n"), 414),
        (format!("GET / HTTP/1.1\r\nhost: a\r\nx-wide: {wide}\r\n\r\n"), 431),
        (format!("GET / HTTP/1.1\r\nhost: a\r\n{many}\r\n"), 431),
        (
            "GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
                .to_owned(),
            501,
        ),
        ("POST / HTTP/1.1\r\nhost: a\r\nexpect: a-miracle\r\n\r\n".to_owned(), 417),
    ];
    for (request, status) in table {
        let shown = &request[..request.len().min(60)];
        let mut client = stand.connect().await;
        client.write_all(request.as_bytes()).await.unwrap();
        client.shutdown().await.unwrap();
        let answer = String::from_utf8(closed(&mut client).await).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{shown:?}: {answer}");
    }
    assert_eq!(upstream.opened(), 0);
    assert_eq!(stand.asked("/").await.0, StatusCode::OK, "and it goes on");
}

#[tokio::test]
async fn a_head_that_takes_too_long_closes_the_connection() {
    let limits = Limits { head_timeout: SHORT, ..Limits::default() };
    let stand = Stand::within(settings(), limits).await;
    let mut client = stand.connect().await;
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n").await.unwrap();
    let (mut read, mut write) = client.into_split();
    // A byte now and then does not help.
    let dripping = tokio::spawn(async move {
        while write.write_all(b"x").await.is_ok() {
            tokio::time::sleep(SHORT / 5).await;
        }
    });
    let mut rest = Vec::new();
    let _read = soon(read.read_to_end(&mut rest)).await;
    assert_eq!(rest, b"");
    soon(dripping).await.unwrap();
}

#[tokio::test]
async fn a_connection_at_rest_may_rest_longer_than_a_head_may_take() {
    let upstream = Upstream::named("a").await;
    let limits = Limits { head_timeout: SHORT, ..Limits::default() };
    let stand = Stand::within(settings(), limits).await;
    stand.add("a", upstream.address);
    let mut client = stand.connect().await;
    for _ in 0..2 {
        tokio::time::sleep(SHORT * 2).await;
        client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\na") {
            assert!(soon(client.read_buf(&mut answer)).await.unwrap() > 0, "closed");
        }
    }
}

#[tokio::test]
async fn a_connection_at_rest_is_closed_after_the_idle_timeout() {
    let stand = Stand::new(Settings { idle_timeout: SHORT, ..settings() }).await;
    let mut client = stand.connect().await;
    assert_eq!(closed(&mut client).await, b"");
}

#[tokio::test]
async fn an_edited_idle_timeout_holds_for_connections_that_are_there() {
    let stand = Stand::new(settings()).await;
    let mut client = stand.connect().await;
    stand.balancer.edit(Settings { idle_timeout: SHORT, ..settings() });
    assert_eq!(closed(&mut client).await, b"");
}

#[tokio::test]
async fn an_answer_that_stands_still_is_given_up() {
    let (tell, told) = Told::body();
    let told = std::sync::Mutex::new(Some(told));
    let upstream = Upstream::answering(move |_| {
        let told = told.lock().unwrap().take().unwrap();
        async { Response::new(told) }
    })
    .await;
    let stand = Stand::new(Settings { idle_timeout: 5 * SHORT, ..settings() }).await;
    stand.add("a", upstream.address);
    tell.send("half").await.unwrap();
    let mut answer = stand.get("/").await.into_body();
    assert_eq!(piece(&mut answer).await, "half");
    assert!(soon(answer.frame()).await.unwrap().is_err());
    soon(tell.closed()).await;
}

#[tokio::test]
async fn more_clients_than_allowed_wait_their_turn() {
    let upstream = Upstream::named("a").await;
    let stand = Stand::within(settings(), Limits { connections: 2, ..Limits::default() }).await;
    stand.add("a", upstream.address);
    let (first, second) = (stand.connect().await, stand.connect().await);
    // Both are in once both have been seen to be served.
    for client in [&first, &second] {
        client.writable().await.unwrap();
        client.try_write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
        soon(client.readable()).await.unwrap();
    }
    let third = tokio::spawn(stand.get("/"));
    tokio::time::sleep(SHORT).await;
    assert_eq!(upstream.asked(), 2);
    drop(first);
    assert_eq!(soon(third).await.unwrap().status(), StatusCode::OK);
    drop(second);
}

#[tokio::test]
async fn a_stop_finishes_what_is_in_flight_and_accepts_nothing_new() {
    let (tell, told) = Told::body();
    let told = std::sync::Mutex::new(Some(told));
    let upstream = Upstream::answering(move |_| {
        let told = told.lock().unwrap().take().unwrap();
        async { Response::new(told) }
    })
    .await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let mut resting = stand.connect().await;
    tell.send("one").await.unwrap();
    let mut answer = stand.get("/").await.into_body();
    assert_eq!(piece(&mut answer).await, "one");

    stand.stop.cancel();
    assert_eq!(closed(&mut resting).await, b"", "a connection at rest is closed at once");
    until(|| std::net::TcpStream::connect_timeout(&stand.address, SHORT).is_err()).await;
    assert!(!stand.served.is_finished());
    tell.send("two").await.unwrap();
    assert_eq!(piece(&mut answer).await, "two");
    drop(tell);
    assert_eq!(piece(&mut answer).await, "");
    soon(stand.served).await.unwrap();
}

#[tokio::test]
async fn a_stop_waits_no_longer_than_its_limit() {
    let upstream = Upstream::answering(|_| async {
        std::future::pending::<()>().await;
        Response::new(body(""))
    })
    .await;
    let limits = Limits { stop_timeout: SHORT, ..Limits::default() };
    let stand = Stand::within(settings(), limits).await;
    stand.add("a", upstream.address);
    let mut client = stand.connect().await;
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    until(|| upstream.asked() == 1).await;
    stand.stop.cancel();
    soon(stand.served).await.unwrap();
    assert_eq!(closed(&mut client).await, b"");
    assert_eq!(stand.balancer.counts().in_flight(), 0);
}

#[tokio::test]
async fn it_moves_to_another_listener_with_its_table_and_counts() {
    let upstream = Upstream::named("a").await;
    let mut stand = Stand::before(&[("a", upstream.address)]).await;
    assert_eq!(stand.asked("/").await.0, StatusCode::OK);
    stand.stop.cancel();
    soon(&mut stand.served).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    stand.address = listener.local_addr().unwrap();
    let serving = stand.balancer.clone();
    let stop = CancellationToken::new();
    let token = stop.clone();
    let served = tokio::spawn(async move { serving.serve(listener, token).await });
    assert_eq!(text(stand.get("/").await).await, (StatusCode::OK, "a".into()));
    assert_eq!(stand.balancer.counts().users(), 2);
    stop.cancel();
    soon(served).await.unwrap();
}

#[tokio::test]
async fn a_body_that_breaks_off_is_the_clients_fault() {
    let upstream = Upstream::named("a").await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let table = [
        ("content-length: 10\r\n\r\nabc", "it ends too early"),
        ("transfer-encoding: chunked\r\n\r\nzz\r\n", "its chunks make no sense"),
    ];
    for (rest, what) in table {
        let mut client = stand.connect().await;
        let request = format!("POST / HTTP/1.1\r\nhost: a\r\n{rest}");
        client.write_all(request.as_bytes()).await.unwrap();
        client.shutdown().await.unwrap();
        let answer = String::from_utf8(closed(&mut client).await).unwrap();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{what}: {answer}");
    }
    assert_eq!(stand.balancer.counts().failed(), 0, "no task failed");
    assert_eq!(stand.asked("/").await.0, StatusCode::OK, "and it goes on");
}
