//! What passes through, and how.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, Method, Response, StatusCode, Uri};
use http_body_util::BodyExt;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::mpsc,
};

use super::support::{Stand, Told, Upstream, body, piece, soon, text, until};

/// An upstream that remembers the last head it saw.
async fn remembering() -> (Upstream, Arc<Mutex<(Method, Uri, HeaderMap)>>) {
    let seen = Arc::<Mutex<(Method, Uri, HeaderMap)>>::default();
    let to = seen.clone();
    let upstream = Upstream::answering(move |request| {
        let (head, _) = request.into_parts();
        *to.lock().unwrap() = (head.method, head.uri, head.headers);
        async {
            let mut response = Response::new(body("seen"));
            let headers = response.headers_mut();
            headers.insert("connection", "x-hop".parse().unwrap());
            headers.insert("x-hop", "1".parse().unwrap());
            headers.insert("keep-alive", "timeout=5".parse().unwrap());
            headers.insert("x-end", "1".parse().unwrap());
            response
        }
    })
    .await;
    (upstream, seen)
}

#[tokio::test]
async fn an_answer_passes_piece_by_piece() {
    let (tell, told) = Told::body();
    let told = Mutex::new(Some(told));
    let upstream = Upstream::answering(move |_| {
        let told = told.lock().unwrap().take().unwrap();
        async { Response::new(told) }
    })
    .await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    tell.send("one").await.unwrap();
    let mut answer = stand.get("/query/stream").await.into_body();
    assert_eq!(piece(&mut answer).await, "one");
    // The second is only sent once the first has come through.
    tell.send("two").await.unwrap();
    assert_eq!(piece(&mut answer).await, "two");
    drop(tell);
    assert_eq!(piece(&mut answer).await, "");
}

#[tokio::test]
async fn a_request_passes_piece_by_piece() {
    let (got, mut gets) = mpsc::channel(1);
    let upstream = Upstream::answering(move |request| {
        let got = got.clone();
        async move {
            let mut upload = request.into_body();
            while let Some(Ok(frame)) = upload.frame().await {
                got.send(frame.into_data().unwrap()).await.unwrap();
            }
            Response::new(body("done"))
        }
    })
    .await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let (tell, told) = Told::body();
    let answer = tokio::spawn(stand.send(stand.request("POST", "/").body(told).unwrap()));
    for piece in ["one", "two", "three"] {
        tell.send(piece).await.unwrap();
        assert_eq!(soon(gets.recv()).await.unwrap(), piece);
    }
    drop(tell);
    assert_eq!(text(soon(answer).await.unwrap()).await, (StatusCode::OK, "done".into()));
}

#[tokio::test]
async fn a_large_body_comes_back_as_it_was_sent() {
    let upstream = Upstream::answering(|request| async {
        Response::new(body(request.into_body().collect().await.unwrap().to_bytes()))
    })
    .await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let sent: Vec<u8> =
        (0..4_000_000_u32).map(|n| b'a' + u8::try_from((n ^ (n >> 9)) % 23).unwrap()).collect();
    let request = stand.request("POST", "/").body(body(sent.clone())).unwrap();
    let (status, got) = text(stand.send(request).await).await;
    assert_eq!(status, StatusCode::OK);
    assert!(got.as_bytes() == sent);
}

