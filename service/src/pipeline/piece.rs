//! A text, plain or Markdown, to the smallest pieces that make sense: sentences, headings, list items,
//! lines of tables and of code.
//!
//! The pieces follow each other without a gap: put together again, they are the text.

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A Markdown heading, of level 1 to 6.
    Heading(usize),
    /// A sentence, or what stands in for one.
    Sentence,
    /// A line of a table.
    Row,
    /// A line between code fences, or the fence.
    Code,
}

/// How strong the border before a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Border {
    /// A sentence or a line ended.
    Sentence,
    /// A paragraph, a list or a code block begins.
    Block,
    /// A section begins.
    Section,
}

/// A part of a text, with the space that follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its words.
    pub text: &'a str,
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// What it is.
    pub kind: Kind,
    /// What parts it from the piece before.
    pub border: Border,
}

/// Cuts `text` into pieces.
#[must_use]
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut cutter = Cutter::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        cutter.take(text, start, line.len());
        start += line.len();
    }
    let piece = |span: &Span| {
        let Span { start, end, kind, border } = *span;
        Piece { text: &text[start..end], start, kind, border }
    };
    cutter.spans.iter().map(piece).collect()
}

/// Prose goes on over the end of a line up to this many bytes, so that a piece of a text without stops is bounded.
const LONGEST: usize = 256 * 1024;

/// Where a piece lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Its first byte.
    pub(super) start: usize,
    /// The byte after its last.
    pub(super) end: usize,
    /// What it is.
    pub(super) kind: Kind,
    /// What parts it from the piece before.
    pub(super) border: Border,
}

/// Cuts a text into pieces, line by line.
pub(super) struct Cutter {
    /// The pieces so far. The next line may still lengthen the last.
    pub(super) spans: Vec<Span>,
    /// The marks that close the code block we are in, and how many there are.
    fence: Option<(char, usize)>,
    is_after_blank: bool,
}

impl Default for Cutter {
    fn default() -> Self {
        Self { spans: Vec::new(), fence: None, is_after_blank: true }
    }
}

impl Cutter {
    /// Takes the next line of `text`: `length` bytes from `start`.
    pub(super) fn take(&mut self, text: &str, start: usize, length: usize) {
        let line = &text[start..start + length];
        let content = line.trim();
        if let Some((mark, length)) = self.fence {
            self.push(start, line.len(), Kind::Code, Border::Sentence);
            let rest = content.trim_start_matches(mark);
            if rest.is_empty() && content.len() >= length {
                self.fence = None;
                self.is_after_blank = true;
            }
        } else if content.is_empty() {
            self.extend(start + length);
            self.is_after_blank = true;
        } else if let Some(fence) = opening_fence(content) {
            self.fence = Some(fence);
            self.push(start, length, Kind::Code, Border::Block);
        } else if let Some(level) = heading_level(line) {
            self.push(start, length, Kind::Heading(level), Border::Section);
            self.is_after_blank = true;
        } else if content.starts_with('|') {
            self.push(start, length, Kind::Row, Border::Sentence);
        } else {
            self.prose(text, start, line);
        }
    }

    /// Whether an empty line would say nothing new: the one before was empty too.
    pub(super) fn is_after_blank(&self) -> bool {
        self.is_after_blank && self.fence.is_none()
    }

    /// Forgets the first `bytes` of the text, which no piece that is left lies in.
    pub(super) fn shift(&mut self, bytes: usize) {
        for span in &mut self.spans {
            span.start -= bytes;
            span.end -= bytes;
        }
    }

    /// Takes a line of prose, which may go on with the sentence of the line before.
    fn prose(&mut self, text: &str, start: usize, line: &str) {
        let goes_on = !self.is_after_blank
            && !is_item(line.trim_start())
            && self.spans.last().is_some_and(|last| {
                last.kind == Kind::Sentence
                    && last.end - last.start < LONGEST
                    && !ends_sentence(&text[last.start..last.end])
            });
        let mut rest = line;
        if goes_on {
            let end = sentence_end(rest);
            self.extend(start + end);
            rest = &rest[end..];
        }
        while !rest.is_empty() {
            let end = sentence_end(rest);
            let at = start + line.len() - rest.len();
            self.push(at, end, Kind::Sentence, Border::Sentence);
            rest = &rest[end..];
        }
    }

    fn push(&mut self, start: usize, length: usize, kind: Kind, border: Border) {
        let border = if self.is_after_blank { border.max(Border::Block) } else { border };
        self.is_after_blank = false;
        let end = start + length;
        // White space at the very beginning belongs to the first piece.
        let start = if self.spans.is_empty() { 0 } else { start };
        self.spans.push(Span { start, end, kind, border });
    }

    /// Lengthens the last piece.
    fn extend(&mut self, end: usize) {
        if let Some(last) = self.spans.last_mut() {
            last.end = end;
        }
    }
}

/// Three or more backticks or tildes.
fn opening_fence(content: &str) -> Option<(char, usize)> {
    let mark = content.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let length = content.len() - content.trim_start_matches(mark).len();
    let is_fence = length >= 3 && !content[length..].contains('`');
    is_fence.then_some((mark, length))
}

fn heading_level(line: &str) -> Option<usize> {
    let level = line.len() - line.trim_start_matches('#').len();
    let is_heading = (1..=6).contains(&level) && line[level..].starts_with([' ', '\t']);
    is_heading.then_some(level)
}

