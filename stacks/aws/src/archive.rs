//! The archive that Lambda takes a function's code in: one file, stored as it is, the same bytes for the same source.
//!
//! Source: <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// What Lambda calls `index.handler` is in here.
const NAME: &str = "index.mjs";

/// The first of January 1980, the oldest day that an archive can name.
const DAY: u16 = 1 << 5 | 1;

/// An archive with `source` in it.
pub(crate) fn zip(source: &str) -> Vec<u8> {
    let data = source.as_bytes();
    let size = u32::try_from(data.len()).expect("a function's source is small");
    let name_length = u16::try_from(NAME.len()).expect("the name is short");
    let mut fields = Vec::new();
    push16(&mut fields, &[20, 0, 0, 0, DAY]);
    push32(&mut fields, &[crc32(data), size, size]);
    push16(&mut fields, &[name_length, 0]);
    let mut all = Vec::new();
    push32(&mut all, &[0x0403_4b50]);
    all.extend(&fields);
    all.extend(NAME.bytes());
    all.extend(data);
    let directory = u32::try_from(all.len()).expect("a function's source is small");
    push32(&mut all, &[0x0201_4b50]);
    // Made on a system with permissions: everybody may read it.
    push16(&mut all, &[3 << 8 | 20]);
    all.extend(&fields);
    push16(&mut all, &[0, 0, 0]);
    push32(&mut all, &[0o100_644 << 16, 0]);
    all.extend(NAME.bytes());
    let length = u32::try_from(all.len()).expect("a function's source is small") - directory;
    push32(&mut all, &[0x0605_4b50]);
    push16(&mut all, &[0, 0, 1, 1]);
    push32(&mut all, &[length, directory]);
    push16(&mut all, &[0]);
    all
}

/// How Lambda names an archive.
pub(crate) fn sha256(archive: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(archive))
}

fn push16(to: &mut Vec<u8>, numbers: &[u16]) {
    to.extend(numbers.iter().flat_map(|it| it.to_le_bytes()));
}

fn push32(to: &mut Vec<u8>, numbers: &[u32]) {
    to.extend(numbers.iter().flat_map(|it| it.to_le_bytes()));
}

/// The check sum of an archive's file.
fn crc32(data: &[u8]) -> u32 {
    let step = |sum: u32, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 };
    let byte = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), step);
    !data.iter().fold(!0, byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_sum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn the_same_source_makes_the_same_archive() {
        assert_eq!(zip("a"), zip("a"));
        assert_ne!(sha256(&zip("a")), sha256(&zip("b")));
    }
}
