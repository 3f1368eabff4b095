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
    CallError, Limits,
    attempt::{Failure, Granted, Make, attempts, once},
};
use crate::{
    metrics,
    ports::{ProviderError, warm_up::warm_up},
};

/// Pieces that may wait for a slow reader before the provider is held back.
const PIECES_AHEAD: usize = 32;

/// The most of one streamed answer. Ours: twice what models write at most, 128,000 tokens of about four bytes.
const LONGEST_ANSWER_BYTES: usize = 1024 * 1024;

/// What a job may know of the worker that runs it.
pub(super) struct Desk {
    pub(super) pool: &'static str,
    pub(super) provider: String,
    pub(super) limits: Limits,
    /// When the caller gives up.
    pub(super) deadline: Option<Instant>,
    /// To be called when the provider has answered, before the caller learns of it.
    pub(super) answered: Box<dyn Fn() + Send + Sync>,
    /// Whether a failed call may be made again.
    pub(super) may_retry: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Desk {
    /// What a failure says of the provider: nothing when its caller had too little time for an answer.
    fn ended(&self, Failure { error, granted }: Failure) -> Ended {
        let is_short = granted < self.limits.function / 2;
        match error {
            ProviderError::TimedOut { .. } if is_short => Ended::Abandoned,
            error => Ended::Failed(error),
        }
    }

    /// The end of a job whose caller went away before any answer. A provider that hangs longer than callers wait
    /// must be noticed, too.
    fn given_up(&self, began: Instant) -> Ended {
        let limit = began.elapsed();
        let error = ProviderError::TimedOut { provider: self.provider.clone(), limit };
        let ended = self.ended(Failure { error, granted: limit });
        if let Ended::Failed(error) = &ended {
            metrics::provider_call(self.pool, limit, Some(error));
        }
        ended
    }
}

/// How a job ended, as far as the pool is concerned.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Answered,
    Failed(ProviderError),
    /// A warm-up failed. The breaker does not count it: seven workers that warm at once may be too many for a provider
    /// that is well.
    NotWarmed(ProviderError),
    /// The caller is gone; nothing was learned about the provider.
    Abandoned,
}

/// Something for a worker to do.
pub(super) trait Job: Send {
    fn run(self: Box<Self>, desk: Desk) -> BoxFuture<'static, Ended>;

    /// Ends a job that never ran.
    fn refuse(self: Box<Self>, error: CallError);
}

/// A call with one answer.
pub(super) struct Call<T> {
    pub(super) make: Make<T>,
    pub(super) reply: oneshot::Sender<Result<T, CallError>>,
}

impl<T: Send + 'static> Job for Call<T> {
    fn run(mut self: Box<Self>, desk: Desk) -> BoxFuture<'static, Ended> {
        Box::pin(async move {
            let began = Instant::now();
            let result = tokio::select! {
                () = self.reply.closed() => return desk.given_up(began),
                result = attempts(&desk, &self.make) => result,
            };
            let (told, ended) = match result {
                Ok((answer, _)) => {
                    (desk.answered)();
                    (Ok(answer), Ended::Answered)
                }
                Err(failure) => (Err(failure.error.clone().into()), desk.ended(failure)),
            };
            self.reply.send(told).ok();
            ended
        })
    }

    fn refuse(self: Box<Self>, error: CallError) {
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
            match warm_up(once(&desk, desk.limits.function, &self.make)).await {
                Ok(()) => {
                    (desk.answered)();
                    Ended::Answered
                }
                Err(error) => Ended::NotWarmed(error),
            }
        })
    }

    fn refuse(self: Box<Self>, _: CallError) {}
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
    pub(super) reply: oneshot::Sender<Result<mpsc::Receiver<Sent>, CallError>>,
}

impl Job for StreamedCall {
    fn run(mut self: Box<Self>, desk: Desk) -> BoxFuture<'static, Ended> {
        Box::pin(async move {
            let began = Instant::now();
            let result = tokio::select! {
                () = self.reply.closed() => return desk.given_up(began),
                result = attempts(&desk, &self.make) => result,
            };
            match result {
                Ok((pieces, granted)) => {
                    let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
                    if self.reply.send(Ok(receiver)).is_err() {
                        return Ended::Abandoned;
                    }
                    forward(pieces, &sender, &desk, granted).await
                }
                Err(failure) => {
                    self.reply.send(Err(failure.error.clone().into())).ok();
                    desk.ended(failure)
                }
            }
        })
    }

    fn refuse(self: Box<Self>, error: CallError) {
        self.reply.send(Err(error)).ok();
    }
}

async fn forward(
    pieces: BoxStream<'static, Piece>,
    sender: &mpsc::Sender<Sent>,
    desk: &Desk,
    granted: Granted,
) -> Ended {
    let mut pieces = bounded(pieces, desk.provider.clone());
    let mut has_begun = false;
    loop {
        let piece = tokio::select! {
            () = sender.closed() => return Ended::Abandoned,
            piece = timeout_at(granted.end, pieces.next()) => piece.unwrap_or_else(|_| {
                let provider = desk.provider.clone();
                Some(Err(ProviderError::TimedOut { provider, limit: granted.limit }))
            }),
        };
        let ended = match &piece {
            Some(Ok(_)) => None,
            Some(Err(error)) => {
                metrics::provider_failure(desk.pool, error);
                Some(desk.ended(Failure { error: error.clone(), granted: granted.limit }))
            }
            None => Some(Ended::Answered),
        };
        if !has_begun && matches!(piece, Some(Ok(_)) | None) {
            (desk.answered)();
            has_begun = true;
        }
        let sent = piece.map_or(Sent::End, Sent::Piece);
        match timeout_at(granted.end, sender.send(sent)).await {
            // A reader that has stopped reading must not hold the worker for ever.
            Err(_) | Ok(Err(_)) => return ended.unwrap_or(Ended::Abandoned),
            Ok(Ok(())) => {}
        }
        if let Some(ended) = ended {
            return ended;
        }
    }
}

/// The same stream, broken off where it is longer than any answer: a provider may repeat itself for ever.
fn bounded(pieces: BoxStream<'static, Piece>, provider: String) -> BoxStream<'static, Piece> {
    let mut length = 0;
    pieces
        .map(move |piece| {
            let piece = piece?;
            length += piece.len();
            if length > LONGEST_ANSWER_BYTES {
                let reason = format!("it is longer than {LONGEST_ANSWER_BYTES} bytes");
                return Err(ProviderError::Unusable { provider: provider.clone(), reason });
            }
            Ok(piece)
        })
        .boxed()
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
