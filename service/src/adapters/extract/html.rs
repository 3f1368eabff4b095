//! Web pages, as Markdown: without scripts, styles, menus, and where links lead.

use std::{
    fs::File,
    io::{Read, Write},
};

use encoding_rs::Encoding;
use htmd::{
    Element, HtmlToMarkdown,
    element_handler::Handlers,
    options::{BrStyle, BulletListMarker, Options},
};

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
    let mut plain = Plain::default();
    for line in body.lines() {
        out.text(&plain.line(line))?;
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
    let words = unmarked(&words).split_whitespace().collect::<Vec<_>>().join(" ");
    (!words.is_empty()).then_some(words)
}

/// Whether the first heading says the same already.
fn is_heading_of(body: &str, title: &str) -> bool {
    let heading = body.lines().find_map(|line| line.strip_prefix("# "));
    heading.is_some_and(|heading| unmarked(heading).trim() == title)
}

fn markdown(page: &str) -> Result<String, Fault> {
    let options = Options {
        bullet_list_marker: BulletListMarker::Dash,
        ul_bullet_spacing: 1,
        ol_number_spacing: 1,
        br_style: BrStyle::TwoSpaces,
        ..Options::default()
    };
    let converter = HtmlToMarkdown::builder()
        .options(options)
        .skip_tags(SKIPPED.to_vec())
        .add_handler(vec!["img"], |_: &dyn Handlers, element: Element<'_>| {
            let alt = element.attrs.iter().find(|attribute| &*attribute.name.local == "alt");
            alt.map(|alt| alt.value.to_string().into())
        })
        .add_handler(vec!["a"], |handlers: &dyn Handlers, element: Element<'_>| {
            Some(handlers.walk_children(element.node))
        })
        .add_handler(vec!["pre"], |handlers: &dyn Handlers, element: Element<'_>| {
            let content = handlers.walk_children(element.node).content;
            let content = content.trim_matches('\n');
            // What is marked as code within has its fence.
            let (fence, end) = match content.contains("```") {
                true => ("", ""),
                false => ("```\n", "\n```"),
            };
            Some(format!("\n\n{fence}{content}{end}\n\n").into())
        })
        .build();
    Ok(converter.convert(page)?)
}

/// Lines of Markdown as one reads them: tables without what only makes their columns wide, and no marks before letters
/// that are not meant as marks, but where a line would begin with one.
#[derive(Default)]
struct Plain {
    is_code: bool,
}

impl Plain {
    fn line(&mut self, line: &str) -> String {
        if line.trim_start().starts_with("```") {
            self.is_code = !self.is_code;
            return line.to_owned();
        }
        if self.is_code {
            return line.to_owned();
        }
        let line = match line.starts_with('|') {
            false => line.trim_end().to_owned(),
            true => line.split_whitespace().map(narrow).collect::<Vec<_>>().join(" "),
        };
        unmarked(&line)
    }
}

/// The dashes below the head of a table are as many as its column is wide.
fn narrow(word: &str) -> &str {
    let is_rule = word.len() > 3 && word.bytes().all(|byte| byte == b'-');
    if is_rule { "---" } else { word }
}

/// A line without the marks that keep letters from being marks.
fn unmarked(line: &str) -> String {
    let start = line.len() - line.trim_start().len();
    let mut text = String::with_capacity(line.len());
    let (mut is_code, mut is_marked) = (false, false);
    for (at, letter) in line.char_indices() {
        if letter == '\\' && !is_code && !is_marked && at > start {
            is_marked = true;
            continue;
        }
        if is_marked && !letter.is_ascii_punctuation() {
            text.push('\\');
        }
        is_code ^= letter == '`' && !is_marked;
        is_marked = false;
        text.push(letter);
    }
    if is_marked {
        text.push('\\');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, Write};

    use super::*;

    fn read(page: &[u8]) -> Result<String, Fault> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(page).unwrap();
        file.rewind().unwrap();
        Output::of(|out| write(file, out))
    }

    #[test]
    fn a_page_is_its_text() {
        for (page, text) in [
            ("<p>One &amp; two</p><p>three", "One & two\n\nthree\n"),
            ("<title>A  &lt;b&gt;\n c</title><p>d", "# A <b> c\n\nd\n"),
            ("<title>A b</title><h1>A b</h1><p>d", "# A b\n\nd\n"),
            ("<h1>A</h1><h3>B</h3>c", "# A\n\n### B\n\nc\n"),
            ("<script>a</script><style>b</style><nav>c</nav><noscript>d</noscript>e", "e\n"),
            ("<ul><li>a<li>b</ul><ol><li>c<li>d</ol>", "- a\n- b\n\n1. c\n2. d\n"),
            ("<a href='x'>link</a> <img src='y' alt='a sign'><img src='z'>", "link a sign\n"),
            ("<p>MAX_ASYNC * [x] \\ <code>a\\_b</code>", "MAX_ASYNC * [x] \\ `a\\_b`\n"),
            ("<pre>a_b\n# c\\_</pre>", "```\na_b\n# c\\_\n```\n"),
            ("<p># no heading", "\\# no heading\n"),
            (
                "<table><tr><th>a long head<th>b<tr><td>c<td>d | e</table>",
                "| a long head | b |\n| --- | --- |\n| c | d &#124; e |\n",
            ),
        ] {
            assert_eq!(read(page.as_bytes()).unwrap(), text, "{page}");
        }
    }

    #[test]
    fn a_page_is_in_the_encoding_that_it_says_or_shows() {
        for (page, text) in [
            (&b"<meta charset=windows-1252><p>caf\xe9"[..], "café\n"),
            (
                b"<meta http-equiv=x content='text/html; charset=Shift_JIS'>\x8c\x9f\x8d\xf5",
                "検索\n",
            ),
            (b"<meta charset=\"gbk\" />\xbc\xec\xcb\xf7", "检索\n"),
            (b"\xff\xfe<\0p\0>\0\xe9\0", "é\n"),
            (b"\xef\xbb\xbf<p>caf\xc3\xa9", "café\n"),
            ("<meta charset=windows-1252><p>検索".as_bytes(), "検索\n"),
        ] {
            assert_eq!(read(page).unwrap(), text);
        }
        for page in
            [&b"<p>caf\xe9"[..], b"<meta charset=nothing><p>caf\xe9", b"<meta charset=utf-8>\xe9"]
        {
            assert!(matches!(read(page), Err(Fault::Refused(_))));
        }
    }
}
