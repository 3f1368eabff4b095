use serde_json::Value;

use crate::sandbox::Sandbox;

/// Every command, and whether it succeeds on a deployed stack that nobody can reach.
const COMMANDS: [(&[&str], bool); 21] = [
    (&["init", "--file", "new/ragctl.yaml", "--name", "new"], true),
    (&["check"], true),
    (&["check", "--fix"], true),
    (&["explain"], true),
    (&["explain", "HC07"], true),
    (&["schema"], true),
    (&["completions", "bash"], true),
    (&["plan"], true),
    (&["budget"], true),
    (&["cost"], true),
    (&["deploy"], true),
    (&["status"], true),
    (&["logs"], true),
    (&["ask", "why?"], false),
    (&["ingest", "docs"], false),
    (&["strategy", "list"], true),
    (&["strategy", "explain", "prewarm"], true),
    (&["strategy", "enable", "prewarm"], true),
    (&["strategy", "disable", "prewarm"], true),
    (&["unlock", "--yes"], true),
    (&["destroy", "--yes"], true),
];

#[test]
fn every_command_speaks_json_alone_on_stdout() {
    let sandbox = Sandbox::handbook().deployed();
    sandbox.write("docs/a.md", "text");
    sandbox.write("new/file", "");
    for (args, succeeds) in COMMANDS {
        let ran = sandbox.run(&[args, &["--json"]].concat());
        assert_eq!(ran.code == 0, succeeds, "{args:?}: {}", ran.stderr);
        let documents = serde_json::Deserializer::from_str(&ran.stdout).into_iter::<Value>();
        let documents: Result<Vec<Value>, _> = documents.collect();
        let documents =
            documents.unwrap_or_else(|error| panic!("{args:?}: {error}\n{}", ran.stdout));
        if args != ["logs"] {
            assert!(!documents.is_empty(), "{args:?}");
        }
        if !succeeds {
            let last = documents.last().unwrap();
            assert_eq!(
                (&last["event"], &last["exit_code"]),
                (&"error".into(), &1.into()),
                "{args:?}"
            );
        }
    }
}

#[test]
fn a_failure_is_json_too_and_words_for_whoever_reads_along() {
    let ran = Sandbox::empty().run(&["plan", "--json"]);
    assert_eq!(ran.code, 64);
    let error = ran.document();
    assert!(error["message"].as_str().unwrap().starts_with("there is no ragctl.yaml in "));
    assert_eq!(error["hint"], "`ragctl init` writes one; `--file FILE` names one elsewhere");
    assert!(ran.stderr.starts_with("error: there is no ragctl.yaml in "));
}
