//! The service as a function on this machine, with documents to search.

use std::{collections::BTreeMap, path::Path, time::Duration};

use ragctl_local::lambda::{CpuLimit, FunctionSettings, HttpRequest, Limiter, TunedFunction};
use ragctl_stacks::{
    backend::BackendError,
    stack::{Architecture, Setting},
};
use serde_json::json;
use tempfile::TempDir;

use super::event::with_key;
use crate::{
    failure::Failure,
    output::progress::waiting,
    session::{Project, Session, secret},
};

/// Documents that the store has: enough for a search to be one.
const DOCUMENTS: usize = 100;

/// How long a run may take: with the least memory, a program can be 14 times slower than with a processor of its own.
const TIMEOUT: Duration = Duration::from_secs(120);

/// The variables that are a server's, or name another store than the one that is made for measuring.
const LEFT_OUT: [&str; 4] = ["HOST", "PORT", "DATABASE_URL", "DATA_DIR"];

/// The service as a function on this machine. Its folder goes with it.
pub(super) struct Here {
    /// What it is called in messages: its program's name.
    pub(super) name: String,
    /// The function.
    pub(super) function: TunedFunction,
    /// The processors of the stack, or of this machine where there is no file.
    pub(super) architecture: Architecture,
    /// The region of the stack, where its file names one.
    pub(super) region: Option<String>,
    _folder: TempDir,
}

impl Here {
    /// Starts nothing that stays, but fills a store with documents.
    pub(super) async fn set_up(session: &Session, event: Vec<u8>) -> Result<Self, Failure> {
        let project = match session.project() {
            Ok(project) => Some(project),
            Err(Failure::NoStackFile(_)) => None,
            Err(failure) => return Err(failure),
        };
        let program = session.program_here(project.as_ref())?;
        let called = program.file_name().unwrap_or_default().display();
        let name = format!("{called} on this machine");
        let folder = tempfile::Builder::new().prefix("ragctl-lambda-").tempdir();
        let folder =
            folder.map_err(|source| Failure::Unwritable { path: std::env::temp_dir(), source })?;
        let mut settings = FunctionSettings::new("measured", program, folder.path());
        settings.environment = environment(project.as_ref(), folder.path())?;
        (settings.cpu, settings.timeout) = (CpuLimit::ByMemory, TIMEOUT);
        let function = TunedFunction::new(settings, event);
        let documents = with_key(documents(), session);
        waiting("filling a store with documents", function.prepare(&[documents])).await?;
        let stack = project.as_ref().map(|it| &it.stack);
        Ok(Self {
            name,
            function,
            architecture: stack.map_or(own_architecture(), |it| it.service.architecture),
            region: stack.and_then(|it| it.aws.region.as_ref()).map(ToString::to_string),
            _folder: folder,
        })
    }

    /// By what its CPU was limited, in words.
    pub(super) fn limited_by(&self) -> &'static str {
        match self.function.limiter() {
            Some(Limiter::Cgroup) => "a control group",
            Some(Limiter::Signals) => "signals, for want of a control group",
            Some(Limiter::None) | None => "nothing, for it is more than this machine has",
        }
    }
}

/// The processors of this machine.
fn own_architecture() -> Architecture {
    if cfg!(target_arch = "aarch64") { Architecture::Arm64 } else { Architecture::X86_64 }
}

/// The stack's own settings, but for the store: nothing of what is measured may be left in a real one.
fn environment(
    project: Option<&Project>,
    folder: &Path,
) -> Result<BTreeMap<String, String>, Failure> {
    // All that can be set up before the first event is, unless the file says otherwise.
    let mut all = BTreeMap::from([("WARMUP_ON_STARTUP".to_owned(), "true".to_owned())]);
    let settings = project.map(|it| it.stack.service_environment()).unwrap_or_default();
    for (variable, setting) in settings {
        if LEFT_OUT.contains(&variable.as_str()) {
            continue;
        }
        let value = match setting {
            Setting::Plain(text) => text,
            Setting::Secret(reference) => {
                let reference = reference.to_string();
                secret(&reference).map_err(|reason| BackendError::SecretMissing {
                    variable: variable.clone(),
                    reference,
                    reason,
                })?
            }
        };
        all.insert(variable, value);
    }
    all.insert("DATA_DIR".to_owned(), folder.join("data").display().to_string());
    Ok(all)
}

fn documents() -> HttpRequest {
    let text = |n: usize| {
        format!("Chapter {n}. The balancer number {n} drains its connections for {n} seconds. ")
            .repeat(20)
    };
    let texts: Vec<String> = (0..DOCUMENTS).map(text).collect();
    let sources: Vec<String> = (0..DOCUMENTS).map(|n| format!("{n}.md")).collect();
    let body = json!({ "texts": texts, "file_sources": sources });
    HttpRequest::json("POST", "/documents/texts", &body)
}
