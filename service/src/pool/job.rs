//! What a worker does: a call with one answer, a call that streams, or a warm-up.

use futures_util::{
    StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout_at},
};

use super::{
    Limits,
    attempt::{Make, attempts, once},
};
use crate::ports::ProviderError;

/// Pieces that may wait for a slow reader before the provider is held back.
const PIECES_AHEAD: usize = 32;

/// What a job may know of the worker that runs it.
pub(super) struct Desk {
    pub(super) provider: String,
    pub(super) limits: Limits,
    /// To be called when the provider has answered, before the caller learns of it.
    pub(super) answered: Box<dyn Fn() + Send + Sync>,
}

/// How a job ended, as far as the pool is concerned.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Answered,
    Failed(ProviderError),
    /// The caller is gone; nothing was learned about the provider.
    Abandoned,
}

/// Something for a worker to do.
pub(super) trait Job: Send {
    fn run(self: Box<Self>, desk: Desk) -> BoxFuture<'static, Ended>;

    /// Ends a job that never ran.
    fn refuse(self: Box<Self>, error: ProviderError);
}

/// A call with one answer.
pub(super) struct Call<T> {
    pub(super) make: Make<T>,
    pub(super) reply: oneshot::Sender<Result<T, ProviderError>>,
}

impl<T: Send + 'static> Job for Call<T> {
    fn run(mut self: Box<Self>, desk: Desk) -> BoxFuture<'static, Ended> {
        Box::pin(async move {
            let result = tokio::select! {
                () = self.reply.closed() => return Ended::Abandoned,
                result = attempts(&desk.provider, &desk.limits, &self.make) => result.map(|(answer, _)| answer),
            };
            let ended = match &result {
                Ok(_) => {
                    (desk.answered)();
                    Ended::Answered
                }
                Err(error) => Ended::Failed(error.clone()),
            };
            self.reply.send(result).ok();
            ended
        })
    }

    fn refuse(self: Box<Self>, error: ProviderError) {
        self.reply.send(Err(error)).ok();
    }
}

/// The smallest call there is; its outcome is the pool's state.
pub(super) struct WarmCall {
    pub(super) make: Make<()>,
}

impl Job for WarmCall {
    fn run(self: Box<Self>, desk: Desk) -> BoxFuture<'static, Ended> {
        Box::pin(async move {
            match once(&desk.provider, desk.limits.function, &self.make).await {
                Ok(()) => {
                    (desk.answered)();
                    Ended::Answered
                }
                Err(error) => Ended::Failed(error),
            }
        })
    }

    fn refuse(self: Box<Self>, _: ProviderError) {}
}

/// A piece of a streamed answer.
pub type Piece = Result<String, ProviderError>;

/// A stream, or its end. Without the end, a stream that breaks off would look complete.
pub(super) enum Sent {
    Piece(Piece),
    End,
}

/// A call whose answer comes in pieces. It keeps its worker until the last one is read.
pub(super) struct StreamedCall {
    pub(super) make: Make<BoxStream<'static, Piece>>,
    pub(super) reply: oneshot::Sender<Result<mpsc::Receiver<Sent>, ProviderError>>,
}

impl Job for StreamedCall {
    fn run(mut self: Box<Self>, desk: Desk) -> BoxFuture<'static, Ended> {
        Box::pin(async move {
            let result = tokio::select! {
                () = self.reply.closed() => return Ended::Abandoned,
                result = attempts(&desk.provider, &desk.limits, &self.make) => result,
            };
            match result {
                Ok((pieces, end)) => {
                    let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
                    if self.reply.send(Ok(receiver)).is_err() {
                        return Ended::Abandoned;
                    }
                    forward(pieces, &sender, &desk, end).await
                }
                Err(error) => {
                    self.reply.send(Err(error.clone())).ok();
                    Ended::Failed(error)
                }
            }
        })
    }

    fn refuse(self: Box<Self>, error: ProviderError) {
        self.reply.send(Err(error)).ok();
    }
}

async fn forward(
    mut pieces: BoxStream<'static, Piece>,
    sender: &mpsc::Sender<Sent>,
    desk: &Desk,
    end: Instant,
) -> Ended {
    loop {
        let piece = tokio::select! {
            () = sender.closed() => return Ended::Abandoned,
            piece = timeout_at(end, pieces.next()) => piece.unwrap_or_else(|_| {
                let limit = desk.limits.function;
                Some(Err(ProviderError::TimedOut { provider: desk.provider.clone(), limit }))
            }),
        };
        let ended = match &piece {
            Some(Ok(_)) => None,
            Some(Err(error)) => Some(Ended::Failed(error.clone())),
            None => Some(Ended::Answered),
        };
        if !matches!(ended, Some(Ended::Failed(_))) {
            (desk.answered)();
        }
        let sent = piece.map_or(Sent::End, Sent::Piece);
        match timeout_at(end, sender.send(sent)).await {
            // A reader that has stopped reading must not hold the worker for ever.
            Err(_) | Ok(Err(_)) => return Ended::Abandoned,
            Ok(Ok(())) => {}
        }
        if let Some(ended) = ended {
            return ended;
        }
    }
}

/// Turns what a worker sends into a stream that cannot break off unnoticed.
pub(super) fn pieces(
    receiver: mpsc::Receiver<Sent>,
    lost: ProviderError,
) -> BoxStream<'static, Piece> {
    stream::unfold(Some((receiver, lost)), |state| async move {
        let (mut receiver, lost) = state?;
        match receiver.recv().await {
            Some(Sent::Piece(Ok(piece))) => Some((Ok(piece), Some((receiver, lost)))),
            Some(Sent::Piece(Err(error))) => Some((Err(error), None)),
            Some(Sent::End) => None,
            None => Some((Err(lost), None)),
        }
    })
    .boxed()
}
