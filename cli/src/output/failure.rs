//! From a failure to what a person reads, and to what a program does.

use std::{error::Error, fmt::Write};

use ragctl_stacks::{backend::BackendError, check::Finding, config::Mistakes};
use serde::Serialize;

use super::{
    Output,
    advice::{advice, is_closed_pipe},
    human::{Page, text::count},
    say,
    style::{BAD, FAINT, PLACE, styled},
};
use crate::{exit::Exit, failure::Failure};

impl Output {
    /// Tells a failure on stderr; where JSON is wanted, on stdout too.
    pub(crate) fn failure(self, failure: &Failure) {
        if is_closed_pipe(failure) {
            return;
        }
        say(told(failure).trim_end());
        if self.is_json() {
            // A failure to say that something failed is not worth a word.
            drop(self.event(&record(failure)));
        }
    }
}

/// The exit code of a failure.
pub(crate) fn exit(failure: &Failure) -> Exit {
    advice(failure).0
}

fn told(failure: &Failure) -> String {
    if let Failure::Mistakes(mistakes) = failure {
        return super::human::mistakes::text(mistakes);
    }
    let mut text = String::new();
    match failure {
        Failure::StepsFailed { failed, .. } | Failure::ScratchFailed { failed } => {
            for it in failed {
                push_error(&mut text, it);
                push_log(&mut text, &it.source);
            }
        }
        Failure::Forbidden { file, findings } => {
            text.push_str(&super::human::findings::all(findings, file, Page::of_stdout()));
        }
        other => push_error(&mut text, other),
    }
    if let Some(hint) = advice(failure).1 {
        push(&mut text, &format!("{} {hint}", styled(PLACE, "hint:")));
    }
    text
}

fn push(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("writing to a string does not fail");
}

fn push_error(text: &mut String, error: &dyn Error) {
    push(text, &format!("{} {error}", styled(BAD, "error:")));
    for cause in causes(error) {
        push(text, &format!("caused by: {cause}"));
    }
}

fn push_log(text: &mut String, error: &BackendError) {
    let BackendError::RolledBack { log, evidence, .. } = error else { return };
    if !log.is_empty() {
        push(text, "its last lines:");
        for line in log {
            push(text, &styled(FAINT, format!("  | {line}")));
        }
    }
    if let Some(folder) = evidence {
        push(text, &format!("all that is known of it: {}", crate::session::shown(folder)));
    }
}

fn causes(error: &dyn Error) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    for cause in std::iter::successors(error.source(), |cause| (*cause).source()) {
        causes.push(cause.to_string());
    }
    causes
}

/// A failure for programs.
#[derive(Serialize)]
struct Record<'a> {
    event: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<&'a Mistakes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    findings: Option<&'a [Finding]>,
    causes: Vec<String>,
    hint: Option<String>,
    exit_code: u8,
}

fn record(failure: &Failure) -> Record<'_> {
    let (exit, hint) = advice(failure);
    let (message, found) = match failure {
        Failure::Mistakes(found) => {
            let number = count(found.len(), "mistake");
            (format!("{number} in {}", found.file_name()), Some(found))
        }
        other => (other.to_string(), None),
    };
    let findings = match failure {
        Failure::Forbidden { findings, .. } => Some(findings.as_slice()),
        _ => None,
    };
    let causes = causes(failure);
    Record { event: "error", message, found, findings, causes, hint, exit_code: exit.code() }
}
