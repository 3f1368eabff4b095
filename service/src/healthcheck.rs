//! Asks a running service how it is, as a container's health check: no shell, no curl, no runtime.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use crate::config::Healthcheck;

/// The limit of the whole check, below the 5 s that ECS and our load balancer give it.
pub const LIMIT: Duration = Duration::from_secs(4);

/// More than any status line has.
const LONGEST_LINE_BYTES: usize = 1024;

/// Whether a service on this machine answers with a 2xx within `limit`.
///
/// # Errors
///
/// What the connection says, or [`io::ErrorKind::TimedOut`].
pub fn is_healthy(check: &Healthcheck, limit: Duration) -> io::Result<bool> {
    let end = Instant::now() + limit;
    let left = || {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::Error::from(io::ErrorKind::TimedOut)) } else { Ok(left) }
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, check.port));
    let mut stream = TcpStream::connect_timeout(&address, limit)?;
    stream.set_write_timeout(Some(left()?))?;
    let path = &check.path;
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: {address}\r\nx-ragctl-purpose: probe\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut head = Vec::new();
    let mut part = [0; 256];
    while !head.contains(&b'\n') && head.len() < LONGEST_LINE_BYTES {
        stream.set_read_timeout(Some(left()?))?;
        match stream.read(&mut part)? {
            0 => break,
            count => head.extend_from_slice(&part[..count]),
        }
    }
    Ok(is_success(&head))
}

/// Whether a status line such as `HTTP/1.1 200 OK` tells of success.
fn is_success(head: &[u8]) -> bool {
    let status = head.split(|byte| *byte == b' ').nth(1);
    head.starts_with(b"HTTP/1.") && matches!(status, Some([b'2', _, _]))
}

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use super::*;

    fn answered(head: &'static str) -> io::Result<bool> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            assert_ne!(stream.read(&mut [0; 1024]).unwrap(), 0);
            stream.write_all(head.as_bytes()).unwrap();
        });
        is_healthy(&Healthcheck { port, path: "/health".to_owned() }, LIMIT)
    }

    #[test]
    fn a_success_is_healthy() {
        assert!(answered("HTTP/1.1 200 OK\r\n\r\n").unwrap());
        assert!(answered("HTTP/1.1 204 No Content\r\n\r\n").unwrap());
    }

    #[test]
    fn everything_else_is_not() {
        assert!(!answered("HTTP/1.1 503 Service Unavailable\r\n\r\n").unwrap());
        assert!(!answered("SSH-2.0-x 200 \r\n").unwrap());
        assert!(!answered("").unwrap());
    }

    #[test]
    fn a_service_that_says_nothing_is_given_up() {
        // The system accepts, nobody answers.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let check = Healthcheck { port, path: "/health".to_owned() };
        assert!(is_healthy(&check, Duration::from_millis(20)).is_err());
    }

    #[test]
    fn a_port_that_nobody_listens_on_is_an_error() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        assert!(is_healthy(&Healthcheck { port, path: "/".to_owned() }, LIMIT).is_err());
    }
}
