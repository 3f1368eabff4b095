//! `docs/reference/configuration.md`: what a stack file may say, from its schema.

use ragctl_stacks::config;
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
    page
}

fn add(page: &mut String, path: &str, field: &Value) {
    // What an environment may hold is what the file may hold: once is enough.
    let below = if path == "environments" { Vec::new() } else { fields(field) };
    let may = may(field);
    if below.is_empty() || field.get("anyOf").is_some() {
        let default = field.get("default").map(|it| code(&text(it))).unwrap_or_default();
        let meaning = field.get("description").and_then(Value::as_str).unwrap_or_default();
        let meaning = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
        page.push_str(&format!("| `{path}` | {} | {default} | {} |\n", cell(&may), cell(&meaning)));
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
        Some(Value::Array(kinds)) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        Some(kind) => text(kind),
        None => return String::new(),
    };
    let bound = |name: &str| field.get(name).map(text);
    match (bound("minimum"), bound("maximum"), bound("pattern")) {
        (Some(least), Some(most), _) => format!("{kind}, {least} to {most}"),
        (Some(least), None, _) => format!("{kind}, from {least}"),
        (_, _, Some(pattern)) => format!("{kind} like {}", code(&pattern)),
        _ if kind == "object" => "mapping".to_owned(),
        _ => kind,
    }
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

/// Text that does not break the table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
