//! Lines as they are printed.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    time::Duration,
};

use futures_util::{Stream, stream};
use ragctl_stacks::backend::Reply;
use tokio::time::sleep;

use super::{LogFile, LogLine, Of, files, tail};
use crate::folder::unusable;

/// Between two looks at the files. Ours: short enough to feel at once.
const LOOK_EVERY: Duration = Duration::from_millis(150);

/// The most that is read of a file at a time.
const PIECE: u64 = 1024 * 1024;

/// Where following begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With what is printed from now on.
    Now,
    /// With the last lines that were printed so far, this many.
    Last(usize),
}

/// Lines as they are printed, of tasks that start later too. Ends when the stack's folder goes.
pub fn follow(
    root: &Path,
    of: Of,
    start: Start,
) -> impl Stream<Item = Reply<LogLine>> + Send + use<> {
    let follower = Follower {
        root: root.to_owned(),
        of,
        start: Some(start),
        files: BTreeMap::new(),
        ready: VecDeque::new(),
    };
    stream::try_unfold(follower, |mut follower| async move {
        Ok(follower.next().await?.map(|line| (line, follower)))
    })
}

/// How far a file has been read.
#[derive(Debug, Default)]
struct Position {
    at: u64,
    unfinished: Vec<u8>,
}

struct Follower {
    root: PathBuf,
    of: Of,
    start: Option<Start>,
    files: BTreeMap<PathBuf, Position>,
    ready: VecDeque<LogLine>,
}

impl Follower {
    async fn next(&mut self) -> Reply<Option<LogLine>> {
        loop {
            if let Some(line) = self.ready.pop_front() {
                return Ok(Some(line));
            }
            if let Some(start) = self.start.take() {
                self.begin(start)?;
            } else if self.root.is_dir() {
                self.look()?;
            } else {
                return Ok(None);
            }
            if self.ready.is_empty() {
                sleep(LOOK_EVERY).await;
            }
        }
    }

    fn begin(&mut self, start: Start) -> Reply<()> {
        for file in files(&self.root, &self.of)? {
            let position = Position { at: file.size_bytes, unfinished: Vec::new() };
            self.files.insert(file.path, position);
        }
        if let Start::Last(count) = start {
            self.ready.extend(tail(&self.root, &self.of, count)?);
        }
        Ok(())
    }

    fn look(&mut self) -> Reply<()> {
        for file in files(&self.root, &self.of)? {
            let position = self.files.entry(file.path.clone()).or_default();
            match position.read(&file) {
                Ok(lines) => self.ready.extend(lines),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(unusable(&file.path, "read", source)),
            }
        }
        Ok(())
    }
}

impl Position {
    fn read(&mut self, file: &LogFile) -> io::Result<Vec<LogLine>> {
        if file.size_bytes < self.at {
            // It was shortened, as the supervisor does with a file that has grown large.
            *self = Self::default();
        }
        if file.size_bytes == self.at {
            return Ok(Vec::new());
        }
        let mut reader = File::open(&file.path)?;
        reader.seek(SeekFrom::Start(self.at))?;
        let mut piece = Vec::new();
        reader.take(PIECE).read_to_end(&mut piece)?;
        self.at += piece.len() as u64;
        self.unfinished.append(&mut piece);
        let Some(end) = self.unfinished.iter().rposition(|byte| *byte == b'\n') else {
            return Ok(Vec::new());
        };
        let whole: Vec<u8> = self.unfinished.drain(..=end).collect();
        let text = String::from_utf8_lossy(&whole);
        let line = |text: &str| LogLine { source: file.source.clone(), text: text.to_owned() };
        Ok(text.lines().map(line).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use futures_util::StreamExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn following_tells_old_lines_new_lines_new_files_and_ends_with_the_folder() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("shop");
        fs::create_dir_all(root.join("logs")).unwrap();
        let (a, b) = (root.join("logs/a.log"), root.join("logs/b.log"));
        fs::write(&a, "one\ntwo\n").unwrap();
        let mut lines = Box::pin(follow(&root, Of::Tasks, Start::Last(1)));
        assert_eq!(lines.next().await.unwrap().unwrap().text, "two");
        let mut file = File::options().append(true).open(&a).unwrap();
        file.write_all(b"three\nfo").unwrap();
        assert_eq!(lines.next().await.unwrap().unwrap().text, "three");
        file.write_all(b"ur\n").unwrap();
        assert_eq!(lines.next().await.unwrap().unwrap().text, "four");
        fs::write(&b, "other\n").unwrap();
        assert_eq!(lines.next().await.unwrap().unwrap().source, "b");
        fs::write(&a, "again\n").unwrap();
        assert_eq!(lines.next().await.unwrap().unwrap().text, "again");
        fs::remove_dir_all(&root).unwrap();
        assert!(lines.next().await.is_none());
    }
}
