//! The fields in which what is wanted and what is live differ.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A field that differs. `Null` stands for a field that is not there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The path of the field, with dots: `health_check.interval`.
    pub field: String,
    /// What it is.
    pub from: Value,
    /// What it should be.
    pub to: Value,
    /// Whether somebody else has changed it since ragctl wrote it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outside: bool,
}

impl Change {
    /// Whether the change lies at `path` or below it.
    #[must_use]
    pub fn is_within(&self, path: &str) -> bool {
        self.field.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

/// All fields that differ, in their order in the resource. Never empty.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Change>")]
pub struct Changes(Vec<Change>);

impl Changes {
    /// What must change for `live` to become `wanted`; `None` when they agree.
    ///
    /// # Panics
    ///
    /// When one has no JSON; resources have.
    #[must_use]
    pub fn between<T: Serialize>(wanted: &T, live: &T) -> Option<Self> {
        let json = |it: &T| serde_json::to_value(it).expect("a resource has a JSON form");
        let mut found = Vec::new();
        compare("", &json(live), &json(wanted), &mut found);
        (!found.is_empty()).then_some(Self(found))
    }

    /// The same changes, each with the answer to whether somebody else has made its field what it is.
    #[must_use]
    pub fn noting_outside(self, is_outside: impl Fn(&Change) -> bool) -> Self {
        let noted = self.0.into_iter().map(|it| Change { outside: is_outside(&it), ..it });
        Self(noted.collect())
    }

    /// The changes, first field first.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.0.iter()
    }
}

impl TryFrom<Vec<Change>> for Changes {
    type Error = &'static str;

    fn try_from(changes: Vec<Change>) -> Result<Self, Self::Error> {
        if changes.is_empty() { Err("an update without a change") } else { Ok(Self(changes)) }
    }
}

fn compare(path: &str, from: &Value, to: &Value, found: &mut Vec<Change>) {
    match (from, to) {
        _ if from == to => {}
        (Value::Object(a), Value::Object(b)) => {
            let below =
                |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
            let only_live = a.keys().filter(|key| !b.contains_key(*key));
            for key in b.keys().chain(only_live) {
                let side = |map: &serde_json::Map<String, Value>| {
                    map.get(key).cloned().unwrap_or(Value::Null)
                };
                compare(&below(key), &side(a), &side(b), found);
            }
        }
        _ => found.push(Change {
            field: path.to_owned(),
            from: from.clone(),
            to: to.clone(),
            outside: false,
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_values_do_not_differ() {
        assert_eq!(Changes::between(&json!({"a": [1, 2]}), &json!({"a": [1, 2]})), None);
    }

    #[test]
    fn each_field_that_differs_is_named_with_both_sides() {
        let live = json!({"a": 1, "b": {"c": true, "d": "x"}, "gone": 5});
        let wanted = json!({"a": 1, "b": {"c": false, "d": "x"}, "new": [1]});
        let changes = Changes::between(&wanted, &live).unwrap();
        let told: Vec<_> =
            changes.iter().map(|c| format!("{}: {} -> {}", c.field, c.from, c.to)).collect();
        assert_eq!(told, ["b.c: true -> false", "new: null -> [1]", "gone: 5 -> null"]);
    }

    #[test]
    fn a_path_holds_itself_and_what_is_below_but_not_its_namesakes() {
        let (from, to) = (Value::Null, Value::Null);
        let change = Change { field: "health_check.path".into(), from, to, outside: false };
        assert!(change.is_within("health_check") && change.is_within("health_check.path"));
        assert!(!change.is_within("health") && !change.is_within("health_check.path.x"));
    }
}
