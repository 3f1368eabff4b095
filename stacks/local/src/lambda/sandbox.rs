//! One sandbox: a process, which stands still from the end of an invocation to the next.

use std::{
    io,
    process::ExitStatus,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use tokio::{
    process::Child,
    sync::oneshot,
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{
    cpu::{Limit, Limiter},
    failure::FunctionError,
    init::Init,
    output::Output,
    pause::{Pause, Reason},
    report::{Metrics, Record, Report, Status},
    runtime_api::{Event, Form, RuntimeApi, Said},
    settings::{FunctionSettings, Initialization},
    start,
};
use crate::process;

/// Stands between the head of a streamed answer and its body.
const BORDER: [u8; 8] = [0; 8];

/// How long a process has to end when it is asked to.
/// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-shutdown>
const SHUTDOWN: Duration = Duration::from_millis(500);

/// Between two looks whether a process stands still, and how often it is looked.
const LOOK_EVERY: Duration = Duration::from_micros(200);
const LOOKS: u32 = 500;

/// What came of an event.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A payload, whole.
    Payload(Bytes),
    /// An answer that came as it was made.
    Streamed {
        /// What stands before it: status, headers and cookies as JSON; empty when there was none.
        head: Bytes,
        /// Its parts, in order.
        parts: Vec<Part>,
        /// Why it broke off, when it did.
        broken_off: Option<FunctionError>,
    },
    /// None.
    Error(FunctionError),
}

/// A part of a streamed answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// When it came, from the event on.
    pub after: Duration,
    /// What it is.
    pub bytes: Bytes,
}

/// An invocation that has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What came of it.
    pub answer: Answer,
    /// When the answer was whole, from the event on; the sandbox may have worked on behind it.
    pub answered_after: Option<Duration>,
    /// What Lambda would write of it. An init duration says that it was a cold start.
    pub report: Report,
    /// What was printed since the last one, init included.
    pub log: Vec<String>,
}

/// What is sent into a sandbox.
pub(super) struct Call {
    pub(super) id: String,
    pub(super) trace: String,
    pub(super) body: Bytes,
    /// When its time began.
    pub(super) began: Instant,
    /// Of a cold start: how long the init before it took.
    pub(super) init: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Sandbox {
    settings: Arc<FunctionSettings>,
    pub(super) initialization: Initialization,
    child: Child,
    pid: u32,
    started: Instant,
    pause: Arc<Pause>,
    limit: Limit,
    api: RuntimeApi,
    pub(super) output: Output,
    /// Where the next event is waited for.
    waiting: Option<oneshot::Sender<Event>>,
}

/// What happened in a sandbox.
enum Heard {
    Said(Said),
    Exited(Option<ExitStatus>),
    TimedOut,
}

impl Sandbox {
    pub(super) async fn start(
        settings: &Arc<FunctionSettings>,
        initialization: Initialization,
    ) -> io::Result<Self> {
        let api = RuntimeApi::start().await?;
        let stream = format!("[$LATEST]{:032x}", fastrand::u128(..));
        let mut child = start::start(settings, initialization, api.address, &stream)?;
        let pid = child.id().ok_or_else(|| io::Error::other("it ended at once"))?;
        stands_still(pid).await;
        let pause = Arc::new(Pause::of(pid));
        let limit = Limit::of(settings.cpu, settings.memory_mb, pid, &pause);
        let started = Instant::now();
        process::continue_group(pid);
        let mut output = Output::default();
        output.read(child.stdout.take().expect("it is piped"));
        output.read(child.stderr.take().expect("it is piped"));
        let (settings, waiting) = (Arc::clone(settings), None);
        Ok(Self {
            settings,
            initialization,
            child,
            pid,
            started,
            pause,
            limit,
            api,
            output,
            waiting,
        })
    }

    pub(super) fn pid(&self) -> u32 {
        self.pid
    }

    /// By what its CPU is limited.
    pub(super) fn limiter(&self) -> Limiter {
        self.limit.limiter()
    }

    /// Whether its process lives and waits for an event.
    pub(super) fn is_ready(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
            && self.waiting.as_ref().is_some_and(|it| !it.is_closed())
    }

    /// Waits for the first question for an event. `id` is for the words of a failure.
    pub(super) async fn init(&mut self, id: &str, by: Instant) -> Init {
        loop {
            match self.hear(by).await {
                Heard::Said(Said::Next(waiting)) => {
                    self.waiting = Some(waiting);
                    return Init::Done(self.started.elapsed());
                }
                Heard::Said(Said::InitFailed(error)) => return Init::Failed(error),
                Heard::Said(_) => {}
                Heard::Exited(status) => return Init::Failed(FunctionError::exited(id, status)),
                Heard::TimedOut => return Init::TimedOut,
            }
        }
    }

    /// Has it stand still until its next event.
    pub(super) async fn freeze(&self) {
        self.pause.begin(Reason::Frozen);
        stands_still(self.pid).await;
    }

