//! A document to chunks that stand alone: each small enough to embed, and headed by where it stood.
//!
//! A chunk ends at a section if it is not tiny, else at a paragraph or a sentence, and only within one
//! where that alone is too large. It begins with the headings above it, and repeats the end of the chunk
//! before when both are of one section. Nothing of the text is lost.

mod path;

use self::path::Path;
use super::{
    piece::{self, Border, Kind, Span},
    terms::is_unspaced,
};

/// How large a chunk may be, in tokens as [`tokens`] counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkSize {
    /// The most tokens of a chunk, its headings among them.
    pub tokens: usize,
    /// The most tokens that a chunk repeats of the one before.
    pub overlap: usize,
}

/// A new section begins a new chunk where the one before is at least this part of the size.
const FULL_ENOUGH: usize = 8;

/// The headings above a chunk may take this part of the size; the outermost go first.
const HEADINGS_SHARE: usize = 4;

/// Lines are divided here, in bytes, so that a text without line ends is cut in bounded memory.
const LONGEST_LINE: usize = 256 * 1024;

/// Chunks are sought whenever so many bytes have come.
const STRIDE: usize = 64 * 1024;

/// Cuts `text` into chunks of at most `size`, in order.
#[must_use]
pub fn cut(text: &str, size: ChunkSize) -> Vec<String> {
    let mut cutter = Cutter::new(size);
    let mut chunks = cutter.push(text);
    chunks.extend(cutter.finish());
    chunks
}

/// Cuts a text that comes in parts, in memory that does not grow with it.
///
/// The chunks are those of the text as a whole, wherever its parts end.
pub struct Cutter {
    size: ChunkSize,
    pieces: piece::Cutter,
    /// What no chunk has ended with yet, or the next repeats.
    text: String,
    /// Where the last line of `text` begins, which has not ended yet.
    line: usize,
    /// The pieces of `text` that nothing lengthens any more, none larger than a chunk.
    parts: Vec<Part>,
    /// The first of them that no chunk holds yet; those before it are repeated.
    seen: usize,
    /// How long `text` was when chunks were last sought.
    sought: usize,
    path: Path,
}

impl Cutter {
    /// Cuts to `size`.
    #[must_use]
    pub fn new(size: ChunkSize) -> Self {
        Self {
            size,
            pieces: piece::Cutter::default(),
            text: String::new(),
            line: 0,
            parts: Vec::new(),
            seen: 0,
            sought: 0,
            path: Path::default(),
        }
    }

    /// Takes the next part of the text, and returns the chunks that are complete.
    #[must_use]
    pub fn push(&mut self, text: &str) -> Vec<String> {
        let mut chunks = Vec::new();
        for line in text.split_inclusive('\n') {
            // No more than a line at a time, so that what is held stays small.
            let mut rest = line;
            while !rest.is_empty() {
                let end = rest.floor_char_boundary(LONGEST_LINE);
                self.text.push_str(&rest[..end]);
                rest = &rest[end..];
                self.take_lines();
                if self.text.len() >= self.sought + STRIDE {
                    self.seek(Ending::Later, &mut chunks);
                }
            }
        }
        chunks
    }

    /// Returns the last chunks.
    #[must_use]
    pub fn finish(mut self) -> Vec<String> {
        let mut chunks = Vec::new();
        if self.line < self.text.len() {
            self.take_line(self.text.len() - self.line);
        }
        self.seek(Ending::Here, &mut chunks);
        chunks
    }

    /// Cuts the line that came into pieces, if it is whole, and what of it is too long.
    fn take_lines(&mut self) {
        while self.text.len() - self.line > LONGEST_LINE {
            let longest = &self.text[self.line..];
            let longest = &longest[..longest.floor_char_boundary(LONGEST_LINE)];
            let end = longest.rfind(char::is_whitespace).filter(|&end| end > 0);
            self.take_line(end.unwrap_or(longest.len()));
        }
        if self.text.ends_with('\n') {
            self.take_line(self.text.len() - self.line);
        }
    }

    fn take_line(&mut self, length: usize) {
        // One empty line parts as much as many, which could be without end.
        let is_needless = self.pieces.is_after_blank()
            && self.text[self.line..self.line + length].trim().is_empty();
        if is_needless {
            self.text.drain(self.line..self.line + length);
        } else {
            self.pieces.take(&self.text, self.line, length);
            self.line += length;
        }
    }

    /// Puts together the chunks whose end is known.
    fn seek(&mut self, ending: Ending, chunks: &mut Vec<String>) {
        let limit = self.size.tokens.max(1);
        self.take_parts(ending, limit - limit / HEADINGS_SHARE);
        let parts = &self.parts;
        let (mut start, mut seen) = (0, self.seen);
        while seen < parts.len() {
            let heading = self.path.above(&parts[start], limit / HEADINGS_SHARE);
            let room = limit - tokens(&heading);
            let begin = shortened(parts, start, seen, room);
            let end = match (end(parts, begin, seen, room), ending) {
                (Some(end), _) => end,
                (None, Ending::Here) => parts.len(),
                (None, Ending::Later) => break,
            };
            chunks.push(written(&heading, &self.text, &parts[begin], &parts[end - 1]));
            self.path.follow(&self.text, &parts[seen..end]);
            (start, seen) = (overlapping(parts, begin, end, self.size.overlap), end);
        }
        self.forget(start, seen);
    }

