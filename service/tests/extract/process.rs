//! The process that reads: what its end says, and that it ends.

use std::{fs, path::Path, time::Duration};

use rag_service::{
    adapters::extract::SandboxedReader,
    config::ExtractLimits,
    pipeline::{format::Format, segment::Segments},
    ports::{
        FileReader,
        reader::{ReadError, Unreadable},
    },
};

use crate::bench::{Bench, LIMITS};

#[tokio::test]
async fn each_end_of_the_process_has_its_reason() {
    let memory = "the HTML could not be read: it needs more than 512 MiB of memory";
    for (script, told) in [
        ("echo 'it is odd' >&2; exit 10", "the HTML could not be read: it is odd"),
        ("exit 11", "there is no text in the HTML"),
        ("exit 12", memory),
        ("kill -KILL $$", memory),
        ("echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$", memory),
        (
            "echo 'thread has overflowed its stack' >&2; kill -ABRT $$",
            "the HTML could not be read: it is nested too deeply",
        ),
        ("kill -SEGV $$", "the HTML could not be read: it is nested too deeply"),
        ("kill -XCPU $$", "the HTML could not be read: it needs more than 30 s"),
        ("exit 13", "the HTML could not be read: it is damaged, or of a kind that is not known"),
        ("exit 101", "the HTML could not be read: it is damaged, or of a kind that is not known"),
        ("exec yes", "the HTML could not be read: it holds more than 8 MiB of text"),
    ] {
        let unreadable = Bench::scripted(script, LIMITS).text(Format::Html, b"<p>").await;
        assert_eq!(unreadable.unwrap_err().to_string(), told, "{script}");
    }
}

#[tokio::test]
async fn what_is_missing_is_told_beside_the_text() {
    let bench = Bench::scripted("cat; echo 'page 2 of 3 could not be read' >&2", LIMITS);
    let extracted = bench.extracted(Format::Html, b"<p>One").await.unwrap();
    assert_eq!(extracted.warning(), Some("page 2 of 3 could not be read"));
    assert_eq!(
        Segments::new(extracted.reader()).map(Result::unwrap).collect::<Vec<_>>(),
        ["<p>One"]
    );
}

#[tokio::test]
async fn a_process_that_says_much_is_not_waited_for() {
    let bench = Bench::scripted("head -c 1000000 /dev/zero >&2; echo text", LIMITS);
    assert_eq!(bench.text(Format::Html, b"<p>").await.unwrap(), "text\n");
}

/// Whether there is a process of this number that has not ended.
fn is_alive(process: &str) -> bool {
    let state = fs::read_to_string(format!("/proc/{}/stat", process.trim()));
    state.is_ok_and(|state| !state.contains(") Z "))
}

async fn gone(process: &str) {
    while is_alive(process) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_process_that_takes_too_long_is_ended() {
    let limits = ExtractLimits { time: Duration::from_millis(500), ..LIMITS };
    let bench = Bench::scripted("echo $$ > ${0%/*}/number; exec sleep 3600", limits);
    let told = bench.text(Format::Pdf, b"%PDF-1.7").await.unwrap_err();
    assert_eq!(told, Unreadable::Time { format: Format::Pdf, limit: limits.time });
    gone(&fs::read_to_string(bench.folder.path().join("number")).unwrap()).await;
}

#[tokio::test]
async fn a_process_ends_with_whoever_asked() {
    let bench = Bench::scripted("echo $$ > ${0%/*}/number; exec sleep 3600", LIMITS);
    let path = bench.folder.path().join("number");
    let number = tokio::select! {
        _ = bench.text(Format::Pdf, b"%PDF-1.7") => panic!("it sleeps"),
        number = written(&path) => number,
    };
    gone(&number).await;
}

async fn written(path: &Path) -> String {
    loop {
        match fs::read_to_string(path) {
            Ok(number) if number.ends_with('\n') => return number,
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

#[tokio::test]
async fn no_more_processes_run_at_once_than_may() {
    let script = "cd ${0%/*}; echo $$ > running.$$; ls running.* | wc -l; rm running.$$";
    let bench = Bench::scripted(script, LIMITS);
    let reading = (0..12).map(|_| bench.text(Format::Html, b"<p>"));
    for count in futures_util::future::join_all(reading).await {
        assert!(matches!(count.unwrap().trim(), "1" | "2"));
    }
}

#[tokio::test]
async fn the_process_has_no_environment_and_opens_nothing() {
    let bench = Bench::scripted("env | cut -d= -f1; pwd", LIMITS);
    let told = bench.text(Format::Html, b"<p>").await.unwrap();
    // What the shell sets itself.
    let names: Vec<_> =
        told.lines().filter(|name| !["PWD", "_", "SHLVL", "OLDPWD"].contains(name)).collect();
    assert_eq!(names, ["/"]);
}

#[tokio::test]
async fn a_program_that_is_not_there_is_no_fault_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let none = folder.path().join("none");
    let reader = SandboxedReader::new(none, folder.path().to_owned(), LIMITS, 1);
    let mut file = tempfile::tempfile().unwrap();
    std::io::Write::write_all(&mut file, b"<p>").unwrap();
    let told = reader.text(Format::Html, file).await.unwrap_err();
    assert!(matches!(told, ReadError::Hindered(_)), "{told}");
}
