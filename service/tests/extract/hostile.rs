//! Files that were made to do harm: each is refused for a reason, and the next one is read.

use lopdf::{
    Document, Object, Stream,
    content::{Content, Operation},
    dictionary,
};
use rag_service::{config::ExtractLimits, pipeline::format::Format, ports::reader::Unreadable};

use crate::{
    bench::{Bench, LIMITS, file},
    docx::{archive, document},
};

async fn refused(format: Format, bytes: &[u8]) -> Unreadable {
    let bench = Bench::new();
    let told = bench.text(format, bytes).await.unwrap_err();
    assert!(bench.text(Format::Html, b"<p>One").await.is_ok());
    told
}

/// A PDF whose pages have these contents.
fn pdf(pages: &[Vec<u8>], encoding: &str) -> Vec<u8> {
    let mut document = Document::with_version("1.5");
    let tree = document.new_object_id();
    let font = document.add_object(dictionary! {
        "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica", "Encoding" => encoding,
    });
    let resources = document.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
    let kids: Vec<Object> = pages
        .iter()
        .map(|content| {
            let mut stream = Stream::new(dictionary! {}, content.clone());
            stream.compress().unwrap();
            let content = document.add_object(stream);
            let page = dictionary! {
                "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => resources,
                "MediaBox" => vec![0.into(), 0.into(), 595.into(), 842.into()],
            };
            document.add_object(page).into()
        })
        .collect();
    let count = i64::try_from(kids.len()).unwrap();
    let pages = dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count };
    document.objects.insert(tree, Object::Dictionary(pages));
    let catalog = document.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    document.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    document.save_to(&mut bytes).unwrap();
    bytes
}

/// A page's content that shows words.
fn shows(words: &str) -> Vec<u8> {
    let operations = vec![
        Operation::new("BT", vec![]),
        Operation::new("Tf", vec!["F1".into(), 12.into()]),
        Operation::new("Td", vec![50.into(), 700.into()]),
        Operation::new("Tj", vec![Object::string_literal(words)]),
        Operation::new("ET", vec![]),
    ];
    Content { operations }.encode().unwrap()
}

#[tokio::test]
async fn a_file_that_breaks_off_is_refused() {
    for (format, name) in [(Format::Pdf, "chromium.pdf"), (Format::Docx, "word.docx")] {
        let bytes = file(name);
        for part in [10, bytes.len() / 2, bytes.len() - 40] {
            let told = refused(format, &bytes[..part]).await;
            assert!(
                told.to_string().starts_with(&format!("the {format} could not be read: ")),
                "{told}"
            );
        }
    }
}

#[tokio::test]
async fn a_page_whose_reader_panics_is_left_out_and_told() {
    let broken = b"BT /F1 12 Tf 5 Tj ET".to_vec();
    let pages = [shows("One."), broken.clone(), shows("Three."), broken.clone(), shows("Five.")];
    let bench = Bench::new();
    let bytes = pdf(&pages, "WinAnsiEncoding");
    assert_eq!(bench.text(Format::Pdf, &bytes).await.unwrap(), "One.\n\nThree.\n\nFive.\n\n");
    let extracted = bench.extracted(Format::Pdf, &bytes).await.unwrap();
    assert_eq!(
        extracted.warning(),
        Some("2 of 5 pages could not be read, the first of them page 2")
    );
    let told = refused(Format::Pdf, &pdf(&[broken], "WinAnsiEncoding")).await;
    assert!(matches!(told, Unreadable::Refused { .. }), "{told}");
    let told = refused(Format::Pdf, &pdf(&[shows("One.")], "NoSuchEncoding")).await;
    assert!(matches!(told, Unreadable::Refused { .. }), "{told}");
}

#[tokio::test]
async fn a_pdf_without_text_may_be_scanned() {
    let told = refused(Format::Pdf, &pdf(&[b"0 0 9 9 re f".to_vec()], "WinAnsiEncoding")).await;
    assert_eq!(told.to_string(), "there is no text in the PDF; it may be scanned");
}

