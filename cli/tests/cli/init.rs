use insta::assert_snapshot;

use crate::sandbox::Sandbox;

#[test]
fn a_new_file_names_its_schema_and_can_be_planned_at_once() {
    let sandbox = Sandbox::empty();
    let ran = sandbox.run(&["init", "--name", "handbook"]);
    assert_snapshot!(ran.told(), @r"
    exit code: 0
    stdout:
    wrote ragctl.yaml, ragctl.schema.json for the stack `handbook`; `ragctl deploy` runs it on this machine
    ");
    let first = sandbox.read("ragctl.yaml").lines().next().unwrap().to_owned();
    assert_eq!(first, "# yaml-language-server: $schema=ragctl.schema.json");
    let schema: serde_json::Value =
        serde_json::from_str(&sandbox.read("ragctl.schema.json")).unwrap();
    assert!(schema["properties"]["strategies"].is_object());
    assert_eq!(sandbox.run(&["check"]).code, 0);
    assert_eq!(sandbox.run(&["plan"]).code, 0);
}

#[test]
fn every_target_has_a_file_without_mistakes() {
    for target in ["local", "fargate", "lambda"] {
        let sandbox = Sandbox::empty();
        assert_eq!(sandbox.run(&["init", "--target", target, "--name", "handbook"]).code, 0);
        let checked = sandbox.run(&["check"]);
        assert_eq!((checked.code, checked.stderr.as_str()), (0, ""), "{}", checked.stdout);
        assert!(checked.stdout.contains("ragctl.yaml: no mistakes"), "{}", checked.stdout);
        assert!(sandbox.read("ragctl.yaml").contains(&format!("target: {target}")));
    }
}

#[test]
fn a_file_that_is_there_is_not_written_over_unless_forced() {
    let sandbox = Sandbox::with("stack: mine\n");
    let ran = sandbox.run(&["init", "--name", "handbook"]);
    assert_eq!(ran.code, 64);
    assert!(
        ran.stderr.ends_with(
            "ragctl.yaml is there already\nhint: `ragctl init --force` writes it anew\n"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!(sandbox.read("ragctl.yaml"), "stack: mine\n");
    assert_eq!(sandbox.run(&["init", "--name", "handbook", "--force"]).code, 0);
    assert!(sandbox.read("ragctl.yaml").contains("stack: handbook"));
}

#[test]
fn the_name_comes_from_the_folder() {
    let sandbox = Sandbox::empty();
    sandbox.write("My Notes/file.md", "text");
    let mut command = sandbox.command(&["init", "--json"]);
    let output = command.current_dir(sandbox.path("My Notes")).output().unwrap();
    let written: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(written["stack"], "my-notes");
}

#[test]
fn a_name_that_is_none_is_refused_with_the_next_best() {
    let ran = Sandbox::empty().run(&["init", "--name", "My Handbook"]);
    assert_snapshot!(ran.told(), @r"
    exit code: 64
    stderr:
    error: `My Handbook` cannot be a stack's name
    hint: `--name my-handbook` would do
    ");
}

#[test]
fn git_is_told_to_leave_the_state_out_once() {
    let sandbox = Sandbox::empty();
    sandbox.write(".git/HEAD", "");
    sandbox.write(".gitignore", "target");
    for _ in 0..2 {
        assert_eq!(sandbox.run(&["init", "--name", "handbook", "--force"]).code, 0);
        assert_eq!(sandbox.read(".gitignore"), "target\n.ragctl/\n");
    }
    let outside = Sandbox::empty();
    assert_eq!(outside.run(&["init", "--name", "handbook"]).code, 0);
    assert!(!outside.has(".gitignore"));
}
