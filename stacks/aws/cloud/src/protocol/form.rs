//! A form as one JSON value: `Tags.member.1.Key=a` becomes `{"Tags": [{"Key": "a"}]}`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A form while it is being read.
#[derive(Default)]
struct Branch {
    value: Option<String>,
    below: BTreeMap<String, Self>,
}

/// Reads a form. Every leaf is a text; lists are in the order of their numbers.
pub(super) fn read(body: &[u8]) -> Value {
    let mut root = Branch::default();
    for pair in body.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let mut halves = pair.splitn(2, |byte| *byte == b'=');
        let key = decoded(halves.next().unwrap_or_default());
        let value = decoded(halves.next().unwrap_or_default());
        let branch =
            key.split('.').fold(&mut root, |at, part| at.below.entry(part.to_owned()).or_default());
        branch.value = Some(value);
    }
    grown(root)
}

/// A branch as a value: a list when its parts are numbers, else an object.
fn grown(mut branch: Branch) -> Value {
    if branch.below.len() == 1
        && let Some(members) = branch.below.remove("member")
    {
        return grown(members);
    }
    if branch.below.is_empty() {
        return branch.value.map_or(Value::Null, Value::String);
    }
    let numbered: Option<BTreeMap<usize, String>> =
        branch.below.keys().map(|key| Some((key.parse().ok()?, key.clone()))).collect();
    match numbered {
        Some(order) => {
            let below = &mut branch.below;
            Value::Array(order.values().filter_map(|key| Some(grown(below.remove(key)?))).collect())
        }
        None => {
            let fields = branch.below.into_iter().map(|(key, below)| (key, grown(below)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}

/// Undoes the percent encoding, and `+` for a blank.
pub(crate) fn decoded(raw: &[u8]) -> String {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while let Some(&byte) = raw.get(at) {
        let hex = raw.get(at + 1..at + 3).and_then(|two| std::str::from_utf8(two).ok());
        match (byte, hex.and_then(|two| u8::from_str_radix(two, 16).ok())) {
            (b'%', Some(code)) => {
                out.push(code);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_and_numbers_become_lists() {
        let form =
            b"Action=A&Tags.member.1.Key=a+b&Tags.member.2.Key=%2Fc&IpPermissions.1.FromPort=80\
                     &SubnetId.10=ten&SubnetId.2=two&Empty=";
        let read = read(form);
        assert_eq!(read["Tags"], json!([{"Key": "a b"}, {"Key": "/c"}]));
        assert_eq!(read["IpPermissions"], json!([{"FromPort": "80"}]));
        assert_eq!(read["SubnetId"], json!(["two", "ten"]));
        assert_eq!(read["Empty"], json!(""));
    }
}
