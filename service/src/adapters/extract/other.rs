//! A file that another process reads: started, watched, ended.

use std::{
    fs::File,
    io::{self, Seek},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{ExitStatus, Stdio},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStderr, ChildStdout, Command},
};

use super::child::Told;
use crate::{
    config::ExtractLimits,
    elapsed,
    pipeline::format::Format,
    ports::reader::{ReadError, Text, Unreadable},
};

/// What is kept of what the process says of itself, in bytes.
const LONGEST_WORDS: usize = 4096;

/// The longest reason that is passed on, in bytes.
const LONGEST_REASON: usize = 300;

/// How much is read at once, in bytes.
const STRIDE: usize = 64 * 1024;

/// Signals of Linux on all of its processors that Rust runs on.
const ABORTED: i32 = 6;
const KILLED: i32 = 9;
const SEGMENT_FAULT: i32 = 11;
const CPU_LIMIT: i32 = 24;

/// The text of `file`, read by another process.
pub(super) async fn text(
    program: &Path,
    folder: &Path,
    limits: ExtractLimits,
    format: Format,
    mut file: File,
) -> Result<Text, ReadError> {
    file.rewind()?;
    let text = tempfile::tempfile_in(folder)?;
    let mut child = Command::new(program)
        .arg("extract")
        .arg(format.word())
        .args([limits.memory_bytes, limits.cpu.as_secs().max(1)].map(|limit| limit.to_string()))
        .env_clear()
        .current_dir("/")
        .stdin(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| {
            let program = program.display();
            let told = format!("{program}, which reads such files, cannot be started: {error}");
            io::Error::new(error.kind(), told)
        })?;
    // Both processes may stand still meanwhile, and go on together.
    let outcome = outcome(&mut child, text, limits.text_bytes);
    let told = elapsed::within(limits.time, outcome).await;
    let Outcome { text, length, words, status } = match told {
        Some(outcome) => outcome?,
        None => {
            child.kill().await?;
            return Err(Unreadable::Time { format, limit: limits.time }.into());
        }
    };
    let Some(status) = status else {
        child.kill().await?;
        return Err(Unreadable::Long { format, limit_bytes: limits.text_bytes }.into());
    };
    if !status.success() {
        tracing::debug!(%format, %status, words, "a file could not be read");
        return Err(unreadable(format, limits, status, &words).into());
    }
    let warning = Some(reason(&words)).filter(|warning| !warning.is_empty());
    Ok(Text::new(text, 0..length, warning))
}

/// What a process brought.
struct Outcome {
    text: File,
    length: u64,
    words: String,
    /// None when it found more text than it may.
    status: Option<ExitStatus>,
}

async fn outcome(child: &mut Child, text: File, limit_bytes: u64) -> io::Result<Outcome> {
    let stdout = child.stdout.take().expect("it is piped");
    let stderr = child.stderr.take().expect("it is piped");
    // Words are read to their end beside the text, lest the process wait for room to speak.
    let (kept, words) = tokio::join!(keep(stdout, text, limit_bytes), words(stderr));
    let (text, length) = kept?;
    let status = match length {
        Some(_) => Some(child.wait().await?),
        None => None,
    };
    Ok(Outcome { text, length: length.unwrap_or_default(), words: words?, status })
}

/// Keeps the text in `file`, and counts it; none when it is over the limit.
async fn keep(
    mut from: ChildStdout,
    file: File,
    limit_bytes: u64,
) -> io::Result<(File, Option<u64>)> {
    let mut file = tokio::fs::File::from_std(file);
    let mut part = vec![0; STRIDE];
    let mut length = 0;
    loop {
        let read = from.read(&mut part).await?;
        length += read as u64;
        if read == 0 || length > limit_bytes {
            break;
        }
        file.write_all(&part[..read]).await?;
    }
    file.flush().await?;
    Ok((file.into_std().await, (length <= limit_bytes).then_some(length)))
}

async fn words(mut from: ChildStderr) -> io::Result<String> {
    let (mut words, mut part) = (Vec::new(), vec![0; LONGEST_WORDS]);
    loop {
        let read = from.read(&mut part).await?;
        if read == 0 {
            return Ok(String::from_utf8_lossy(&words).into_owned());
        }
        let room = LONGEST_WORDS - words.len();
        words.extend_from_slice(&part[..read.min(room)]);
    }
}

/// What the end of a process says of the file.
fn unreadable(
    format: Format,
    limits: ExtractLimits,
    status: ExitStatus,
    words: &str,
) -> Unreadable {
    let memory = Unreadable::Memory { format, limit_bytes: limits.memory_bytes };
    let deep = || Unreadable::Refused { format, reason: "it is nested too deeply".to_owned() };
    match (status.code().map(Told::of_code), status.signal()) {
        (Some(Some(Told::Refused)), _) => Unreadable::Refused { format, reason: reason(words) },
        (Some(Some(Told::Blank)), _) => Unreadable::Blank { format },
        (Some(Some(Told::Memory)), _) => memory,
        // Rust says so before it aborts.
        (_, Some(ABORTED)) if words.contains("memory allocation of") => memory,
        (_, Some(ABORTED)) if words.contains("has overflowed its stack") => deep(),
        (_, Some(SEGMENT_FAULT)) => deep(),
        (_, Some(CPU_LIMIT)) => Unreadable::Time { format, limit: limits.cpu },
        // The kernel ends whoever takes the last memory of the machine.
        (_, Some(KILLED)) => memory,
        _ => Unreadable::Damaged { format },
    }
}

/// The first line of what was said, without what a log or a page should not hold.
fn reason(words: &str) -> String {
    let line = words.lines().next().unwrap_or_default().trim();
    let line = &line[..line.floor_char_boundary(LONGEST_REASON)];
    line.chars().filter(|letter| !letter.is_control()).collect()
}
