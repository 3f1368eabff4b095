//! The image that ragctl builds: a step of a deployment, in a repository of the stack's own.

use ragctl_cloud::Cloud;
use ragctl_stacks::{
    apply::apply,
    backend::{Backend, BackendError},
    contract,
    desired::Desired,
    event::Event,
    plan::{PlanError, plan},
    resource::{Image, Program, Resource},
};
use serde_json::json;

use crate::support::{Home, MINIMAL, built, carry_out, desired, lines, planned, stack, stalled};

const REGION: &str = "eu-west-1";

const REPOSITORY: &str = "ragctl/handbook";

/// A stack whose image is built.
fn building(rest: &str) -> String {
    MINIMAL.replace("'rag-service:good'", "build") + rest
}

/// The same with another image.
fn of_other() -> String {
    building("image: {compression: zstd}\n")
}

fn digest(text: &str) -> &'static str {
    &built(&stack(text)).unwrap().digest
}

/// What ECS is told to run.
fn runs(cloud: &Cloud) -> String {
    let found = cloud.with(|account| {
        account.act(REGION, "ecs", "DescribeTaskDefinition", json!({"taskDefinition": "handbook"}))
    });
    let definition = &found.unwrap()["taskDefinition"];
    definition["containerDefinitions"][0]["image"].as_str().unwrap().to_owned()
}

/// The digests of the images that are counted, as ECR lists them.
fn images(cloud: &Cloud) -> Vec<String> {
    let found = cloud.with(|account| {
        account.act(REGION, "ecr", "DescribeImages", json!({"repositoryName": REPOSITORY}))
    });
    let found = found.unwrap();
    let is_counted = |it: &&serde_json::Value| {
        let tags = it["imageTags"].as_array().unwrap();
        tags.iter().any(|tag| tag.as_str().unwrap().starts_with("image-"))
    };
    let all = found["imageDetails"].as_array().unwrap().iter().filter(is_counted);
    all.map(|it| it["imageDigest"].as_str().unwrap().to_owned()).collect()
}

fn actions(cloud: &Cloud) -> Vec<String> {
    cloud.calls().iter().map(|it| format!("{} {}", it.service, it.action)).collect()
}

