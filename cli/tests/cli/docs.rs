//! What the documents say is what the program does.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::sandbox::Sandbox;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn docs(path: &str) -> PathBuf {
    root().join("docs").join(path)
}

/// README.md and all pages below docs, with their texts.
fn pages() -> Vec<(PathBuf, String)> {
    let mut found = vec![root().join("README.md")];
    let mut folders = vec![docs("")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "md") {
                found.push(path);
            }
        }
    }
    let read = |path: PathBuf| (path.clone(), fs::read_to_string(path).unwrap());
    found.into_iter().map(read).collect()
}

/// The blocks of a page that are marked as `language`.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("\n```{language}\n");
    let rests = page.split(fence.as_str()).skip(1);
    rests.map(|it| it.split_once("```").unwrap().0).collect()
}

/// What the links of a page lead to, without those in blocks and code.
fn links(page: &str) -> Vec<&str> {
    let prose = page.split("```").step_by(2).flat_map(|it| it.split('`').step_by(2));
    let ends = prose.flat_map(|it| it.split("](").skip(1));
    ends.filter_map(|it| Some(it.split_once(')')?.0)).collect()
}

#[test]
fn the_reference_is_what_the_program_says_of_itself() {
    for page in ["commands", "configuration", "rules"] {
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
        sandbox.bundle("target/bundle");
        let checked = sandbox.run(&["check"]);
        assert_eq!(checked.code, 0, "{path:?}: {}", checked.told());
        assert_eq!(checked.stderr, "", "{path:?}");
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

#[test]
fn every_link_of_a_page_leads_to_a_file_that_is_there() {
    let mut followed = 0;
    for (path, text) in pages() {
        for link in links(&text) {
            let file = link.split('#').next().unwrap();
            if file.is_empty() || link.contains("://") {
                continue;
            }
            let there = path.parent().unwrap().join(file);
            assert!(there.exists(), "{}: {link} leads nowhere", path.display());
            followed += 1;
        }
    }
    assert!(followed >= 10, "only {followed} links were followed");
}

#[test]
fn every_stack_file_on_a_page_has_no_mistakes() {
    let mut seen = 0;
    for (path, text) in pages() {
        for block in blocks(&text, "yaml") {
            let ran = Sandbox::with(block).run(&["check"]);
            assert_eq!(ran.code, 0, "{}\n{}", path.display(), ran.stderr);
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn the_seconds_and_dollars_on_their_page_are_what_the_program_says() {
    let page = fs::read_to_string(docs("budget-and-cost.md")).unwrap();
    let sandbox = Sandbox::with(blocks(&page, "yaml")[0]);
    for command in ["budget", "cost"] {
        let typed = format!("$ ragctl {command}\n");
        let shown = blocks(&page, "console").into_iter().find_map(|it| it.strip_prefix(&typed));
        assert_eq!(shown, Some(sandbox.run(&[command]).stdout.as_str()), "{command}");
    }
}

#[test]
fn the_mistakes_on_the_first_page_are_told_as_it_says() {
    let page = fs::read_to_string(root().join("README.md")).unwrap();
    let (file, told) = blocks(&page, "console")
        .into_iter()
        .find_map(|it| it.strip_prefix("$ cat ragctl.yaml\n")?.split_once("$ ragctl check\n"))
        .unwrap();
    assert_eq!(Sandbox::with(file).run(&["check"]).stderr, told);
}

#[test]
fn the_workflow_that_measures_checks_with_options_that_ragctl_knows() {
    let text = fs::read_to_string(docs("github/bench.yml")).unwrap();
    let read: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let job = &read["jobs"]["cold-starts"];
    assert_eq!(job["permissions"]["contents"], "read");
    let runs = job["steps"].as_sequence().unwrap().iter().filter_map(|it| it["run"].as_str());
    let lines: Vec<&str> = runs.flat_map(str::lines).map(str::trim).collect();
    let check = lines.iter().find_map(|it| it.strip_prefix("ragctl bench check ")).unwrap();
    let (options, _) = check.split_once(" \"${baseline").unwrap();
    let baseline = lines.iter().find_map(|it| it.split_once("baseline=(--")).unwrap().1;
    let all = format!("bench check {options} --{} --help", baseline.trim_end_matches(')'));
    let ran = Sandbox::empty().run(&all.split(' ').collect::<Vec<_>>());
    assert_eq!(ran.code, 0, "{all}: {}", ran.stderr);
}

#[test]
fn the_workflow_is_yaml_and_types_only_what_ragctl_knows() {
    let text = fs::read_to_string(docs("github/deploy.yml")).unwrap();
    let read: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
    let jobs = read["jobs"].as_mapping().unwrap();
    let mut commands = 0;
    for (_, job) in jobs {
        assert_eq!(job["permissions"]["id-token"], "write");
        assert_eq!(job["permissions"]["contents"], "read");
        for step in job["steps"].as_sequence().unwrap() {
            for line in step["run"].as_str().unwrap_or_default().lines() {
                let Some(typed) = line.trim().strip_prefix("ragctl ") else { continue };
                let words = typed.split(['>', '|']).next().unwrap().trim().split(' ');
                let words = words.map(|it| if it.contains('$') { "rag-service:1" } else { it });
                let help: Vec<&str> = words.chain(["--help"]).collect();
                let ran = Sandbox::empty().run(&help);
                assert_eq!(ran.code, 0, "{line}: {}", ran.stderr);
                commands += 1;
            }
        }
    }
    assert_eq!(commands, 5);
}
