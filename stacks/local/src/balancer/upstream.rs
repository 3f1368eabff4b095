//! Connections to the targets: kept open, used again, and read to the end.

use std::{
    future::Future,
    io::{self, IoSlice},
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
use hyper_util::{
    client::legacy::{
        self,
        connect::{Connected, Connection},
    },
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
    time::timeout,
};

use super::{Limits, body::Upload, header::ANSWER_HEAD_LIMIT};

/// How long an unused connection to a target is kept. Shorter than servers commonly keep theirs, so that they seldom close it just
/// as a request is sent.
const IDLE: Duration = Duration::from_secs(30);

/// How many unused connections to one target are kept.
const UNUSED: usize = 64;

/// The connections to all targets.
pub(super) type Pool = legacy::Client<Connector, Upload>;

pub(super) fn pool(limits: &Limits) -> Pool {
    legacy::Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(UNUSED)
        .http1_max_buf_size(ANSWER_HEAD_LIMIT)
        .build(Connector { timeout: limits.connect_timeout })
}

/// Connects to the address that a URI names.
#[derive(Clone)]
pub(super) struct Connector {
    timeout: Duration,
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Wire>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<TokioIo<Wire>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let limit = self.timeout;
        Box::pin(async move {
            let address: Option<SocketAddr> =
                to.authority().and_then(|it| it.as_str().parse().ok());
            let address = address.ok_or(io::ErrorKind::InvalidInput)?;
            let stream = timeout(limit, TcpStream::connect(address))
                .await
                .map_err(|_| io::ErrorKind::TimedOut)??;
            stream.set_nodelay(true)?;
            Ok(TokioIo::new(Wire { stream, deaf: false }))
        })
    }
}

/// A connection to a target.
///
/// A target that answers before it has read the whole request (413, say) closes its side, and the next write fails. The answer lies
/// here unread then. So such a write waits, for ever, while the reading side finds the answer or the end: whichever it is, it says
/// more than the failed write.
pub(super) struct Wire {
    stream: TcpStream,
    /// The target takes nothing any more.
    deaf: bool,
}

impl Wire {
    fn wrote(&mut self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        use io::ErrorKind::{BrokenPipe, ConnectionReset};
        match polled {
            Poll::Ready(Err(error)) if matches!(error.kind(), BrokenPipe | ConnectionReset) => {
                self.deaf = true;
                Poll::Pending
            }
            polled => polled,
        }
    }
}

impl Connection for Wire {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.deaf {
            return Poll::Pending;
        }
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.wrote(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.deaf {
            return Poll::Pending;
        }
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
        if self.deaf {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
