use ragctl_cloud::{Cloud, PrivateNetwork};

use super::support::{stack, stack_of, within};
use super::{found, only, told};

/// An image that the region's own registry has.
const IN_ECR: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/rag:1.4";

fn private(cloud: &Cloud, nat: bool) -> PrivateNetwork {
    within(cloud, |region| region.plant_network(nat))
}

/// Tasks in the private subnets, the balancer in the public ones.
fn inside(network: &PrivateNetwork) -> String {
    format!(
        "network: {{subnets: [{}], balancer_subnets: [{}]}}",
        network.private.join(", "),
        network.public.join(", ")
    )
}

#[tokio::test]
async fn the_default_network_will_do() {
    let cloud = Cloud::start().await;
    let (vpc, _) = within(&cloud, |region| region.default_network());
    assert_eq!(
        only(&cloud, &stack(""), "network").await,
        format!("passed: {vpc}, in 3 subnets and 3 zones")
    );
}

#[tokio::test]
async fn private_subnets_behind_a_nat_gateway_will_do() {
    let cloud = Cloud::start().await;
    let network = private(&cloud, true);
    assert!(only(&cloud, &stack(&inside(&network)), "network").await.starts_with("passed: "));
}

#[tokio::test]
async fn without_a_network_one_has_to_be_named() {
    let cloud = Cloud::start().await;
    within(&cloud, |region| region.remove_default_network());
    let told = only(&cloud, &stack(""), "network").await;
    assert!(told.starts_with("failed: ") && told.contains("has no default VPC"), "{told}");
    let names = only(&cloud, &stack(""), "names").await;
    assert_eq!(names, "skipped: what exists is read only where there is a network");
}

#[tokio::test]
async fn subnets_that_are_not_there_are_all_named() {
    let cloud = Cloud::start().await;
    let file = stack("network: {subnets: [subnet-0a, subnet-0b]}");
    let told = only(&cloud, &file, "network").await;
    let what = "failed: subnet-0a and subnet-0b are not there in us-east-1 -> ";
    assert!(told.starts_with(what), "{told}");
}

#[tokio::test]
async fn security_groups_that_are_not_in_the_network_are_named() {
    let cloud = Cloud::start().await;
    let group = within(&cloud, |region| region.default_group());
    let groups = |id: &str| stack(&format!("network: {{security_groups: {{service: [{id}]}}}}"));
    assert!(only(&cloud, &groups(&group), "network").await.starts_with("passed: "));
    let told = only(&cloud, &groups("sg-0123456789abcdef0"), "network").await;
    assert!(told.starts_with("failed: sg-0123456789abcdef0 is not there in vpc-"), "{told}");
}

#[tokio::test]
async fn subnets_of_two_networks_do_not_go_together() {
    let cloud = Cloud::start().await;
    let (here, subnets) = within(&cloud, |region| region.default_network());
    let there = private(&cloud, true);
    let file = stack(&format!("network: {{subnets: [{}, {}]}}", subnets[0], there.private[1]));
    let told = told(&found(&cloud, &file, "network").await);
    assert!(told.contains("the subnets lie in more than one VPC"), "{told}");
    assert!(told.contains(&here) && told.contains(&there.vpc), "{told}");
}

#[tokio::test]
async fn another_vpc_than_the_subnets_is_told() {
    let cloud = Cloud::start().await;
    let (here, subnets) = within(&cloud, |region| region.default_network());
    let there = private(&cloud, true);
    let named = subnets[..2].join(", ");
    let network = format!("network: {{vpc: {}, subnets: [{named}], public_ip: true}}", there.vpc);
    let told = only(&cloud, &stack(&network), "network").await;
    let what = format!("the subnets lie in {here}, and the file names {}", there.vpc);
    assert!(told.contains(&what), "{told}");
}

#[tokio::test]
async fn a_balancer_needs_one_subnet_in_each_of_two_zones() {
    let cloud = Cloud::start().await;
    let network = private(&cloud, true);
    let (_, others) = within(&cloud, |region| region.default_network());
    // Both lie in the first zone.
    let file = stack(&format!(
        "network: {{subnets: [{}], balancer_subnets: [{}, {}]}}",
        network.private[0], network.public[0], network.private[0]
    ));
    let told = told(&found(&cloud, &file, "network").await);
    assert!(told.contains("the load balancer needs subnets in two zones"), "{told}");
    assert!(told.contains("are all in us-east-1a"), "{told}");
    let file =
        stack(&format!("network: {{subnets: [{}, {}], public_ip: true}}", others[0], others[1]));
    assert!(only(&cloud, &file, "network").await.starts_with("passed: "));
}

