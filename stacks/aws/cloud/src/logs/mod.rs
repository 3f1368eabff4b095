//! `CloudWatch` Logs: groups, and the lines that tasks write.

mod group;
mod line;
mod pattern;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use group::LogGroup;
pub(crate) use line::write;

use crate::account::Here;
use crate::refusal::{Refusal, Reply};

/// What `CloudWatch` Logs holds in a region.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    pub(crate) groups: BTreeMap<String, LogGroup>,
    /// What tasks say, by the tag of their image; a test's own choice.
    pub(crate) said: BTreeMap<String, Vec<String>>,
}

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    match action {
        "CreateLogGroup" => group::create(here, input),
        "DescribeLogGroups" => Ok(group::describe(&here.region.logs, input)),
        "DeleteLogGroup" => group::delete(here.region, input),
        "PutRetentionPolicy" => group::retain(here.region, input),
        "DeleteRetentionPolicy" => group::retain_for_ever(here.region, input),
        "ListTagsForResource" => group::tags(here.region, input),
        "TagResource" => group::tag(here.region, input),
        "UntagResource" => group::untag(here.region, input),
        "DescribeLogStreams" => line::streams(here.region, input),
        "GetLogEvents" => line::get(here.region, input),
        "FilterLogEvents" => line::filter(here.region, input),
        _ => Err(Refusal::not_here("logs", action)),
    }
}
