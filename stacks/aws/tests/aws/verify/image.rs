use ragctl_cloud::Cloud;

use super::support::{stack, stack_of, within};
use super::{found, only, told};

const REPOSITORY: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/rag";

#[tokio::test]
async fn one_that_is_there_for_the_stacks_processors_passes() {
    let cloud = Cloud::start().await;
    let digest = within(&cloud, |region| region.plant_image("rag", "1.4", &["amd64", "arm64"]));
    for image in [format!("{REPOSITORY}:1.4"), format!("{REPOSITORY}@{digest}")] {
        assert_eq!(
            only(&cloud, &stack_of(&image, ""), "image").await,
            format!("passed: {image} is there, for x86_64")
        );
    }
}

#[tokio::test]
async fn one_for_other_processors_is_told() {
    let cloud = Cloud::start().await;
    within(&cloud, |region| region.plant_image("rag", "1.4", &["arm64"]));
    let told = only(&cloud, &stack_of(&format!("{REPOSITORY}:1.4"), ""), "image").await;
    let what = "failed: it is built for arm64, and the stack runs on x86_64 -> \
                `service: {architecture: arm64}` in the file, or ";
    assert!(told.starts_with(what), "{told}");
    assert!(told.contains("docker buildx build --platform linux/amd64"), "{told}");
}

#[tokio::test]
async fn a_plain_manifest_does_not_say() {
    let cloud = Cloud::start().await;
    within(&cloud, |region| region.plant_image("rag", "1.4", &[]));
    let told = only(&cloud, &stack_of(&format!("{REPOSITORY}:1.4"), ""), "image").await;
    assert!(told.contains("its manifest does not say for which processors"), "{told}");
}

#[tokio::test]
async fn one_that_is_not_there_is_told() {
    let cloud = Cloud::start().await;
    let file = stack_of(&format!("{REPOSITORY}:1.4"), "");
    let told = only(&cloud, &file, "image").await;
    let what = "failed: there is no repository rag in us-east-1 -> `aws ecr create-repository";
    assert!(told.starts_with(what), "{told}");
    within(&cloud, |region| region.plant_repository("rag"));
    let told = only(&cloud, &file, "image").await;
    assert!(
        told.starts_with(&format!("failed: {REPOSITORY}:1.4 is not there -> push it")),
        "{told}"
    );
}

#[tokio::test]
async fn a_tag_that_moves_is_worth_a_warning_that_names_the_digest() {
    let cloud = Cloud::start().await;
    let digest = within(&cloud, |region| region.plant_image("rag", "latest", &["amd64"]));
    let told = told(&found(&cloud, &stack_of(REPOSITORY, ""), "image").await);
    assert!(told.starts_with("warning: `latest` may be another image tomorrow"), "{told}");
    assert!(told.contains(&format!("`service: {{image: {REPOSITORY}@{digest}}}`")), "{told}");
    assert!(told.contains("\npassed: "), "{told}");
}

#[tokio::test]
async fn a_registry_in_another_region_is_asked_there() {
    let cloud = Cloud::start().await;
    cloud.with(|it| it.region("eu-west-1").plant_image("rag", "1.4", &["amd64"]));
    let image = format!("{}:1.4", REPOSITORY.replace("us-east-1", "eu-west-1"));
    let told = told(&found(&cloud, &stack_of(&image, ""), "image").await);
    assert!(told.starts_with("warning: it lies in eu-west-1, so every task"), "{told}");
    assert!(told.contains(&format!("\npassed: {image} is there, for x86_64")), "{told}");
}

#[tokio::test]
async fn other_registries_cannot_be_asked() {
    let cloud = Cloud::start().await;
    let told = only(&cloud, &stack(""), "image").await;
    assert!(told.starts_with("skipped: ghcr.io cannot be asked from here"), "{told}");
}
