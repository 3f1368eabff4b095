//! A function: sandboxes that are used again, and as many as there are invocations at once.

use std::{
    process::ExitStatus,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use futures_util::future::{join_all, try_join_all};
use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    cpu::Limiter,
    failure::{FunctionError, InvokeError},
    init::Init,
    report::{Metrics, Record, Report, Status},
    sandbox::{Answer, Call, Ended, Sandbox},
    settings::{FunctionSettings, Initialization},
};

/// A function with its sandboxes, which end with it.
#[derive(Debug)]
pub struct Function {
    settings: Arc<FunctionSettings>,
    crew: Mutex<Crew>,
}

#[derive(Debug, Default)]
struct Crew {
    /// Those that stand still; the last one was used last.
    idle: Vec<Sandbox>,
    busy: usize,
    started: usize,
    limiter: Option<Limiter>,
}

impl Function {
    /// A function without a sandbox.
    #[must_use]
    pub fn new(settings: FunctionSettings) -> Self {
        Self { settings: Arc::new(settings), crew: Mutex::default() }
    }

    /// Invokes it, in a sandbox that stands still or else a new one.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] when it is not invoked at all. A function that fails is an answer.
    pub async fn invoke(&self, event: impl Into<Bytes>) -> Result<Ended, InvokeError> {
        let root = format!("1-{:08x}-{:024x}", since_1970().as_secs(), fastrand::u128(..) >> 32);
        let trace = format!("Root={root};Parent={:016x};Sampled=0", fastrand::u64(1..));
        self.invoke_traced(event, trace).await
    }

    /// The same, as a part of a trace: `Root=…;Parent=…;Sampled=1`.
    ///
    /// # Errors
    ///
    /// As of [`Self::invoke`].
    pub async fn invoke_traced(
        &self,
        event: impl Into<Bytes>,
        trace: impl Into<String>,
    ) -> Result<Ended, InvokeError> {
        let place = self.place()?;
        let call = Call {
            id: request_id(),
            trace: trace.into(),
            body: event.into(),
            began: Instant::now(),
            init: None,
        };
        let warm = self.crew().take();
        let (sandbox, ended) = match warm {
            Some(mut sandbox) => {
                let ended = sandbox.invoke(call).await;
                (Some(sandbox), ended)
            }
            None => self.invoke_cold(call).await?,
        };
        if let Some(mut sandbox) = sandbox
            && sandbox.is_ready()
        {
            self.crew().idle.push(sandbox);
        }
        drop(place);
        Ok(ended)
    }

    /// Sets a sandbox up and invokes the function in it. An init that fails or takes too long is begun anew, in the
    /// invocation's own time.
    /// <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib>
    async fn invoke_cold(&self, mut call: Call) -> Result<(Option<Sandbox>, Ended), InvokeError> {
        let on_demand = Initialization::OnDemand;
        let mut sandbox = self.start(on_demand).await?;
        let by = Instant::now() + self.settings.limit_of(on_demand);
        match sandbox.init(&call.id, by).await {
            Init::Done(took) => {
                call.began = Instant::now();
                call.init = Some(took);
                let ended = sandbox.invoke(call).await;
                return Ok((Some(sandbox), ended));
            }
            Init::Failed(_) | Init::TimedOut => sandbox.end(),
        }
        let mut log = sandbox.output.take().await;
        call.began = Instant::now();
        let mut sandbox = self.start(on_demand).await?;
        let limit = self.settings.timeout;
        let (status, error) = match sandbox.init(&call.id, call.began + limit).await {
            Init::Done(_) => {
                let mut ended = sandbox.invoke(call).await;
                log.append(&mut ended.log);
                ended.log = log;
                return Ok((Some(sandbox), ended));
            }
            Init::Failed(error) => (Status::Error, error),
            Init::TimedOut => (Status::Timeout, FunctionError::timed_out(&call.id, limit)),
        };
        sandbox.end();
        log.append(&mut sandbox.output.take().await);
        Ok((None, self.never_begun(call, status, error, log)))
    }

    /// An invocation whose sandbox could not be set up.
    fn never_begun(
        &self,
        call: Call,
        status: Status,
        error: FunctionError,
        log: Vec<String>,
    ) -> Ended {
        let metrics = Metrics::new(call.began.elapsed(), None, self.settings.memory_mb, 0);
        let error_type = Some(error.error_type.clone());
        let record = Record { request_id: call.id, status, error_type, metrics };
        let report = Report { time: Timestamp::now(), kind: "platform.report", record };
        Ended { answer: Answer::Error(error), answered_after: None, report, log }
    }

