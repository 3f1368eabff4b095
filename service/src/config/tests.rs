use std::{collections::HashMap, time::Duration};

use super::*;

fn read(pairs: &[(&str, &str)]) -> Result<Settings, WrongSettings> {
    let map: HashMap<&str, &str> = pairs.iter().copied().collect();
    Settings::read(|name| map.get(name).map(|value| (*value).to_owned()))
}

#[test]
fn without_settings_the_documented_defaults_hold() {
    let settings = read(&[]).unwrap();
    assert_eq!(settings.host.to_string(), "127.0.0.1");
    assert_eq!(settings.port, 8000);
    assert_eq!(settings.warm_up, WarmUp::Lazy);
    assert_eq!(settings.embedding.binding, Binding::BuiltIn);
    assert_eq!(settings.llm.binding, Binding::BuiltIn);
    let seconds = |limits: &Limits| {
        [limits.function, limits.worker, limits.health].map(|limit| limit.as_secs())
    };
    assert_eq!(seconds(&settings.embedding.limits), [30, 60, 75]);
    assert_eq!(seconds(&settings.llm.limits), [180, 360, 375]);
    assert_eq!((settings.llm.limits.workers, settings.llm.limits.queue), (8, 1000));
    assert_eq!(settings.request_timeout, Duration::from_secs(180));
    assert_eq!(settings.max_upload_bytes, 104_857_600);
    assert_eq!(settings.retrieval.top_k, 20);
}

#[test]
fn every_wrong_setting_is_told_at_once() {
    let wrong = read(&[
        ("HOST", "here"),
        ("PORT", "70000"),
        ("MAX_ASYNC", "0"),
        ("MAX_QUEUE", "many"),
        ("WARMUP_ON_STARTUP", "yes"),
        ("LLM_BINDING", "ollama"),
        ("EMBEDDING_BINDING_HOST", "ftp://models"),
        ("EMBEDDING_BINDING_API_KEY", "top\tsecret"),
        ("CHUNK_SIZE", "100"),
        ("CHUNK_OVERLAP_SIZE", "100"),
        ("COSINE_THRESHOLD", "2"),
        ("LOG_LEVEL", "loud"),
    ])
    .unwrap_err();
    insta::assert_snapshot!(wrong, @r"
    MAX_ASYNC: `0` is not a number from 1 to 256
    MAX_QUEUE: `many` is not a number from 1 to 65536
    HOST: `here` is not an IP address
    PORT: `70000` is not a number from 0 to 65535
    WARMUP_ON_STARTUP: `yes` is not one of true, false
    LOG_LEVEL: `loud` is not one of error, warn, info, debug, trace
    EMBEDDING_BINDING_HOST: the URL does not begin with http:// or https://
    EMBEDDING_BINDING_API_KEY: the key cannot be sent in a header
    LLM_BINDING: `ollama` is not one of built-in, openai
    CHUNK_OVERLAP_SIZE: `100` is not less than CHUNK_SIZE (100)
    COSINE_THRESHOLD: `2` is not a number from -1 to 1
    ");
}

#[test]
fn a_host_alone_chooses_openai() {
    let settings = read(&[("LLM_BINDING_HOST", "http://models:9900/v1")]).unwrap();
    let Binding::OpenAi(binding) = settings.llm.binding else { panic!("built-in") };
    assert_eq!(binding.url.join("chat").unwrap().as_str(), "http://models:9900/v1/chat");
    assert_eq!(binding.provider(), "models:9900");
    assert_eq!(binding.model, "gpt-4o-mini");
    assert_eq!(settings.embedding.binding, Binding::BuiltIn);
}

#[test]
fn a_binding_named_built_in_beats_a_host() {
    let host = ("LLM_BINDING_HOST", "http://models:9900/v1");
    let settings = read(&[host, ("LLM_BINDING", "built-in")]).unwrap();
    assert_eq!(settings.llm.binding, Binding::BuiltIn);
}

#[test]
fn each_pool_follows_max_async_unless_told_otherwise() {
    let settings = read(&[("MAX_ASYNC", "4"), ("MAX_ASYNC_LLM", "2")]).unwrap();
    assert_eq!(settings.embedding.limits.workers, 4);
    assert_eq!(settings.llm.limits.workers, 2);
}

#[test]
fn async_init_decides_when_both_strategies_are_on() {
    let warm_up = |pairs: &[(&str, &str)]| read(pairs).unwrap().warm_up;
    assert_eq!(warm_up(&[("WARMUP_ON_STARTUP", "true")]), WarmUp::OnStartup);
    assert_eq!(warm_up(&[("ASYNC_INIT", "TRUE")]), WarmUp::Async);
    assert_eq!(warm_up(&[("ASYNC_INIT", "true"), ("WARMUP_ON_STARTUP", "true")]), WarmUp::Async);
}

#[test]
fn a_blank_setting_counts_as_not_set() {
    let settings = read(&[("PORT", " "), ("LLM_BINDING_API_KEY", ""), ("LLM_BINDING", "openai")]);
    let settings = settings.unwrap();
    assert_eq!(settings.port, 8000);
    let Binding::OpenAi(binding) = settings.llm.binding else { panic!("built-in") };
    assert_eq!(binding.key, None);
}

#[test]
fn a_key_is_never_printed() {
    let settings = read(&[("LLM_BINDING", "openai"), ("LLM_BINDING_API_KEY", "sk-123")]).unwrap();
    let printed = format!("{settings:?}");
    assert!(!printed.contains("sk-123") && printed.contains("[secret]"), "{printed}");
}

#[test]
fn the_built_in_model_is_chosen_by_name() {
    let model = |pairs: &[(&str, &str)]| read(pairs).map(|settings| settings.embedding.built_in);
    let name = ("EMBEDDING_MODEL", "all-minilm-l6-v2");
    let file = ("EMBEDDING_MODEL_FILE", "/models/minilm.bin");
    assert_eq!(model(&[]), Ok(BuiltInModel::StaticTable));
    assert_eq!(model(&[name, file]), Ok(BuiltInModel::Minilm("/models/minilm.bin".into())));
    assert_eq!(model(&[("EMBEDDING_MODEL", "static-minilm-256")]), Ok(BuiltInModel::StaticTable));
    // Another provider's model is its own business.
    assert!(model(&[("EMBEDDING_BINDING", "openai"), ("EMBEDDING_MODEL", "bge-m3")]).is_ok());

    let wrong = model(&[name]).unwrap_err().0;
    assert!(wrong[0].starts_with("EMBEDDING_MODEL_FILE: not set"), "{wrong:?}");
    let wrong = model(&[("EMBEDDING_MODEL", "bge-m3")]).unwrap_err().0;
    let known = "EMBEDDING_MODEL: `bge-m3` is not one of static-minilm-256, all-minilm-l6-v2";
    assert_eq!(wrong, [known]);
}
