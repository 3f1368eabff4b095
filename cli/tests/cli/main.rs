//! The program as people and scripts meet it: the real binary, in a folder of its own, over a backend that only
//! remembers. Stdout, stderr and exit code.

#![expect(clippy::unwrap_used, reason = "a test stops at what it cannot go on from")]

#[path = "../common/holding.rs"]
mod holding;
#[path = "../common/ran.rs"]
mod ran;
#[path = "../common/service.rs"]
mod service_program;

mod advise;
mod bench;
mod bench_check;
mod bench_import;
mod budget;
mod check;
mod completions;
mod cost;
mod deploy;
mod destroy;
mod docs;
mod explain;
mod iam;
mod image;
mod init;
mod interrupt;
mod json;
mod killed;
mod lambda;
mod lease;
mod logs;
mod plan;
mod render;
mod rollback;
mod sandbox;
mod secret;
mod service;
mod simulate;
mod status;
mod strategy;
mod switches;
mod terminal;
mod usage;
mod verify;

/// Every file of tests is part of this binary: one that was forgotten would never run.
#[test]
fn no_file_of_tests_is_forgotten() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli");
    let this = std::fs::read_to_string(format!("{folder}/main.rs")).unwrap();
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
        assert!(name == "main" || this.contains(&format!("mod {name};")), "{name}");
    }
}
