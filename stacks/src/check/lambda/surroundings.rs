//! What lies around a function: its image, its network, its database.

use crate::{
    check::{facts::Facts, fargate, finding::Found},
    stack::{Provider, Setting, Store},
};

/// Connections of one sandbox where nothing says how many; `docs/reference/service.md`.
const CONNECTIONS: &str = "8";

pub(in crate::check) fn too_many_connections(facts: &Facts<'_>) -> Option<Found> {
    let is_postgres = matches!(facts.file.store, Store::Postgres { .. });
    if !is_postgres || facts.file.lambda.concurrency.is_some() {
        return None;
    }
    let environment = facts.runs.service_environment();
    let each = match environment.get("DATABASE_MAX_CONNECTIONS") {
        Some(Setting::Plain(number)) => number.as_str(),
        Some(Setting::Secret(_)) | None => CONNECTIONS,
    };
    Some(Found::at(
        &["lambda.concurrency", "store.engine"],
        format!(
            "there are as many sandboxes as requests at once, each with up to {each} connections to \
             Postgres, and nothing bounds them"
        ),
        "write `concurrency:` beneath `lambda:`, as many as the database has room for, or name a \
         pooler as `store.url`",
    ))
}

pub(in crate::check) fn far_image(facts: &Facts<'_>) -> Option<Found> {
    let (lies_in, region) = fargate::elsewhere(facts)?;
    Some(Found::at(
        &["service.image", "aws.region"],
        format!("the image lies in {lies_in}, and Lambda in {region} pulls from ECR there alone"),
        format!("replicate the repository into {region}, and name it there"),
    ))
}

pub(in crate::check) fn no_way_out(facts: &Facts<'_>) -> Option<Found> {
    let file = facts.file;
    if !file.lambda.in_network || !file.network.subnets.is_empty() {
        return None;
    }
    let models = [&file.models.embedding.provider, &file.models.llm.provider];
    let asks_a_provider = models.iter().any(|it| matches!(it, Provider::OpenAi { .. }));
    let environment = facts.runs.service_environment();
    let fetches = environment.values().any(|it| matches!(it, Setting::Secret(_)));
    let what = match (asks_a_provider, fetches) {
        (true, true) => "its models nor its secrets",
        (true, false) => "its models nor anything else outside",
        (false, true) => "its secrets nor anything else outside",
        (false, false) => return None,
    };
    Some(Found::at(
        &["lambda.in_network", "network.subnets"],
        format!(
            "no subnets are named, and in those of the default network a function reaches neither {what}"
        ),
        "name private subnets with a way out beneath `network.subnets:`, or write `in_network: false`",
    ))
}
