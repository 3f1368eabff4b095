//! What a file may look like, and what comes of it.

use ragctl_stacks::config;
use ragctl_stacks::stack::{Program, Provider, SecretReference, Setting, Stack, Store, Target};

fn load(text: &str) -> Stack {
    config::load(text, "ragctl.yaml", None).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn a_name_alone_is_a_stack_with_the_seeds_figures() {
    insta::assert_json_snapshot!("defaults", load("stack: handbook\n"));
}

#[test]
fn a_stack_survives_json() {
    let text = "stack: handbook\nidle: true\nstrategies: {keepalive: true, prewarm: true}\n\
                models: {llm: {provider: openai, api_key: env:KEY}}\n";
    let stack = load(text);
    let json = serde_json::to_string(&stack).unwrap();
    assert_eq!(serde_json::from_str::<Stack>(&json).unwrap(), stack);
}

#[test]
fn the_same_file_is_read_in_every_style() {
    let block = "stack: handbook\nservice:\n  port: 9000\n  environment:\n    A: b\nidle: false\n";
    for other in [
        "{stack: handbook, service: {port: 9000, environment: {A: b}}, idle: false}",
        "{\"stack\": \"handbook\", \"service\": {\"port\": 9000, \"environment\": {\"A\": \"b\"}}}",
        "# c\n---\nstack: 'handbook' # c\nservice: # c\n    port: 9000\n    environment: {A: \"b\"}\n...\n",
        "stack: handbook\r\nservice:\r\n  port: 9000\r\n  environment:\r\n    A: b\r\n",
        "\u{feff}stack: handbook\nservice:\n  port: 0x2328\n  environment: {A: &a b}\n",
        "service: {environment: {A: b}, port: 9000}\nstack: handbook\nautoscaling:\nmodels: ~\n",
        "stack: >-\n  handbook\nservice: !!map\n  port: 9000\n  environment:\n    A: |-\n      b\n",
    ] {
        assert_eq!(load(other), load(block), "{other}");
    }
}

#[test]
fn aliases_repeat_what_was_written_before() {
    let text = "stack: handbook\nload_balancer:\n  health_check: {interval: &slow 40s}\n\
                health_check: {interval: *slow}\n";
    assert_eq!(load(text).health_check.interval.get(), 40);
}

#[test]
fn variables_keep_the_text_that_was_written() {
    let text =
        "stack: handbook\nservice:\n  environment: {A: 1.20, B: 0o17, C: yes, D: true, E: ''}\n";
    let environment = load(text).service_environment();
    let values = ["A", "B", "C", "D", "E"].map(|name| environment[name].to_string());
    assert_eq!(values, ["1.20", "0o17", "yes", "true", ""]);
}

#[test]
fn switches_are_words_or_mappings() {
    for (written, is_on) in [
        ("true", true),
        ("false", false),
        ("{}", true),
        ("{path: /livez}", true),
        ("{enabled: false, path: /livez}", false),
    ] {
        let stack = load(&format!("stack: handbook\nstrategies: {{keepalive: {written}}}\n"));
        assert_eq!(stack.strategies.keepalive.is_some(), is_on, "{written}");
    }
    assert_eq!(load("stack: a\nidle: {after: 1h}\n").idle.unwrap().wait.get(), 60);
    assert!(load("stack: a\nidle: false\n").idle.is_none());
}

#[test]
fn the_program_follows_the_target() {
    let files = "service: {image: 'rag:1', binary: bin/rag}\n";
    let local = load(&format!("stack: handbook\n{files}"));
    assert_eq!(local.service.program, Program::Binary("bin/rag".into()));
    let fargate = load(&format!("stack: handbook\ntarget: fargate\n{files}"));
    assert!(matches!(fargate.service.program, Program::Image(_)));
    assert_eq!(load("stack: handbook\n").service.program, Program::Bundled);
}

#[test]
fn defaults_follow_the_target() {
    let local = load("stack: handbook\n");
    assert_eq!(local.load_balancer.port.number(), 8080);
    assert_eq!(local.store, Store::Sqlite { path: ".ragctl/handbook/store".into() });
    let fargate = load("stack: handbook\ntarget: fargate\nservice: {image: 'rag:1'}\n");
    assert_eq!(fargate.load_balancer.port.number(), 80);
    assert_eq!(fargate.store, Store::Sqlite { path: "/data".into() });
    assert_eq!(fargate.service_environment()["HOST"], Setting::Plain("0.0.0.0".to_owned()));
}

#[test]
fn a_database_takes_the_place_of_the_folder() {
    let store = "store: {engine: postgres, url: 'ssm:/handbook/database-url'}\n";
    let on_aws = format!("stack: handbook\ntarget: fargate\nservice: {{image: 'rag:1'}}\n{store}");
    let stack = load(&on_aws);
    let url = SecretReference::Ssm("/handbook/database-url".to_owned());
    assert_eq!(stack.store, Store::Postgres { url: url.clone() });
    let environment = stack.service_environment();
    assert_eq!(environment["DATABASE_URL"], Setting::Secret(url));
    assert!(!environment.contains_key("DATA_DIR"));
    assert!(!load("stack: handbook\n").service_environment().contains_key("DATABASE_URL"));
    let json = serde_json::to_string(&stack).unwrap();
    assert_eq!(serde_json::from_str::<Stack>(&json).unwrap(), stack);
}

#[test]
fn an_environment_may_keep_its_documents_elsewhere() {
    let text = "stack: handbook\nstore: {path: documents}\nenvironments:\n  \
                staging: {store: {engine: postgres, url: env:DATABASE_URL, path: null}}\n";
    assert_eq!(load(text).store, Store::Sqlite { path: "documents".into() });
    let staging = config::load(text, "ragctl.yaml", Some("staging")).unwrap();
    assert!(matches!(staging.store, Store::Postgres { .. }));
    let back = "stack: handbook\nstore: {engine: postgres, url: env:DATABASE_URL}\nenvironments:\n  \
                laptop: {store: null}\n";
    let laptop = config::load(back, "ragctl.yaml", Some("laptop")).unwrap();
    assert_eq!(laptop.store, Store::Sqlite { path: ".ragctl/handbook-laptop/store".into() });
}

#[test]
fn memory_that_is_not_written_follows_the_cpu() {
    for (cpu, memory) in [(256, 2048), (512, 2048), (1024, 2048), (2048, 4096), (32768, 61440)] {
        let stack = load(&format!("stack: handbook\nservice: {{cpu: {cpu}}}\n"));
        assert_eq!(stack.service.size.memory().get(), memory, "{cpu}");
    }
}

#[test]
fn a_provider_brings_its_host_and_model() {
    let text = "stack: handbook\nmodels:\n  embedding: {provider: openai, api_key: env:KEY, dimension: 512}\n  \
                llm: {provider: openai, host: 'http://localhost:11434/v1/', model: 'qwen3:4b', max_async: 2}\n";
    let stack = load(text);
    let Provider::OpenAi { host, model, api_key } = &stack.models.embedding.provider else {
        panic!("{:?}", stack.models)
    };
    assert_eq!(
        (host.as_str(), model.as_str()),
        ("https://api.openai.com/v1", "text-embedding-3-small")
    );
    assert!(matches!(api_key, Some(SecretReference::Environment(_))));
    let environment = stack.service_environment();
    for (name, value) in [
        ("EMBEDDING_BINDING", "openai"),
        ("EMBEDDING_BINDING_API_KEY", "env:KEY"),
        ("EMBEDDING_DIM", "512"),
        ("EMBEDDING_FUNC_MAX_ASYNC", "8"),
        ("LLM_BINDING_HOST", "http://localhost:11434/v1"),
        ("LLM_MODEL", "qwen3:4b"),
        ("LLM_TIMEOUT", "180"),
        ("MAX_ASYNC_LLM", "2"),
    ] {
        assert_eq!(environment[name].to_string(), value, "{name}");
    }
    assert!(matches!(environment["EMBEDDING_BINDING_API_KEY"], Setting::Secret(_)));
    assert!(!environment.contains_key("LLM_BINDING_API_KEY"));
}

#[test]
fn every_variable_that_is_set_is_described_and_refused_in_the_users_environment() {
    let text = "stack: handbook\nmodels:\n  embedding: {provider: openai, api_key: env:KEY, dimension: 512}\n  \
                llm: {provider: openai, api_key: env:KEY}\n";
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference = std::fs::read_to_string(manifest.join("../docs/reference/service.md")).unwrap();
    let in_postgres = format!("{text}store: {{engine: postgres, url: env:DATABASE_URL}}\n");
    let of_both = [text, &in_postgres].map(|text| load(text).service_environment());
    for name in of_both.iter().flat_map(|it| it.keys()) {
        assert!(reference.contains(&format!("`{name}`")), "{name} is not in service.md");
        let taken = format!("stack: handbook\nservice: {{environment: {{{name}: x}}}}\n");
        let mistakes = config::load(&taken, "ragctl.yaml", None).unwrap_err();
        assert!(mistakes.to_string().contains("which ragctl sets itself"), "{mistakes}");
    }
}

#[test]
fn a_file_that_is_too_large_or_too_deep_is_refused_at_once() {
    let large = format!("stack: handbook\n# {}\n", "x".repeat(1024 * 1024));
    let deep = format!("stack: {}{}", "[".repeat(500), "]".repeat(500));
    let levels = (1..12).map(|level| {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        format!("a{level}: &a{level} [{items}]\n")
    });
    let bomb = format!("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n{}", levels.collect::<String>());
    for (text, said) in
        [(large, "larger than 1 MiB"), (deep, "nested too deeply"), (bomb, "too many values")]
    {
        let mistakes = config::load(&text, "ragctl.yaml", None).unwrap_err();
        assert!(mistakes.to_string().contains(said), "{mistakes}");
    }
}

#[test]
fn a_file_with_very_many_mistakes_ends_in_a_count() {
    let keys: String = (0..500).map(|key| format!("wrong{key}: 1\n")).collect();
    let mistakes = config::check_all(&format!("stack: handbook\n{keys}"), "ragctl.yaml");
    assert_eq!(mistakes.len(), 100);
    assert!(mistakes.to_string().contains("more mistakes"));
    assert_eq!(load("stack: handbook\n").target, Target::Local);
}
