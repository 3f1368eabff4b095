//! Client connections: accepted within a bound, closed when nothing moves on them, finished when the balancer stops.

use std::{
    convert::Infallible,
    io::{self, IoSlice},
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Inner, forward, header::HEAD_LIMIT};

/// How much of a body is read at once, at most.
const BUFFER: usize = 2 * HEAD_LIMIT;

/// Accepts until `stop`; then returns once the connections are finished, or were cut after the stop timeout.
pub(super) async fn accept(inner: Arc<Inner>, listener: TcpListener, stop: CancellationToken) {
    let room = Arc::new(Semaphore::new(inner.limits.connections));
    let connections = TaskTracker::new();
    let cut = CancellationToken::new();
    // Dropping this future cuts the connections too.
    let _cut_on_drop = cut.clone().drop_guard();
    let port = listener.local_addr().map_or(0, |address| address.port());
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            accepted = next(&room, &listener) => accepted,
        };
        match accepted {
            Ok((stream, peer, room)) => {
                let client = Client::new(peer, port);
                let (inner, stop, cut) = (inner.clone(), stop.clone(), cut.clone());
                connections.spawn(async move {
                    tokio::select! {
                        () = serve(inner, stream, client, stop) => {}
                        () = cut.cancelled() => {}
                    }
                    drop(room);
                });
            }
            Err(error) => {
                // Out of file descriptors, most likely: they come back when connections close.
                tracing::warn!(%error, "could not accept a connection");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    connections.close();
    if timeout(inner.limits.stop_timeout, connections.wait()).await.is_err() {
        tracing::warn!(
            connections = connections.len(),
            "requests in flight were cut off by the stop"
        );
        cut.cancel();
        connections.wait().await;
    }
}

async fn next(
    room: &Arc<Semaphore>,
    listener: &TcpListener,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let room = room.clone().acquire_owned().await.expect("the semaphore is never closed");
    let (stream, peer) = listener.accept().await?;
    Ok((stream, peer, room))
}

async fn serve(inner: Arc<Inner>, stream: TcpStream, client: Client, stop: CancellationToken) {
    // Small answers should not wait for the next packet; without it they are only slower.
    drop(stream.set_nodelay(true));
    let client = Arc::new(client);
    let io = TokioIo::new(Watched { stream, client: client.clone() });
    let service = service_fn(|request| {
        let answer = forward::answer(inner.clone(), client.clone(), request);
        async move { Ok::<_, Infallible>(answer.await) }
    });
    // Heads are timed by `Client`, which tells a slow one from a connection at rest.
    let connection = http1::Builder::new()
        .max_header_size(HEAD_LIMIT)
        .max_buf_size(BUFFER)
        .header_read_timeout(None)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    let mut still = pin!(client.still(&inner));
    // The connection first: a request that has come is read before the connection is judged to be at rest.
    tokio::select! {
        biased;
        ended = connection.as_mut() => return told(ended),
        () = &mut still => return,
        () = stop.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        biased;
        ended = connection => told(ended),
        () = still => {}
    }
}

fn told(ended: hyper::Result<()>) {
    if let Err(error) = ended {
        // Clients go away and send nonsense; that is not ours to act on.
        tracing::debug!(%error, "a client's connection broke");
    }
}

/// What is known of one client's connection.
pub(super) struct Client {
    pub(super) peer: SocketAddr,
    /// The port that it came to.
    pub(super) port: u16,
    seen: Mutex<Seen>,
    changed: Notify,
}

struct Seen {
    moved: Instant,
    phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Between two requests.
    Rest,
    /// In the middle of a request's head.
    Head(Instant),
    /// A request waits for its answer, which has a limit of its own.
    Waiting,
    /// An answer is on its way.
    Answering,
}

impl Client {
    fn new(peer: SocketAddr, port: u16) -> Self {
        let seen = Seen { moved: Instant::now(), phase: Phase::Rest };
        Self { peer, port, seen: Mutex::new(seen), changed: Notify::new() }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When a byte last came or went.
    pub(super) fn moved(&self) -> Instant {
        self.seen().moved
    }

    /// Notes that a request begins to wait for its answer.
    pub(super) fn waits(self: &Arc<Self>) -> Asking {
        self.enter(Phase::Waiting);
        Asking(self.clone())
    }

    /// A wait that has its own limit is over: the idle timeout counts from now.
    pub(super) fn touch(&self) {
        self.seen().moved = Instant::now();
    }

    fn read(&self) {
        let now = Instant::now();
        let begins = {
            let mut seen = self.seen();
            seen.moved = now;
            let begins = seen.phase == Phase::Rest;
            if begins {
                seen.phase = Phase::Head(now);
            }
            begins
        };
        if begins {
            self.changed.notify_one();
        }
    }

    fn enter(&self, phase: Phase) {
        {
            let mut seen = self.seen();
            seen.moved = Instant::now();
            seen.phase = phase;
        }
        self.changed.notify_one();
    }

    /// Returns when nothing has moved for too long, or a head takes too long.
    async fn still(&self, inner: &Inner) {
        let mut settings = inner.settings.subscribe();
        loop {
            let idle_timeout = settings.borrow_and_update().idle_timeout;
            let due = {
                let seen = self.seen();
                let idle = seen.moved + idle_timeout;
                match seen.phase {
                    Phase::Rest | Phase::Answering => Some(idle),
                    Phase::Head(since) => Some(idle.min(since + inner.limits.head_timeout)),
                    Phase::Waiting => None,
                }
            };
            if due.is_some_and(|due| due <= Instant::now()) {
                return;
            }
            tokio::select! {
                () = async { sleep_until(due.expect("guarded")).await }, if due.is_some() => {}
                () = self.changed.notified() => {}
                _ = settings.changed() => {}
            }
        }
    }
}

/// A request that has been read, until its answer is through.
pub(super) struct Asking(Arc<Client>);

impl Asking {
    /// Notes that the answer begins.
    pub(super) fn answers(&self) {
        self.0.enter(Phase::Answering);
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.enter(Phase::Rest);
    }
}

/// A socket that tells when bytes move.
struct Watched {
    stream: TcpStream,
    client: Arc<Client>,
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.client.read();
        }
        polled
    }
}

impl Watched {
    fn wrote(&self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(1..)) = polled {
            self.client.touch();
        }
        polled
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.wrote(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
