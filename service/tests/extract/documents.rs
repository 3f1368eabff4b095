//! What people's tools make (`files/make.py`).

use rag_service::{pipeline::format::Format, ports::reader::Unreadable};

use crate::bench::{Bench, file};

async fn text(name: &str) -> String {
    Bench::new().text(Format::of_name(name).unwrap(), &file(name)).await.unwrap()
}

#[tokio::test]
async fn a_document_of_word() {
    insta::assert_snapshot!(text("word.docx").await);
}

#[tokio::test]
async fn a_page_of_the_web() {
    insta::assert_snapshot!(text("page.html").await);
}

#[tokio::test]
async fn a_pdf_of_reportlab() {
    insta::assert_snapshot!(text("reportlab.pdf").await);
}

#[tokio::test]
async fn a_pdf_of_chromium_with_chinese_and_japanese() {
    insta::assert_snapshot!(text("chromium.pdf").await);
}

#[tokio::test]
async fn a_pdf_whose_chinese_font_is_not_in_it() {
    insta::assert_snapshot!(text("cid.pdf").await);
}

#[tokio::test]
async fn a_pdf_that_asks_for_a_password_is_refused_and_one_that_only_forbids_printing_is_read() {
    assert_eq!(text("no-printing.pdf").await, text("reportlab.pdf").await);
    let told = Bench::new().text(Format::Pdf, &file("password.pdf")).await.unwrap_err();
    assert_eq!(told.to_string(), "the PDF could not be read: it is encrypted");
}

#[tokio::test]
async fn a_file_under_another_name_is_refused_before_it_is_read() {
    let bench = Bench::scripted("exit 0", crate::bench::LIMITS);
    for (format, name) in [
        (Format::Docx, "reportlab.pdf"),
        (Format::Pdf, "word.docx"),
        (Format::Text, "word.docx"),
        (Format::Html, "cid.pdf"),
    ] {
        let told = bench.text(format, &file(name)).await.unwrap_err();
        assert!(matches!(told, Unreadable::Wrong(_)), "{told}");
    }
}
