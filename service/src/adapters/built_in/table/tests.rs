use std::{fs, path::Path, sync::OnceLock};

use super::{DIMENSION, Table, UNKNOWN, WORD_PIECES};
use crate::adapters::built_in::{FileError, embedder::vector};

/// Where the table lies among the sources.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/model/static-table.bin");

/// The table that ships, whether it is in the binary or not.
pub(in super::super) fn table() -> Table<'static> {
    static OPEN: OnceLock<Table<'static>> = OnceLock::new();
    *OPEN.get_or_init(|| Table::inside().unwrap_or_else(|| Table::open(Path::new(FILE)).unwrap()))
}

/// Where the parts of the file begin.
const ENDS: usize = 16;
const IDS: usize = ENDS + 4 * (WORD_PIECES + 1);
const SCALES: usize = IDS + 4 * WORD_PIECES;
const NAMES: usize = SCALES + (4 + DIMENSION) * WORD_PIECES;

#[test]
fn every_name_is_found_at_its_own_row() {
    let table = table();
    let mut seen = vec![false; WORD_PIECES];
    for position in 0..WORD_PIECES {
        let name = table.name(position);
        let (id, length) = table.longest(name).expect("a name of the table is found");
        assert_eq!(length, name.len());
        assert!(!std::mem::replace(&mut seen[id as usize], true), "row {id} is named twice");
    }
}

#[test]
fn unknown_is_the_row_of_unk() {
    assert_eq!(table().longest(b"[UNK]"), Some((UNKNOWN, 5)));
}

#[test]
fn the_longest_name_that_fits_is_found() {
    fn longest(word: &str) -> Option<&str> {
        table().longest(word.as_bytes()).map(|(_, length)| &word[..length])
    }
    assert_eq!(longest("holidayz"), Some("holiday"));
    assert_eq!(longest("##ingz"), Some("##ing"));
    assert_eq!(longest("qzz"), Some("q"));
    assert_eq!(longest(""), None);
    assert_eq!(longest("\u{10ffff}"), None);
}

#[test]
fn a_table_from_a_file_gives_the_vectors_of_the_one_inside() {
    let Some(inside) = Table::inside() else { return };
    let opened = Table::open(Path::new(FILE)).unwrap();
    for text in ["How do I reset my password?", "Äpfel, 年假 and HK88213 — naïve", ""] {
        assert_eq!(vector(&inside, text), vector(&opened, text), "{text}");
    }
}

#[test]
fn a_file_that_is_not_there_or_not_a_table_is_told_with_its_origin() {
    let error = Table::open(Path::new("/nowhere/static-minilm-256.bin")).unwrap_err();
    assert!(matches!(error, FileError::Unreadable { .. }));
    let told = error.to_string();
    assert!(told.contains("/nowhere/static-minilm-256.bin"), "{told}");
    assert!(told.contains("service/make-bundle"), "{told}");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.bin");
    fs::write(&path, "MINI, and more than sixteen bytes").unwrap();
    let told = Table::open(&path).unwrap_err().to_string();
    assert!(told.contains("cannot be used: it is not a table"), "{told}");
}

#[test]
fn a_file_that_is_cut_off_is_refused_wherever_it_ends() {
    let file = fs::read(FILE).unwrap();
    for length in [0, 15, 16, IDS, NAMES, file.len() - 1] {
        assert_eq!(Table::read(&file[..length]).unwrap_err(), "it is cut off", "{length}");
    }
    let longer = [&file[..], b"x"].concat();
    assert_eq!(Table::read(&longer).unwrap_err(), "it is longer than a table");
}

#[test]
fn what_would_be_read_out_of_bounds_or_is_no_number_is_refused() {
    let mut file = fs::read(FILE).unwrap();
    let mut refused = |place: usize, bytes: [u8; 4]| {
        let whole: [u8; 4] = file[place..place + 4].try_into().unwrap();
        file[place..place + 4].copy_from_slice(&bytes);
        let reason = Table::read(&file).err();
        file[place..place + 4].copy_from_slice(&whole);
        reason
    };
    assert_eq!(refused(ENDS, [0; 4]), None, "as it is");
    assert_eq!(refused(4, 30_523_u32.to_le_bytes()), Some("it is a table of another size"));
    assert_eq!(refused(8, 128_u32.to_le_bytes()), Some("it is a table of another size"));
    assert_eq!(refused(12, u32::MAX.to_le_bytes()), Some("it is cut off"));
    let last = 4 * WORD_PIECES;
    for (place, bytes) in [
        (ENDS, [1, 0, 0, 0]),
        (ENDS + 4 * 9, [0xff; 4]),
        (ENDS + 4 * 9, [0; 4]),
        (ENDS + last, [0; 4]),
        (ENDS + last, [0xff; 4]),
        (IDS, (30_522_u32).to_le_bytes()),
        (IDS + last - 4, [0xff; 4]),
        (SCALES, f32::NAN.to_le_bytes()),
        (SCALES, f32::INFINITY.to_le_bytes()),
        (SCALES + last - 4, (-1.0_f32).to_le_bytes()),
        (NAMES, [0xff; 4]),
    ] {
        assert_eq!(refused(place, bytes), Some("it is damaged"), "{bytes:?} at {place}");
    }
}
