//! A function in a folder of its own.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
    time::Duration,
};

use ragctl_local::lambda::{Answer, CpuLimit, Ended, FunctionSettings};
use serde_json::Value;

/// The stand-in, with nothing but what the tests set. Its CPU is not limited unless the test is about that.
pub(crate) fn stand_in(folder: &Path) -> FunctionSettings {
    let program = target().join("examples/function");
    let mut settings = FunctionSettings::new("stand-in", program, folder);
    settings.cpu = CpuLimit::None;
    // Long enough for a machine that is busy with other things.
    settings.timeout = Duration::from_secs(60);
    settings
}

/// Where this test's build puts programs.
fn target() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().to_owned()
}

/// The service's program, which lies beside the examples; built when it was left out.
pub(crate) fn service() -> PathBuf {
    static SERVICE: OnceLock<PathBuf> = OnceLock::new();
    let built = || {
        let folder = target();
        let service = folder.join("rag-service");
        if !service.exists() {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["build", "--locked", "--package", "rag-service", "--target-dir"]);
            cargo.arg(folder.parent().unwrap());
            if folder.ends_with("release") {
                cargo.arg("--release");
            }
            assert!(cargo.status().unwrap().success());
        }
        service
    };
    SERVICE.get_or_init(built).clone()
}

/// What an invocation answered, as JSON.
pub(crate) fn payload(ended: &Ended) -> Value {
    match &ended.answer {
        Answer::Payload(payload) => serde_json::from_slice(payload).unwrap(),
        other => panic!("{other:?}\n{}", ended.log.join("\n")),
    }
}

/// The state and the CPU time of a process, as `/proc` has them.
pub(crate) fn stat(pid: u32) -> (char, u64) {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = text.rsplit_once(')').unwrap();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |at: usize| fields[at].parse::<u64>().unwrap();
    (fields[0].chars().next().unwrap(), ticks(11) + ticks(12))
}

/// Waits for a process that was killed: its end takes as long as the system takes to come to it.
pub(crate) async fn ends(pid: u32) {
    let program = format!("/proc/{pid}/exe");
    let gone = async {
        while std::path::Path::new(&program).exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("a killed process ends");
}
