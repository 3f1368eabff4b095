//! Whole plans: a folder is a test.
//!
//! `stack.yaml` is planned (in the environment that `environment.txt` names, if there is one) where `before.yaml` was
//! deployed, or nothing; the plan stands in `plan.txt`. `UPDATE_SCENARIOS=1` writes it anew, to be read like code.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{fs, path::Path};

use ragctl_stacks::{
    config, desired::Desired, live::Live, plan::plan, resource::Program, strategy,
};

fn desired(file: &Path, environment: Option<&str>) -> Desired {
    let text = fs::read_to_string(file).unwrap();
    let stack = config::load(&text, &file.display().to_string(), environment)
        .unwrap_or_else(|mistakes| panic!("{}", mistakes.render(config::Colour::Plain)));
    let program = Program::Binary { path: "rag-service".to_owned(), version: "1".to_owned() };
    Desired::of(&strategy::applied(&stack), &program)
}

fn scenario(file: &Path) -> datatest_stable::Result<()> {
    let folder = file.parent().unwrap();
    let environment = fs::read_to_string(folder.join("environment.txt")).ok();
    let environment = environment.as_deref().map(str::trim);
    let before = folder.join("before.yaml");
    let live: Live = if before.exists() {
        desired(&before, environment).iter().map(|(_, it)| it.clone()).collect()
    } else {
        Live::default()
    };
    let plan = plan(&desired(file, environment).leaving_to_others(&live), &live)?;
    let text: String = plan.lines().into_iter().map(|line| line.text + "\n").collect();
    let expected = folder.join("plan.txt");
    #[expect(clippy::disallowed_methods, reason = "a test is asked by whoever runs it")]
    if std::env::var("UPDATE_SCENARIOS").is_ok() {
        fs::write(&expected, &text)?;
    }
    assert_eq!(text, fs::read_to_string(&expected).unwrap_or_default(), "{}", expected.display());
    Ok(())
}

datatest_stable::harness! {
    { test = scenario, root = "tests/scenarios", pattern = r"stack\.yaml$" },
}
