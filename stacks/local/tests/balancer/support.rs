//! Upstreams, clients, and a balancer between them.

use std::{
    convert::Infallible,
    future::Future,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use ragctl_local::{
    balancer::{Balancer, Limits, Settings, Waker},
    clock::{Clock, TimeScale},
};
use ragctl_stacks::{
    resource::{Algorithm, ColdAnswer, HealthCheck},
    timing::health::Health,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::mpsc,
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

/// What no test waits longer than.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) type Body = BoxBody<Bytes, Infallible>;

pub(crate) fn body(text: impl Into<Bytes>) -> Body {
    Full::new(text.into()).boxed()
}

/// Fails the test instead of hanging.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    timeout(PATIENCE, future).await.expect("it takes too long")
}

/// Looks again and again until it holds.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    soon(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

/// A target that answers as it is told. Stops when dropped.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    pub(crate) connections: Arc<AtomicUsize>,
    pub(crate) requests: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Upstream {
    pub(crate) async fn answering<A, F>(answer: A) -> Self
    where
        A: Fn(Request<Incoming>) -> F + Send + Sync + 'static,
        F: Future<Output = Response<Body>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, requests) =
            (Arc::<AtomicUsize>::default(), Arc::<AtomicUsize>::default());
        let answer = Arc::new(answer);
        let (opened, asked) = (connections.clone(), requests.clone());
        let task = tokio::spawn(async move {
            let mut tasks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::SeqCst);
                let (answer, asked) = (answer.clone(), asked.clone());
                let service = service_fn(move |request| {
                    asked.fetch_add(1, Ordering::SeqCst);
                    let answer = answer(request);
                    async move { Ok::<_, Infallible>(answer.await) }
                });
                tasks.spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
            }
        });
        Self { address, connections, requests, task }
    }

    /// Answers 200 with its name.
    pub(crate) async fn named(name: &'static str) -> Self {
        Self::answering(move |_| async move { Response::new(body(name)) }).await
    }

    /// Does with each connection what it is told.
    pub(crate) async fn raw<A, F>(act: A) -> Self
    where
        A: Fn(TcpStream) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::<AtomicUsize>::default();
        let opened = connections.clone();
        let task = tokio::spawn(async move {
            let mut tasks = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                opened.fetch_add(1, Ordering::SeqCst);
                tasks.spawn(act(stream));
            }
        });
        Self { address, connections, requests: Arc::default(), task }
    }

    pub(crate) fn asked(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub(crate) fn opened(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// An address that refuses connections: bound, so that nobody else gets it, but not listened on.
pub(crate) struct Refusing {
    pub(crate) address: SocketAddr,
    _socket: TcpSocket,
}

impl Refusing {
    pub(crate) fn new() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        Self { address: socket.local_addr().unwrap(), _socket: socket }
    }
}

type OnWake = Box<dyn Fn() + Send + Sync>;

/// Counts wakes, and does on each what it is told.
#[derive(Default)]
pub(crate) struct Bell {
    rings: AtomicUsize,
    on_wake: Mutex<Option<OnWake>>,
}

impl Bell {
    pub(crate) fn rings(&self) -> usize {
        self.rings.load(Ordering::SeqCst)
    }

    pub(crate) fn on_wake(&self, act: impl Fn() + Send + Sync + 'static) {
        *self.on_wake.lock().unwrap() = Some(Box::new(act));
    }
}

impl Waker for Bell {
    fn wake(&self) {
        self.rings.fetch_add(1, Ordering::SeqCst);
        if let Some(act) = &*self.on_wake.lock().unwrap() {
            act();
        }
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        idle_timeout: PATIENCE,
        algorithm: Algorithm::RoundRobin,
        health_check: HealthCheck {
            path: "/health".into(),
            matcher: "200".into(),
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(5),
            healthy_threshold: 2,
            unhealthy_threshold: 3,
        },
        while_waking: None,
        edge: None,
    }
}

/// What stands at the edge, as a file without settings has it.
pub(crate) fn edge() -> ColdAnswer {
    ColdAnswer { limit: Duration::from_secs(1), retry_after: Duration::from_secs(30) }
}

/// A balancer that serves.
pub(crate) struct Stand {
    pub(crate) balancer: Balancer,
    pub(crate) address: SocketAddr,
    pub(crate) bell: Arc<Bell>,
    pub(crate) stop: CancellationToken,
    pub(crate) served: JoinHandle<()>,
    client: Client,
}

type Client = legacy::Client<HttpConnector, Body>;
type Pending = Pin<Box<dyn Future<Output = Response<Incoming>> + Send>>;

impl Stand {
    pub(crate) async fn new(settings: Settings) -> Self {
        Self::within(settings, Limits::default()).await
    }

    pub(crate) async fn within(settings: Settings, limits: Limits) -> Self {
        let bell = Arc::new(Bell::default());
        // A thousand times faster, so that probes come every 30 ms.
        let clock = Clock::start(TimeScale::new(1000.0).unwrap());
        let balancer = Balancer::new(settings, limits, bell.clone(), clock);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let serving = (balancer.clone(), stop.clone());
        let served = tokio::spawn(async move { serving.0.serve(listener, serving.1).await });
        let client = legacy::Client::builder(TokioExecutor::new()).build_http();
        Self { balancer, address, bell, stop, served, client }
    }

    /// Registers healthy targets.
    pub(crate) async fn before(targets: &[(&str, SocketAddr)]) -> Self {
        let stand = Self::new(settings()).await;
        for (id, address) in targets {
            stand.add(id, *address);
        }
        stand
    }

    pub(crate) fn add(&self, id: &str, address: SocketAddr) {
        self.balancer.table().register(id, address);
        self.balancer.table().report(id, Health::Healthy, None);
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> http::request::Builder {
        Request::builder().method(method).uri(format!("http://{}{path}", self.address))
    }

    pub(crate) fn send(&self, request: Request<Body>) -> Pending {
        let response = self.client.request(request);
        Box::pin(async move { soon(response).await.unwrap() })
    }

    pub(crate) fn get(&self, path: &str) -> Pending {
        self.send(self.request("GET", path).body(body("")).unwrap())
    }

    /// The answer's status and text.
    pub(crate) async fn asked(&self, path: &str) -> (StatusCode, String) {
        text(self.get(path).await).await
    }

    /// Sends bytes over a connection of its own, and reads until the balancer closes it.
    pub(crate) async fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes.as_ref()).await.unwrap();
        let mut answer = Vec::new();
        // A reset after the answer is how a refused body ends.
        let _read = soon(stream.read_to_end(&mut answer)).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        soon(TcpStream::connect(self.address)).await.unwrap()
    }
}