    /// Sends an event in, and waits until the process has asked for the next one. Then it stands still; or it is over.
    pub(super) async fn invoke(&mut self, call: Call) -> Ended {
        let Call { id, trace, body, began, init } = call;
        let limit = self.settings.timeout;
        let left = limit.saturating_sub(began.elapsed());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{}", self.settings.name);
        let deadline_ms = (now + left).as_millis();
        let event = Event { id: id.clone(), arn, trace, deadline_ms, body };
        self.pause.end(Reason::Frozen);
        if let Some(waiting) = self.waiting.take() {
            // A process that is gone is heard of below.
            waiting.send(event).ok();
        }
        let mut coming = Coming::new(began);
        let status = loop {
            match self.hear(began + limit).await {
                Heard::Said(Said::Next(waiting)) => {
                    self.waiting = Some(waiting);
                    break coming.status();
                }
                Heard::Said(said) => coming.take(said),
                Heard::Exited(status) => {
                    coming.end(FunctionError::exited(&id, status));
                    break Status::Failure;
                }
                Heard::TimedOut => {
                    coming.end(FunctionError::timed_out(&id, limit));
                    break Status::Timeout;
                }
            }
        };
        let duration = began.elapsed();
        let peak = process::peak_resident_bytes(self.pid).unwrap_or_default();
        match status {
            Status::Timeout | Status::Failure => self.end(),
            Status::Success | Status::Error => self.freeze().await,
        }
        let mut log = self.output.take().await;
        if status == Status::Timeout {
            let words = format!("Task timed out after {:.2} seconds", limit.as_secs_f64());
            log.push(format!("{} {id} {words}", Timestamp::now()));
        }
        let metrics = Metrics::new(duration, init, self.settings.memory_mb, peak);
        coming.ended(id, status, metrics, log)
    }

    async fn hear(&mut self, by: Instant) -> Heard {
        tokio::select! {
            biased;
            Some(said) = self.api.said.recv() => Heard::Said(said),
            status = self.child.wait() => Heard::Exited(status.ok()),
            () = sleep_until(by) => Heard::TimedOut,
        }
    }

    /// Ends the process as Lambda does where there are extensions: first it is asked. Its exit status, when it ended by itself.
    pub(super) async fn shut_down(mut self) -> Option<ExitStatus> {
        self.pause.end(Reason::Frozen);
        process::terminate_group(self.pid);
        timeout(SHUTDOWN, self.child.wait()).await.ok()?.ok()
    }

    /// Ends the process and all that it started.
    pub(super) fn end(&mut self) {
        self.waiting = None;
        // Its number may be another's once it has been waited for; its group may have others even so.
        process::kill_group(self.pid);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits until a process that was told to stand still does.
async fn stands_still(pid: u32) {
    for _ in 0..LOOKS {
        if process::stands_still(pid) {
            return;
        }
        sleep(LOOK_EVERY).await;
    }
}

/// An answer while it comes.
struct Coming {
    began: Instant,
    form: Option<Form>,
    head: BytesMut,
    has_head: bool,
    parts: Vec<Part>,
    broken_off: Option<FunctionError>,
    error: Option<FunctionError>,
    answered_after: Option<Duration>,
}

impl Coming {
    fn new(began: Instant) -> Self {
        let (head, parts) = Default::default();
        let (form, broken_off, error, answered_after) = Default::default();
        Self { began, form, head, has_head: false, parts, broken_off, error, answered_after }
    }

    fn take(&mut self, said: Said) {
        match said {
            Said::Begun(form) => {
                self.has_head = form != Form::StreamedWithHead;
                self.form = Some(form);
            }
            Said::Part(bytes) if self.has_head => self.push(bytes),
            Said::Part(bytes) => {
                self.head.extend_from_slice(&bytes);
                let border = self.head.windows(BORDER.len()).position(|it| it == BORDER);
                if let Some(at) = border {
                    let rest = self.head.split_off(at + BORDER.len()).freeze();
                    self.head.truncate(at);
                    self.has_head = true;
                    self.push(rest);
                }
            }
            Said::Answered(broken_off) => {
                self.broken_off = broken_off;
                self.answered_after = Some(self.began.elapsed());
            }
            Said::Failed(error) | Said::InitFailed(error) => {
                self.answered_after = Some(self.began.elapsed());
                self.error = Some(error);
            }
            Said::Next(_) => {}
        }
    }

    fn push(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.parts.push(Part { after: self.began.elapsed(), bytes });
        }
    }

    /// The process is over. An answer that was whole by then stays one.
    fn end(&mut self, error: FunctionError) {
        if self.answered_after.is_none() {
            self.error = Some(error);
        }
    }

    fn status(&self) -> Status {
        match (&self.error, self.answered_after, &self.broken_off) {
            (None, Some(_), None) => Status::Success,
            _ => Status::Error,
        }
    }

    fn ended(
        self,
        request_id: String,
        status: Status,
        metrics: Metrics,
        log: Vec<String>,
    ) -> Ended {
        let never = || FunctionError {
            error_type: "Runtime.NoResponse".to_owned(),
            error_message: format!(
                "RequestId: {request_id} Error: the next event was asked for before this was answered"
            ),
        };
        let answer = match (self.error, self.form, self.answered_after) {
            (Some(error), _, _) => Answer::Error(error),
            (None, Some(Form::Whole), Some(_)) => {
                let parts: Vec<Bytes> = self.parts.into_iter().map(|part| part.bytes).collect();
                Answer::Payload(parts.concat().into())
            }
            (None, Some(_), Some(_)) => {
                let (parts, broken_off) = (self.parts, self.broken_off.clone());
                Answer::Streamed { head: self.head.freeze(), parts, broken_off }
            }
            (None, _, _) => Answer::Error(never()),
        };
        let error = match &answer {
            Answer::Error(error) => Some(error),
            Answer::Streamed { .. } | Answer::Payload(_) => self.broken_off.as_ref(),
        };
        let error_type = error.map(|error| error.error_type.clone());
        let record = Record { request_id, status, error_type, metrics };
        let report = Report { time: Timestamp::now(), kind: "platform.report", record };
        Ended { answer, answered_after: self.answered_after, report, log }
    }
}
