use crate::sandbox::Sandbox;

const CANARY: &str = "canary-5f3a9";

const FILE: &str = "\
stack: handbook
models:
  llm: {provider: openai, api_key: env:CANARY}
service:
  secrets: {TOKEN: env:CANARY}
";

#[test]
fn no_secret_is_ever_said_or_kept() {
    let sandbox = Sandbox::with(FILE);
    for args in [
        &["check"][..],
        &["plan"],
        &["plan", "--json", "--out", "p.plan"],
        &["deploy", "--json"],
        &["status", "--json"],
        &["strategy", "enable", "prewarm"],
        &["strategy", "list"],
        &["destroy", "--yes"],
    ] {
        let output = sandbox.command(args).env("CANARY", CANARY).output().unwrap();
        assert!(output.status.success(), "{args:?}");
        for text in [output.stdout, output.stderr] {
            assert!(!String::from_utf8(text).unwrap().contains(CANARY), "{args:?}");
        }
    }
    assert!(sandbox.read("p.plan").contains("env:CANARY"));
    assert!(!sandbox.read("p.plan").contains(CANARY));
}

#[test]
fn a_secret_that_was_pasted_into_the_file_is_not_repeated() {
    let sandbox = Sandbox::with(&FILE.replace("env:CANARY", CANARY));
    for args in [&["check"][..], &["check", "--json"], &["plan"], &["plan", "--json"]] {
        let ran = sandbox.run(args);
        assert_eq!(ran.code, 64);
        assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY), "{ran:?}");
    }
}