/// Whether a line begins an item of a list, or a quotation.
fn is_item(line: &str) -> bool {
    let mark = line.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let mark = if mark.len() < line.len() {
        mark.strip_prefix(['.', ')'])
    } else {
        line.strip_prefix(['-', '*', '+', '>'])
    };
    mark.is_some_and(|rest| rest.starts_with([' ', '\t']))
}

/// Whether a piece ends where its sentence does.
fn ends_sentence(text: &str) -> bool {
    let end = text.trim_end().trim_end_matches(is_closing);
    end.ends_with(['.', '!', '?', ':']) || end.ends_with(is_full_stop)
}

/// Where the first sentence of `line` ends, with the space after it; its length when it goes on.
fn sentence_end(line: &str) -> usize {
    // The mark of an item (`1.`) is no sentence.
    let content = line.trim_start();
    let mark = if is_item(content) { line.len() - content.len() + 4 } else { 0 };
    let mut letters = line.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let is_wide = is_full_stop(letter);
        if !is_wide && !matches!(letter, '.' | '!' | '?') {
            continue;
        }
        while letters.next_if(|&(_, next)| is_closing(next) || is_full_stop(next)).is_some() {}
        let has_space = letters.peek().is_none_or(|&(_, next)| next.is_whitespace());
        while letters.next_if(|&(_, next)| next.is_whitespace()).is_some() {}
        let Some(&(next, begins)) = letters.peek() else { return line.len() };
        let is_end = has_space && at >= mark && !begins.is_lowercase() && !is_short(&line[..at]);
        if is_wide || is_end {
            return next;
        }
    }
    line.len()
}

/// Whether the word before a stop is shortened, as in `e.g.` or `J. S. Bach`.
fn is_short(before: &str) -> bool {
    let word = before.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '.').next();
    word.is_some_and(|word| {
        let is_initial = word.len() == 1 && word.starts_with(|letter: char| letter.is_uppercase());
        is_initial || (word.len() < 5 && word.contains('.') && !word.ends_with(char::is_numeric))
    })
}

/// The full stops of Chinese and Japanese, after which no space comes.
fn is_full_stop(letter: char) -> bool {
    matches!(letter, '。' | '！' | '？' | '；' | '｡')
}

/// Quotes and brackets that close after a full stop.
fn is_closing(letter: char) -> bool {
    matches!(
        letter,
        '"' | '\'' | ')' | ']' | '”' | '’' | '」' | '』' | '）' | '】' | '*' | '_' | '`'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        pieces(text).iter().map(|piece| piece.text.trim()).collect()
    }

    #[test]
    fn sentences_end_at_stops_and_not_within_numbers_or_short_words() {
        assert_eq!(
            cut(
                "It took 62.5 s. Why? \"Because.\" See e.g. the log (v1.2). J. S. Bach agreed! so it goes."
            ),
            [
                "It took 62.5 s.",
                "Why?",
                "\"Because.\"",
                "See e.g. the log (v1.2).",
                "J. S. Bach agreed! so it goes."
            ]
        );
    }

    #[test]
    fn chinese_and_japanese_sentences_need_no_space() {
        assert_eq!(
            cut("启动很慢。为什么？「網絡。」好"),
            ["启动很慢。", "为什么？", "「網絡。」", "好"]
        );
    }

    #[test]
    fn a_sentence_goes_on_in_the_next_line_but_not_over_an_empty_one() {
        assert_eq!(cut("one\ntwo. Three\n\nfour"), ["one\ntwo.", "Three", "four"]);
    }

    #[test]
    fn items_rows_and_headings_stand_alone() {
        let text =
            "# Title\nText\n- one\n  goes on\n- two\n1. three\n| a | b |\n| c | d |\n#no heading";
        let kinds: Vec<_> = pieces(text).iter().map(|piece| piece.kind).collect();
        assert_eq!(
            cut(text),
            [
                "# Title",
                "Text",
                "- one\n  goes on",
                "- two",
                "1. three",
                "| a | b |",
                "| c | d |",
                "#no heading"
            ]
        );
        assert_eq!(kinds[0], Kind::Heading(1));
        assert_eq!(kinds[5..7], [Kind::Row, Kind::Row]);
    }

    #[test]
    fn code_is_neither_heading_nor_prose() {
        let text = "Run.\n\n```sh\n# not a heading\nmake. It\n\n```\nDone.";
        let pieces = pieces(text);
        let code: Vec<_> = pieces
            .iter()
            .filter(|piece| piece.kind == Kind::Code)
            .map(|piece| piece.text)
            .collect();
        assert_eq!(code.concat(), "```sh\n# not a heading\nmake. It\n\n```\n");
        assert_eq!(pieces[1].border, Border::Block);
        assert_eq!(
            pieces.last().map(|piece| (piece.text, piece.border)),
            Some(("Done.", Border::Block))
        );
    }

    #[test]
    fn a_fence_of_four_is_not_closed_by_three() {
        let kinds = pieces("````\n```\nstill code\n````\nprose")
            .iter()
            .map(|piece| piece.kind)
            .collect::<Vec<_>>();
        assert_eq!(kinds, [Kind::Code, Kind::Code, Kind::Code, Kind::Code, Kind::Sentence]);
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_text(text in "(?s)([ \\n.#`|>!a-zA-Z0-9-]|。|.){0,200}") {
            let pieces = pieces(&text);
            let whole: String = pieces.iter().map(|piece| piece.text).collect();
            prop_assert!(whole == text || text.trim().is_empty(), "{:?}", pieces);
            for piece in &pieces {
                prop_assert!(text[piece.start..].starts_with(piece.text));
                prop_assert!(!piece.text.trim().is_empty());
            }
        }
    }
}
