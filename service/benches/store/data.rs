//! What is stored and asked for: made by chance, the same each time.

use fastrand::Rng;
use rag_service::ports::store::NewChunk;

/// Cells of a vector.
pub(crate) const DIMENSION: usize = 384;

/// Questions.
pub(crate) const QUERIES: usize = 200;

const LATENT: usize = 40;
const CLUSTERS: usize = 300;
const WORDS: usize = 50_000;

/// How vectors lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// 300 clusters in 40 dimensions, turned into 384: as those of texts do.
    Clusters,
    /// As far from each other as they can be: the worst case.
    Isotropic,
}

/// A normal number, near enough: the sum of twelve even ones.
fn normal(random: &mut Rng) -> f32 {
    (0..12).map(|_| random.f32()).sum::<f32>() - 6.0
}

fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|cell| cell * cell).sum::<f32>().sqrt();
    vector.iter_mut().for_each(|cell| *cell /= length);
    vector
}

/// Vectors of unit length, one after the other.
pub(crate) struct Vectors {
    shape: Shape,
    centers: Vec<Vec<f32>>,
    turned: Vec<Vec<f32>>,
    random: Rng,
}

impl Vectors {
    /// Those of the store, or with another `seed` those of questions in the same space.
    pub(crate) fn new(shape: Shape, seed: u64) -> Self {
        let mut space = Rng::with_seed(1);
        let mut row = |cells| (0..cells).map(|_| normal(&mut space)).collect::<Vec<_>>();
        let centers = (0..CLUSTERS).map(|_| row(LATENT)).collect();
        let turned = (0..LATENT).map(|_| row(DIMENSION)).collect();
        Self { shape, centers, turned, random: Rng::with_seed(seed) }
    }
}

impl Iterator for Vectors {
    type Item = Vec<f32>;

    fn next(&mut self) -> Option<Vec<f32>> {
        let random = &mut self.random;
        if self.shape == Shape::Isotropic {
            return Some(unit((0..DIMENSION).map(|_| normal(random)).collect()));
        }
        let center = &self.centers[random.usize(..CLUSTERS)];
        let mut vector = vec![0.0; DIMENSION];
        for (cell, axis) in center.iter().zip(&self.turned) {
            let along = cell + 0.6 * normal(random);
            vector.iter_mut().zip(axis).for_each(|(sum, part)| *sum += along * part);
        }
        Some(unit(vector))
    }
}

/// Texts of 80 to 160 words, each word by Zipf's law, as numbers of words.
pub(crate) struct Texts {
    until: Vec<f64>,
    random: Rng,
}

impl Texts {
    pub(crate) fn new(seed: u64) -> Self {
        let mut sum = 0.0;
        let until = (0..WORDS)
            .map(|rank| {
                sum += 1.0 / (f64::from(u32::try_from(rank).unwrap()) + 2.7);
                sum
            })
            .collect();
        Self { until, random: Rng::with_seed(seed) }
    }
}

impl Iterator for Texts {
    type Item = Vec<u32>;

    fn next(&mut self) -> Option<Vec<u32>> {
        let length = self.random.usize(80..=160);
        let word = |_| {
            let at = self.random.f64() * self.until.last()?;
            u32::try_from(self.until.partition_point(|&until| until <= at)).ok()
        };
        (0..length).map(word).collect()
    }
}

/// A word, which is a term of its own to the store.
pub(crate) fn word(mut number: u32) -> String {
    let mut word = String::from("q");
    loop {
        word.push(char::from(b"abcdefghijklmnopqrtuvwxyz"[number as usize % 25]));
        number /= 25;
        if number == 0 {
            return word;
        }
    }
}

/// Words with blanks between them.
pub(crate) fn sentence(words: &[u32]) -> String {
    words.iter().map(|&number| word(number)).collect::<Vec<_>>().join(" ")
}

/// All chunks of a store, in order.
pub(crate) fn chunks(shape: Shape) -> impl Iterator<Item = NewChunk> {
    Vectors::new(shape, 2).zip(Texts::new(3)).map(|(vector, words)| NewChunk {
        text: sentence(&words),
        vector,
        ..NewChunk::default()
    })
}

/// A question: a vector, and five words that stand together in some text.
#[derive(Clone)]
pub(crate) struct Question {
    pub(crate) vector: Vec<f32>,
    pub(crate) words: Vec<u32>,
}

/// The questions, which are about nothing in particular.
pub(crate) fn questions(shape: Shape) -> Vec<Question> {
    let texts = Texts::new(5).map(|words| words[..5].to_vec());
    let both = Vectors::new(shape, 4).zip(texts);
    both.take(QUERIES).map(|(vector, words)| Question { vector, words }).collect()
}
