//! The page in a browser: Chromium, driven by Node, before the program itself. The tests are the `*.test.mjs` beside this.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// Names under which systems have the browser.
const BROWSERS: [&str; 4] =
    ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

fn answers(program: &OsString) -> bool {
    let mut command = Command::new(program);
    let command = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// The browser that `CHROMIUM` names, which then has to be there, or the first that is.
fn browser() -> Option<OsString> {
    let named = env::var_os("CHROMIUM");
    named.or_else(|| BROWSERS.into_iter().map(OsString::from).find(answers))
}

#[test]
fn the_page_passes_its_tests_in_a_browser() {
    let Some(browser) = browser() else {
        eprintln!("the page is not tested: there is no browser ({})", BROWSERS.join(", "));
        return;
    };
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = fs::read_dir(package.join("tests/page")).unwrap().map(|it| it.unwrap().path());
    let mut files: Vec<PathBuf> =
        files.filter(|it| it.to_string_lossy().ends_with(".test.mjs")).collect();
    files.sort();
    assert!(files.len() >= 5, "{files:?}");
    // One after the other: each starts a browser and a service of its own.
    let ran = Command::new("node")
        .args(["--test", "--test-concurrency=1"])
        .args(&files)
        .env("RAG_SERVICE", env!("CARGO_BIN_EXE_rag-service"))
        .env("CHROMIUM", browser)
        .env("PAGE_SCREENSHOTS", package.join("../target/page"))
        .output();
    let ran = ran.unwrap_or_else(|error| panic!("node, version 20 or later, is needed: {error}"));
    let told = String::from_utf8_lossy(&ran.stdout);
    let failed: Vec<&str> = told.lines().filter(|it| it.contains("not ok")).collect();
    assert!(ran.status.success(), "{failed:#?}\n{told}");
}
