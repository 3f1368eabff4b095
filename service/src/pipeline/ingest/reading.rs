//! A text to portions of chunks, read as they are needed.

use std::io::{self, Read};

use super::blocking;
use crate::{
    pipeline::{
        chunk::{ChunkSize, Cutter},
        document::SUMMARY,
        segment::Segments,
    },
    ports::{reader::Text, store::Measured},
};

/// Chunks of a portion: enough for a few calls to a provider, and some hundred kilobytes.
const PORTION: usize = 64;

/// A text that is read so far.
pub(super) struct Reading {
    segments: Segments<Box<dyn Read + Send>>,
    /// None once the text is at its end.
    cutter: Option<Cutter>,
    chunks: Vec<String>,
    summary: String,
    length: u64,
}

/// The next chunks.
pub(super) struct Portioned {
    pub(super) texts: Vec<String>,
    /// With the last ones: what the text was.
    pub(super) end: Option<Measured>,
    /// What is still to be read; none after the last ones.
    pub(super) rest: Option<Reading>,
}

impl Reading {
    /// Reads `text` from its beginning, and cuts it to `size`.
    pub(super) fn new(text: Text, size: ChunkSize) -> Self {
        let reader: Box<dyn Read + Send> = Box::new(text.into_reader());
        Self {
            segments: Segments::new(reader),
            cutter: Some(Cutter::new(size)),
            chunks: Vec::new(),
            summary: String::new(),
            length: 0,
        }
    }

    /// Reads on.
    pub(super) async fn next(self) -> io::Result<Portioned> {
        blocking(move || self.read_on()).await
    }

    fn read_on(mut self) -> io::Result<Portioned> {
        // One more than a portion has to be there, to know that it is not the last.
        while self.chunks.len() <= PORTION
            && let Some(mut cutter) = self.cutter.take()
        {
            match self.segments.next().transpose()? {
                Some(segment) => {
                    self.measure(&segment);
                    self.chunks.extend(cutter.push(&segment));
                    self.cutter = Some(cutter);
                }
                None => self.chunks.extend(cutter.finish()),
            }
        }
        if self.chunks.len() > PORTION {
            let later = self.chunks.split_off(PORTION);
            let texts = std::mem::replace(&mut self.chunks, later);
            return Ok(Portioned { texts, end: None, rest: Some(self) });
        }
        let Self { chunks, mut summary, length, .. } = self;
        summary.truncate(summary.trim_end().len());
        Ok(Portioned { texts: chunks, end: Some(Measured { summary, length }), rest: None })
    }

    fn measure(&mut self, segment: &str) {
        self.length += segment.chars().count() as u64;
        let has = self.summary.chars().count();
        if has < SUMMARY {
            let more = if has == 0 { segment.trim_start() } else { segment };
            self.summary.extend(more.chars().take(SUMMARY - has));
        }
    }
}
