//! One JSON value as XML, with a name for the members of lists.

use serde_json::Value;

/// Writes `value` as the inside of an element; nulls are left out.
pub(super) fn inside(value: &Value, member: &str) -> String {
    let mut out = String::new();
    write(&mut out, value, member);
    out
}

/// Writes text with the characters that XML reserves replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

fn write(out: &mut String, value: &Value, member: &str) {
    match value {
        Value::Null => {}
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => out.push_str(&escaped(text)),
        Value::Array(items) => items.iter().for_each(|item| element(out, member, item, member)),
        Value::Object(fields) => fields
            .iter()
            .filter(|(_, field)| !field.is_null())
            .for_each(|(name, field)| element(out, name, field, member)),
    }
}

fn element(out: &mut String, name: &str, value: &Value, member: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
    write(out, value, member);
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_take_the_name_of_their_members_and_nulls_are_left_out() {
        let value = json!({"A": [{"B": 1}, {"B": "<"}], "C": null, "D": true});
        assert_eq!(
            inside(&value, "member"),
            "<A><member><B>1</B></member><member><B>&lt;</B></member></A><D>true</D>"
        );
    }
}
