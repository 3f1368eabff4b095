//! A body of CloudFront as JSON: an element with others within it is an object, one called `Items` a list.

use serde_json::{Map, Value};

/// What the one element that `xml` is has within it.
pub(super) fn read(xml: &str) -> Option<Value> {
    let xml = xml.trim_start();
    let xml = if xml.starts_with("<?") { xml.split_once("?>")?.1 } else { xml };
    Some(element(&mut xml.trim())?.1)
}

/// Reads the element that `rest` begins with; its name, and what is within it.
fn element<'a>(rest: &mut &'a str) -> Option<(&'a str, Value)> {
    let (head, after) = rest.strip_prefix('<')?.split_once('>')?;
    *rest = after;
    if let Some(name) = head.strip_suffix('/') {
        return Some((name.trim(), Value::String(String::new())));
    }
    let name = head.split(' ').next()?;
    let end = format!("</{name}>");
    let mut within = Vec::new();
    while !rest.starts_with("</") {
        if !rest.starts_with('<') {
            let (text, after) = rest.split_once(&end)?;
            *rest = after;
            return Some((name, bare(text)));
        }
        within.push(element(rest)?);
    }
    *rest = rest.strip_prefix(&end)?;
    let value = match name {
        "Items" => within.into_iter().map(|(_, it)| it).collect(),
        _ if within.is_empty() => Value::String(String::new()),
        _ => {
            within.into_iter().map(|(name, it)| (name.to_owned(), it)).collect::<Map<_, _>>().into()
        }
    };
    Some((name, value))
}

/// A text, or the number or truth that it is.
fn bare(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(it @ (Value::Number(_) | Value::Bool(_))) => it,
        _ => [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")]
            .iter()
            .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_and_objects_and_what_is_bare_are_told_apart() {
        let xml = "<?xml version=\"1.0\"?><A xmlns=\"x\"><B><Quantity>2</Quantity><Items><C>a &amp; b</C>\
                   <C><D>true</D></C></Items></B><E></E><F/></A>";
        let read = read(xml).unwrap();
        let wanted = json!({
            "B": {"Quantity": 2, "Items": ["a & b", {"D": true}]}, "E": "", "F": "",
        });
        assert_eq!(read, wanted);
        assert_eq!(super::read("no XML"), None);
    }
}