pub(crate) async fn text(response: Response<Incoming>) -> (StatusCode, String) {
    let status = response.status();
    let bytes = soon(response.into_body().collect()).await.unwrap().to_bytes();
    (status, String::from_utf8(bytes.to_vec()).unwrap())
}

/// The balancer's own answer, as JSON.
pub(crate) async fn told(response: Response<Incoming>) -> (StatusCode, serde_json::Value) {
    assert_eq!(response.headers()["content-type"], "application/json");
    let (status, text) = text(response).await;
    (status, serde_json::from_str(&text).unwrap())
}

/// A body that is sent as it is told.
pub(crate) struct Told(mpsc::Receiver<&'static str>);

impl Told {
    pub(crate) fn body() -> (mpsc::Sender<&'static str>, Body) {
        let (tell, told) = mpsc::channel(1);
        (tell, Self(told).boxed())
    }
}

impl http_body::Body for Told {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|chunk| chunk.map(|chunk| Ok(Frame::data(Bytes::from(chunk)))))
    }
}

/// The next piece of a body; empty at its end.
pub(crate) async fn piece(body: &mut Incoming) -> Bytes {
    match soon(body.frame()).await {
        Some(frame) => frame.unwrap().into_data().unwrap_or_default(),
        None => Bytes::new(),
    }
}
