//! Variables and secrets: which names are taken, and which stores a target can read.

use super::{Check, Finding};
use crate::stack::{SecretReference, Target, VariableName};

pub(super) fn check(check: &mut Check<'_>) {
    let file = check.file;
    for name in file.service.environment.keys() {
        taken(check, name, "service.environment");
    }
    for (name, reference) in &file.service.secrets {
        taken(check, name, "service.secrets");
        readable(check, &format!("service.secrets.{name}"), reference);
        if file.service.environment.contains_key(name) {
            check.refuse(
                &[&format!("service.secrets.{name}"), &format!("service.environment.{name}")],
                Finding {
                    title: format!("`{name}` is both a plain variable and a secret one"),
                    label: "a variable has one value".to_owned(),
                    help: "remove it from `service.environment` or from `service.secrets`"
                        .to_owned(),
                },
            );
        }
    }
    if let Some(key) = &file.models.embedding.api_key {
        readable(check, "models.embedding.api_key", key);
    }
    if let Some(key) = &file.models.llm.api_key {
        readable(check, "models.llm.api_key", key);
    }
}

fn taken(check: &mut Check<'_>, name: &VariableName, section: &str) {
    let Some(field) = name.field() else { return };
    check.refuse_key(
        &format!("{section}.{name}"),
        Finding {
            title: format!("`{section}` cannot have `{name}`, which ragctl sets itself"),
            label: format!("comes from `{field}`"),
            help: format!("remove it here, and use the field `{field}`"),
        },
    );
}

fn readable(check: &mut Check<'_>, path: &str, reference: &SecretReference) {
    let target = check.file.target;
    let finding = match (target, reference.is_on_aws()) {
        (Target::Local, true) => Finding {
            title: format!("`{path}` is kept on AWS, but the target is `local`"),
            label: "this machine cannot read it".to_owned(),
            help: "write `env:` and the name of a variable that is set when you deploy; what \
                   another target needs belongs under `environments:`"
                .to_owned(),
        },
        (Target::Fargate | Target::Lambda, false) => Finding {
            title: format!("`{path}` is a variable of this machine, but the target is `{target}`"),
            label: "AWS cannot read it".to_owned(),
            help: "keep the secret in Parameter Store or Secrets Manager, and write `ssm:/path` \
                   or `secretsmanager:name`"
                .to_owned(),
        },
        (Target::Local, false) | (Target::Fargate | Target::Lambda, true) => return,
    };
    check.refuse(&[path, "target"], finding);
}