    /// Makes parts of the pieces that nothing lengthens any more.
    fn take_parts(&mut self, ending: Ending, limit: usize) {
        let done = match ending {
            Ending::Here => self.pieces.spans.len(),
            Ending::Later => self.pieces.spans.len().saturating_sub(1),
        };
        for span in self.pieces.spans.drain(..done) {
            let tokens = tokens(&self.text[span.start..span.end]);
            if tokens <= limit {
                self.parts.push(Part { span, tokens });
            } else {
                divide(&self.text, span, limit, &mut self.parts);
            }
        }
    }

    /// Forgets the parts before `start`, and their text.
    fn forget(&mut self, start: usize, seen: usize) {
        let first = self.parts.get(start).map(|part| &part.span).or(self.pieces.spans.first());
        let bytes = first.map_or(0, |first| first.start);
        self.text.drain(..bytes);
        self.line -= bytes;
        self.pieces.shift(bytes);
        self.parts.drain(..start);
        for part in &mut self.parts {
            part.span.start -= bytes;
            part.span.end -= bytes;
        }
        self.seen = seen - start;
        self.sought = self.text.len();
    }
}

/// Whether the text ends with what is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Here,
    Later,
}

/// About how many tokens `text` is to a model, as BERT's word pieces count: within a tenth for English.
///
/// Putting texts together never makes more tokens of them than they had apart.
#[must_use]
pub fn tokens(text: &str) -> usize {
    let mut tokens = Tokens::default();
    text.chars().for_each(|letter| tokens.take(letter));
    tokens.count
}

/// Tokens, counted letter by letter.
#[derive(Default)]
struct Tokens {
    count: usize,
    before: usize,
    /// How many more letters of that kind belong to the last token.
    room: usize,
}

impl Tokens {
    fn take(&mut self, letter: char) {
        // How many letters of a kind make a token; none for space.
        let kind = match letter {
            'a'..='z' | 'A'..='Z' => 6,
            '0'..='9' => 3,
            _ if letter.is_whitespace() => 0,
            _ if is_unspaced(letter) => 1,
            _ if letter.is_alphanumeric() => 4,
            _ => 1,
        };
        if kind == self.before && self.room > 0 {
            self.room -= 1;
            return;
        }
        self.before = kind;
        if kind > 0 {
            self.count += 1;
            self.room = kind - 1;
        }
    }
}

/// A piece, or a part of a piece that is too large.
struct Part {
    span: Span,
    tokens: usize,
}

/// Divides a piece between words, and a word that is too large between letters.
fn divide(text: &str, piece: Span, limit: usize, parts: &mut Vec<Part>) {
    let Span { mut start, end: whole, mut kind, mut border } = piece;
    while start < whole {
        let (length, tokens) = fitting(&text[start..whole], limit);
        let end = start + length;
        parts.push(Part { span: Span { start, end, kind, border }, tokens });
        (start, kind, border) = (end, Kind::Sentence, Border::Sentence);
    }
}

/// As many whole words as fit, else as many letters; never nothing.
///
/// Nothing is looked at past what fits: a word without end, such as base64, would be read again for each of its parts.
fn fitting(text: &str, limit: usize) -> (usize, usize) {
    let mut tokens = Tokens::default();
    let mut words = (0, 0);
    for (at, letter) in text.char_indices() {
        let before = tokens.count;
        tokens.take(letter);
        // No letter is more than a token, so that there is one before this.
        if tokens.count > limit.max(1) {
            return if words.0 > 0 { words } else { (at, before) };
        }
        if letter.is_whitespace() {
            words = (at + letter.len_utf8(), tokens.count);
        }
    }
    (text.len(), tokens.count)
}

/// Where the chunk that begins at `start` ends; it takes one part at least that is not `seen`. None when the parts
/// that are there fit all.
fn end(parts: &[Part], start: usize, seen: usize, room: usize) -> Option<usize> {
    let (mut sum, mut end) = (0, start);
    // The best place to end so far, by the strength of the border there.
    let mut best = (Border::Sentence, 0);
    while let Some(part) = parts.get(end) {
        let border = part.span.border;
        if end > seen && border == Border::Section && sum * FULL_ENOUGH >= room {
            return Some(end);
        }
        if end > seen && sum * 2 >= room && border >= best.0 {
            best = (border, end);
        }
        if sum + part.tokens > room {
            // Ending after a heading would part it from its text.
            let after_heading = matches!(parts[end - 1].span.kind, Kind::Heading(_));
            let end = if after_heading && end - 1 > seen { end - 1 } else { end };
            return Some(if best.1 > 0 { best.1 } else { end });
        }
        sum += part.tokens;
        end += 1;
    }
    None
}

/// Where the next chunk begins so that it repeats up to `overlap` tokens of its section.
fn overlapping(parts: &[Part], start: usize, end: usize, overlap: usize) -> usize {
    if parts.get(end).is_none_or(|part| part.span.border == Border::Section) {
        return end;
    }
    let (mut begin, mut sum) = (end, 0);
    while begin > start + 1 {
        let part = &parts[begin - 1];
        sum += part.tokens;
        if sum > overlap || part.span.border == Border::Section {
            break;
        }
        begin -= 1;
    }
    begin
}

/// Takes as much off what is repeated as the first new part needs.
fn shortened(parts: &[Part], mut start: usize, seen: usize, room: usize) -> usize {
    let mut sum: usize = parts[start..=seen].iter().map(|part| part.tokens).sum();
    while start < seen && sum > room {
        sum -= parts[start].tokens;
        start += 1;
    }
    start
}

fn written(heading: &str, text: &str, first: &Part, last: &Part) -> String {
    let body = text[first.span.start..last.span.end].trim_end().trim_start_matches(['\n', '\r']);
    if heading.is_empty() { body.to_owned() } else { format!("{heading}\n\n{body}") }
}

#[cfg(test)]
mod tests;
