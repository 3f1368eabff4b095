use insta::assert_snapshot;
use ragctl_cloud::Cloud;

use crate::sandbox::{Sandbox, fargate};

/// Deploys images with these tags, one after the other.
fn deployed(tags: &[&str]) -> (Sandbox, Cloud) {
    let (sandbox, cloud) = (Sandbox::empty(), Cloud::start_blocking());
    for tag in tags {
        deploy(&sandbox, &cloud, tag);
    }
    (sandbox, cloud)
}

fn deploy(sandbox: &Sandbox, cloud: &Cloud, tag: &str) {
    sandbox.write("ragctl.yaml", &fargate(tag));
    let ran = sandbox.run_on(cloud, &["deploy", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

/// Revision and image of all revisions, the latest first; the one that serves has a star.
fn listed(sandbox: &Sandbox, cloud: &Cloud) -> Vec<(String, String)> {
    let listed = sandbox.run_on(cloud, &["rollback", "--list", "--json"]).document();
    let each = listed["revisions"].as_array().unwrap().iter().map(|it| {
        let star = if it["serves"] == true { "*" } else { "" };
        let text = |key: &str| it[key].as_str().unwrap().to_owned();
        assert!(text("registered_at").starts_with("20"), "{it}");
        (text("revision"), text("image") + star)
    });
    each.collect()
}

fn images(sandbox: &Sandbox, cloud: &Cloud) -> Vec<String> {
    listed(sandbox, cloud).into_iter().map(|(_, image)| image).collect()
}

#[test]
fn without_a_revision_it_goes_back_by_one_and_says_what_the_file_asks_for() {
    let (sandbox, cloud) = deployed(&["good-1", "good-2", "good-3"]);
    let before = listed(&sandbox, &cloud);
    let ran = sandbox.run_on(&cloud, &["rollback", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let (three, two) = (&before[0].0, &before[1].0);
    let plan = format!(
        "s ago\nhandbook (fargate)\n  \
         ~ service/app   revision: {three} → {two}\n0 to create, 1 to update, 0 to replace, 0 to delete\n"
    );
    let to = format!("to revision {two}: rag-service:good-2, registered ");
    let rest = ran.stderr.strip_prefix(&to).unwrap_or_else(|| panic!("{}", ran.stderr));
    let rest = rest.trim_start_matches(|it: char| it.is_ascii_digit());
    assert!(rest.starts_with(&plan), "{}", ran.stderr);
    let first = format!("handbook is back at revision {two} (rag-service:good-2) after ");
    assert!(ran.stdout.starts_with(&first), "{}", ran.stdout);
    let last =
        format!("the file still asks for revision {three}: `ragctl deploy` would bring it back\n");
    assert!(ran.stdout.ends_with(&last), "{}", ran.stdout);
    let names = ["rag-service:good-3", "rag-service:good-2*", "rag-service:good-1"];
    assert_eq!(images(&sandbox, &cloud), names, "nothing new was registered");

    let plan = sandbox.run_on(&cloud, &["plan"]).stdout;
    let back = format!("  ~ service/app           revision: {two} → {three}\n");
    assert!(plan.contains("program.image: rag-service:good-2 → rag-service:good-3"), "{plan}");
    assert!(plan.contains(&back) && plan.contains("0 to create, 1 to update"), "{plan}");
    assert!(!plan.contains("outside"), "it was ragctl that went back: {plan}");
    assert_eq!(sandbox.run_on(&cloud, &["rollback", "--yes"]).code, 0, "one farther");
    assert_eq!(images(&sandbox, &cloud)[2], "rag-service:good-1*");
    let ran = sandbox.run_on(&cloud, &["rollback", "--yes"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("error: there is no revision before "), "{}", ran.stderr);
    assert_eq!(sandbox.run_on(&cloud, &["deploy", "--yes"]).code, 0, "and forward again");
    assert_eq!(images(&sandbox, &cloud)[0], "rag-service:good-3*");
}

#[test]
fn a_prefix_names_a_revision_and_a_wrong_one_lists_them() {
    let (sandbox, cloud) = deployed(&["good-1", "good-2"]);
    let all = listed(&sandbox, &cloud);
    for wrong in ["nothing", ""] {
        let ran = sandbox.run_on(&cloud, &["rollback", wrong, "--yes"]);
        assert_eq!(ran.code, 64, "{}", ran.stderr);
        for (revision, image) in &all {
            let image = image.trim_end_matches('*');
            assert!(ran.stderr.contains(&format!("      {revision}  {image}, ")), "{}", ran.stderr);
        }
    }
    let ran = sandbox.run_on(&cloud, &["rollback", &all[1].0[..4], "--yes", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let events = ran.events();
    let last = events.last().unwrap();
    assert_eq!(
        (&last["event"], &last["revision"]),
        (&"rolled_back".into(), &all[1].0.clone().into())
    );
    assert_eq!(last["file_asks_for"], all[0].0.as_str());
    let ran = sandbox.run_on(&cloud, &["rollback", &all[1].0]);
    assert_eq!((ran.code, ran.stdout.contains("as it was")), (0, true), "{ran:?}");
}

#[test]
fn it_asks_as_a_deployment_does() {
    let (sandbox, cloud) = deployed(&["good-1", "good-2"]);
    let ran = sandbox.run_on(&cloud, &["rollback"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("hint: `ragctl rollback --yes` agrees beforehand"), "{ran:?}");
    assert_eq!(images(&sandbox, &cloud)[0], "rag-service:good-2*");
}

#[test]
fn an_image_of_the_command_line_is_listed_with_what_it_stands_in_for() {
    let (sandbox, cloud) = deployed(&["good-1"]);
    let ran = sandbox.run_on(&cloud, &["deploy", "--yes", "--image", "rag-service:good-hot"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let list = sandbox.run_on(&cloud, &["rollback", "--list"]).stdout;
    let rows: Vec<&str> = list.lines().skip(2).map(|it| it.get(16..).unwrap().trim()).collect();
    assert!(
        rows[0].ends_with("serves  rag-service:good-hot (in place of rag-service:good-1)"),
        "{list}"
    );
    assert!(rows[1].ends_with("ago              rag-service:good-1"), "{list}");
}

#[test]
fn a_revision_that_does_not_get_healthy_is_told_with_what_it_said() {
    let (sandbox, cloud) = deployed(&["good-1"]);
    sandbox.write("ragctl.yaml", &fargate("crash"));
    assert_eq!(sandbox.run_on(&cloud, &["deploy", "--yes"]).code, 1);
    let crashed = listed(&sandbox, &cloud)[0].clone();
    assert_eq!(crashed.1, "rag-service:crash");
    let ran = sandbox.run_on(&cloud, &["rollback", &crashed.0, "--yes"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("did not get healthy"), "{}", ran.stderr);
    assert!(ran.stderr.contains("  | Error: could not open the index"), "{}", ran.stderr);
    assert_eq!(images(&sandbox, &cloud)[1], "rag-service:good-1*");
}

#[test]
fn there_is_nothing_to_go_back_to_on_this_machine_or_without_a_deployment() {
    assert_snapshot!(Sandbox::handbook().run(&["rollback"]).told(), @r"
    exit code: 64
    stderr:
    error: nothing remembers earlier revisions on `local`
    hint: roll back by deploying the earlier file or program
    ");
    let (sandbox, cloud) = (Sandbox::fargate("good"), Cloud::start_blocking());
    for args in [&["rollback", "--list"][..], &["rollback"]] {
        let ran = sandbox.run_on(&cloud, args);
        assert_eq!(ran.code, 1);
        assert!(ran.stderr.starts_with("error: nothing is deployed for `handbook`\n"), "{ran:?}");
    }
}
