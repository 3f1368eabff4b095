//! What one very large document takes: until it is accepted, until it can be found, and of memory all the while.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use crate::{client::Client, server::Server};

const MIB: usize = 1 << 20;
const SIZE_MIB: usize = 200;

/// Longer than this it must not take.
const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) fn report() {
    let folder = tempfile::tempdir().unwrap();
    let limit = (SIZE_MIB * MIB).to_string();
    let server = Server::start(folder.path(), &[("MAX_UPLOAD_SIZE", &limit)]);
    server.until_ok("/health");
    let idle = server.memory_mib();

    let (began, before) = (Instant::now(), server.cpu());
    send(server.port);
    println!(
        "| an upload of {SIZE_MIB} MiB of text | time | CPU | memory, at most |\n| --- | --- | --- | --- |"
    );
    let row = |what: &str, began: Instant, before: Duration| {
        println!(
            "| {what} | {:.1} s | {:.1} s | {:.0} MiB |",
            began.elapsed().as_secs_f64(),
            server.cpu().saturating_sub(before).as_secs_f64(),
            server.peak_mib()
        );
    };
    println!("| idle before | | | {idle:.0} MiB |");
    row("accepted", began, before);

    let (began, before) = (Instant::now(), server.cpu());
    let mut client = Client::connect(server.port).unwrap();
    let chunks = loop {
        assert!(began.elapsed() < PATIENCE, "it is processed some day");
        let answer = client.get("/documents").unwrap();
        let listed: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let document = &listed["documents"][0];
        assert_ne!(document["status"], "failed", "{listed}");
        if document["status"] == "processed" {
            break document["chunks_count"].as_u64().unwrap();
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    row(
        &format!("cut into {chunks} chunks, embedded by the static table and stored"),
        began,
        before,
    );
    println!();
}

/// Sends a text as a form with a file, a line at a time.
fn send(port: u16) {
    let head =
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"large.txt\"\r\n\r\n";
    let tail = "\r\n--b--\r\n";
    let line = |number: usize| {
        format!("{number:09} The balancer of Aldgate drains connections; 检索系统很快。\n")
    };
    let lines = SIZE_MIB * MIB / line(0).len();
    let length = head.len() + lines * line(0).len() + tail.len();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request = format!(
        "POST /documents/upload HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n"
    );
    let mut out = std::io::BufWriter::with_capacity(64 * 1024, &mut stream);
    out.write_all((request + head).as_bytes()).unwrap();
    for number in 0..lines {
        out.write_all(line(number).as_bytes()).unwrap();
    }
    out.write_all(tail.as_bytes()).unwrap();
    out.flush().unwrap();
    drop(out);
    let mut answer = BufReader::new(stream);
    let mut status = String::new();
    answer.read_line(&mut status).unwrap();
    let mut rest = String::new();
    answer.read_to_string(&mut rest).unwrap();
    assert!(status.contains(" 200 "), "{status}{rest}");
}
