//! `edge-prewarm`: a distribution of CloudFront before the balancer, and a function that sees its answers.

use std::{collections::BTreeSet, time::Duration};

use ragctl_cloud::{Pace, Thing};
use ragctl_stacks::{backend::Backend, event::Event};
use serde_json::Value;

use crate::support::{COPIES, Deployed, Home, MINIMAL, lines};

const REGION: &str = "eu-west-1";
const COMMENT: &str = "ragctl stack handbook in eu-west-1";
const FUNCTION: &str = "handbook-edge-eu-west-1";
const KEY: &str = "/ragctl/handbook/edge";

fn file() -> String {
    format!("{MINIMAL}idle: {{after: 10m}}\nstrategies: {{edge-prewarm: true}}\n")
}

fn without() -> String {
    format!("{MINIMAL}idle: {{after: 10m}}\n")
}

/// The key, as nobody but the account and the function has it.
fn key(home: &Home) -> Option<String> {
    let mut key = None;
    home.cloud.with(|account| {
        account.region(REGION).edit(&Thing::Parameter(KEY), |it| {
            assert_eq!(it["Type"], "SecureString");
            key = it["Value"].as_str().map(str::to_owned);
        })
    });
    key
}

/// The distribution's settings, in XML.
fn config(home: &Home) -> String {
    let mut found = String::new();
    assert!(home.cloud.with(|it| it.edit_distribution(COMMENT, |xml| found.clone_from(xml))));
    found
}

fn change(home: &Home, from: &str, to: &str) {
    assert!(home.cloud.with(|account| account.edit_distribution(COMMENT, |xml| {
        assert!(xml.contains(from), "{from}: {xml}");
        *xml = xml.replace(from, to);
    })));
}

/// What the function is, as Lambda shows it.
fn function(home: &Home) -> Value {
    let mut found = Value::Null;
    home.cloud.with(|account| {
        account.region("us-east-1").edit(&Thing::Function(FUNCTION), |it| found = it.clone())
    });
    found
}

/// From now on copies of functions take their time to go.
fn with_copies(home: &Home) {
    home.cloud.set_pace(Pace { replicas: COPIES, ..Pace::default() });
}

fn postponed(deployed: &Deployed) -> Vec<String> {
    deployed.outcome.postponed.keys().map(ToString::to_string).collect()
}

async fn nothing_is_planned(home: &Home, file: &str) {
    let plan = home.plan(file).await;
    assert!(plan.is_empty(), "{}", lines(&plan));
}

