//! Ids that look like AWS's; the same calls give the same ids.

/// Where ids come from.
#[derive(Debug)]
pub(crate) struct Ids(fastrand::Rng);

impl Ids {
    /// Ids of their own for each region.
    pub(crate) fn new(region: &str) -> Self {
        let seed = region.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31) + u64::from(byte));
        Self(fastrand::Rng::with_seed(seed))
    }

    /// So many hexadecimal digits.
    pub(crate) fn hex(&mut self, length: usize) -> String {
        (0..length).filter_map(|_| char::from_digit(self.0.u32(0..16), 16)).collect()
    }

    /// So many decimal digits, the first not a zero.
    pub(crate) fn digits(&mut self, length: usize) -> String {
        let first = char::from_digit(self.0.u32(1..10), 10);
        first.into_iter().chain((1..length).map(|_| self.0.digit(10))).collect()
    }

    /// So many letters and digits.
    pub(crate) fn letters(&mut self, length: usize) -> String {
        (0..length).map(|_| self.0.alphanumeric()).collect()
    }

    /// A UUID.
    pub(crate) fn uuid(&mut self) -> String {
        let (a, b, c, d) = (self.hex(8), self.hex(4), self.hex(3), self.hex(3));
        format!("{a}-{b}-4{c}-a{d}-{}", self.hex(12))
    }
}
