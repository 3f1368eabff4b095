//! Models: what a provider needs, and what it has no use for.

use super::{Check, Finding};
use crate::config::file::ProviderName;
use crate::stack::{
    EmbeddingModel, HttpUrl, LanguageModel, ModelName, Models, Provider, SecretReference,
};

/// The host that never answers without a key.
const OPENAI: &str = "api.openai.com";

pub(super) fn checked(check: &mut Check<'_>) -> Models {
    let file = check.file;
    let (embedding, llm) = (&file.models.embedding, &file.models.llm);
    let workers = file.service.max_async;
    let of_embedding = Parts {
        name: embedding.provider,
        host: embedding.host.as_ref(),
        model: embedding.model.as_ref(),
        api_key: embedding.api_key.as_ref(),
    };
    let of_llm = Parts {
        name: llm.provider,
        host: llm.host.as_ref(),
        model: llm.model.as_ref(),
        api_key: llm.api_key.as_ref(),
    };
    Models {
        embedding: EmbeddingModel {
            provider: provider(check, "models.embedding", of_embedding),
            dimension: embedding.dimension,
            timeout: embedding.timeout,
            workers: embedding.max_async.unwrap_or(workers),
        },
        llm: LanguageModel {
            provider: provider(check, "models.llm", of_llm),
            timeout: llm.timeout,
            workers: llm.max_async.unwrap_or(workers),
        },
    }
}

/// What a file says about the provider of a model.
#[derive(Clone, Copy)]
struct Parts<'a> {
    name: ProviderName,
    host: Option<&'a HttpUrl>,
    model: Option<&'a ModelName>,
    api_key: Option<&'a SecretReference>,
}

fn provider(check: &mut Check<'_>, section: &str, parts: Parts<'_>) -> Provider {
    match (parts.name, parts.host, parts.model) {
        (ProviderName::BuiltIn, _, _) => {
            for field in ["host", "model", "api_key", "dimension"] {
                useless(check, section, field);
            }
            Provider::BuiltIn
        }
        (ProviderName::OpenAi, Some(host), Some(model)) => {
            key_for_openai(check, section, host, parts.api_key);
            Provider::OpenAi {
                host: host.clone(),
                model: model.clone(),
                api_key: parts.api_key.cloned(),
            }
        }
        // A default of the two was spoiled by a mistake that is told already.
        (ProviderName::OpenAi, _, _) => Provider::BuiltIn,
    }
}

fn useless(check: &mut Check<'_>, section: &str, field: &str) {
    let path = format!("{section}.{field}");
    if check.node(&path).is_none() {
        return;
    }
    check.refuse(
        &[&path, &format!("{section}.provider")],
        Finding {
            title: format!("`{path}` has no meaning for the provider `built-in`"),
            label: "used by the provider `openai` only".to_owned(),
            help: format!(
                "write `provider: openai` beside it, or remove it (in an environment: `{field}: null`)"
            ),
        },
    );
}

fn key_for_openai(
    check: &mut Check<'_>,
    section: &str,
    host: &HttpUrl,
    api_key: Option<&SecretReference>,
) {
    if host.host() != OPENAI || api_key.is_some() {
        return;
    }
    let provider = format!("{section}.provider");
    check.refuse(
        &[&provider, &format!("{section}.host"), &format!("{section}.api_key")],
        Finding {
            title: format!("`{section}` calls {OPENAI} without a key"),
            label: "needs an `api_key`".to_owned(),
            help: format!(
                "add `api_key: env:OPENAI_API_KEY` beneath `{section}:` (on AWS: `ssm:/path`), or \
                 `host:` for a server that asks for none"
            ),
        },
    );
}
