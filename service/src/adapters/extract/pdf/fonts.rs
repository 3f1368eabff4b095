//! Fonts that the reader does not know, written as ones that it does.
//!
//! - Fonts of Chinese, Japanese and Korean that are not in the file have their letters in one of Adobe's encodings. Those
//!   that are Unicode in two bytes are told as such; the others stay unknown.
//! - Widths that are given for ranges of letters are given for each.

use pdf_extract::{Dictionary, Document, Object, ObjectId, Stream};

/// Letters of a font have two bytes.
const LETTERS: i64 = 0x1_0000;

/// Each two bytes are UTF-16. A range stays within one first byte, as the specification asks.
fn unicode() -> String {
    let is_letter = |row: &u32| !(0xd8..=0xdf).contains(row);
    let rows: Vec<u32> = (0..=0xff).filter(is_letter).collect();
    // No more than a hundred ranges stand together.
    let ranges = rows.chunks(100).map(|rows| {
        let each: String =
            rows.iter().map(|row| format!("<{row:02x}00> <{row:02x}ff> <{row:02x}00>\n")).collect();
        format!("{} beginbfrange\n{each}endbfrange\n", rows.len())
    });
    let begin = "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n".to_owned();
    std::iter::once(begin).chain(ranges).collect()
}

/// Mends all fonts of a document.
pub(super) fn mend(document: &mut Document) {
    let mut map = None;
    let fonts: Vec<ObjectId> = document.objects.keys().copied().collect();
    for id in fonts {
        if is_in_unicode(document, id) {
            let map = *map.get_or_insert_with(|| {
                document.add_object(Stream::new(Dictionary::new(), unicode().into_bytes()))
            });
            if let Ok(font) = document.get_dictionary_mut(id) {
                font.set("Encoding", "Identity-H");
                font.set("ToUnicode", map);
            }
        }
        if let Some(widths) = widths(document, id)
            && let Ok(font) = document.get_dictionary_mut(id)
        {
            font.set("W", widths);
        }
    }
}

/// Whether the letters of a font are Unicode in two bytes, and it does not say so itself.
fn is_in_unicode(document: &Document, id: ObjectId) -> bool {
    let Ok(font) = document.get_dictionary(id) else { return false };
    let encoding = font.get(b"Encoding").and_then(Object::as_name).unwrap_or_default();
    let is_unicode = encoding.starts_with(b"Uni")
        && [&b"-UCS2-H"[..], b"-UCS2-V", b"-UTF16-H", b"-UTF16-V"]
            .iter()
            .any(|end| encoding.ends_with(end));
    is_unicode && !font.has(b"ToUnicode")
}

/// The widths of a font, each for itself, when they are given for ranges.
fn widths(document: &Document, id: ObjectId) -> Option<Object> {
    let font = document.get_dictionary(id).ok()?;
    let widths = font.get_deref(b"W", document).and_then(Object::as_array).ok()?;
    let (mut each, mut rest, mut count) = (Vec::new(), &widths[..], 0);
    while let [first, second, more @ ..] = rest {
        let second = document.dereference(second).map_or(second, |(_, object)| object);
        if second.as_array().is_ok() {
            each.extend([first.clone(), second.clone()]);
            rest = more;
            continue;
        }
        let (start, end) = (first.as_i64().ok()?, second.as_i64().ok()?);
        let (width, more) = more.split_first()?;
        let letters = end.checked_sub(start)?.checked_add(1)?;
        count += letters;
        if !(1..=LETTERS).contains(&letters) || count > LETTERS {
            return None;
        }
        let letters = usize::try_from(letters).ok()?;
        each.extend([first.clone(), Object::Array(vec![width.clone(); letters])]);
        rest = more;
    }
    (count > 0).then_some(Object::Array(each))
}
