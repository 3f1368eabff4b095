//! The little of HTTP that is needed to look at the emulator and to ask the service.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

const LIMIT: Duration = Duration::from_secs(30);

/// A request to this machine.
#[derive(Debug)]
pub(crate) struct Request {
    head: String,
    body: String,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn get(path: &str) -> Self {
        Self { head: format!("GET {path} HTTP/1.0\r\n"), body: String::new() }
    }

    pub(crate) fn post(path: &str, body: &str) -> Self {
        Self { head: format!("POST {path} HTTP/1.0\r\n"), body: body.to_owned() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head.push_str(&[name, ": ", value, "\r\n"].concat());
        self
    }

    pub(crate) fn send(self, port: u16) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let Self { head, body } = self;
        let length = body.len();
        write!(stream, "{head}Host: 127.0.0.1:{port}\r\nContent-Length: {length}\r\n\r\n{body}")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
        Answer { status: status.unwrap_or_else(|| panic!("{head}")), body: body.to_owned() }
    }
}
