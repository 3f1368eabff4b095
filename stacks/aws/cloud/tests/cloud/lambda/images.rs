//! Functions from images.

use serde_json::json;

use super::{Account, arn};

const REPOSITORY: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app";

#[test]
fn an_image_must_be_in_the_registry_and_be_one_image() {
    let account = Account::new();
    let (plain, index) = account.region(|region| {
        (
            region.plant_image("team/app", "v1", &[]),
            region.plant_image("team/app", "v2", &["arm64"]),
        )
    });
    let input = |uri: &str| {
        json!({"FunctionName": "app", "Role": account.role, "PackageType": "Image",
               "Code": {"ImageUri": uri}})
    };
    for (uri, says) in [
        (format!("{REPOSITORY}@{}", plain.replace('a', "b")), "does not exist."),
        (format!("{REPOSITORY}:v3"), "does not exist."),
        (format!("{REPOSITORY}@{index}"), "media type"),
        ("docker.io/library/app:v1".to_owned(), "is not valid."),
    ] {
        let refused = account.refuses("CreateFunction", input(&uri));
        assert_eq!(refused.code, "InvalidParameterValueException", "{uri}");
        assert!(refused.message.contains(says), "{uri}: {}", refused.message);
    }
    let mut with_runtime = input(&format!("{REPOSITORY}@{plain}"));
    with_runtime["Runtime"] = json!("provided.al2023");
    let refused = account.refuses("CreateFunction", with_runtime);
    assert!(refused.message.contains("packageType Image"), "{}", refused.message);

    let mut good = input(&format!("{REPOSITORY}:v1"));
    good["ImageConfig"] = json!({"Command": ["lambda"]});
    let made = account.does("CreateFunction", good);
    assert_eq!(made["CodeSha256"], plain.trim_start_matches("sha256:"));
    assert_eq!(made["ImageConfigResponse"]["ImageConfig"]["Command"], json!(["lambda"]));
    let code = &account.asks("GetFunction")["Code"];
    assert_eq!(code["RepositoryType"], "ECR");
    assert_eq!(code["ResolvedImageUri"], format!("{REPOSITORY}@{plain}"));
}

#[test]
fn code_changes_only_within_its_package_type() {
    let account = Account::new();
    let first = account.region(|region| region.plant_image("team/app", "v1", &[]));
    let input = json!({"FunctionName": "app", "Role": account.role, "PackageType": "Image",
                       "Code": {"ImageUri": format!("{REPOSITORY}@{first}")}});
    account.does("CreateFunction", input);
    let zip = json!({"FunctionName": "app", "ZipFile": "UEsFBg=="});
    let refused = account.refuses("UpdateFunctionCode", zip);
    assert!(refused.message.starts_with("Please provide ImageUri"), "{}", refused.message);

    let second = account.region(|region| region.plant_image("team/app", "v2", &[]));
    let change = json!({"FunctionName": "app", "ImageUri": format!("{REPOSITORY}@{second}"),
                        "Architectures": ["arm64"], "Publish": true});
    let published = account.does("UpdateFunctionCode", change.clone());
    assert_eq!(published["FunctionArn"], arn(":1"));
    assert_eq!(published["Architectures"], json!(["arm64"]));
    assert_eq!(published["CodeSha256"], second.trim_start_matches("sha256:"));

    let mut zipped = account.app();
    zipped["FunctionName"] = json!("zipped");
    account.does("CreateFunction", zipped);
    let mut image = change;
    image["FunctionName"] = json!("zipped");
    let refused = account.refuses("UpdateFunctionCode", image);
    assert!(refused.message.starts_with("Please don't provide ImageUri"), "{}", refused.message);
}
