//! Documents with parts that are changed by chance: each ends in text or in a reason, soon.

use std::time::Duration;

use proptest::{prelude::*, sample::Index};
use rag_service::{config::ExtractLimits, pipeline::format::Format, ports::reader::Unreadable};

use crate::{
    bench::{Bench, LIMITS, file},
    docx::archive,
};

/// A change of some bytes.
#[derive(Debug, Clone)]
enum Change {
    Set(Index, u8),
    Cut(Index, usize),
    Double(Index, usize),
    End(Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        8 => (at(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        2 => (at(), 1_usize..200).prop_map(|(at, length)| Change::Cut(at, length)),
        2 => (at(), 1_usize..2000).prop_map(|(at, length)| Change::Double(at, length)),
        1 => at().prop_map(Change::End),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        let end = |at: usize, part: usize| (at + part).min(length);
        match change {
            Change::Set(at, byte) => bytes[at.index(length)] = *byte,
            Change::Cut(at, part) => {
                let at = at.index(length);
                bytes.drain(at..end(at, *part));
            }
            Change::Double(at, part) => {
                let at = at.index(length);
                let part = bytes[at..end(at, *part)].to_vec();
                bytes.splice(at..at, part);
            }
            Change::End(at) => bytes.truncate(at.index(length)),
        }
    }
    bytes
}

/// Reads it; any end but a fault of ours will do.
fn read(format: Format, bytes: &[u8]) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let limits = ExtractLimits { cpu: Duration::from_secs(5), ..LIMITS };
    let text = runtime.block_on(Bench::with(limits).text(format, bytes));
    let is_named = match &text {
        Ok(text) => !text.is_empty(),
        Err(Unreadable::Time { limit, .. }) => *limit == limits.cpu,
        Err(unreadable) => !unreadable.to_string().is_empty(),
    };
    prop_assert!(is_named, "{:?}", text);
    Ok(())
}

proptest! {
    // Each case starts a process.
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_pdf_of_chromium(changes in proptest::collection::vec(change(), 1..20)) {
        read(Format::Pdf, &changed(file("chromium.pdf"), &changes))?;
    }

    #[test]
    fn a_pdf_of_reportlab(changes in proptest::collection::vec(change(), 1..20)) {
        read(Format::Pdf, &changed(file("cid.pdf"), &changes))?;
    }

    #[test]
    fn a_document_of_word(changes in proptest::collection::vec(change(), 1..20)) {
        read(Format::Docx, &changed(file("word.docx"), &changes))?;
    }

    #[test]
    fn the_xml_of_a_document(changes in proptest::collection::vec(change(), 1..20)) {
        let xml = br#"<w:document><w:body><w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr><w:r><w:t>One &amp; two</w:t></w:r></w:p>
            <w:tbl><w:tr><w:tc><w:p><w:r><w:t>cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl><![CDATA[x]]></w:body></w:document>"#;
        let xml = changed(xml.to_vec(), &changes);
        let xml = String::from_utf8_lossy(&xml);
        let parts = [("word/document.xml", &*xml), ("word/styles.xml", &*xml), ("word/numbering.xml", &*xml)];
        read(Format::Docx, &archive(&parts))?;
    }

    #[test]
    fn a_page(changes in proptest::collection::vec(change(), 1..20)) {
        read(Format::Html, &changed(file("page.html"), &changes))?;
    }
}
