//! The last lines.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use ragctl_stacks::backend::Reply;

use super::{LogLine, Of, files};
use crate::folder::unusable;

/// How much is read at a time, from the end of a file on.
const PIECE: u64 = 64 * 1024;

/// The last `count` lines. Of several files, lines are put in the order of the times that they carry.
///
/// # Errors
///
/// When a file is there and cannot be read.
pub fn tail(root: &Path, of: &Of, count: usize) -> Reply<Vec<LogLine>> {
    let mut lines = Vec::new();
    for file in files(root, of)? {
        let found = match last_lines(&file.path, count) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            found => found.map_err(|source| unusable(&file.path, "read", source))?,
        };
        let mut time = String::new();
        for text in found {
            // A line without a time belongs to the one before it.
            time = time_of(&text).unwrap_or(time);
            lines.push((time.clone(), LogLine { source: file.source.clone(), text }));
        }
    }
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    let skipped = lines.len().saturating_sub(count);
    Ok(lines.into_iter().skip(skipped).map(|(_, line)| line).collect())
}

/// The time that a line carries: as a JSON object with a `timestamp`, or as its first word.
fn time_of(line: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Stamped {
        timestamp: String,
    }
    if line.starts_with('{') {
        return serde_json::from_str::<Stamped>(line).ok().map(|it| it.timestamp);
    }
    let word = line.split_whitespace().next()?;
    word.parse::<jiff::Timestamp>().ok().map(|_| word.to_owned())
}

/// The last `count` lines of a file, read from its end, so that its size does not matter.
pub(crate) fn last_lines(path: &Path, count: usize) -> io::Result<Vec<String>> {
    let mut file = File::open(path)?;
    let mut start = file.seek(SeekFrom::End(0))?;
    let mut held = Vec::new();
    while start > 0 && held.iter().filter(|byte| **byte == b'\n').count() <= count {
        let size = PIECE.min(start);
        start -= size;
        file.seek(SeekFrom::Start(start))?;
        let mut piece = Vec::new();
        file.by_ref().take(size).read_to_end(&mut piece)?;
        piece.append(&mut held);
        held = piece;
    }
    let text = String::from_utf8_lossy(&held);
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(count);
    Ok(lines.into_iter().skip(skipped).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_last_lines_of_a_long_file_are_found_from_its_end() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a.log");
        let text: String = (0..40_000).map(|n| format!("line {n}\n")).collect();
        fs::write(&path, text).unwrap();
        assert_eq!(last_lines(&path, 2).unwrap(), ["line 39998", "line 39999"]);
        assert_eq!(last_lines(&path, 50_000).unwrap().len(), 40_000);
        assert_eq!(last_lines(&path, 0).unwrap().len(), 0);
    }

    #[test]
    fn lines_of_several_tasks_are_told_in_the_order_of_their_times() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("logs")).unwrap();
        let line = |second: u32, text: &str| {
            format!("{{\"timestamp\":\"2026-01-01T00:00:{second:02}Z\",\"message\":\"{text}\"}}\n")
        };
        let a = line(1, "first") + "no time\n" + &line(5, "last");
        fs::write(home.path().join("logs/a.log"), a).unwrap();
        fs::write(home.path().join("logs/b.log"), line(3, "middle")).unwrap();
        let found = tail(home.path(), &Of::Tasks, 3).unwrap();
        let sources: Vec<_> = found.iter().map(|it| it.source.as_str()).collect();
        assert_eq!(sources, ["a", "b", "a"]);
        assert_eq!(found[0].text, "no time");
    }
}
