//! A stand-in for the service: answers what the test says, and remembers what it was asked.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use serde_json::Value;

/// The stand-in; it stops when it is dropped.
pub(super) struct Double {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

/// What was asked.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) body: String,
}

/// What is answered.
pub(super) struct Answer {
    status: u16,
    retry_after: Option<u64>,
    body: String,
}

impl Request {
    /// Method and path, without what comes after `?`.
    pub(super) fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Answer {
    pub(super) fn ok(body: &str) -> Self {
        Self::new(200, body)
    }

    pub(super) fn new(status: u16, body: &str) -> Self {
        Self { status, retry_after: None, body: body.to_owned() }
    }

    pub(super) fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }
}

impl Double {
    pub(super) fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (requests, stopped) =
            (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (to, ends, answer) = (Arc::clone(&requests), Arc::clone(&stopped), Arc::new(answer));
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if ends.load(Ordering::SeqCst) {
                    break;
                }
                let (to, answer) = (Arc::clone(&to), Arc::clone(&answer));
                thread::spawn(move || serve(&stream.unwrap(), &to, &*answer));
            }
        });
        Self { address, requests, stopped, thread: Some(thread) }
    }

    pub(super) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.thread.take().unwrap().join().unwrap();
    }
}

fn serve(stream: &TcpStream, to: &Mutex<Vec<Request>>, answer: &dyn Fn(&Request) -> Answer) {
    let Some(request) = read(stream) else { return };
    to.lock().unwrap().push(request.clone());
    let Answer { status, retry_after, body } = answer(&request);
    let retry = retry_after.map(|it| format!("retry-after: {it}\r\n")).unwrap_or_default();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} OK\r\n{retry}connection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    drop({ stream }.write_all(format!("{head}{body}").as_bytes()));
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    let mut lines = Vec::new();
    while reader.read_line(&mut line).ok()? > 2 {
        lines.push(std::mem::take(&mut line));
    }
    let mut words = lines.first()?.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?);
    let path = path.split('?').next()?.to_owned();
    let length = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path, body: String::from_utf8(body).ok()? })
}
