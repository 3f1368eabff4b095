//! Tags on rules.

use serde_json::{Value, json};

use super::{Events, missing};
use crate::input::{last, need};
use crate::refusal::{Refusal, Reply};
use crate::tags::{self, Tags};

fn find<'a>(events: &'a mut Events, input: &Value) -> Result<&'a mut Tags, Refusal> {
    let name = last(need(input, "ResourceARN")?);
    let rule = events.rules.get_mut(name);
    rule.map(|rule| &mut rule.tags).ok_or_else(|| missing("Rule", name))
}

pub(super) fn tag(events: &mut Events, input: &Value) -> Reply {
    find(events, input)?.extend(tags::from_pairs(input, "Tags"));
    Ok(json!({}))
}

pub(super) fn untag(events: &mut Events, input: &Value) -> Reply {
    tags::remove(find(events, input)?, input, "TagKeys");
    Ok(json!({}))
}

pub(super) fn list(events: &mut Events, input: &Value) -> Reply {
    Ok(json!({"Tags": tags::pairs(find(events, input)?)}))
}
