//! Whole runs of `ragctl`, measured: plan, deploy, wake, a changed revision.
//!
//! `cargo build --release --bin rag-service && cargo bench -p ragctl --bench process` prints Markdown; `-- local` or `-- aws` behind it
//! measures on this machine or on AWS alone. For AWS, `FAKECLOUD` names the emulator, without which its table is left out.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on stops")]
#![expect(clippy::print_stdout, reason = "the report is what it is for")]

#[path = "../../tests/emulators/calls.rs"]
#[expect(dead_code, reason = "what the tests on emulators need besides")]
mod calls;
#[path = "../../tests/emulators/fakecloud.rs"]
#[expect(dead_code, reason = "what the tests on emulators need besides")]
mod fakecloud;
#[path = "../../tests/emulators/http.rs"]
mod http;
#[path = "../../tests/common/service.rs"]
mod service;

mod aws;

use std::{
    fs,
    net::TcpListener,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const RUNS: usize = 10;

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    let wanted = |name: &str| asked.is_empty() || asked.iter().any(|it| it == name);
    if wanted("local") {
        local();
    }
    if wanted("aws") {
        aws::measure();
    }
}

fn local() {
    let home = tempfile::tempdir().unwrap();
    let stand =
        Stand { home: home.path().to_owned(), service: service::service(), port: free_port() };
    println!("Made by `cargo bench -p ragctl --bench process`. Medians of {RUNS} whole runs.\n");
    println!("| on this machine | median | slowest |");
    println!("| --- | --- | --- |");
    stand.write("");
    row("first `ragctl deploy` (supervisor, store, balancer, one healthy task)", || {
        stand.run(&["destroy", "--yes"]);
        timed(|| stand.run(&["deploy", "--yes"]))
    });
    row("`ragctl plan`, nothing to do", || timed(|| stand.run(&["plan"])));
    row("`ragctl deploy`, nothing to do", || timed(|| stand.run(&["deploy", "--yes"])));
    row("`ragctl status`", || timed(|| stand.run(&["status"])));
    let mut number = 0;
    row("`ragctl deploy` of a changed revision", || {
        number += 1;
        stand.write(&format!("service: {{environment: {{NUMBER: '{number}'}}}}\n"));
        timed(|| stand.run(&["deploy", "--yes"]))
    });
    stand.write("idle: {after: 60s}\n");
    stand.run(&["deploy", "--yes", "--time-scale", "600"]);
    row("a request that wakes a sleeping stack, until its answer", || {
        stand.until_asleep();
        timed(|| stand.run(&["ask", "--no-stream", "What is there?"]))
    });
    stand.run(&["destroy", "--yes"]);
}

fn row(name: &str, mut run: impl FnMut() -> Duration) {
    let mut times: Vec<Duration> = (0..RUNS).map(|_| run()).collect();
    times.sort_unstable();
    println!("| {name} | {} | {} |", ms(times[RUNS / 2]), ms(times[RUNS - 1]));
}

fn ms(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1000.0)
}

fn timed(run: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    run();
    begin.elapsed()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A folder with a stack in it.
struct Stand {
    home: PathBuf,
    service: PathBuf,
    port: u16,
}

impl Stand {
    fn write(&self, rest: &str) {
        let text = format!("stack: bench\nload_balancer: {{port: {}}}\n{rest}", self.port);
        fs::write(self.home.join("ragctl.yaml"), text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ragctl"));
        command.args(args).current_dir(&self.home).env("RAGCTL_SERVICE", &self.service);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) {
        let status = self.command(args).status().unwrap();
        assert!(status.success(), "ragctl {args:?} ended with {status}");
    }

    fn until_asleep(&self) {
        let begin = Instant::now();
        loop {
            let output =
                self.command(&["status", "--json"]).stdout(Stdio::piped()).output().unwrap();
            if String::from_utf8_lossy(&output.stdout).contains("\"asleep\"") {
                return;
            }
            assert!(
                begin.elapsed() < Duration::from_secs(60),
                "the stack falls asleep within a minute"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
