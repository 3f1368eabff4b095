//! Web pages, as Markdown: without scripts, styles, menus, and where links lead.

use std::{
    fs::File,
    io::{Read, Write},
};

use encoding_rs::Encoding;
use htmd::{Element, HtmlToMarkdown, element_handler::Handlers};

use super::child::{Fault, Output};

/// What is not text for a reader.
const SKIPPED: [&str; 11] = [
    "head", "script", "style", "nav", "noscript", "template", "svg", "canvas", "iframe", "object",
    "button",
];

/// How far a page may say its encoding, in bytes.
///
/// Source: <https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding>
const ENCODING_WITHIN: usize = 1024;

/// Writes the text of a page.
pub(super) fn write<W: Write>(mut file: File, out: &mut Output<W>) -> Result<Vec<String>, Fault> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let page = decoded(&bytes)?;
    let title = title(&page);
    let body = markdown(&page)?;
    let is_headed = title.as_ref().is_none_or(|title| is_heading_of(&body, title));
    if let (Some(title), false) = (title, is_headed) {
        out.text(&format!("# {title}\n\n"))?;
    }
    for line in body.lines() {
        out.text(&plain(line))?;
        out.text("\n")?;
    }
    Ok(Vec::new())
}

/// The page as text: in the encoding that it begins with or names, else in UTF-8.
fn decoded(bytes: &[u8]) -> Result<String, Fault> {
    let utf8 = std::str::from_utf8(bytes);
    let encoding = match (Encoding::for_bom(bytes), utf8) {
        (Some((encoding, _)), _) => encoding,
        // Whatever it says of itself: no other encoding looks like this by chance.
        (None, Ok(text)) if !text.is_ascii() => return Ok(text.to_owned()),
        (None, utf8) => match (named_encoding(bytes), utf8) {
            (Some(encoding), _) => encoding,
            (None, Ok(text)) => return Ok(text.to_owned()),
            (None, Err(_)) => {
                return Err(Fault::refused("it is not UTF-8, and does not say what else it is"));
            }
        },
    };
    let (text, _, is_damaged) = encoding.decode(bytes);
    match is_damaged {
        true => Err(Fault::refused(format!("it is not {}, as it says", encoding.name()))),
        false => Ok(text.into_owned()),
    }
}

/// What a page says of its encoding: `<meta charset="…">`, or `charset=…` in its `content`.
fn named_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(ENCODING_WITHIN)];
    let head = head.to_ascii_lowercase();
    let at = head.windows(8).position(|bytes| bytes == b"charset=")? + 8;
    let label = head[at..].trim_ascii_start();
    let label = label.strip_prefix(b"\"").or(label.strip_prefix(b"'")).unwrap_or(label);
    let is_end = |byte: &u8| matches!(byte, b'"' | b'\'' | b';' | b'>' | b'/' | b' ');
    let end = label.iter().position(is_end).unwrap_or(label.len());
    Encoding::for_label(&label[..end])
}

/// The words between `<title>` and its end, on one line.
fn title(page: &str) -> Option<String> {
    let lower = page.get(..page.floor_char_boundary(64 * 1024))?.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let words = markdown(&page[start..end].replace('<', "&lt;")).ok()?;
    let words = plain(&words).split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}

/// Whether the first heading says the same already.
fn is_heading_of(body: &str, title: &str) -> bool {
    let heading = body.lines().find_map(|line| line.strip_prefix("# "));
    heading.is_some_and(|heading| plain(heading).trim() == title)
}

fn markdown(page: &str) -> Result<String, Fault> {
    let converter = HtmlToMarkdown::builder()
        .skip_tags(SKIPPED.to_vec())
        .add_handler(vec!["img"], |_: &dyn Handlers, element: Element<'_>| {
            let alt = element.attrs.iter().find(|attribute| &*attribute.name.local == "alt");
            alt.map(|alt| alt.value.to_string().into())
        })
        .add_handler(vec!["a"], |handlers: &dyn Handlers, element: Element<'_>| {
            Some(handlers.walk_children(element.node))
        })
        .build();
    Ok(converter.convert(page)?)
}

/// A line of a table without what only makes its columns wide, any other as it is.
fn plain(line: &str) -> String {
    match line.starts_with('|') {
        false => line.to_owned(),
        true => line.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}