#[tokio::test]
async fn it_is_deployed_and_then_nothing_is_planned() {
    let home = Home::new().await;
    let plan = home.deploy(&file()).await.well();
    for made in ["secret/edge", "role/edge", "function/edge", "edge/app"] {
        assert!(lines(&plan).contains(made), "{made}: {}", lines(&plan));
    }
    nothing_is_planned(&home, &file()).await;
    let config = config(&home);
    for said in [
        "<EventType>origin-response</EventType>",
        "<Method>POST</Method>",
        "<CachePolicyId>4135ea2d-6df8-44a3-9df3-4b5a84be39ad</CachePolicyId>",
        "<OriginRequestPolicyId>b689b0a8-53d0-40ab-baf2-68738e2966ac</OriginRequestPolicyId>",
        "<ViewerProtocolPolicy>redirect-to-https</ViewerProtocolPolicy>",
        "<OriginProtocolPolicy>http-only</OriginProtocolPolicy>",
        "<OriginReadTimeout>120</OriginReadTimeout>",
        "<ErrorCode>503</ErrorCode>",
        "<ErrorCachingMinTTL>0</ErrorCachingMinTTL>",
        &format!("arn:aws:lambda:us-east-1:123456789012:function:{FUNCTION}:1<"),
    ] {
        assert!(config.contains(said), "{said}: {config}");
    }
    assert!(!config.contains("<HeaderName>"), "clients could warm by it: {config}");
    let function = function(&home);
    assert_eq!(function["Architectures"], serde_json::json!(["x86_64"]));
    assert!(function.get("Environment").is_none() && function.get("VpcConfig").is_none());
    let status = home.backend(&file()).await.status().await.unwrap().unwrap();
    let endpoint = status.endpoint.unwrap();
    assert!(
        endpoint.starts_with("https://") && endpoint.ends_with(".cloudfront.net"),
        "{endpoint}"
    );
    home.destroy(&file()).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn a_plain_stack_asks_cloudfront_nothing() {
    let home = Home::new().await;
    home.deploy(MINIMAL).await.well();
    home.plan(MINIMAL).await;
    home.destroy(MINIMAL).await.well();
    let calls = home.cloud.calls();
    assert!(calls.iter().all(|it| it.service != "cloudfront"));
    assert!(calls.iter().all(|it| it.region != "us-east-1"), "{calls:#?}");
}

#[tokio::test]
async fn what_the_function_is_told_is_a_new_version_that_the_distribution_calls() {
    let home = Home::new().await;
    home.deploy(&file()).await.well();
    let before = key(&home);
    let told = file().replace("edge-prewarm: true", "edge-prewarm: {limit: 2s, retry_after: 45s}");
    let plan = home.deploy(&told).await.well();
    let steps = lines(&plan);
    for step in ["~ function/edge", "limit: 1s → 2s", "retry_after: 30s → 45s", "~ edge/app"] {
        assert!(steps.contains(step), "{step}: {steps}");
    }
    assert!(!steps.contains("task_definition"), "{steps}");
    assert!(config(&home).contains(&format!(":function:{FUNCTION}:2<")));
    assert_eq!(key(&home), before, "the key is made once");
    nothing_is_planned(&home, &told).await;
}

#[tokio::test]
async fn the_request_timeout_is_the_distributions_too_up_to_120_seconds() {
    let home = Home::new().await;
    home.deploy(&file()).await.well();
    let shorter = file().replace("service: {", "service: {request_timeout: 40s, ");
    let plan = home.deploy(&shorter).await.well();
    assert!(lines(&plan).contains("read_timeout: 2m → 40s"), "{}", lines(&plan));
    assert!(config(&home).contains("<OriginReadTimeout>40</OriginReadTimeout>"));
    nothing_is_planned(&home, &shorter).await;
}

#[tokio::test]
async fn under_a_name_clients_and_the_origin_have_certificates() {
    let home = Home::new().await;
    home.deploy(&file()).await.well();
    let regional = home
        .cloud
        .with(|account| account.region(REGION).plant_certificate("origin.example.org", "ISSUED"));
    let at_the_edge = "arn:aws:acm:us-east-1:123456789012:certificate/12ab";
    let named = format!(
        "{MINIMAL}idle: {{after: 10m}}\n\
         load_balancer: {{domain: origin.example.org, certificate: '{regional}'}}\n\
         strategies: {{edge-prewarm: {{domain: answers.example.org, certificate: '{at_the_edge}'}}}}\n"
    );
    home.deploy(&named).await.well();
    let config = config(&home);
    for said in [
        "<CNAME>answers.example.org</CNAME>",
        "<DomainName>origin.example.org</DomainName>",
        "<OriginProtocolPolicy>https-only</OriginProtocolPolicy>",
        &format!("<ACMCertificateArn>{at_the_edge}</ACMCertificateArn>"),
    ] {
        assert!(config.contains(said), "{said}: {config}");
    }
    nothing_is_planned(&home, &named).await;
    let status = home.backend(&named).await.status().await.unwrap().unwrap();
    assert_eq!(status.endpoint.as_deref(), Some("https://answers.example.org"));
    home.deploy(&file()).await.well();
    nothing_is_planned(&home, &file()).await;
}

#[tokio::test]
async fn behind_somebody_elses_listener_it_stands_before_its_name() {
    let home = Home::new().await;
    let (listener, _) = crate::shared::listener(&home.cloud, REGION);
    let group = home.cloud.with(|account| account.region(REGION).default_group());
    let sharing = format!(
        "{}load_balancer: {{domain: shared.example.org, listener: {{arn: '{listener}', priority: 7, paths: ['/answers/*']}}}}\n\
         network: {{security_groups: {{balancer: [{group}]}}}}\n",
        file()
    );
    home.deploy(&sharing).await.well();
    assert!(config(&home).contains("<DomainName>shared.example.org</DomainName>"));
    nothing_is_planned(&home, &sharing).await;
    home.destroy(&sharing).await.well();
}

#[tokio::test]
async fn what_somebody_else_changes_is_seen_and_set_right() {
    let home = Home::new().await;
    home.deploy(&file()).await.well();
    for (from, to, told) in [
        ("<Enabled>true</Enabled>", "<Enabled>false</Enabled>", "enabled"),
        ("<Method>POST</Method>", "", "methods"),
        ("redirect-to-https", "allow-all", "viewer_protocol"),
        ("4135ea2d-6df8-44a3-9df3-4b5a84be39ad", "658327ea", "cache_policy"),
        ("b689b0a8-53d0-40ab-baf2-68738e2966ac", "216adef6", "origin_request_policy"),
        ("<Compress>false</Compress>", "<Compress>true</Compress>", "compress"),
        ("origin-response", "origin-request", "function"),
        ("<ErrorCachingMinTTL>0<", "<ErrorCachingMinTTL>10<", "errors"),
        ("KeepaliveTimeout>60<", "KeepaliveTimeout>5<", "keep_alive"),
        ("http-only", "match-viewer", "origin_protocol"),
        ("Timeout>120<", "Timeout>30<", "read_timeout: 30s → 2m"),
        (&format!("{FUNCTION}:1<"), "other:1<", "code"),
    ] {
        change(&home, from, to);
        let plan = home.plan(&file()).await;
        let steps = lines(&plan);
        assert!(steps.contains("~ edge/app") && steps.contains(told), "{told}: {steps}");
        home.deploy(&file()).await.well();
        nothing_is_planned(&home, &file()).await;
    }
}

#[tokio::test]
async fn what_aws_says_besides_and_what_others_have_set_is_no_change() {
    let home = Home::new().await;
    home.deploy(&file()).await.well();
    for (before, added) in [
        ("</DistributionConfig>", "<PriceClass>PriceClass_All</PriceClass>"),
        (
            "</DistributionConfig>",
            "<HttpVersion>http2</HttpVersion><IsIPV6Enabled>true</IsIPV6Enabled>",
        ),
        ("</DistributionConfig>", "<CacheBehaviors><Quantity>0</Quantity></CacheBehaviors>"),
        ("</DistributionConfig>", "<OriginGroups><Quantity>0</Quantity></OriginGroups>"),
        (
            "</DistributionConfig>",
            "<Restrictions><GeoRestriction><RestrictionType>none</RestrictionType><Quantity>0</Quantity>\
             </GeoRestriction></Restrictions>",
        ),
        ("</DefaultCacheBehavior>", "<SmoothStreaming>false</SmoothStreaming>"),
        ("</DefaultCacheBehavior>", "<FieldLevelEncryptionId></FieldLevelEncryptionId>"),
        (
            "</DefaultCacheBehavior>",
            "<FunctionAssociations><Quantity>0</Quantity></FunctionAssociations>",
        ),
        ("</Origin>", "<OriginPath></OriginPath><ConnectionAttempts>3</ConnectionAttempts>"),
        ("</Origin>", "<CustomHeaders><Quantity>0</Quantity></CustomHeaders>"),
        ("</ViewerCertificate>", "<CertificateSource>cloudfront</CertificateSource>"),
        (
            "</DistributionConfig>",
            "<WebACLId>arn:aws:wafv2:us-east-1:123456789012:global/webacl/a/1</WebACLId>",
        ),
    ] {
        change(&home, before, &format!("{added}{before}"));
        nothing_is_planned(&home, &file()).await;
    }
    // A web ACL of somebody else's outlives a change of ours.
    let shorter = file().replace("service: {", "service: {request_timeout: 40s, ");
    home.deploy(&shorter).await.well();
    assert!(config(&home).contains("global/webacl/a/1"));
    change(
        &home,
        "<Method>DELETE</Method><Method>GET</Method>",
        "<Method>GET</Method><Method>DELETE</Method>",
    );
    nothing_is_planned(&home, &shorter).await;
}

#[tokio::test]
async fn another_stacks_distributions_are_left_alone_and_turned_over() {
    let home = Home::new().await;
    let others: Vec<String> = ["a", "b", "c"]
        .map(|name| file().replace("stack: handbook", &format!("stack: {name}")))
        .into();
    for other in &others {
        home.deploy(other).await.well();
    }
    home.deploy(&file()).await.well();
    nothing_is_planned(&home, &file()).await;
    home.destroy(&file()).await.well();
    for other in &others {
        nothing_is_planned(&home, other).await;
    }
}

#[tokio::test]
async fn switched_off_it_leaves_what_only_time_can_remove_and_a_later_deployment_removes_it() {
    let home = Home::new().await;
    with_copies(&home);
    home.deploy(&file()).await.well();
    let off = home.deploy(&without()).await;
    let left = ["function/edge", "role/edge", "secret/edge"];
    assert_eq!(
        postponed(&off).iter().collect::<BTreeSet<_>>(),
        left.map(str::to_owned).iter().collect()
    );
    assert!(off.outcome.failed.is_empty() && off.outcome.skipped.is_empty());
    let told = off.events.iter().filter(|it| matches!(it, Event::StepPostponed { .. })).count();
    assert_eq!(told, 3);
    off.well();
    assert!(!home.cloud.leftovers().iter().any(|it| it.contains("distribution")));
    let plan = home.plan(&without()).await;
    assert_eq!(plan.summary().delete, 3, "{}", lines(&plan));
    tokio::time::sleep(COPIES * 2).await;
    let later = home.deploy(&without()).await;
    assert_eq!(postponed(&later), Vec::<String>::new());
    nothing_is_planned(&home, &without()).await;
    assert_eq!(key(&home), None);
}

#[tokio::test]
async fn switched_on_again_before_that_it_takes_over_what_was_left() {
    let home = Home::new().await;
    home.cloud.set_pace(Pace { replicas: Duration::from_secs(3600), ..Pace::default() });
    home.deploy(&file()).await.well();
    let before = key(&home);
    assert_eq!(postponed(&home.deploy(&without()).await).len(), 3);
    let plan = home.deploy(&file()).await.well();
    let steps = lines(&plan);
    assert!(steps.contains("+ edge/app") && !steps.contains("function/edge"), "{steps}");
    assert_eq!(key(&home), before);
    nothing_is_planned(&home, &file()).await;
}

#[tokio::test]
async fn a_destruction_has_two_phases_and_nothing_that_costs_waits_for_the_second() {
    let home = Home::new().await;
    with_copies(&home);
    home.deploy(&file()).await.well();
    let first = home.destroy(&file()).await;
    assert_eq!(postponed(&first).len(), 3);
    first.well();
    let left = home.cloud.leftovers();
    let sorts = ["iam role", "lambda function", "ssm parameter"];
    assert!(
        left.len() == 3 && left.iter().all(|it| sorts.iter().any(|s| it.starts_with(s))),
        "{left:?}"
    );
    tokio::time::sleep(COPIES * 2).await;
    home.destroy(&file()).await.well();
    assert_eq!(home.cloud.leftovers(), Vec::<String>::new());
}

#[tokio::test]
async fn the_key_is_in_no_plan_and_no_event_and_no_tag() {
    let home = Home::new().await;
    let first = home.deploy(&file()).await;
    let key = key(&home).unwrap();
    assert_eq!(key.len(), 64);
    let live = home.backend(&file()).await.live().await.unwrap();
    let stranger = Home::new().await;
    stranger.deploy(&file()).await.well();
    assert_ne!(self::key(&stranger).unwrap(), key, "each stack has its own");
    let tags = home.cloud.with(|account| {
        let arn = function_arn();
        account
            .act("us-east-1", "lambda", "ListTags", serde_json::json!({"Resource": arn}))
            .unwrap()
    });
    for text in [
        serde_json::to_string(&first.plan).unwrap(),
        format!("{:?} {:?}", first.events, first.outcome),
        serde_json::to_string(&live).unwrap(),
        format!("{:?}", home.backend(&file()).await),
        tags.to_string(),
        config(&home),
        function(&home).to_string(),
    ] {
        assert!(!text.contains(&key), "{text}");
    }
    assert!(tags["Tags"]["ragctl:job"].is_string(), "{tags}");
}

fn function_arn() -> String {
    format!("arn:aws:lambda:us-east-1:123456789012:function:{FUNCTION}")
}

#[tokio::test]
async fn a_key_that_somebody_has_changed_is_written_into_the_function() {
    let home = Home::new().await;
    home.deploy(&file()).await.well();
    home.cloud.with(|account| {
        account
            .region(REGION)
            .edit(&Thing::Parameter(KEY), |it| it["Value"] = "0".repeat(64).into())
    });
    let plan = home.deploy(&file()).await.well();
    let steps = lines(&plan);
    assert!(steps.contains("~ function/edge") && steps.contains("~ edge/app"), "{steps}");
    nothing_is_planned(&home, &file()).await;
}
