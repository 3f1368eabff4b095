//! What may be allowed: what a rule finds, and an error only with a reason.

use super::{Check, Finding};
use crate::check::{Decided, RuleId, Severity};
use crate::config::allow::Allow;
use crate::config::opened;

pub(super) fn check(check: &mut Check<'_>) {
    let file = check.file;
    match &file.allow {
        Allow::List(ids) => {
            for (index, id) in ids.iter().enumerate() {
                let path = format!("allow.{index}");
                let end = check.node(&path).map(|item| item.place.end);
                let reason = end.and_then(|end| opened::comment(check.text, end));
                may_be_allowed(check, &path, *id, reason.is_some());
            }
        }
        Allow::Reasons(ids) => {
            for id in ids {
                may_be_allowed(check, &format!("allow.{id}"), *id, true);
            }
        }
    }
}

fn may_be_allowed(check: &mut Check<'_>, path: &str, id: RuleId, has_reason: bool) {
    let rule = id.rule();
    let finding = match rule.decided {
        Decided::File(_) | Decided::Strategy(..) if rule.severity != Severity::Error => return,
        Decided::File(_) | Decided::Strategy(..) if has_reason => return,
        Decided::File(_) | Decided::Strategy(..) => Finding {
            title: format!("`{id}` is an error, and is allowed only with a reason"),
            label: "why is it allowed?".to_owned(),
            help: format!("write `allow: {{{id}: \"the reason\"}}`"),
        },
        Decided::Mistake => Finding {
            title: format!("`{id}` cannot be allowed: what breaks it is refused"),
            label: rule.title.to_owned(),
            help: "remove it here".to_owned(),
        },
        Decided::Verify => Finding {
            title: format!("`{id}` cannot be allowed here: `ragctl verify` looks for it"),
            label: rule.title.to_owned(),
            help: "remove it here".to_owned(),
        },
        Decided::Design(_) => Finding {
            title: format!("`{id}` cannot be broken, so that there is nothing to allow"),
            label: rule.title.to_owned(),
            help: "remove it here".to_owned(),
        },
    };
    check.refuse(&[path], finding);
}