#[tokio::test]
async fn a_balancer_that_faces_the_internet_needs_public_subnets() {
    let cloud = Cloud::start().await;
    let network = private(&cloud, true);
    let subnets = network.private.join(", ");
    let file = stack(&format!("network: {{subnets: [{subnets}]}}"));
    let told = only(&cloud, &file, "network").await;
    assert!(told.contains("the load balancer faces the internet, and "), "{told}");
    let internal = format!("{file}load_balancer: {{scheme: internal}}\n");
    assert!(only(&cloud, &internal, "network").await.starts_with("passed: "));
}

#[tokio::test]
async fn public_subnets_are_no_use_to_tasks_without_public_addresses() {
    let cloud = Cloud::start().await;
    let (_, subnets) = within(&cloud, |region| region.default_network());
    let network = format!("network: {{subnets: [{}], public_ip: false}}", subnets[..2].join(", "));
    let told = only(&cloud, &stack_of(IN_ECR, &network), "network").await;
    assert!(told.contains("but tasks without public addresses cannot use it"), "{told}");
    let lacks = "lack an endpoint for ecr.api, an endpoint for ecr.dkr, a gateway endpoint for s3 \
                 and an endpoint for logs";
    assert!(told.contains(lacks), "{told}");
    assert!(told.contains("`network: {public_ip: true}` in the file"), "{told}");
    let open = network.replace("false", "true");
    assert!(only(&cloud, &stack_of(IN_ECR, &open), "network").await.starts_with("passed: "));
}

#[tokio::test]
async fn what_closed_subnets_lack_is_named_one_by_one() {
    let cloud = Cloud::start().await;
    let network = private(&cloud, false);
    let secret = "  secrets: {TOKEN: 'ssm:/handbook/token'}\n";
    let file = stack_of(IN_ECR, &format!("{secret}{}", inside(&network)));
    let plant = |services: &[&str]| {
        within(&cloud, |region| {
            services.iter().for_each(|it| region.plant_endpoint(&network.vpc, it));
        });
    };
    plant(&["ecr.api", "s3", "logs"]);
    let told = only(&cloud, &file, "network").await;
    let lacks = "tasks there lack an endpoint for ecr.dkr and an endpoint for ssm -> ";
    assert!(told.contains(lacks) && told.contains("--vpc-id"), "{told}");
    plant(&["ecr.dkr", "ssm"]);
    assert!(only(&cloud, &file, "network").await.starts_with("passed: "));
}

#[tokio::test]
async fn an_image_of_the_internet_cannot_be_pulled_from_closed_subnets() {
    let cloud = Cloud::start().await;
    let network = private(&cloud, false);
    let told = only(&cloud, &stack(&inside(&network)), "network").await;
    assert!(told.contains("tasks there lack a way to ghcr.io and an endpoint for logs"), "{told}");
}

#[tokio::test]
async fn models_of_the_internet_cannot_be_asked_from_closed_subnets() {
    let cloud = Cloud::start().await;
    let network = private(&cloud, false);
    within(&cloud, |region| {
        for service in ["ecr.api", "ecr.dkr", "s3", "logs", "ssm"] {
            region.plant_endpoint(&network.vpc, service);
        }
    });
    let file = |host: &str| {
        let models = format!(
            "models: {{llm: {{provider: openai, host: '{host}', model: m, api_key: 'ssm:/handbook/key'}}}}"
        );
        stack_of(IN_ECR, &format!("{}\n{models}", inside(&network)))
    };
    let told = told(&found(&cloud, &file("https://api.openai.com/v1"), "network").await);
    assert!(told.starts_with("warning: the models are asked for at api.openai.com"), "{told}");
    let within = only(&cloud, &file("http://models.internal:8000/v1"), "network").await;
    assert!(within.starts_with("passed: "), "{within}");
}

#[tokio::test]
async fn too_few_free_addresses_are_worth_a_warning() {
    let cloud = Cloud::start().await;
    let network = private(&cloud, true);
    within(&cloud, |region| {
        network.private.iter().for_each(|it| region.set_free_addresses(it, 4));
        region.set_free_addresses(&network.public[0], 3);
    });
    let file = stack(&format!("{}\nautoscaling: {{maximum: 5}}", inside(&network)));
    let told = told(&found(&cloud, &file, "network").await);
    let tasks = "have 8 free addresses together, and a deployment at 5 tasks needs 10";
    assert!(told.contains(tasks), "{told}");
    assert!(told.contains("has 3 free addresses, and a load balancer"), "{told}");
    assert!(told.contains("\npassed: "), "{told}");
}

#[tokio::test]
async fn that_routes_may_not_be_looked_at_is_no_failure() {
    let cloud = Cloud::start().await;
    cloud.with(|account| account.refuse("ec2:DescribeRouteTables"));
    let told = told(&found(&cloud, &stack(""), "network").await);
    let what = "skipped: cannot be told: these credentials may not call ec2 DescribeRouteTables";
    assert!(told.starts_with(what), "{told}");
}
