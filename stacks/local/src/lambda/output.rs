//! What a sandbox prints, line by line, and not without end.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt},
    task::AbortHandle,
    time::sleep,
};

/// Lines that are kept; of more, the last ones.
const LINES: usize = 10_000;

/// The longest line; what is longer becomes two. CloudWatch takes events of 256 KB.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
const LONGEST_LINE_BYTES: usize = 256 * 1024;

/// How long lines may be on their way from a process that stands still.
const ON_ITS_WAY: Duration = Duration::from_millis(1);

/// What was printed and not yet taken.
#[derive(Debug, Default)]
pub(super) struct Output {
    lines: Arc<Mutex<VecDeque<String>>>,
    readers: Vec<AbortHandle>,
}

impl Output {
    /// Reads along, to the end of the stream.
    pub(super) fn read(&mut self, stream: impl AsyncRead + Send + Unpin + 'static) {
        let reader = tokio::spawn(read(stream, Arc::clone(&self.lines)));
        self.readers.push(reader.abort_handle());
    }

    /// Takes what was printed so far by a process that prints no more.
    pub(super) async fn take(&self) -> Vec<String> {
        let mut seen = None;
        loop {
            let length = self.locked().len();
            if seen == Some(length) {
                return self.locked().drain(..).collect();
            }
            seen = Some(length);
            sleep(ON_ITS_WAY).await;
        }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, VecDeque<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.readers.iter().for_each(AbortHandle::abort);
    }
}

async fn read(mut stream: impl AsyncRead + Unpin, lines: Arc<Mutex<VecDeque<String>>>) {
    let mut held = Vec::new();
    let mut piece = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = stream.read(&mut piece).await {
        held.extend_from_slice(&piece[..length]);
        while let Some(end) = held.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = held.drain(..=end).collect();
            keep(&lines, &line[..end]);
        }
        if held.len() >= LONGEST_LINE_BYTES {
            keep(&lines, &std::mem::take(&mut held));
        }
    }
    if !held.is_empty() {
        keep(&lines, &held);
    }
}

fn keep(lines: &Mutex<VecDeque<String>>, line: &[u8]) {
    let mut lines = lines.lock().unwrap_or_else(PoisonError::into_inner);
    if lines.len() == LINES {
        lines.pop_front();
    }
    lines.push_back(String::from_utf8_lossy(line).into_owned());
}
