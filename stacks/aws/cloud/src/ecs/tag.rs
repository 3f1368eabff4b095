//! Tags on clusters, services and task definitions, by their ARNs.

use serde_json::{Value, json};

use super::invalid;
use crate::account::Region;
use crate::input::{last, need};
use crate::refusal::{Refusal, Reply};
use crate::tags::{self, Tags};

fn find<'a>(region: &'a mut Region, arn: &str) -> Result<&'a mut Tags, Refusal> {
    let missing = || invalid("The specified resource could not be found.");
    let kind = arn.splitn(6, ':').nth(5).and_then(|rest| rest.split('/').next());
    match kind.unwrap_or_default() {
        "cluster" => {
            let cluster = region.ecs.clusters.get_mut(last(arn)).filter(|each| each.active());
            cluster.map(|each| &mut each.tags).ok_or_else(missing)
        }
        "service" => {
            let mut services = region.ecs.services.iter_mut();
            let service = services.find(|each| each.arn == arn && !each.inactive());
            service.map(|each| &mut each.tags).ok_or_else(missing)
        }
        "task-definition" => {
            let found = super::definition::find(region, arn);
            found.map(|each| &mut each.tags).ok_or_else(missing)
        }
        _ => Err(missing()),
    }
}

pub(super) fn tag(region: &mut Region, input: &Value) -> Reply {
    let new = tags::from_pairs(input, "tags");
    find(region, need(input, "resourceArn")?)?.extend(new);
    Ok(json!({}))
}

pub(super) fn untag(region: &mut Region, input: &Value) -> Reply {
    tags::remove(find(region, need(input, "resourceArn")?)?, input, "tagKeys");
    Ok(json!({}))
}

pub(super) fn list(region: &mut Region, input: &Value) -> Reply {
    Ok(json!({"tags": tags::low_pairs(find(region, need(input, "resourceArn")?)?)}))
}
