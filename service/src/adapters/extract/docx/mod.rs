//! Word documents of 2007 and later, as Markdown: headings, lists, tables, notes.
//!
//! A document is a ZIP archive of XML. Both are read as they come, and no entity is ever looked up: an archive that
//! unpacks to gigabytes, or an XML that refers to files, costs time and gives nothing.

mod body;
mod lists;
mod styles;
mod table;
mod xml;

use std::{
    fs::File,
    io::{BufReader, Write},
};

use zip::{ZipArchive, result::ZipError};

use self::{body::Body, lists::Lists, styles::Styles, xml::Xml};
use super::child::{Fault, Output};

/// The most that a part of the archive may unpack to, in bytes.
const LONGEST_PART: u64 = 512 << 20;

type Archive = ZipArchive<BufReader<File>>;

/// Writes the text of a document.
pub(super) fn write<W: Write>(file: File, out: &mut Output<W>) -> Result<Vec<String>, Fault> {
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(fault)?;
    let styles = match part(&mut archive, "word/styles.xml")? {
        Some(mut xml) => Styles::read(&mut xml)?,
        None => Styles::default(),
    };
    let lists = match part(&mut archive, "word/numbering.xml")? {
        Some(mut xml) => Lists::read(&mut xml)?,
        None => Lists::default(),
    };
    let mut body = Body::new(&styles, lists, out);
    match part(&mut archive, "word/document.xml")? {
        Some(mut xml) => body.read(&mut xml)?,
        None => return Err(Fault::refused("there is no document in the archive")),
    }
    for (name, mark) in [("word/footnotes.xml", ""), ("word/endnotes.xml", "e")] {
        if let Some(mut xml) = part(&mut archive, name)? {
            body.read_notes(&mut xml, mark)?;
        }
    }
    Ok(Vec::new())
}

/// A part of the document, when it has it.
fn part<'a>(archive: &'a mut Archive, name: &str) -> Result<Option<Xml<'a>>, Fault> {
    match archive.by_name(name) {
        Ok(entry) => Ok(Some(Xml::new(entry, LONGEST_PART))),
        Err(ZipError::FileNotFound) => Ok(None),
        Err(error) => Err(fault(error)),
    }
}

fn fault(error: ZipError) -> Fault {
    match error {
        ZipError::Io(error) => Fault::Io(error),
        ZipError::InvalidPassword => Fault::refused("it is encrypted"),
        error => Fault::refused(format!("it is damaged: {error}")),
    }
}