/// A limit that the stack of the reader has room in, and little else.
const LITTLE: ExtractLimits = ExtractLimits { memory_bytes: 160 << 20, ..LIMITS };

#[tokio::test]
async fn a_pdf_that_unpacks_to_more_than_memory_is_refused() {
    let bomb = pdf(&[vec![b' '; 100 << 20]], "WinAnsiEncoding");
    assert!(bomb.len() < 1 << 20);
    let told = Bench::with(LITTLE).text(Format::Pdf, &bomb).await;
    assert_eq!(told, Err(Unreadable::Memory { format: Format::Pdf, limit_bytes: 160 << 20 }));
}

#[tokio::test]
async fn an_archive_that_unpacks_to_more_than_memory_is_refused() {
    let bomb = document(&" ".repeat(100 << 20));
    assert!(bomb.len() < 1 << 20);
    let told = Bench::with(LITTLE).text(Format::Docx, &bomb).await;
    assert_eq!(told, Err(Unreadable::Memory { format: Format::Docx, limit_bytes: 160 << 20 }));
}

#[tokio::test]
async fn entities_are_not_looked_up() {
    let bomb = r#"<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
        <w:body><w:p><w:r><w:t>x&b;&f;y&amp;</w:t></w:r></w:p></w:body>"#;
    let text = Bench::new().text(Format::Docx, &archive(&[("word/document.xml", bomb)])).await;
    assert_eq!(text.unwrap(), "xy&\n");
}

#[tokio::test]
async fn what_is_nested_too_deeply_is_refused() {
    let told = refused(Format::Docx, &document(&"<w:tbl><w:tr><w:tc>".repeat(100_000))).await;
    assert_eq!(told.to_string(), "the DOCX could not be read: it is nested too deeply");
    let mut deep = b"%PDF-1.5\n1 0 obj\n".to_vec();
    deep.extend(b"[".repeat(1_000_000));
    let told = refused(Format::Pdf, &deep).await.to_string();
    assert!(told.starts_with("the PDF could not be read: "), "{told}");
}

#[tokio::test]
async fn many_attributes_and_long_names_take_no_time() {
    let attributes: String = (0..200_000).map(|number| format!(" a{number}='1'")).collect();
    let name = "n".repeat(1 << 20);
    let body = format!("<w:p{attributes}><w:r><w:t>One</w:t></w:r></w:p><{name}/>");
    assert_eq!(Bench::new().text(Format::Docx, &document(&body)).await.unwrap(), "One\n");
}

#[tokio::test]
async fn more_text_than_a_document_has_is_refused() {
    let body = format!("<w:p><w:r><w:t>{}</w:t></w:r></w:p>", "x".repeat(9 << 20));
    let told = refused(Format::Docx, &document(&body)).await;
    assert_eq!(told, Unreadable::Long { format: Format::Docx, limit_bytes: 8 << 20 });
}

#[tokio::test]
async fn a_table_that_is_wide_in_each_row_is_bounded() {
    let rows = format!("<tr><th>{}<tr><td>x", "w".repeat(1 << 20));
    let page = format!("<table>{rows}{}", "<tr><td>y".repeat(500));
    let told = Bench::with(LITTLE).text(Format::Html, page.as_bytes()).await;
    assert_eq!(told, Err(Unreadable::Memory { format: Format::Html, limit_bytes: 160 << 20 }));
}

#[tokio::test]
async fn a_process_that_needs_more_time_than_it_may_is_ended() {
    let limits = ExtractLimits { cpu: std::time::Duration::from_secs(1), ..LIMITS };
    // Each one looks at all that it stands in.
    let page = "<div>".repeat(1_000_000);
    let told = Bench::with(limits).text(Format::Html, page.as_bytes()).await;
    assert_eq!(told, Err(Unreadable::Time { format: Format::Html, limit: limits.cpu }));
}
