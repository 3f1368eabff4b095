//! What the documents say is what the program does.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::sandbox::Sandbox;

fn docs(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(path)
}

#[test]
fn the_reference_is_what_the_program_says_of_itself() {
    for page in ["commands", "configuration"] {
        let ran = Sandbox::empty().run(&["reference", page]);
        let path = docs(&format!("reference/{page}.md"));
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == ran.stdout,
            "`ragctl reference {page} > docs/reference/{page}.md` brings it up to date"
        );
    }
}

#[test]
fn every_example_can_be_planned_in_all_of_its_environments() {
    let mut seen = 0;
    for entry in fs::read_dir(docs("examples")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let sandbox = Sandbox::with(&text);
        assert_eq!(
            sandbox.run(&["check"]).told(),
            "exit code: 0\nstdout:\nragctl.yaml: no mistakes\n",
            "{path:?}"
        );
        let environments = ["", "staging", "production"];
        for environment in environments
            .into_iter()
            .filter(|it| text.contains(&format!("\n  {it}:\n")) || it.is_empty())
        {
            let within =
                if environment.is_empty() { Vec::new() } else { vec!["--env", environment] };
            let ran = sandbox.run(&[&["plan"], &within[..]].concat());
            let is_elsewhere =
                ran.stderr.contains("this version of ragctl does not deploy to `fargate` yet");
            assert!(ran.code == 0 || is_elsewhere, "{path:?} {environment}: {}", ran.stderr);
            seen += usize::from(ran.code == 0);
        }
    }
    assert!(seen >= 4, "only {seen} examples were planned");
}

#[test]
fn every_command_has_an_example() {
    let reference = Sandbox::empty().run(&["reference", "commands"]).stdout;
    for section in reference.split("\n## ").skip(1) {
        let is_group = section.contains("<COMMAND>");
        assert!(is_group || section.contains("Example:"), "{section}");
    }
}
