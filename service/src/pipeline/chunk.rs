//! A document to chunks that stand alone: each small enough to embed, and headed by where it stood.
//!
//! A chunk ends at a section if it is not tiny, else at a paragraph or a sentence, and only within one
//! where that alone is too large. It begins with the headings above it, and repeats the end of the chunk
//! before when both are of one section. Nothing of the text is lost.

use super::{
    piece::{Border, Kind, Piece, pieces},
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

/// Cuts `text` into chunks of at most `size`, in order.
#[must_use]
pub fn cut(text: &str, size: ChunkSize) -> Vec<String> {
    let limit = size.tokens.max(1);
    let parts = parts(text, limit - limit / HEADINGS_SHARE);
    let mut chunks = Vec::new();
    let mut path = Path::default();
    let (mut start, mut seen) = (0, 0);
    while seen < parts.len() {
        let heading = path.above(&parts[start], limit / HEADINGS_SHARE);
        let room = limit - tokens(&heading);
        start = shortened(&parts, start, seen, room);
        let end = end(&parts, start, seen, room);
        chunks.push(written(&heading, text, &parts[start], &parts[end - 1]));
        path.follow(&parts[seen..end]);
        (start, seen) = (overlapping(&parts, start, end, size.overlap), end);
    }
    chunks
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
    run: usize,
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
        self.run = if kind == self.before { self.run + 1 } else { 0 };
        self.before = kind;
        if kind > 0 && self.run.is_multiple_of(kind) {
            self.count += 1;
        }
    }
}

/// A piece, or a part of a piece that is too large.
struct Part<'a> {
    piece: Piece<'a>,
    tokens: usize,
}

impl Part<'_> {
    fn end(&self) -> usize {
        self.piece.start + self.piece.text.len()
    }
}

/// The pieces of `text`, those over `limit` in parts.
fn parts(text: &str, limit: usize) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    for piece in pieces(text) {
        let tokens = tokens(piece.text);
        if tokens <= limit {
            parts.push(Part { piece, tokens });
        } else {
            divide(piece, limit, &mut parts);
        }
    }
    parts
}

/// Divides a piece between words, and a word that is too large between letters.
fn divide<'a>(piece: Piece<'a>, limit: usize, parts: &mut Vec<Part<'a>>) {
    let mut start = piece.start;
    let mut border = piece.border;
    let mut push = |text: &'a str, tokens| {
        let kind = if border == piece.border { piece.kind } else { Kind::Sentence };
        parts.push(Part { piece: Piece { text, start, kind, border }, tokens });
        start += text.len();
        border = Border::Sentence;
    };
    let mut rest = piece.text;
    while !rest.is_empty() {
        let (end, tokens) = fitting(rest, limit);
        push(&rest[..end], tokens);
        rest = &rest[end..];
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

/// Where the chunk that begins at `start` ends; it takes one part at least that is not `seen`.
fn end(parts: &[Part<'_>], start: usize, seen: usize, room: usize) -> usize {
    let (mut sum, mut end) = (0, start);
    // The best place to end so far, by the strength of the border there.
    let mut best = (Border::Sentence, 0);
    while let Some(part) = parts.get(end) {
        let border = part.piece.border;
        if end > seen && border == Border::Section && sum * FULL_ENOUGH >= room {
            return end;
        }
        if end > seen && sum * 2 >= room && border >= best.0 {
            best = (border, end);
        }
        if sum + part.tokens > room {
            // Ending after a heading would part it from its text.
            let after_heading = matches!(parts[end - 1].piece.kind, Kind::Heading(_));
            let end = if after_heading && end - 1 > seen { end - 1 } else { end };
            return if best.1 > 0 { best.1 } else { end };
        }
        sum += part.tokens;
        end += 1;
    }
    end
}

/// Where the next chunk begins so that it repeats up to `overlap` tokens of its section.
fn overlapping(parts: &[Part<'_>], start: usize, end: usize, overlap: usize) -> usize {
    if parts.get(end).is_none_or(|part| part.piece.border == Border::Section) {
        return end;
    }
    let (mut begin, mut sum) = (end, 0);
    while begin > start + 1 {
        let part = &parts[begin - 1];
        sum += part.tokens;
        if sum > overlap || part.piece.border == Border::Section {
            break;
        }
        begin -= 1;
    }
    begin
}

/// Takes as much off what is repeated as the first new part needs.
fn shortened(parts: &[Part<'_>], mut start: usize, seen: usize, room: usize) -> usize {
    let mut sum: usize = parts[start..=seen].iter().map(|part| part.tokens).sum();
    while start < seen && sum > room {
        sum -= parts[start].tokens;
        start += 1;
    }
    start
}

fn written(heading: &str, text: &str, first: &Part<'_>, last: &Part<'_>) -> String {
    let body = text[first.piece.start..last.end()].trim_end().trim_start_matches(['\n', '\r']);
    if heading.is_empty() { body.to_owned() } else { format!("{heading}\n\n{body}") }
}

/// The headings of the section that we are in, outermost first, with their levels.
#[derive(Default)]
struct Path(Vec<(usize, String)>);

impl Path {
    /// Goes past these parts.
    fn follow(&mut self, parts: &[Part<'_>]) {
        for part in parts {
            if let Kind::Heading(level) = part.piece.kind {
                self.0.retain(|(above, _)| *above < level);
                let title = part.piece.text.trim().trim_matches('#').trim();
                self.0.push((level, title.to_owned()));
            }
        }
    }

    /// The line that heads a chunk which begins with `first`: `Guide > Install`, of at most `limit` tokens.
    fn above(&self, first: &Part<'_>, limit: usize) -> String {
        let own = match first.piece.kind {
            Kind::Heading(level) => level,
            _ => usize::MAX,
        };
        let titles: Vec<_> = self
            .0
            .iter()
            .filter(|(level, title)| *level < own && !title.is_empty())
            .map(|(_, title)| title.as_str())
            .collect();
        (0..titles.len())
            .map(|outermost| titles[outermost..].join(" > "))
            .find(|path| tokens(path) <= limit)
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
