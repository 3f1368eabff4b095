use crate::sandbox::{Sandbox, fargate};

/// A week is enough here, and sooner than four.
const WEEK: [&str; 2] = ["--days", "7"];

fn sleeping() -> Sandbox {
    Sandbox::with(&format!(
        "{}# as it was\naws: {{region: us-east-1}}\nidle:\n  after: 15m  # a quarter\n",
        fargate("good")
    ))
}

fn advise(sandbox: &Sandbox, args: &[&str]) -> crate::ran::Ran {
    sandbox.run(&[&["advise"][..], args, &WEEK].concat())
}

#[test]
fn a_change_is_advised_with_its_reasons_and_written_when_asked() {
    let sandbox = sleeping();
    let before = sandbox.read("ragctl.yaml");
    let goal = ["--goal", "p99=6s", "--rate", "2/h"];
    let ran = advise(&sandbox, &goal);
    assert_eq!(ran.code, 0, "{ran:?}");
    for said in [
        "with p99=6s",
        "$ a month",
        "keep-alive around the clock costs what",
        "◉ advised ● nothing is cheaper and sooner",
        "`--apply` writes it",
    ] {
        let words = ran.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(said), "{said}: {}", ran.stdout);
    }
    assert_eq!(sandbox.read("ragctl.yaml"), before);

    let ran = advise(&sandbox, &[&goal[..], &["--apply"]].concat());
    assert!(ran.stdout.contains("`ragctl deploy` carries it out"), "{}", ran.stdout);
    let after = sandbox.read("ragctl.yaml");
    assert!(
        after != before && after.contains("# as it was") && after.contains("# a quarter"),
        "{after}"
    );
    assert_eq!(sandbox.run(&["check"]).code, 0, "{after}");

    // What was advised and written is not advised again.
    let ran = advise(&sandbox, &goal);
    assert!(ran.stdout.contains("is so already"), "{}\n{after}", ran.stdout);
}

#[test]
fn what_cannot_be_had_for_the_money_is_said_with_a_code_of_its_own() {
    let ran = advise(&sleeping(), &["--goal", "p99=6s", "--budget", "30/month", "--rate", "2/h"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stdout.contains("none of at most 30 $ a month has p99=6s"), "{}", ran.stdout);
}

#[test]
fn programs_get_all_that_was_looked_at_and_the_choice() {
    let ran = advise(&sleeping(), &["--budget", "40", "--pattern", "office 4/h", "--json"]);
    let told = ran.document();
    let judged = told["judged"].as_array().unwrap();
    let chosen = usize::try_from(told["chosen"].as_u64().unwrap()).unwrap();
    assert!(judged.len() > 15, "{}", judged.len());
    assert!(judged[chosen]["cost"].as_f64().unwrap() <= 40.0, "{}", judged[chosen]["cost"]);
    let requests = |at: usize| judged[at]["simulated"]["requests"].as_u64();
    assert_eq!(requests(0), requests(judged.len() - 1), "all meet the same requests");
}

#[test]
fn a_goal_or_a_budget_is_needed_and_has_to_be_one() {
    let sandbox = sleeping();
    for (args, said) in [
        (&["advise"][..], "--goal <GOAL>"),
        (&["advise", "--goal", "5s"], "such as `p95=5s`"),
        (&["advise", "--goal", "ready.p95=5s"], "names no figure"),
        (&["advise", "--budget", "much"], "dollars a month"),
    ] {
        let ran = sandbox.run(args);
        assert!(ran.code == 64 && ran.stderr.contains(said), "{args:?}: {ran:?}");
    }
}
