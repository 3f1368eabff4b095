//! ZIP archives, the same bytes for the same files: in the order that they come in, and without times.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::layer::Entry;

/// Packs entries.
pub(crate) fn packed(entries: &[Entry]) -> Vec<u8> {
    let deflated = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9));
    archive(entries, deflated)
}

/// An archive of one file, stored as it is: what packs others may change with its version, and these bytes do not.
#[must_use]
pub fn stored(name: &str, content: &[u8]) -> Vec<u8> {
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    archive(&[Entry::file(name, content.to_vec())], stored)
}

fn archive(entries: &[Entry], options: SimpleFileOptions) -> Vec<u8> {
    let options = options.last_modified_time(zip::DateTime::default());
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    for Entry { path, content, mode, .. } in entries {
        let content = content.as_deref().unwrap_or_default();
        let options = options.unix_permissions(*mode);
        let written = to.start_file(path, options).map(|()| to.write_all(content));
        written.expect("our own entries have names").expect("memory can be written");
    }
    to.finish().expect("memory can be written").into_inner()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn one_file_is_stored_as_it_is_and_everybody_may_read_it() {
        let made = stored("index.mjs", b"export {}");
        assert_eq!(made, stored("index.mjs", b"export {}"));
        assert_ne!(made, stored("index.mjs", b"export { }"));
        let mut read = zip::ZipArchive::new(Cursor::new(made)).unwrap();
        assert_eq!(read.len(), 1);
        let mut file = read.by_index(0).unwrap();
        let mut content = String::new();
        file.read_to_string(&mut content).unwrap();
        assert_eq!((&*file.name().unwrap(), content.as_str()), ("index.mjs", "export {}"));
        assert_eq!(file.compression(), CompressionMethod::Stored);
        assert_eq!(file.unix_mode().unwrap() & 0o777, 0o444);
    }
}
