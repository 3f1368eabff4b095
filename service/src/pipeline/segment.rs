//! A long text in segments of about a size, so that it need not be in memory as a whole.
//!
//! A segment ends before a heading where there is one in its second half, else at an empty line, at a line, at a
//! sentence, between words, between letters. The segments put together are the text.

use std::io::{self, Read};

use super::terms::is_unspaced;

/// How large a segment is, in bytes, when nothing else is asked for.
pub const SEGMENT_BYTES: usize = 1024 * 1024;

/// How much is read at once, in bytes.
const STRIDE: usize = 64 * 1024;

/// The segments of what a reader reads.
pub struct Segments<R> {
    reader: R,
    limit: usize,
    /// Text that no segment holds yet.
    text: String,
    /// The beginning of a letter whose rest is not read yet.
    cut: Vec<u8>,
    is_at_end: bool,
}

impl<R: Read> Segments<R> {
    /// Segments of at most [`SEGMENT_BYTES`].
    pub fn new(reader: R) -> Self {
        Self::of(reader, SEGMENT_BYTES)
    }

    /// Segments of at most `limit` bytes, and never less than a letter.
    pub fn of(reader: R, limit: usize) -> Self {
        let limit = limit.max(4);
        Self { reader, limit, text: String::new(), cut: Vec::new(), is_at_end: false }
    }

    fn next_segment(&mut self) -> io::Result<Option<String>> {
        while !self.is_at_end && self.text.len() <= self.limit {
            self.read()?;
        }
        let end = match self.text.len() <= self.limit {
            true => self.text.len(),
            false => border(&self.text, self.limit),
        };
        let rest = self.text.split_off(end);
        let segment = std::mem::replace(&mut self.text, rest);
        Ok((!segment.is_empty()).then_some(segment))
    }

    /// Reads more text, and notes its end.
    fn read(&mut self) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.cut);
        let before = bytes.len();
        let read = self.reader.by_ref().take(STRIDE as u64).read_to_end(&mut bytes)?;
        self.is_at_end = read == 0;
        let valid = match std::str::from_utf8(&bytes) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() && !self.is_at_end => {
                let (text, cut) = bytes.split_at(error.valid_up_to());
                self.cut = cut.to_vec();
                std::str::from_utf8(text).expect("it is valid up to there")
            }
            Err(_) => {
                self.is_at_end = true;
                return Err(io::Error::new(io::ErrorKind::InvalidData, "the text is not UTF-8"));
            }
        };
        debug_assert!(before < 4);
        self.text.push_str(valid);
        Ok(())
    }
}

impl<R: Read> Iterator for Segments<R> {
    type Item = io::Result<String>;

    /// The next segment.
    ///
    /// # Errors
    ///
    /// What the reader says, and [`io::ErrorKind::InvalidData`] where it yields no UTF-8.
    fn next(&mut self) -> Option<io::Result<String>> {
        self.next_segment().transpose()
    }
}

/// Where a segment of `text`, which is longer than `limit`, ends best; not before its half but for want of any border.
fn border(text: &str, limit: usize) -> usize {
    let whole = &text[..text.floor_char_boundary(limit)];
    let half = whole.floor_char_boundary(whole.len() / 2);
    let late = &whole[half..];
    let after = |at: usize| half + at;
    if let Some(at) =
        late.rmatch_indices("\n#").map(|(at, _)| at).find(|&at| is_heading(&late[at + 1..]))
    {
        return after(at + 1);
    }
    if let Some(at) = late.rfind("\n\n") {
        return after(at + 2);
    }
    if let Some(at) = late.rfind('\n') {
        return after(at + 1);
    }
    let mut letters = late.char_indices().rev().peekable();
    let mut word = None;
    while let Some((at, letter)) = letters.next() {
        let end = at + letter.len_utf8();
        if matches!(letter, '。' | '！' | '？') {
            return after(end);
        }
        if letter.is_whitespace() {
            if letters.peek().is_some_and(|(_, before)| matches!(before, '.' | '!' | '?')) {
                return after(end);
            }
            word.get_or_insert(end);
        } else if is_unspaced(letter) {
            word.get_or_insert(end);
        }
    }
    word.map_or(whole.len(), after)
}

fn is_heading(line: &str) -> bool {
    line.trim_start_matches('#').starts_with([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pipeline::chunk::{ChunkSize, Cutter, cut};

    fn of(text: &str, limit: usize) -> Vec<String> {
        Segments::of(text.as_bytes(), limit).map(Result::unwrap).collect()
    }

    #[test]
    fn a_segment_ends_at_the_best_border_of_its_second_half() {
        for (text, first) in [
            ("# One\ntext\n\ntext\n# Two\nmore\n\nmore", "# One\ntext\n\ntext\n"),
            ("one two six.\n\nthr\nfour.\nfive six", "one two six.\n\n"),
            ("one two three\nfour five six seven", "one two three\n"),
            ("One two six. Three four five six", "One two six. "),
            ("It is one. Two. Threefourfive sixseven", "It is one. Two. "),
            ("一二三四五。六七八九十", "一二三四五。"),
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaa"),
            ("short", "short"),
        ] {
            assert_eq!(of(text, 20)[0], first, "{text}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_end_it() {
        let bytes = [&[b'a'; 10][..], b"\xff", b"b"].concat();
        let segments: Vec<_> = Segments::of(&bytes[..], 4).map(|it| it.is_ok()).collect();
        assert!(!segments[0]);
        let cut = &"é".as_bytes()[..1];
        assert!(Segments::new(cut).next().unwrap().is_err());
        assert!(Segments::new(&b""[..]).next().is_none());
    }

    /// Reads a few bytes at a time.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            let few = room.len().min(3);
            self.0.read(&mut room[..few])
        }
    }

    proptest! {
        #[test]
        fn the_segments_are_the_text(text in "(?s)(.|\\n|# |[a-z ]{9}|。){0,200}", limit in 0_usize..99) {
            let segments: Vec<String> =
                Segments::of(Trickle(text.as_bytes()), limit).map(Result::unwrap).collect();
            prop_assert_eq!(segments.concat(), text);
            for segment in &segments {
                prop_assert!(!segment.is_empty() && segment.len() <= limit.max(4));
            }
        }

        #[test]
        fn the_chunks_of_the_segments_are_those_of_the_text(
            text in "(#{1,2} [a-z]{1,5}\\n|([a-z]{1,9}[.]? ){1,20}\\n?|\\n|```\\n){0,30}",
            limit in 1_usize..200,
        ) {
            let size = ChunkSize { tokens: 40, overlap: 10 };
            let mut cutter = Cutter::new(size);
            let mut chunks = Vec::new();
            for segment in of(&text, limit) {
                chunks.extend(cutter.push(&segment));
            }
            chunks.extend(cutter.finish());
            prop_assert_eq!(chunks, cut(&text, size));
        }
    }
}
