//! Bodies on their way through: a frame at a time, never a whole one in memory.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;

/// The body of a request, taken from its client only when the target begins to read it.
///
/// So a request whose connection failed has lost nothing, and can be sent to another target.
pub(super) struct Upload {
    slot: Slot,
    taken: Option<Incoming>,
    hint: SizeHint,
    is_empty: bool,
}

/// Where a request's body waits for a target.
#[derive(Clone)]
pub(super) struct Slot(Arc<Mutex<Option<Incoming>>>);

impl Slot {
    pub(super) fn of(body: Incoming) -> Self {
        Self(Arc::new(Mutex::new(Some(body))))
    }

    fn with<T>(&self, look: impl FnOnce(&mut Option<Incoming>) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The body for one attempt; `None` once an attempt has begun to read it.
    pub(super) fn attempt(&self) -> Option<Upload> {
        let (hint, is_empty) =
            self.with(|body| body.as_ref().map(|b| (b.size_hint(), b.is_end_stream())))?;
        Some(Upload { slot: self.clone(), taken: None, hint, is_empty })
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if self.taken.is_none() {
            self.taken = self.slot.with(Option::take);
        }
        match &mut self.taken {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.taken.as_ref().map_or(self.is_empty, Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.taken.as_ref().map_or_else(|| self.hint, Body::size_hint)
    }
}

/// The body of an answer. What it keeps is dropped with its last byte, or when the client goes away.
pub(super) struct Answer<K> {
    from: Source,
    kept: Option<K>,
}

enum Source {
    Balancer(Full<Bytes>),
    Target(Incoming),
}

impl<K> Answer<K> {
    pub(super) fn own(body: Full<Bytes>, kept: K) -> Self {
        Self { from: Source::Balancer(body), kept: Some(kept) }
    }

    pub(super) fn of_target(body: Incoming, kept: K) -> Self {
        Self { from: Source::Target(body), kept: Some(kept) }
    }
}

impl<K: Unpin> Body for Answer<K> {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = match &mut self.from {
            Source::Balancer(body) => Pin::new(body).poll_frame(cx).map_err(|never| match never {}),
            Source::Target(body) => Pin::new(body).poll_frame(cx),
        };
        if let Poll::Ready(None | Some(Err(_))) = polled {
            self.kept = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        match &self.from {
            Source::Balancer(body) => body.is_end_stream(),
            Source::Target(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.from {
            Source::Balancer(body) => body.size_hint(),
            Source::Target(body) => body.size_hint(),
        }
    }
}