    /// Sets sandboxes up ahead; gives how long the init of each took.
    ///
    /// # Errors
    ///
    /// [`InvokeError`] by the first that could not be. None is kept then.
    pub async fn provision(&self, count: usize) -> Result<Vec<Duration>, InvokeError> {
        let ahead = Initialization::Provisioned;
        let by = Instant::now() + self.settings.limit_of(ahead);
        let one = || async {
            let mut sandbox = self.start(ahead).await?;
            match sandbox.init("none", by).await {
                Init::Done(took) => {
                    sandbox.freeze().await;
                    Ok((sandbox, took))
                }
                Init::Failed(error) => Err(InvokeError::Init(error.error_message)),
                Init::TimedOut => Err(InvokeError::Init("it took too long".to_owned())),
            }
        };
        let (sandboxes, took): (Vec<_>, Vec<_>) =
            try_join_all((0..count).map(|_| one())).await?.into_iter().unzip();
        self.crew().idle.extend(sandboxes);
        Ok(took)
    }

    /// Ends all sandboxes that stand still and were not set up ahead: the next invocation is a cold start.
    pub fn cold(&self) {
        self.end_idle(Initialization::OnDemand);
    }

    /// Ends those that were set up ahead.
    pub fn deprovision(&self) {
        self.end_idle(Initialization::Provisioned);
    }

    fn end_idle(&self, which: Initialization) {
        let ended: Vec<Sandbox> =
            self.crew().idle.extract_if(.., |it| it.initialization == which).collect();
        drop(ended);
    }

    /// Asks all sandboxes that stand still to end, and ends them when they do not within half a second. Their exit statuses;
    /// none of one that had to be ended.
    pub async fn shut_down(&self) -> Vec<Option<ExitStatus>> {
        let idle = std::mem::take(&mut self.crew().idle);
        join_all(idle.into_iter().map(Sandbox::shut_down)).await
    }

    /// Sandboxes that stand still or are at work.
    #[must_use]
    pub fn sandboxes(&self) -> usize {
        let crew = self.crew();
        crew.idle.len() + crew.busy
    }

    /// Processes that were started so far.
    #[must_use]
    pub fn started(&self) -> usize {
        self.crew().started
    }

    /// The process numbers of sandboxes that stand still.
    #[must_use]
    pub fn idle_processes(&self) -> Vec<u32> {
        self.crew().idle.iter().map(Sandbox::pid).collect()
    }

    /// By what the CPU of sandboxes is limited; none before the first.
    #[must_use]
    pub fn limiter(&self) -> Option<Limiter> {
        self.crew().limiter
    }

    async fn start(&self, initialization: Initialization) -> Result<Sandbox, InvokeError> {
        let sandbox = Sandbox::start(&self.settings, initialization).await?;
        let mut crew = self.crew();
        crew.started += 1;
        crew.limiter = Some(sandbox.limiter());
        Ok(sandbox)
    }

    /// A place among the invocations that there may be at once.
    fn place(&self) -> Result<Place<'_>, InvokeError> {
        let mut crew = self.crew();
        if self.settings.concurrency.is_some_and(|limit| crew.busy >= limit) {
            return Err(InvokeError::Throttled);
        }
        crew.busy += 1;
        Ok(Place(self))
    }

    fn crew(&self) -> MutexGuard<'_, Crew> {
        self.crew.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Crew {
    /// A sandbox that stands still: first those that were set up ahead, which cost while they wait.
    fn take(&mut self) -> Option<Sandbox> {
        self.idle.retain_mut(Sandbox::is_ready);
        let ahead = |it: &Sandbox| it.initialization == Initialization::Provisioned;
        let at = self.idle.iter().rposition(ahead).or(self.idle.len().checked_sub(1))?;
        Some(self.idle.remove(at))
    }
}

/// An invocation on its way.
struct Place<'a>(&'a Function);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.crew().busy -= 1;
    }
}

/// As Lambda writes them.
fn request_id() -> String {
    let hex = format!("{:032x}", fastrand::u128(..));
    let (a, b, c, d, e) = (&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
    format!("{a}-{b}-{c}-{d}-{e}")
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
