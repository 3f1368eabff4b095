//! A function on this machine as what is measured.

use bytes::Bytes;
use ragctl_stacks::{
    backend::{BackendError, Reply},
    tune::{MemorySize, Ran, Run, RunFailed, Subject},
};

use super::{
    cpu::Limiter,
    event::{HttpAnswer, HttpRequest, UnreadableAnswer},
    failure::InvokeError,
    function::Function,
    sandbox::{Answer, Ended},
    settings::{CpuLimit, FunctionSettings},
};

/// How much is told of what a function printed that failed.
const LAST_LINES: usize = 10;

/// A function on this machine that is measured with one event, and whose memory can be changed.
#[derive(Debug)]
pub struct TunedFunction {
    settings: FunctionSettings,
    event: Bytes,
    function: Option<Function>,
    limiter: Option<Limiter>,
}

impl TunedFunction {
    /// A function with these settings, to be sent this event. Nothing is started yet.
    #[must_use]
    pub fn new(settings: FunctionSettings, event: impl Into<Bytes>) -> Self {
        Self { settings, event: event.into(), function: None, limiter: None }
    }

    /// Sends requests to it before it is measured, as fast as this machine can: documents for its store, say.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or refuses one.
    pub async fn prepare(&self, requests: &[HttpRequest]) -> Reply<()> {
        let settings = FunctionSettings { cpu: CpuLimit::None, ..self.settings.clone() };
        let function = Function::new(settings);
        for request in requests {
            let ended = self.invoked(&function, request.url_event().to_string().into()).await?;
            if let Some(reason) = failure(&ended) {
                let operation = format!("{} {}", request.method, request.path);
                return Err(BackendError::Refused { operation, reason });
            }
        }
        function.shut_down().await;
        Ok(())
    }

    /// By what its CPU was limited, where any size was less than the machine has; none before its first run.
    #[must_use]
    pub fn limiter(&self) -> Option<Limiter> {
        self.limiter
    }

    fn function(&mut self) -> &Function {
        self.function.get_or_insert_with(|| Function::new(self.settings.clone()))
    }

    async fn run(&mut self) -> Reply<Ran> {
        let event = self.event.clone();
        self.function();
        let function = self.function.as_ref().expect("it was made just now");
        let ended = self.invoked(function, event).await?;
        // A size that has all of the machine is limited by nothing, and says nothing of the others.
        self.limiter = match self.limiter {
            None | Some(Limiter::None) => function.limiter(),
            limited => limited,
        };
        Ok(match failure(&ended) {
            Some(reason) => Err(RunFailed(reason)),
            None => Ok(run(&ended)),
        })
    }

    async fn invoked(&self, function: &Function, event: Bytes) -> Reply<Ended> {
        function.invoke(event).await.map_err(|error| self.refused(error))
    }

    fn refused(&self, error: InvokeError) -> BackendError {
        match error {
            InvokeError::Start(source) => {
                BackendError::ProgramUnusable { path: self.settings.program.clone(), source }
            }
            other => BackendError::Refused {
                operation: "running the function on this machine".to_owned(),
                reason: other.to_string(),
            },
        }
    }
}

impl Subject for TunedFunction {
    async fn resize(&mut self, to: MemorySize) -> Reply<()> {
        self.restore().await?;
        self.settings.memory_mb = to.get();
        Ok(())
    }

    async fn cold(&mut self) -> Reply<Ran> {
        self.function().cold();
        self.run().await
    }

    async fn warm(&mut self) -> Reply<Ran> {
        self.run().await
    }

    async fn ahead(&mut self) -> Reply<Option<Ran>> {
        self.function().cold();
        let function = self.function.as_ref().expect("it was made just now");
        function.provision(1).await.map_err(|error| self.refused(error))?;
        let ran = self.run().await?;
        self.function().deprovision();
        Ok(Some(ran))
    }

    /// Ends its sandboxes.
    async fn restore(&mut self) -> Reply<()> {
        if let Some(function) = self.function.take() {
            function.shut_down().await;
        }
        Ok(())
    }
}

/// Why a run is none: the function failed, or its answer over HTTP says that something did.
fn failure(ended: &Ended) -> Option<String> {
    match (&ended.answer, HttpAnswer::of(&ended.answer)) {
        (Answer::Error(error) | Answer::Streamed { broken_off: Some(error), .. }, _) => {
            Some(format!("{}: {}{}", error.error_type, error.error_message, last_lines(&ended.log)))
        }
        (_, Ok(answer)) if answer.status >= 400 => {
            let body = String::from_utf8_lossy(&answer.body);
            Some(format!("it answered {}: {}", answer.status, body.trim()))
        }
        (_, Err(UnreadableAnswer::Body(error))) => Some(error.to_string()),
        // What is no answer over HTTP may be one to an event that is no request.
        (_, Ok(_) | Err(_)) => None,
    }
}

/// What it printed last, a line each: mostly why it failed.
fn last_lines(log: &[String]) -> String {
    let last = log.iter().skip(log.len().saturating_sub(LAST_LINES));
    last.map(|line| format!("\n  | {line}")).collect()
}

fn run(ended: &Ended) -> Run {
    let metrics = ended.report.record.metrics;
    let init = metrics.init_duration_ms;
    // Without what is done behind the answer.
    let answered = ended.answered_after.map_or(metrics.duration_ms, |it| it.as_secs_f64() * 1e3);
    Run {
        answer_ms: answered + init.unwrap_or_default(),
        duration_ms: metrics.duration_ms,
        init_ms: init,
        billed_ms: figure(metrics.billed_duration_ms),
        peak_mb: figure(metrics.max_memory_used_mb),
    }
}

fn figure(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
