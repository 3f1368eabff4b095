//! The JavaScript functions, tested by Node itself: before an account and services on loopback, and by the table of situations.

use std::{fs, path::Path, process::Command};

#[test]
fn what_runs_inside_aws_passes_its_tests() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("functions/tests");
    let files = fs::read_dir(&tests).unwrap().map(|it| it.unwrap().path());
    let mut files: Vec<_> =
        files.filter(|it| it.to_string_lossy().ends_with(".test.mjs")).collect();
    files.sort();
    assert!(files.len() >= 4, "{files:?}");
    let ran = Command::new("node").arg("--test").args(&files).output();
    let ran = ran.unwrap_or_else(|error| panic!("node, version 20 or later, is needed: {error}"));
    let told = String::from_utf8_lossy(&ran.stdout);
    let failed: Vec<&str> = told.lines().filter(|it| it.contains("not ok")).collect();
    assert!(ran.status.success(), "{failed:#?}\n{told}");
}
