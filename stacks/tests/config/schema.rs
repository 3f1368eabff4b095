//! The schema says what the reader does.

use ragctl_stacks::config;
use serde_json::Value;

#[test]
fn the_schema_is_the_one_that_was_reviewed() {
    insta::assert_json_snapshot!("schema", config::schema());
}

/// A field with its path and its schema.
type Field = (Vec<String>, Value);

fn fields(schema: &Value, path: &[String], found: &mut Vec<Field>) {
    for choice in schema["anyOf"].as_array().into_iter().flatten() {
        fields(choice, path, found);
    }
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if name == "environments" {
            continue;
        }
        let path: Vec<String> = path.iter().chain([name]).cloned().collect();
        found.push((path.clone(), field.clone()));
        fields(field, &path, found);
    }
}

fn all_fields() -> Vec<Field> {
    let mut found = Vec::new();
    fields(&config::schema(), &[], &mut found);
    found
}

/// Whether a file with this one value is told about at this value.
fn is_refused(path: &[String], value: &str) -> bool {
    let name = path.join(".");
    let mut text = value.to_owned();
    for key in path.iter().rev() {
        text = format!("{{{key}: {text}}}");
    }
    let text = if path[0] == "stack" { text } else { format!("{{stack: a, {}", &text[1..]) };
    let mistakes = config::check_all(&text, "ragctl.yaml");
    mistakes.iter().any(|mistake| mistake.title.starts_with(&format!("`{name}` cannot be")))
}

fn seconds(text: &str) -> u64 {
    let (number, unit) = text.split_at(text.len() - 1);
    let number: u64 = number.parse().unwrap();
    number
        * match unit {
            "h" => 3600,
            "m" => 60,
            _ => 1,
        }
}

#[test]
fn just_inside_a_limit_is_taken_and_just_outside_is_refused() {
    let mut limits = 0;
    for (path, schema) in all_fields() {
        let (least, most, unit) = match (&schema["minimum"], &schema["x-minimum"]) {
            (Value::Number(least), _) if schema["enum"].is_null() => {
                (least.as_u64().unwrap(), schema["maximum"].as_u64().unwrap(), "")
            }
            (_, Value::String(least)) => {
                (seconds(least), seconds(schema["x-maximum"].as_str().unwrap()), "s")
            }
            _ => continue,
        };
        limits += 1;
        for inside in [least, most] {
            assert!(!is_refused(&path, &format!("{inside}{unit}")), "{path:?}: {inside}{unit}");
        }
        assert!(is_refused(&path, &format!("{}{unit}", most + 1)), "{path:?}: {}{unit}", most + 1);
        if let Some(below) = least.checked_sub(1) {
            assert!(is_refused(&path, &format!("{below}{unit}")), "{path:?}: {below}{unit}");
        }
    }
    assert!(limits >= 30, "{limits} limits were found");
}

#[test]
fn each_word_of_the_schema_is_taken_and_another_is_refused() {
    let mut lists = 0;
    for (path, schema) in all_fields() {
        let words: Vec<String> = match (&schema["enum"], &schema["oneOf"]) {
            (Value::Array(words), _) => words.iter().map(ToString::to_string).collect(),
            (_, Value::Array(choices)) => {
                choices.iter().map(|choice| choice["const"].to_string()).collect()
            }
            _ => continue,
        };
        lists += 1;
        assert!(!words.is_empty(), "{path:?}");
        for word in &words {
            assert!(!is_refused(&path, word), "{path:?}: {word}");
        }
        assert!(is_refused(&path, "nonsense"), "{path:?}");
    }
    assert!(lists >= 6, "{lists} lists were found");
}

#[test]
fn each_field_is_described_and_each_default_is_one_that_is_taken() {
    let mut defaults = 0;
    for (path, schema) in all_fields() {
        assert!(schema["description"].is_string(), "{path:?} has no description");
        if let Some(default) = schema.get("default") {
            defaults += 1;
            assert!(!is_refused(&path, &default.to_string()), "{path:?}: {default}");
        }
    }
    assert!(defaults >= 35, "{defaults} defaults were found");
}

#[test]
fn an_overlay_has_the_fields_of_the_file_but_its_name() {
    let schema = config::schema();
    let overlay = &schema["properties"]["environments"]["additionalProperties"];
    let names = |schema: &Value| -> Vec<String> {
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let mut expected = names(&schema);
    expected.retain(|name| name != "stack" && name != "environments");
    assert_eq!(names(overlay), expected);
    assert_eq!(schema["required"], serde_json::json!(["stack"]));
    assert!(!overlay.to_string().contains("\"default\""), "an overlay has no defaults of its own");
}
