//! The lowest layer: what every program expects of a system, and nothing that runs.

use base64::{Engine, engine::general_purpose::STANDARD};
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

use crate::layer::Entry;

/// Who the service runs as: nobody's number on usual systems, which has no rights.
pub(crate) const USER: u32 = 65532;

/// Where programs look for the authorities that they trust.
pub(crate) const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";

/// Where the service keeps its documents, when the file does not say another folder.
pub(crate) const DATA: &str = "data";

/// How many characters of a certificate stand in a line.
const LINE: usize = 64;

/// What is in the layer.
pub(crate) fn entries() -> Vec<Entry> {
    let passwd = format!("root:x:0:0:root:/:/\nservice:x:{USER}:{USER}:service:/:/\n");
    let group = format!("root:x:0:\nservice:x:{USER}:\n");
    vec![
        Entry::file("etc/passwd", passwd),
        Entry::file("etc/group", group),
        Entry::file(CERTIFICATES, certificates()),
        // Uploads wait here where documents are in a database.
        Entry { mode: 0o1777, ..Entry::folder("tmp") },
        Entry { owner: USER, ..Entry::folder(DATA) },
    ]
}

/// Mozilla's authorities, as text.
fn certificates() -> String {
    let mut text = String::new();
    for certificate in TLS_SERVER_ROOT_CERTS {
        let encoded = STANDARD.encode(certificate);
        text += "-----BEGIN CERTIFICATE-----\n";
        for line in encoded.as_bytes().chunks(LINE) {
            text += std::str::from_utf8(line).expect("base64 is ASCII");
            text.push('\n');
        }
        text += "-----END CERTIFICATE-----\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_as_many_certificates_as_authorities() {
        let text = certificates();
        assert_eq!(text.matches("BEGIN CERTIFICATE").count(), TLS_SERVER_ROOT_CERTS.len());
        assert!(text.lines().all(|line| line.len() <= LINE));
    }
}
