//! The JSON Schema of a stack file, from the types that read it.

use serde_json::{Map, Value as Json, json};

use super::defaults;
use super::file::StackFile;
use super::tree::{Kind, Node, Scalar, Value};
use crate::stack::EnvironmentName;

/// The name that `ragctl schema` is saved under, and that a file's first line names.
pub const SCHEMA_FILE: &str = "ragctl.schema.json";

/// The JSON Schema of a stack file: what may be written, what it means, and the defaults.
pub fn schema() -> Json {
    let mut schema = of_file();
    let mut overlay = json!({
        "type": ["object", "null"],
        "description": "What is different in this environment; `null` takes a value back to its \
                        default.",
        "properties": schema["properties"].clone(),
        "additionalProperties": false,
    });
    allow_null_within(&mut overlay);
    if let Some(fields) = overlay["properties"].as_object_mut() {
        fields.remove("stack");
    }
    put_defaults(&mut schema, defaults::for_all());
    let name = schemars::schema_for!(EnvironmentName).to_value();
    schema["properties"]["environments"] = json!({
        "type": "object",
        "description": "Overlays: each holds what is different in one environment, and is merged \
                        before anything is checked.",
        "propertyNames": { "pattern": name["pattern"], "maxLength": name["maxLength"] },
        "additionalProperties": overlay,
    });
    schema
}

/// The schema of a file without environments, in which all but the name may be left out.
pub(super) fn of_file() -> Json {
    let settings = schemars::generate::SchemaSettings::draft2020_12().with(|settings| {
        settings.inline_subschemas = true;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<StackFile>().to_value();
    leave_out(&mut schema);
    schema["required"] = json!(["stack"]);
    // A variable takes the text that is written, whatever YAML makes of it.
    let variables = &mut schema["properties"]["service"]["properties"]["environment"];
    for text in variables["patternProperties"].as_object_mut().into_iter().flat_map(Map::values_mut)
    {
        text["type"] = json!(["string", "number", "boolean"]);
    }
    schema
}

/// Every field of a schema, by its path.
pub(super) fn paths(schema: &Json) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for (name, field) in fields(schema) {
        all.push(vec![name.clone()]);
        for mut below in paths(field) {
            below.insert(0, name.clone());
            all.push(below);
        }
    }
    all
}

/// The fields of an object, or of the settings that a switch may have.
fn fields(schema: &Json) -> Box<dyn Iterator<Item = (&String, &Json)> + '_> {
    let direct = schema.get("properties").and_then(Json::as_object).into_iter().flatten();
    let choices = schema.get("anyOf").and_then(Json::as_array).into_iter().flatten();
    Box::new(direct.chain(choices.flat_map(fields)))
}

/// Lets everything be left out: what has no default is optional too.
fn leave_out(schema: &mut Json) {
    each_object(schema, &mut |object| {
        if object.contains_key("properties") {
            object.remove("required");
        }
        // What is optional in the types is left out of a file, not written as `null`.
        object.remove("default");
    });
}

/// Lets an overlay write `null` for every field.
fn allow_null_within(schema: &mut Json) {
    for named in ["properties", "patternProperties"] {
        let fields = schema.get_mut(named).and_then(Json::as_object_mut);
        for field in fields.into_iter().flat_map(Map::values_mut) {
            allow_null_within(field);
            *field = json!({ "anyOf": [field.take(), { "type": "null" }] });
        }
    }
    let choices = schema.get_mut("anyOf").and_then(Json::as_array_mut);
    choices.into_iter().flatten().for_each(allow_null_within);
}

fn each_object(schema: &mut Json, edit: &mut impl FnMut(&mut Map<String, Json>)) {
    match schema {
        Json::Object(object) => {
            edit(object);
            object.values_mut().for_each(|value| each_object(value, edit));
        }
        Json::Array(items) => items.iter_mut().for_each(|item| each_object(item, edit)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// Writes the defaults of a tree into the schema of the same shape.
fn put_defaults(schema: &mut Json, defaults: &Node) {
    for entry in defaults.entries() {
        if entry.key == "enabled" && schema.get("anyOf").is_some() {
            // A switch is off when it is not written, and its settings turn it on.
            if let Value::Scalar(scalar) = &entry.node.value {
                schema["default"] = value(scalar);
            }
            schema["anyOf"][1]["properties"]["enabled"]["default"] = json!(true);
            continue;
        }
        let fields = match schema.get("anyOf") {
            Some(_) => &mut schema["anyOf"][1]["properties"],
            None => &mut schema["properties"],
        };
        let Some(field) = fields.get_mut(&entry.key) else { continue };
        match &entry.node.value {
            Value::Map(entries) if !entries.is_empty() => put_defaults(field, &entry.node),
            Value::Scalar(scalar) => field["default"] = value(scalar),
            Value::Null | Value::List(_) | Value::Map(_) => {}
        }
    }
}

fn value(scalar: &Scalar) -> Json {
    match scalar.kind {
        Kind::Bool(value) => json!(value),
        Kind::Unsigned(number) => json!(number),
        Kind::Signed(number) => json!(number),
        Kind::Float(number) => json!(number),
        Kind::Text => json!(scalar.text),
    }
}
