//! A document to chunks that stand alone.

/// How large a chunk may be, in tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkSize {
    /// The most tokens of a chunk.
    pub tokens: usize,
    /// The most tokens that a chunk repeats of the one before.
    pub overlap: usize,
}

/// Cuts `text` into chunks of at most `size`.
#[must_use]
pub fn cut(text: &str, size: ChunkSize) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.chunks(size.tokens.max(1)).map(|words| words.join(" ")).collect()
}
