use ragctl_cloud::Cloud;
use serde_json::json;

use super::support::{stack, within};
use super::{found, only, told};

fn file(arn: &str, domain: &str) -> String {
    stack(&format!("load_balancer: {{certificate: '{arn}', domain: {domain}}}"))
}

#[tokio::test]
async fn an_issued_one_that_covers_the_domain_passes() {
    let cloud = Cloud::start().await;
    let arn = within(&cloud, |region| region.plant_certificate("*.example.com", "ISSUED"));
    assert_eq!(
        only(&cloud, &file(&arn, "answers.example.com"), "certificate").await,
        "passed: issued for *.example.com"
    );
}

#[tokio::test]
async fn one_for_another_name_that_is_not_issued_either_is_told_twice() {
    let cloud = Cloud::start().await;
    let arn = within(&cloud, |region| {
        let arn = region.plant_certificate("example.com", "PENDING_VALIDATION");
        region.edit_certificate(&arn, |it| {
            it["DomainValidationOptions"] = json!([{"DomainName": "example.com", "ResourceRecord":
                {"Name": "_a.example.com.", "Type": "CNAME", "Value": "_b.acm-validations.aws."}}]);
        });
        arn
    });
    let told = told(&found(&cloud, &file(&arn, "answers.example.com"), "certificate").await);
    let pending = "not issued yet: PENDING_VALIDATION -> add this record to its DNS: \
                   _a.example.com. CNAME _b.acm-validations.aws.";
    assert!(told.contains(pending), "{told}");
    assert!(told.contains("it is for example.com, and clients use answers.example.com"), "{told}");
}

#[tokio::test]
async fn one_that_has_run_out_is_no_use() {
    let cloud = Cloud::start().await;
    let arn = within(&cloud, |region| region.plant_certificate("a.example.com", "EXPIRED"));
    let told = only(&cloud, &file(&arn, "a.example.com"), "certificate").await;
    assert!(told.starts_with("failed: the one for a.example.com cannot be used: EXPIRED -> "));
    assert!(told.contains("request-certificate --region us-east-1 --domain-name a.example.com"));
}

#[tokio::test]
async fn one_that_is_not_there_or_elsewhere_is_told() {
    let cloud = Cloud::start().await;
    for (region, what) in [("us-east-1", "is not there"), ("eu-west-1", "it lies in eu-west-1")] {
        let arn = format!("arn:aws:acm:{region}:123456789012:certificate/0a");
        let told = only(&cloud, &file(&arn, "a.example.com"), "certificate").await;
        assert!(told.starts_with("failed: ") && told.contains(what), "{told}");
    }
}

#[tokio::test]
async fn that_it_may_not_be_looked_at_is_no_failure() {
    let cloud = Cloud::start().await;
    cloud.with(|account| account.refuse("acm:DescribeCertificate"));
    let arn = "arn:aws:acm:us-east-1:123456789012:certificate/0a";
    let told = only(&cloud, &file(arn, "a.example.com"), "certificate").await;
    assert!(told.starts_with("skipped: cannot be told"), "{told}");
}