#[tokio::test]
async fn a_stack_that_is_built_lives_and_dies() {
    let home = Home::new().await;
    let (first, second) = (building(""), of_other());
    let backend = home.backend(&second).await;
    // The second file's backend pushes the second image only.
    home.deploy(&first).await.well();
    contract::a_stack_lives_and_dies(&backend, &desired(&second), &desired(MINIMAL)).await;
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn the_image_is_there_before_a_task_needs_it_and_is_named_by_its_digest() {
    let home = Home::new().await;
    let file = building("");
    let deployed = home.deploy(&file).await;
    let pushed = |it: &Event| matches!(it, Event::StepNoted { address, note } if *address == Image::own() && note.contains("parts sent"));
    assert!(deployed.events.iter().any(pushed), "{:?}", deployed.events);
    deployed.well();

    let expected =
        format!("123456789012.dkr.ecr.{REGION}.amazonaws.com/{REPOSITORY}@{}", digest(&file));
    assert_eq!(runs(&home.cloud), expected);
    let actions = actions(&home.cloud);
    let at = |action: &str| actions.iter().rposition(|it| it == action).unwrap();
    assert!(at("ecr PutImage") < at("ecs RegisterTaskDefinition"), "{actions:#?}");
    let plan = home.plan(&file).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
}

#[tokio::test]
async fn another_image_stays_beside_the_old_one_and_is_rolled_out() {
    let home = Home::new().await;
    home.deploy(&building("")).await.well();
    let plan = home.deploy(&of_other()).await.well();
    let touched: Vec<String> = plan.steps.iter().map(|it| it.address.to_string()).collect();
    assert_eq!(touched, ["image/app", "task_definition/app", "service/app"], "{}", lines(&plan));
    assert_eq!(images(&home.cloud), [digest(&building("")), digest(&of_other())]);
}

#[tokio::test]
async fn how_many_images_are_kept_can_be_changed_alone() {
    let home = Home::new().await;
    home.deploy(&building("")).await.well();
    let file = building("image: {keep: 3}\n");
    let plan = home.deploy(&file).await.well();
    assert_eq!(plan.steps.len(), 1, "{}", lines(&plan));
    let policy = home.cloud.with(|account| {
        let input = json!({"repositoryName": REPOSITORY});
        account.act(REGION, "ecr", "GetLifecyclePolicy", input).unwrap()
    });
    let policy = policy["lifecyclePolicyText"].as_str().unwrap();
    assert!(policy.contains("\"countNumber\":3"), "{policy}");
    assert!(home.plan(&file).await.is_empty());
}

#[tokio::test]
async fn a_repository_of_others_is_not_touched() {
    let home = Home::new().await;
    home.cloud.with(|account| account.region(REGION).plant_repository(REPOSITORY));
    let file = building("");
    let live = home.backend(&file).await.live().await.unwrap();
    let refused = plan(&desired(&file), &live).unwrap_err();
    assert!(
        matches!(&refused, PlanError::NotOurs(all) if all.contains_key(&Image::own())),
        "{refused}"
    );
    // Whoever does not build is not concerned.
    home.deploy(MINIMAL).await.well();
}

#[tokio::test]
async fn images_go_once_no_task_needs_them() {
    let home = Home::new().await;
    home.deploy(&building("")).await.well();
    let plan = home.deploy(MINIMAL).await.well();
    let order: Vec<String> = plan.steps.iter().map(|it| it.address.to_string()).collect();
    let at = |address: &str| order.iter().position(|it| it == address).unwrap();
    assert!(at("image/app") > at("service/app"), "{order:?}");
    let step = plan.steps.iter().find(|it| it.address == Image::own()).unwrap();
    assert!(step.after.iter().any(|it| it.to_string() == "service/app"), "{:?}", step.after);
}

#[tokio::test]
async fn the_command_lines_image_stands_in_for_the_built_one_until_the_next_deployment() {
    let home = Home::new().await;
    let file = building("");
    home.deploy(&file).await.well();
    let backend = home.backend(&file).await;
    let other = Program::Image("rag-service:good".to_owned());
    let wanted = Desired::of(&stack(&file), &other);
    carry_out(&backend, &wanted).await.well();
    assert_eq!(runs(&home.cloud), "rag-service:good");
    let live = backend.live().await.unwrap();
    assert!(live.at(&Image::own()).is_some(), "what was built stays");
    assert!(planned(&wanted, &live).is_empty());
    home.deploy(&file).await.well();
    assert!(runs(&home.cloud).ends_with(digest(&file)));
}

#[tokio::test]
async fn an_image_that_was_not_planned_is_not_pushed() {
    let home = Home::new().await;
    let backend = home.backend(&of_other()).await;
    let live = backend.live().await.unwrap();
    let plan = planned(&desired(&building("")), &live);
    let outcome = apply(&plan, &live, &backend, &|_: Event| {}).await.unwrap();
    let failed = &outcome.failed[0];
    assert_eq!(failed.step.address, Image::own());
    assert!(matches!(failed.source, BackendError::Refused { .. }));
    assert!(failed.source.to_string().contains("another bundle"), "{}", failed.source);
}

#[tokio::test]
async fn a_tag_that_somebody_has_moved_is_drift() {
    let home = Home::new().await;
    let file = building("");
    home.deploy(&file).await.well();
    home.cloud
        .with(|account| account.region(REGION).plant_image(REPOSITORY, "handbook", &["amd64"]));
    let plan = home.plan(&file).await;
    assert!(lines(&plan).contains("image/app"), "{}", lines(&plan));
    home.deploy(&file).await.well();
    let live = home.backend(&file).await.live().await.unwrap();
    let Some(Resource::Image(image)) = live.at(&Image::own()) else { panic!("it is there") };
    assert_eq!(image.digest, digest(&file));
}

#[tokio::test]
async fn a_deployment_that_is_killed_while_it_pushes_is_completed_by_the_next() {
    let file = building("");
    let calls = {
        let home = Home::new().await;
        home.deploy(&file).await.well();
        let calls = home.cloud.calls().into_iter().filter(|it| it.mutating);
        let calls: Vec<String> = calls.map(|it| it.service).collect();
        calls.len()
    };
    // Each third call is enough: the package of the registry's client tries each of its own.
    for at in (1..=calls).step_by(3) {
        let home = Home::new().await;
        home.cloud.stall_at(Some(at));
        tokio::select! {
            _ = home.deploy(&file) => {}
            () = stalled(&home) => {}
        }
        home.cloud.stall_at(None);
        home.deploy(&file).await.well();
        let plan = home.plan(&file).await;
        assert!(plan.is_empty(), "killed at {at} of {calls}: {}", lines(&plan));
        home.destroy(&file).await.well();
        assert_eq!(home.cloud.leftovers(), Vec::<String>::new(), "killed at {at} of {calls}");
    }
}
