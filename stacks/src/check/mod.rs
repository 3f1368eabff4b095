//! What a stack file gets wrong without being mistaken: rules, a family a file.
//!
//! A rule looks at a stack and says what will happen, with its figures, and what to do. Pure:
//! nothing is asked of AWS, which `ragctl verify` does. What the reader of the file refuses, and
//! what cannot be broken at all, has its rule here too, so that each can be explained.

mod allowed;
mod cost;
mod deployment;
mod edge;
mod facts;
mod fargate;
mod finding;
mod fix;
mod health;
mod keepalive;
mod lambda;
mod load_balancer;
mod logs;
mod network;
mod registry;
mod report;
mod rule;
mod scaling;
mod secrets;
mod store;

pub use allowed::RuleId;
pub use facts::Facts;
pub use finding::{Edit, Finding, Found};
pub use fix::{Fixed, Mended, fix};
pub use registry::{FAMILIES, Family, all, find, nearest};
pub use report::{Allowed, Report, report};
pub use rule::{Decided, Look, On, Rule, Severity};

use crate::{config::Opened, stack::Target};

/// What the rules find in a file that was opened, in the order of the rules; what the file allows
/// is among it.
pub fn findings(opened: &Opened) -> Vec<Finding> {
    let facts = Facts::of(opened);
    let holds = |rule: &&'static Rule| holds_on(rule.on, opened.stack.target);
    let found = all().filter(holds).filter_map(|rule| Some((rule, rule.look()?(&facts)?)));
    let environment = opened.stack.environment.as_ref().map(ToString::to_string);
    found
        .map(|(rule, found)| {
            let fields: Vec<&str> = found.fields.iter().map(String::as_str).collect();
            let (field, at) = opened.source.shown(&fields);
            Finding {
                rule,
                field: field.to_owned(),
                at,
                is_written: fields.iter().any(|field| opened.source.is_written(field)),
                why: found.why,
                remedy: found.remedy,
                fix: found.fix,
                environments: vec![environment.clone()],
            }
        })
        .collect()
}

/// What the rules find in a file that was opened and the file does not allow, the worst first.
pub fn told(opened: &Opened) -> Vec<Finding> {
    let mut told = findings(opened);
    told.retain(|it| !opened.source.allows(it.rule.id));
    told.sort_by_key(|it| (it.rule.severity, it.at));
    told
}

fn holds_on(on: On, target: Target) -> bool {
    match on {
        On::EveryTarget => true,
        On::Tasks => target != Target::Lambda,
        On::Aws => target != Target::Local,
        On::Fargate => target == Target::Fargate,
        On::Lambda => target == Target::Lambda,
    }
}
