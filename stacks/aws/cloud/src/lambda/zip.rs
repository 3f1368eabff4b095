//! ZIP files, as they come within a request.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::name::invalid;
use crate::refusal::Refusal;

/// How many bytes a ZIP file may have that comes within a request.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
pub(super) const LARGEST: usize = 50 * 1024 * 1024;

/// The size in bytes and the digest of a ZIP file.
///
/// # Errors
///
/// What `action` says of one that is too large, or that is none.
pub(super) fn read(zip: Option<&str>, action: &str) -> Result<(usize, String), Refusal> {
    let bytes = zip.and_then(|zip| STANDARD.decode(zip).ok());
    // A ZIP file begins with the name of its inventor.
    let bytes = bytes.filter(|bytes| bytes.starts_with(b"PK")).ok_or_else(|| {
        invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
    })?;
    if bytes.len() > LARGEST {
        let message =
            format!("Request must be smaller than 69905067 bytes for the {action} operation");
        return Err(Refusal::new("RequestEntityTooLargeException", message).with_status(413));
    }
    Ok((bytes.len(), STANDARD.encode(Sha256::digest(&bytes))))
}
