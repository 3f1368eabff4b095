//! Text and Markdown: UTF-8 as it is, UTF-16 converted.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    path::Path,
};

use encoding_rs::{DecoderResult, Encoding};

use crate::{
    pipeline::format::{Format, WrongContent, is_utf16},
    ports::reader::{Part, ReadError, Text, Unreadable},
};

/// How much is looked at once, in bytes.
const STRIDE: usize = 64 * 1024;

/// Checks that all of `file` is text, and converts it if need be.
pub(super) fn text(format: Format, file: File, folder: &Path) -> Result<Text, ReadError> {
    let (head, length) = (super::head(&file)?, file.metadata()?.len());
    format.check(&head).map_err(Unreadable::Wrong)?;
    let (file, start, end) = match Encoding::for_bom(&head) {
        Some((encoding, mark)) if is_utf16(&head) => {
            let reader = Part::new(&file, mark as u64..length);
            let mut text = tempfile::tempfile_in(folder)?;
            convert(encoding, reader, &mut text)?.map_err(Unreadable::Wrong)?;
            let length = text.metadata()?.len();
            (text, 0, length)
        }
        Some((_, mark)) => (file, mark as u64, length),
        None => (file, 0, length),
    };
    match check(Part::new(&file, start..end))?.map_err(Unreadable::Wrong)? {
        Found::Words => Ok(Text::new(file, start..end, None)),
        Found::Blanks => Err(Unreadable::Blank { format }.into()),
    }
}

/// What there is in a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Blanks,
    Words,
}

/// Reads all of a text.
fn check(mut reader: impl Read) -> io::Result<Result<Found, WrongContent>> {
    let mut found = Found::Blanks;
    let mut bytes = Vec::with_capacity(STRIDE + 4);
    loop {
        let cut = bytes.len();
        let read = reader.by_ref().take(STRIDE as u64).read_to_end(&mut bytes)?;
        if bytes[cut..].contains(&0) {
            return Ok(Err(WrongContent::Binary));
        }
        let valid = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() && read > 0 => {
                std::str::from_utf8(&bytes[..error.valid_up_to()]).expect("it is valid up to there")
            }
            Err(_) => return Ok(Err(WrongContent::NotUtf8)),
        };
        if found == Found::Blanks && !valid.trim().is_empty() {
            found = Found::Words;
        }
        if read == 0 {
            return Ok(Ok(found));
        }
        let valid = valid.len();
        bytes.drain(..valid);
    }
}

/// Writes in UTF-8 what is read in `encoding`.
fn convert(
    encoding: &'static Encoding,
    mut reader: impl Read,
    text: &mut File,
) -> io::Result<Result<(), WrongContent>> {
    let mut text = BufWriter::with_capacity(STRIDE, text);
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut bytes = Vec::with_capacity(STRIDE);
    let mut words = vec![0; 4 * STRIDE];
    loop {
        bytes.clear();
        let read = reader.by_ref().take(STRIDE as u64).read_to_end(&mut bytes)?;
        // The room is enough for what four bytes of UTF-8 can come of each two.
        let (result, _, written) =
            decoder.decode_to_utf8_without_replacement(&bytes, &mut words, read == 0);
        text.write_all(&words[..written])?;
        match result {
            DecoderResult::Malformed(..) => return Ok(Err(WrongContent::NotUtf8)),
            DecoderResult::InputEmpty | DecoderResult::OutputFull if read == 0 => break,
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
        }
    }
    text.flush()?;
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const MARK: &[u8] = b"\xef\xbb\xbf";

    fn read(bytes: &[u8]) -> Result<String, Unreadable> {
        let folder = tempfile::tempdir().unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let extracted = match text(Format::Text, file, folder.path()) {
            Ok(extracted) => extracted,
            Err(ReadError::Unreadable(unreadable)) => return Err(unreadable),
            Err(ReadError::Hindered(error)) => panic!("{error}"),
        };
        let mut words = String::new();
        extracted.reader().read_to_string(&mut words).unwrap();
        assert_eq!((extracted.len(), extracted.warning()), (words.len() as u64, None));
        Ok(words)
    }

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn text_is_taken_without_its_mark_and_utf_16_converted() {
        let long = "检索🦀é x\n".repeat(40_000);
        for words in ["One.", "检索", &long] {
            assert_eq!(read(words.as_bytes()).unwrap(), words);
            assert_eq!(read(&[MARK, words.as_bytes()].concat()).unwrap(), words);
            let marked = format!("\u{feff}{words}");
            assert_eq!(read(&utf16(&marked, u16::to_le_bytes)).unwrap(), words);
            assert_eq!(read(&utf16(&marked, u16::to_be_bytes)).unwrap(), words);
        }
    }

    #[test]
    fn what_is_no_text_is_refused_wherever_it_stands() {
        let long = "x".repeat(200_000);
        for (bytes, wrong) in [
            (&b"\xff"[..], WrongContent::NotUtf8),
            (b"\0", WrongContent::Binary),
            ("é".as_bytes().split_at(1).0, WrongContent::NotUtf8),
            (b"\xff\xfea\0b", WrongContent::NotUtf8),
            (b"\xff\xfe\x00\xd8x\0", WrongContent::NotUtf8),
            (b"\xff\xfe\0\0", WrongContent::Binary),
        ] {
            assert_eq!(read(bytes), Err(Unreadable::Wrong(wrong)), "{bytes:?}");
            if bytes[0] != 0xff || bytes.len() == 1 {
                let late = [long.as_bytes(), bytes].concat();
                assert_eq!(read(&late), Err(Unreadable::Wrong(wrong)));
            }
        }
    }

    #[test]
    fn blanks_are_no_text() {
        for blank in [&b""[..], b" \n\t", MARK, b"\xff\xfe", "\u{3000}".as_bytes()] {
            assert_eq!(read(blank), Err(Unreadable::Blank { format: Format::Text }));
        }
    }
}
