//! `docs/reference/configuration.md`: what a stack file may say, from its schema.

use ragctl_stacks::{config, stack::Target};
use serde_json::Value;

/// The page.
pub(super) fn page() -> String {
    let schema = config::schema();
    let mut page = "\
# Configuration

Made by `ragctl reference configuration`; a test fails when the two differ. `ragctl schema` prints the same as JSON Schema.

Everything but `stack` may be left out. A switch is `true`, `false`, or a mapping of its settings.

| field | what may be written | default | meaning |
| --- | --- | --- | --- |
"
    .to_owned();
    for (name, field) in fields(&schema) {
        add(&mut page, name, field);
    }
    page.push_str(
        "\n## Defaults that the target decides\n\nFor a stack that is called `name`:\n\n",
    );
    page + &by_target()
}

fn add(page: &mut String, path: &str, field: &Value) {
    // What an environment may hold is what the file may hold: once is enough.
    let below = if path == "environments" { Vec::new() } else { fields(field) };
    let may = may(field);
    if below.is_empty() || field.get("anyOf").is_some() {
        let default = field.get("default").map(|it| code(&text(it))).unwrap_or_default();
        let meaning = field.get("description").and_then(Value::as_str).unwrap_or_default();
        let meaning = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
        *page += &row(&[&code(path), &cell(&may), &default, &cell(&meaning)]);
    }
    for (name, field) in below {
        add(page, &format!("{path}.{name}"), field);
    }
}

/// The fields of an object, or of the settings that a switch may have.
fn fields(schema: &Value) -> Vec<(&String, &Value)> {
    let direct = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    let choices = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
    direct.chain(choices.flat_map(fields)).collect()
}

/// What may be written, in words.
fn may(field: &Value) -> String {
    if let Some(choices) =
        ["enum", "anyOf", "oneOf"].iter().find_map(|it| field.get(it)?.as_array())
    {
        let told: Vec<String> = choices
            .iter()
            .map(|choice| match choice {
                Value::Object(_) => may(choice),
                plain => code(&text(plain)),
            })
            .filter(|it| !it.is_empty())
            .collect();
        return told.join(", ");
    }
    if let Some(only) = field.get("const") {
        return code(&text(only));
    }
    let kind = match field.get("type") {
        // That it may be `null` says only that it may be left out.
        Some(Value::Array(kinds)) => {
            let kinds = kinds.iter().map(text).filter(|it| it != "null");
            kinds.collect::<Vec<_>>().join(" or ")
        }
        Some(kind) => text(kind),
        None => return String::new(),
    };
    let bound = |name: &str| field.get(name).map(text);
    match (bound("minimum"), bound("maximum"), bound("pattern")) {
        (Some(least), Some(most), _) => format!("{kind}, {least} to {most}"),
        (Some(least), None, _) => format!("{kind}, from {least}"),
        (_, _, Some(pattern)) => like(&pattern),
        _ if kind == "object" => "mapping".to_owned(),
        _ => kind,
    }
}

/// What a text must look like.
fn like(pattern: &str) -> String {
    const KNOWN: [(&str, &str); 4] = [
        ("[0-9]+h", "duration, such as `30s`"),
        ("^https?:", "`http://…` or `https://…`"),
        ("^(ssm:", "`ssm:/path`, `secretsmanager:name` or `env:NAME`"),
        ("^/", "path, such as `/health`"),
    ];
    let known = KNOWN.into_iter().find(|(part, _)| pattern.contains(part));
    known.map_or_else(|| format!("text like {}", code(pattern)), |(_, words)| words.to_owned())
}

/// The defaults that are not the same on every target.
fn by_target() -> String {
    let mut table =
        "| target | `load_balancer.port` | `store.path` |\n| --- | --- | --- |\n".to_owned();
    for target in Target::ALL {
        let file = format!("stack: name\ntarget: {target}\nservice: {{image: build}}\n");
        let stack = config::load(&file, "ragctl.yaml", None).expect("a file of defaults is right");
        let path = stack.service_environment()["DATA_DIR"].to_string();
        let port = stack.load_balancer.port;
        let cells = [target.to_string(), port.to_string(), path];
        table += &row(&cells.each_ref().map(|it| code(it)).each_ref().map(String::as_str));
    }
    table
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

/// A line of a table.
fn row(cells: &[&str]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// Text that does not break the table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
