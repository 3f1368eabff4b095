use std::{fs, path::Path};

use super::{
    MinilmEmbedder,
    file::checksum,
    network::{DIMENSION, Network, pieces},
};
use crate::{
    adapters::built_in::{FileError, table::tests::table},
    ports::Embedder,
};

/// The size of a model's file.
const SIZE: usize = 23_058_424;

/// The model, when the file is there: `MINILM_FILE` names it, as `.ci/run` does.
fn network() -> Option<Network> {
    let Some(file) = std::env::var_os("MINILM_FILE") else {
        println!("skipped: MINILM_FILE is not set; `service/model/make-minilm` makes the file");
        return None;
    };
    Some(Network::open(Path::new(&file), table()).unwrap())
}

#[test]
fn the_published_vector_comes_out() {
    let Some(network) = network() else { return };
    let vector = network.vector("This is an example sentence");
    let published = [0.067_656_85, 0.063_495_96, 0.048_713_1, 0.079_305, 0.037_448];
    for (cell, wanted) in vector.iter().zip(published) {
        assert!((cell - wanted).abs() < 0.01, "{cell} for {wanted}");
    }
}

#[test]
fn vectors_are_those_of_the_unpacked_model() {
    let Some(network) = network() else { return };
    for line in include_str!("../../../../model/minilm-parity.tsv").lines() {
        let (text, wanted) = line.split_once('\t').unwrap();
        let vector = network.vector(text);
        let wanted: Vec<f32> = wanted.split(' ').map(|cell| cell.parse().unwrap()).collect();
        assert_eq!(vector.len(), DIMENSION);
        assert_eq!(wanted.len(), DIMENSION);
        let cosine: f32 = vector.iter().zip(&wanted).map(|(one, other)| one * other).sum();
        assert!(cosine > 0.99, "{cosine} for {text}");
    }
}

#[test]
fn a_text_is_read_up_to_254_word_pieces_and_stands_between_marks() {
    let read = pieces(&table(), &"salt ".repeat(300));
    assert_eq!(read.len(), 256);
    assert_eq!((read[0], read[1], read[254], read[255]), (101, read[2], read[1], 102));
    assert_eq!(pieces(&table(), ""), [101, 102]);
}

#[tokio::test]
async fn texts_are_embedded_in_their_order() {
    if network().is_none() {
        return;
    }
    let file = std::env::var_os("MINILM_FILE").unwrap();
    let embedder = MinilmEmbedder::open(Path::new(&file), table()).unwrap();
    let texts = ["salt", "", "pepper"].map(str::to_owned);
    let vectors = embedder.embed(texts.to_vec()).await.unwrap();
    for (text, vector) in texts.iter().zip(&vectors) {
        let length: f32 = vector.iter().map(|cell| cell * cell).sum();
        assert!((length - 1.0).abs() < 1e-4);
        assert_eq!(embedder.embed(vec![text.clone()]).await.unwrap()[0], *vector);
    }
}

#[test]
fn a_file_that_is_not_there_is_told_with_what_makes_it() {
    let error = MinilmEmbedder::open(Path::new("/nowhere/minilm.bin"), table()).err().unwrap();
    assert!(matches!(error, FileError::Unreadable { .. }));
    let told = error.to_string();
    assert!(told.contains("/nowhere/minilm.bin"), "{told}");
    assert!(told.contains("service/model/make-minilm"), "{told}");
}

#[test]
fn a_file_that_is_damaged_or_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("minilm.bin");
    let refused = |content: &[u8]| {
        fs::write(&path, content).unwrap();
        Network::open(&path, table()).err().map(|error| match error {
            FileError::Unfit { reason, .. } => reason,
            FileError::Unreadable { .. } => unreachable!("it can be read"),
        })
    };
    // All zeros, whose checksum is zero too: a model of no use, of the right form.
    let mut whole = vec![0; SIZE];
    whole[..8].copy_from_slice(b"MINI\x01\0\0\0");
    assert_eq!(refused(&whole), None);

    assert_eq!(refused(&whole[..7]), Some("it is cut off"));
    assert_eq!(refused(&whole[..SIZE - 8]), Some("it is of another size"));
    assert_eq!(refused(&vec![0; SIZE]), Some("it is not a model"));
    for place in [16, SIZE / 2, SIZE - 1] {
        whole[place] ^= 1;
        assert_eq!(refused(&whole), Some("it is damaged"));
        whole[place] ^= 1;
    }
    whole[4] = 2;
    assert_eq!(refused(&whole), Some("it is of another version"));
}

#[test]
fn eight_bytes_in_another_place_have_another_checksum() {
    let (one, other) = ([1, 0, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0, 0]);
    assert_ne!(checksum(&[one, other].concat()), checksum(&[other, one].concat()));
    // As `fit/minilm.py` has it.
    assert_eq!(checksum(&[one, other].concat()), 7);
}
