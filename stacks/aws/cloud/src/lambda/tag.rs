//! Tags on functions, by their ARNs.

use serde_json::{Value, json};

use super::function::Function;
use super::missing;
use crate::account::Region;
use crate::input::need;
use crate::refusal::{Refusal, Reply};
use crate::tags;

fn find<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut Function, Refusal> {
    let arn = need(input, "Resource")?;
    let name = arn.split_once(":function:").map_or(arn, |(_, name)| name);
    region.lambda.functions.get_mut(name).ok_or_else(|| missing(arn))
}

pub(super) fn tag(region: &mut Region, input: &Value) -> Reply {
    find(region, input)?.tags.extend(tags::from_map(input, "Tags"));
    Ok(json!({}))
}

pub(super) fn untag(region: &mut Region, input: &Value) -> Reply {
    tags::remove(&mut find(region, input)?.tags, input, "TagKeys");
    Ok(json!({}))
}

pub(super) fn list(region: &mut Region, input: &Value) -> Reply {
    Ok(json!({"Tags": tags::map(&find(region, input)?.tags)}))
}
