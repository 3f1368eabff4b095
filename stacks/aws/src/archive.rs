//! The archive that Lambda takes a function's source in.

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// What Lambda calls `index.handler` is in here.
const NAME: &str = "index.mjs";

/// An archive with `source` in it.
pub(crate) fn zip(source: &str) -> Vec<u8> {
    ragctl_image::stored(NAME, source.as_bytes())
}

/// How Lambda names an archive.
pub(crate) fn sha256(archive: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(archive))
}
