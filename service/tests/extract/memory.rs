//! What a large text takes of the service's own memory.

use std::{convert::Infallible, fs, process::Command};

use bytes::Bytes;
use futures_util::stream;
use rag_service::{
    pipeline::{
        chunk::{ChunkSize, Cutter},
        format::Format,
        segment::Segments,
        spool::Spool,
    },
    ports::FileReader,
};

use crate::bench::Bench;

/// The size of the text.
const PARTS: usize = 200;
const PART: usize = 1 << 20;

/// The most memory that this process has had, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_text_of_200_mib_is_sent_read_and_cut_in_few() {
    // In a process of its own: the other tests take memory, too.
    let mut alone = Command::new(std::env::current_exe().unwrap());
    let alone =
        alone.args(["--exact", "memory::alone", "--ignored", "--nocapture"]).output().unwrap();
    let told = String::from_utf8_lossy(&alone.stdout).into_owned();
    assert!(alone.status.success() && told.contains("1 passed"), "{told}");
}

#[tokio::test]
#[ignore = "run by the test above, in a process of its own"]
async fn alone() {
    let bench = Bench::new();
    let before = peak();
    let line = "The balancer drains connections; 检索系统很快。 ".repeat(9) + "\n";
    let part = Bytes::from(line.repeat(PART / line.len()));
    let sent = stream::iter((0..PARTS).map(|_| Ok::<_, Infallible>(part.clone())));
    let spool = Spool::take(sent, bench.folder.path(), u64::MAX).await.unwrap();
    let (length, file) = (spool.len(), spool.into_file().unwrap());
    let extracted = bench.reader.text(Format::Text, file).await.unwrap();
    assert_eq!(extracted.len(), length);
    let mut cutter = Cutter::new(ChunkSize { tokens: 1200, overlap: 100 });
    let mut chunks = 0;
    for (number, segment) in Segments::new(extracted.reader()).enumerate() {
        // Cutting is slow in a build that is not optimized; the rest is only read.
        if number % 25 == 0 {
            chunks += cutter.push(&segment.unwrap()).len();
        }
    }
    assert!(chunks > 1000, "{chunks}");
    let after = peak();
    println!("{} MiB of text: from {before} to {after} KiB", length >> 20);
    assert!(after - before < 24 << 10, "from {before} to {after} KiB");
}
