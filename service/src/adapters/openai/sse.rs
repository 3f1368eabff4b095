//! Server-sent events, as far as chat completions use them.

/// The longest line that is kept: an event is a few words of an answer.
const LONGEST_LINE_BYTES: usize = 1024 * 1024;

/// Cuts bytes, however they arrive, into the `data` of events.
#[derive(Default)]
pub(super) struct Events {
    rest: Vec<u8>,
}

/// A line without an end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Events {
    /// Takes bytes in and gives the events that are complete. Each `data` line is an event of its own.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, TooLong> {
        self.rest.extend_from_slice(bytes);
        let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') else {
            return if self.rest.len() > LONGEST_LINE_BYTES {
                Err(TooLong)
            } else {
                Ok(Vec::new())
            };
        };
        let rest = self.rest.split_off(end + 1);
        let lines = std::mem::replace(&mut self.rest, rest);
        Ok(lines.split(|byte| *byte == b'\n').filter_map(data).collect())
    }

    /// What is left when the stream ended without a last line break.
    pub(super) fn finish(&mut self) -> Option<String> {
        data(&std::mem::take(&mut self.rest))
    }
}

/// The data of a line; none for comments, other fields and empty lines.
fn data(line: &[u8]) -> Option<String> {
    let value = line.strip_prefix(b"data:")?.trim_ascii();
    (!value.is_empty()).then(|| String::from_utf8_lossy(value).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str = ": a comment\r\nevent: message\r\ndata: {\"a\":\"字\"}\r\n\r\n\
                          data:{\"b\":2}\nid: 7\n\ndata:\n\ndata: [DONE]";

    #[test]
    fn events_are_found_however_the_bytes_arrive() {
        for size in 1..=STREAM.len() {
            let mut events = Events::default();
            let mut found = Vec::new();
            for part in STREAM.as_bytes().chunks(size) {
                found.extend(events.push(part).unwrap());
            }
            found.extend(events.finish());
            assert_eq!(found, ["{\"a\":\"字\"}", "{\"b\":2}", "[DONE]"], "{size} bytes a time");
        }
    }

    #[test]
    fn a_line_without_an_end_is_given_up() {
        let mut events = Events::default();
        assert_eq!(events.push(&vec![b'x'; LONGEST_LINE_BYTES]), Ok(Vec::new()));
        assert_eq!(events.push(b"x"), Err(TooLong));
    }
}
