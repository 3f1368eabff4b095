//! A client that comes again as it is told to.

use std::{
    io::{Read, Write},
    net::TcpStream,
    thread,
    time::Duration,
};

/// What no caller waits longer than for one answer.
const LIMIT: Duration = Duration::from_secs(60);

/// How often a caller comes at most.
const TIMES: usize = 40;

/// A client of a stack whose time runs `scale` times faster.
#[derive(Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) port: u16,
    pub(crate) scale: u32,
}

impl Caller {
    /// Asks until the answer is 200, waiting in between as `Retry-After` says; all statuses that it got.
    pub(crate) fn ask(self, method: &str, path: &str, body: &str) -> Vec<u16> {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n\r\n{body}"
        );
        let mut statuses = Vec::new();
        while statuses.len() < TIMES {
            let (status, retry_after) = self.send(&request);
            statuses.push(status);
            match retry_after {
                Some(seconds) if status != 200 => {
                    thread::sleep(Duration::from_secs(seconds) / self.scale);
                }
                _ => break,
            }
        }
        statuses
    }

    fn send(self, request: &str) -> (u16, Option<u64>) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let retry_after = head.lines().find_map(|line| line.strip_prefix("retry-after: "));
        (status, retry_after.map(|seconds| seconds.parse().unwrap()))
    }
}
