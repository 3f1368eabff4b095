//! The files of the page, which are part of the binary.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// A file as browsers get it.
pub(super) struct File {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) bytes: &'static [u8],
    /// Its strong validator: equal bytes have equal ones, in whichever release.
    pub(super) etag: String,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! files {
    ($($kind:ident $name:literal),+ $(,)?) => {
        [$(File::new($name, $kind, include_bytes!(concat!("assets/", $name)))),+]
    };
}

/// Hashed at the first request for one, which the start of the service need not wait for.
static FILES: LazyLock<[File; 14]> = LazyLock::new(|| {
    files![
        HTML "index.html",
        HTML "docs.html",
        CSS "page.css",
        SCRIPT "page.js",
        SCRIPT "ask.js",
        SCRIPT "turn.js",
        SCRIPT "markdown.js",
        SCRIPT "documents.js",
        SCRIPT "uploads.js",
        SCRIPT "state.js",
        SCRIPT "http.js",
        SCRIPT "dom.js",
        SCRIPT "docs.js",
        SCRIPT "schema.js",
    ]
});

impl File {
    fn new(name: &'static str, kind: &'static str, bytes: &'static [u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self { name, kind, bytes, etag: format!("\"{hex}\"") }
    }
}

/// The file of this name.
pub(super) fn named(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// The most that a browser has to load for the page, uncompressed.
    const LARGEST_PAGE_BYTES: usize = 40 * 1024;

    /// The most that the reference of the API adds to it.
    const LARGEST_REFERENCE_BYTES: usize = 8 * 1024;

    const REFERENCE: [&str; 3] = ["docs.html", "docs.js", "schema.js"];

    #[test]
    fn the_page_and_the_reference_stay_small() {
        let (reference, page): (Vec<&File>, Vec<&File>) =
            FILES.iter().partition(|file| REFERENCE.contains(&file.name));
        let bytes = |files: Vec<&File>| files.iter().map(|file| file.bytes.len()).sum::<usize>();
        let (reference, page) = (bytes(reference), bytes(page));
        assert!(page <= LARGEST_PAGE_BYTES, "{page} bytes");
        assert!(reference <= LARGEST_REFERENCE_BYTES, "{reference} bytes");
    }

    #[test]
    fn each_file_of_the_folder_is_served() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes/page/assets");
        let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        let mut served: Vec<&str> = FILES.iter().map(|file| file.name).collect();
        names.sort();
        served.sort_unstable();
        assert_eq!(names, served);
    }

    #[test]
    fn nothing_is_taken_from_elsewhere_and_no_text_becomes_markup() {
        for file in &*FILES {
            let text = std::str::from_utf8(file.bytes).unwrap();
            for word in ["https://", "//cdn", "innerHTML", "insertAdjacentHTML", "eval(", " style="]
            {
                assert!(!text.contains(word), "{} has {word}", file.name);
            }
        }
    }
}
