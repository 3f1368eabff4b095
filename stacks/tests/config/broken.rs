//! Each `broken/<name>.yaml` is told about as `broken/<name>.txt` says.
//!
//! `UPDATE_MESSAGES=1 cargo test` writes what is said now; review it as its reader would.

use std::path::{Path, PathBuf};

use ragctl_stacks::config;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/config/broken")
}

fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files
}

#[test]
fn each_broken_file_gets_its_message() {
    let update = std::env::vars().any(|(name, _)| name == "UPDATE_MESSAGES");
    let mut differing = Vec::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).unwrap();
        let said = format!("{}\n", config::check_all(&text, "ragctl.yaml"));
        let expected_at = path.with_extension("txt");
        if update {
            std::fs::write(&expected_at, &said).unwrap();
        }
        let expected = std::fs::read_to_string(&expected_at).unwrap_or_default();
        if said != expected {
            differing.push(format!("{}\n--- expected\n{expected}--- said\n{said}", path.display()));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn no_broken_file_is_forgotten_and_none_loads() {
    let files = files();
    assert!(files.len() >= 45, "{}", files.len());
    for path in &files {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(!config::check_all(&text, "ragctl.yaml").is_empty(), "{}", path.display());
    }
    let messages = std::fs::read_dir(folder()).unwrap().count() - files.len();
    assert_eq!(messages, files.len(), "each file has its message, and no message is left over");
}

#[test]
fn a_secret_that_was_pasted_is_shown_nowhere() {
    for path in files().iter().filter(|path| path.to_string_lossy().contains("pasted_secret")) {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("canary"));
        let mistakes = config::check_all(&text, "ragctl.yaml");
        let json = serde_json::to_string(&mistakes).unwrap();
        let coloured = mistakes.render(config::Colour::Ansi);
        for shown in [mistakes.to_string(), format!("{mistakes:?}"), json, coloured] {
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}

#[test]
fn mistakes_carry_their_parts_in_json() {
    let mistakes = config::check_all("stack: handbook\nservice: {port: 0}\n", "ragctl.yaml");
    let expected = serde_json::json!({
        "file": "ragctl.yaml",
        "mistakes": [{
            "line": 2,
            "column": 17,
            "rule": null,
            "title": "`service.port` cannot be 0",
            "label": "expected a whole number from 1 to 65535",
            "help": "write `port: 1` (the least allowed)",
            "environment": null,
        }],
    });
    assert_eq!(serde_json::to_value(&mistakes).unwrap(), expected);
}
