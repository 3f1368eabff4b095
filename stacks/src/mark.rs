//! What a resource was when ragctl last wrote it, short enough for a tag.
//!
//! There is no state file, so what was wanted last time is not known. For each field, a mark keeps a few bits of a hash
//! of its value: enough to tell a field that somebody else has changed from one that the file wants otherwise.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::resource::Resource;

/// What a resource was when ragctl last wrote it: 32 bits a field, half for its path and half for its value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark(BTreeMap<u16, u16>);

impl Mark {
    /// The most fields that a mark keeps: a tag has room for 256 characters, and three fields take 16.
    const MOST: usize = 46;

    /// The mark of a resource that is being written.
    ///
    /// # Panics
    ///
    /// Never: resources have a JSON form.
    #[must_use]
    pub fn of(resource: &Resource) -> Self {
        let json = serde_json::to_value(resource).expect("a resource has a JSON form");
        let mut fields = BTreeMap::new();
        walk("", &json, &mut fields);
        Self(fields.into_iter().take(Self::MOST).collect())
    }

    /// Whether the field at `path` had another value when it was written. `false` where the mark does not know the field.
    #[must_use]
    pub fn differs(&self, path: &str, value: &Value) -> bool {
        self.0.get(&short(path)).is_some_and(|kept| *kept != short(&value.to_string()))
    }

    /// The mark as a tag's value.
    #[must_use]
    pub fn to_tag(&self) -> String {
        let bytes =
            self.0.iter().flat_map(|(path, value)| [path.to_be_bytes(), value.to_be_bytes()]);
        URL_SAFE_NO_PAD.encode(bytes.flatten().collect::<Vec<u8>>())
    }

    /// Reads a tag's value; `None` when it is no mark.
    #[must_use]
    pub fn from_tag(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let pair =
            |it: &[u8]| (u16::from_be_bytes([it[0], it[1]]), u16::from_be_bytes([it[2], it[3]]));
        Some(Self(bytes.chunks_exact(4).map(pair).collect()))
    }
}

fn walk(path: &str, value: &Value, fields: &mut BTreeMap<u16, u16>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(&below, value, fields);
            }
        }
        leaf => {
            fields.insert(short(path), short(&leaf.to_string()));
        }
    }
}

fn short(text: &str) -> u16 {
    let hash = Sha256::digest(text.as_bytes());
    u16::from_be_bytes([hash[0], hash[1]])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        address::Name,
        resource::{LogGroup, Resource},
    };

    fn mark() -> Mark {
        let group = LogGroup { name: Name::app(), retention_days: Some(14) };
        Mark::of(&Resource::from(group))
    }

    #[test]
    fn a_mark_reads_back_from_its_tag() {
        assert_eq!(Mark::from_tag(&mark().to_tag()), Some(mark()));
        assert_eq!(Mark::from_tag("no mark!"), None);
        for fields in 0..=Mark::MOST {
            let many = (0..fields).map(|it| (u16::try_from(it * 997).unwrap(), 0xfffe)).collect();
            let tag = Mark(many).to_tag();
            assert_eq!(Mark::from_tag(&tag).unwrap().to_tag(), tag);
            assert!(tag.len() <= 256, "{}", tag.len());
        }
    }

    #[test]
    fn it_tells_which_field_was_another() {
        assert!(!mark().differs("retention_days", &json!(14)));
        assert!(mark().differs("retention_days", &json!(30)));
        assert!(
            !mark().differs("of_a_later_version", &json!(1)),
            "what it does not know, it does not accuse"
        );
    }
}
