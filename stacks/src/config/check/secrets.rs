//! Variables and secrets: which names are taken, and which stores a target can read.

use super::{Check, Finding, store};
use crate::config::file::Engine;
use crate::stack::{SecretReference, Target, VariableName};

pub(super) fn check(check: &mut Check<'_>) {
    let file = check.file;
    for name in file.service.environment.keys() {
        taken(check, name, "service.environment", None);
    }
    for (name, reference) in &file.service.secrets {
        taken(check, name, "service.secrets", Some(reference));
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
    if let (Engine::Postgres, Some(url)) = (file.store.engine, &file.store.url) {
        readable(check, "store.url", url);
    }
}

fn taken(
    check: &mut Check<'_>,
    name: &VariableName,
    section: &str,
    reference: Option<&SecretReference>,
) {
    let Some(field) = name.field() else { return };
    let instead = match field {
        // It takes two fields, and where the address is kept may stand here already.
        "store.url" => {
            let example = || store::a_reference(check.file.target).to_owned();
            let url = reference.map_or_else(example, ToString::to_string);
            format!("write `store: {{engine: postgres, url: {url}}}`")
        }
        _ => format!("use the field `{field}`"),
    };
    check.refuse_key(
        &format!("{section}.{name}"),
        Finding {
            title: format!("`{section}` cannot have `{name}`, which ragctl sets itself"),
            label: format!("comes from `{field}`"),
            help: format!("remove it here, and {instead}"),
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
