//! Looking into XML that is kept as it was sent: as much as tells elements apart.

/// What is between the first `<name>` and its end.
pub(super) fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    elements(xml, name).into_iter().next()
}

/// What is between each `<name>` and its end. An element of a name has none of the same within it here.
pub(super) fn elements<'a>(xml: &'a str, name: &str) -> Vec<&'a str> {
    let end = format!("</{name}>");
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some(at) = begin(rest, name) {
        let Some(length) = rest[at..].find(&end) else { break };
        found.push(&rest[at..at + length]);
        rest = &rest[at + length + end.len()..];
    }
    found
}

/// Where what is in the next `<name>` or `<name xmlns="…">` begins.
fn begin(xml: &str, name: &str) -> Option<usize> {
    let open = format!("<{name}");
    let mut from = 0;
    while let Some(at) = xml[from..].find(&open) {
        let after = from + at + open.len();
        match xml[after..].chars().next()? {
            '>' => return Some(after + 1),
            ' ' => return Some(after + xml[after..].find('>')? + 1),
            _ => from = after,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_told_apart_by_their_whole_names() {
        let xml = "<A xmlns=\"x\"><Tags><Tag>1</Tag><Tag>2</Tag></Tags><B>3</B></A>";
        assert_eq!(elements(xml, "Tag"), ["1", "2"]);
        assert_eq!(element(xml, "B"), Some("3"));
        assert_eq!(element(xml, "A"), Some(&xml[13..xml.len() - 4]));
        assert_eq!(element(xml, "C"), None);
    }
}