#[tokio::test]
async fn connections_are_kept_and_used_again_on_both_sides() {
    let upstream = Upstream::named("a").await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let mut client = stand.connect().await;
    let ask = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    for _ in 0..20 {
        client.write_all(ask).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\na") {
            assert!(soon(client.read_buf(&mut answer)).await.unwrap() > 0, "closed");
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
    assert_eq!((upstream.asked(), upstream.opened()), (20, 1));
}

#[tokio::test]
async fn the_target_learns_who_asked_and_nothing_of_the_connection() {
    let (upstream, seen) = remembering().await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let answer = stand
        .raw(
            "GET http://example.org/a/b?c=%20d HTTP/1.1\r\nhost: example.org\r\nx-forwarded-for: 10.0.0.9\r\n\
             connection: close, x-private\r\nx-private: 1\r\nte: trailers\r\nproxy-authorization: x\r\nx-kept: 1\r\n\r\n",
        )
        .await;
    let (method, uri, headers) = seen.lock().unwrap().clone();
    assert_eq!((method, uri.to_string()), (Method::GET, "/a/b?c=%20d".to_owned()));
    assert_eq!(headers["host"], "example.org");
    assert_eq!(headers["x-forwarded-for"], "10.0.0.9, 127.0.0.1");
    assert_eq!(headers["x-forwarded-proto"], "http");
    assert_eq!(headers["x-forwarded-port"], stand.address.port().to_string());
    assert_eq!(headers["x-kept"], "1");
    for gone in ["connection", "x-private", "te", "proxy-authorization", "via"] {
        assert_eq!(headers.get(gone), None, "{gone}");
    }
    let id = headers["x-request-id"].to_str().unwrap();
    assert_eq!(id.len(), 32);
    let (head, rest) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(rest, "seen");
    assert!(head.contains(&format!("x-request-id: {id}")) && head.contains("x-end: 1"), "{head}");
    assert!(
        !head.contains("x-hop") && !head.contains("keep-alive") && !head.contains("via"),
        "{head}"
    );
}

#[tokio::test]
async fn a_requests_id_is_kept() {
    let (upstream, seen) = remembering().await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let request = stand.request("GET", "/").header("x-request-id", "mine").body(body("")).unwrap();
    let answer = stand.send(request).await;
    assert_eq!(answer.headers()["x-request-id"], "mine");
    assert_eq!(seen.lock().unwrap().2["x-request-id"], "mine");
}

#[tokio::test]
async fn head_has_the_length_but_no_body() {
    let upstream = Upstream::named("twelve bytes").await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let answer = stand.raw("HEAD / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    assert!(answer.contains("content-length: 12\r\n"), "{answer}");
}

#[tokio::test]
async fn an_old_client_is_answered_in_its_way() {
    let upstream = Upstream::named("a").await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let answer = stand.raw("GET / HTTP/1.0\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\n") && answer.ends_with("\r\n\r\na"), "{answer}");
}

#[tokio::test]
async fn who_expects_to_be_told_to_continue_is_told() {
    let upstream = Upstream::answering(|request| async {
        assert_eq!(request.headers().get("expect"), None);
        let bytes = request.into_body().collect().await.unwrap().to_bytes();
        Response::new(body(bytes))
    })
    .await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let mut client = stand.connect().await;
    let head = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n";
    client.write_all(head).await.unwrap();
    let mut told = [0; 25];
    soon(client.read_exact(&mut told)).await.unwrap();
    assert_eq!(&told, b"HTTP/1.1 100 Continue\r\n\r\n");
    client.write_all(b"hello").await.unwrap();
    let mut answer = String::new();
    soon(client.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn requests_are_counted_by_what_they_are_for() {
    let upstream = Upstream::answering(|request| async move {
        let mut response = Response::new(body("x"));
        if request.uri().path() == "/broken" {
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        }
        response
    })
    .await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let counts = stand.balancer.counts();
    assert_eq!(counts.activity().last_user, None);
    stand.asked("/").await;
    stand.asked("/broken").await;
    for purpose in ["ping", "probe"] {
        let request = stand.request("GET", "/broken").header("x-ragctl-purpose", purpose);
        text(stand.send(request.body(body("")).unwrap()).await).await;
    }
    assert_eq!((counts.users(), counts.pings(), counts.failed()), (2, 1, 2));
    let seen = counts.activity();
    assert!(seen.last_user.is_some() && seen.last_ping >= seen.last_user);
    until(|| counts.in_flight() == 0 && stand.balancer.table().in_flight() == 0).await;
}

#[tokio::test]
async fn two_lengths_become_one() {
    let (upstream, seen) = remembering().await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let answer = stand
        .raw(
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n\
             0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
        )
        .await;
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let (_, uri, headers) = seen.lock().unwrap().clone();
    assert_eq!((upstream.asked(), uri.path()), (1, "/"));
    assert_eq!(headers.get("content-length"), None);
    assert_eq!(headers["transfer-encoding"], "chunked");
}

#[tokio::test]
async fn an_answer_that_comes_before_the_whole_request_is_passed_on() {
    let upstream = Upstream::answering(|_| async {
        let mut response = Response::new(body("too large"));
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        response
    })
    .await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    let (tell, told) = Told::body();
    let answer = tokio::spawn(stand.send(stand.request("POST", "/").body(told).unwrap()));
    tell.send("the first piece").await.unwrap();
    let answer = text(soon(answer).await.unwrap()).await;
    assert_eq!(answer, (StatusCode::PAYLOAD_TOO_LARGE, "too large".into()));
    // Nobody reads the rest.
    soon(tell.closed()).await;
    until(|| stand.balancer.table().in_flight() == 0).await;
}

#[tokio::test]
async fn an_answer_before_the_end_of_a_large_upload_is_not_lost() {
    let upstream = Upstream::answering(|_| async {
        let mut response = Response::new(body("too large"));
        *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        response
    })
    .await;
    let stand = Stand::before(&[("a", upstream.address)]).await;
    for _ in 0..20 {
        let mut client = stand.connect().await;
        let (mut read, mut write) = client.split();
        let sends = async {
            let mut sent = write
                .write_all(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 20000000\r\n\r\n")
                .await;
            while sent.is_ok() {
                sent = write.write_all(&[b'x'; 10_000]).await;
            }
        };
        let mut status = [0; 12];
        let reads = read.read_exact(&mut status);
        let (_, read) = soon(async { tokio::join!(sends, reads) }).await;
        read.unwrap();
        assert_eq!(&status, b"HTTP/1.1 413");
    }
    until(|| stand.balancer.table().in_flight() == 0).await;
}
