//! What a Word document may hold.

use std::io::{Cursor, Write};

use rag_service::pipeline::format::Format;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::bench::Bench;

/// An archive of these parts.
pub(crate) fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// A document whose body is this XML.
pub(crate) fn document(body: &str) -> Vec<u8> {
    archive(&[("word/document.xml", &format!("<w:document><w:body>{body}</w:body></w:document>"))])
}

async fn text(bytes: &[u8]) -> String {
    Bench::new().text(Format::Docx, bytes).await.unwrap()
}

#[tokio::test]
async fn paragraphs_are_parted_and_what_is_no_text_is_left_out() {
    let body = r#"
        <w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>One</w:t><w:tab/><w:t>two</w:t></w:r></w:p>
        <w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:ins><w:r><w:t>come</w:t></w:r></w:ins></w:p>
        <w:p><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>
        <w:p><w:hyperlink r:id="x"><w:r><w:t>a link</w:t></w:r></w:hyperlink><w:r><w:t xml:space="preserve"> &amp; &#x68c0;&lt;</w:t></w:r></w:p>
        <w:p><w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx><w:txbxContent><w:p><w:r><w:t>in a frame</w:t></w:r></w:p></w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><w:p><w:r><w:t>again</w:t></w:r></w:p></w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>Around.</w:t></w:r></w:p>"#;
    assert_eq!(
        text(&document(body)).await,
        "One two\n\ncome\n\na link & 检<\n\nAround.\n\nin a frame\n"
    );
}

#[tokio::test]
async fn headings_come_from_styles_that_build_upon_others_and_from_outline_levels() {
    let styles = r#"<w:styles>
        <w:style w:styleId="1"><w:name w:val="heading 2"/></w:style>
        <w:style w:styleId="own"><w:name w:val="Chapter"/><w:basedOn w:val="1"/></w:style>
        <w:style w:styleId="ring"><w:name w:val="Ring"/><w:basedOn w:val="ring"/></w:style>
        <w:style w:styleId="deep"><w:name w:val="Deep"/><w:pPr><w:outlineLvl w:val="7"/></w:pPr></w:style></w:styles>"#;
    let p = |style: &str, text: &str| {
        format!(
            r#"<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"#
        )
    };
    let body = [p("own", "A"), p("deep", "B"), p("ring", "C"), p("none", "D")].concat();
    let body =
        body + r#"<w:p><w:pPr><w:outlineLvl w:val="0"/></w:pPr><w:r><w:t>E</w:t></w:r></w:p>"#;
    let document = format!("<w:body>{body}</w:body>");
    let bytes = archive(&[("word/styles.xml", styles), ("word/document.xml", &document)]);
    assert_eq!(text(&bytes).await, "## A\n\n###### B\n\nC\n\nD\n\n# E\n");
}

#[tokio::test]
async fn items_have_their_marks_and_numbers_by_level() {
    let numbering = r#"<w:numbering>
        <w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="lowerLetter"/></w:lvl></w:abstractNum>
        <w:abstractNum w:abstractNumId="8"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
        <w:num w:numId="1"><w:abstractNumId w:val="7"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="8"/></w:num></w:numbering>"#;
    let p = |list: usize, level: usize, text: &str| {
        format!(
            r#"<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list}"/></w:numPr></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"#
        )
    };
    let body = [
        p(1, 0, "a"),
        p(1, 1, "b"),
        p(1, 1, "c"),
        p(1, 0, "d"),
        p(1, 1, "e"),
        p(2, 0, "f"),
        p(0, 0, "g"),
        p(9, 99, "h"),
    ]
    .concat();
    let document = format!("<w:body>{body}</w:body>");
    let bytes = archive(&[("word/numbering.xml", numbering), ("word/document.xml", &document)]);
    let deep = " ".repeat(16);
    assert_eq!(
        text(&bytes).await,
        format!("1. a\n  1. b\n  2. c\n2. d\n  1. e\n- f\n\ng\n\n{deep}- h\n")
    );
}

#[tokio::test]
async fn notes_stand_at_the_end() {
    let document = r#"<w:body><w:p><w:r><w:t>One</w:t><w:footnoteReference w:id="2"/><w:endnoteReference w:id="1"/></w:r></w:p></w:body>"#;
    let note = |kind: &str| {
        format!(
            r#"<w:{kind}s><w:{kind} w:type="separator" w:id="0"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:{kind}><w:{kind} w:id="2"><w:p><w:r><w:t> a {kind}</w:t></w:r></w:p></w:{kind}></w:{kind}s>"#
        )
    };
    let bytes = archive(&[
        ("word/document.xml", document),
        ("word/footnotes.xml", &note("footnote")),
        ("word/endnotes.xml", &note("endnote")),
    ]);
    assert_eq!(text(&bytes).await, "One[^2][^e1]\n\n[^2]: a footnote\n\n[^e2]: a endnote\n");
}

#[tokio::test]
async fn an_archive_without_a_document_and_a_document_without_text_are_told() {
    let told = Bench::new().text(Format::Docx, &archive(&[("other", "x")])).await.unwrap_err();
    assert_eq!(told.to_string(), "the DOCX could not be read: there is no document in the archive");
    let told = Bench::new().text(Format::Docx, &document("<w:p/>")).await.unwrap_err();
    assert_eq!(told.to_string(), "there is no text in the DOCX");
}
