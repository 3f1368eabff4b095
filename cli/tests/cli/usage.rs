use crate::sandbox::Sandbox;

#[test]
fn wrong_usage_exits_with_64_and_says_what_is_right() {
    let ran = Sandbox::handbook().run(&["plan", "--colour"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (64, ""));
    assert!(ran.stderr.contains("unexpected argument '--colour'"), "{}", ran.stderr);
    assert!(ran.stderr.contains("Usage: ragctl plan"), "{}", ran.stderr);
}

#[test]
fn help_and_version_are_results() {
    let sandbox = Sandbox::empty();
    for args in [&["--help"][..], &["deploy", "--help"], &["--version"]] {
        let ran = sandbox.run(args);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert!(!ran.stdout.is_empty());
    }
}

#[test]
fn without_a_stack_file_every_command_says_how_to_get_one() {
    let sandbox = Sandbox::empty();
    for args in [
        &["check"][..],
        &["plan"],
        &["deploy"],
        &["status"],
        &["logs"],
        &["ask", "why?"],
        &["strategy", "list"],
        &["destroy"],
        &["unlock"],
    ] {
        let ran = sandbox.run(args);
        assert_eq!(ran.code, 64, "{args:?}");
        assert!(ran.stderr.starts_with("error: there is no ragctl.yaml in /"), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint: `ragctl init` writes one"), "{}", ran.stderr);
    }
}

#[test]
fn the_stack_file_is_found_upwards_and_by_its_option() {
    let sandbox = Sandbox::handbook();
    sandbox.write("docs/deep/file.md", "text");
    let below = |args: &[&str]| {
        let mut command = sandbox.command(args);
        command.current_dir(sandbox.path("docs/deep")).output().unwrap()
    };
    assert!(below(&["plan"]).status.success());
    assert!(below(&["plan", "--file", "../../ragctl.yaml"]).status.success());
    assert_eq!(below(&["plan", "--file", "other.yaml"]).status.code(), Some(64));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = Sandbox::handbook();
    let mut child = sandbox.spawn(&["schema"]);
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}
