//! The page of a report in a browser: Chromium, driven by Node. The tests are in `report.test.mjs`.
//!
//! Page, figures and pictures of them lie in `target/tmp/report` afterwards, for people to look at.

mod sample;

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use ragctl_chart::Chart;

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

/// A folder that only one test writes into.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report").join(name);
    fs::create_dir_all(&folder).expect("the folder of a build can be written");
    folder
}

#[test]
fn each_figure_becomes_a_file_that_stands_by_itself() {
    let folder = folder("figures");
    let figures: [(&str, &dyn Chart); 5] = [
        ("stacked", &sample::stacked()),
        ("distribution", &sample::distribution()),
        ("frontier", &sample::frontier()),
        ("timeline", &sample::timeline()),
        ("tuning", &sample::tuning()),
    ];
    for (name, figure) in figures {
        let (svg, png) = (figure.svg(), figure.png().unwrap());
        assert!(svg.starts_with("<svg ") && svg.len() < 100_000, "{name}: {} bytes", svg.len());
        assert!(png.starts_with(b"\x89PNG") && png.len() < 300_000, "{name}: {} bytes", png.len());
        fs::write(folder.join(name).with_extension("svg"), svg).unwrap();
        fs::write(folder.join(name).with_extension("png"), png).unwrap();
    }
}

#[test]
fn a_report_passes_its_tests_in_a_browser() {
    let page = folder("page").join("report.html");
    fs::write(&page, sample::report().html()).unwrap();
    let Some(browser) = browser() else {
        eprintln!("the page is not tested: there is no browser ({})", BROWSERS.join(", "));
        return;
    };
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/report/report.test.mjs");
    let ran = Command::new("node")
        .arg("--test")
        .arg(tests)
        .env("REPORT", &page)
        .env("CHROMIUM", browser)
        .env("PAGE_SCREENSHOTS", folder("page"))
        .output();
    let ran = ran.unwrap_or_else(|error| panic!("node, version 20 or later, is needed: {error}"));
    let told = String::from_utf8_lossy(&ran.stdout);
    let failed: Vec<&str> = told.lines().filter(|it| it.contains("not ok")).collect();
    assert!(ran.status.success(), "{failed:#?}\n{told}");
}
