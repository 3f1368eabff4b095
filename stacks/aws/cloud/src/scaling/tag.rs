//! Tags on scalable targets.

use serde_json::{Value, json};

use super::Scaling;
use crate::input::need;
use crate::refusal::{Refusal, Reply};
use crate::tags::{self, Tags};

fn find<'a>(scaling: &'a mut Scaling, input: &Value) -> Result<&'a mut Tags, Refusal> {
    let arn = need(input, "ResourceARN")?;
    scaling.tags.get_mut(arn).ok_or_else(|| {
        let message = format!("Scalable target not found: {arn}");
        Refusal::new("ResourceNotFoundException", message)
    })
}

pub(super) fn tag(scaling: &mut Scaling, input: &Value) -> Reply {
    find(scaling, input)?.extend(tags::from_map(input, "Tags"));
    Ok(json!({}))
}

pub(super) fn untag(scaling: &mut Scaling, input: &Value) -> Reply {
    tags::remove(find(scaling, input)?, input, "TagKeys");
    Ok(json!({}))
}

pub(super) fn list(scaling: &mut Scaling, input: &Value) -> Reply {
    Ok(json!({"Tags": tags::map(find(scaling, input)?)}))
}
