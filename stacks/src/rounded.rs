//! Numbers as JSON shows them: no digit that means nothing.

use serde::Serializer;

/// For `#[serde(serialize_with = "rounded::number")]`: three digits behind the point.
///
/// # Errors
///
/// What the serializer says.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands in references")]
pub(crate) fn number<S: Serializer>(number: &f64, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(rounded(*number))
}

/// The same, where there may be none.
///
/// # Errors
///
/// What the serializer says.
#[expect(clippy::ref_option, reason = "serde hands in references")]
pub(crate) fn optional<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) => to.serialize_some(&rounded(*number)),
        None => to.serialize_none(),
    }
}

/// The same, where there are many.
///
/// # Errors
///
/// What the serializer says.
pub(crate) fn numbers<S: Serializer>(numbers: &[f64], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(numbers.iter().copied().map(rounded))
}

/// A size as registries count it, in millions of bytes.
#[must_use]
pub fn megabytes(bytes: u64) -> String {
    let tenths = (bytes + 50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// To three digits behind the point.
pub(crate) fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use crate::budget::Range;

    #[test]
    fn sizes_have_one_digit_behind_the_point() {
        assert_eq!(super::megabytes(0), "0.0 MB");
        assert_eq!(super::megabytes(11_649_999), "11.6 MB");
        assert_eq!(super::megabytes(999_950), "1.0 MB");
    }

    #[test]
    fn no_sum_shows_how_computers_count() {
        let sum = Range::exactly(0.1) + Range::exactly(0.2);
        let text = serde_json::to_string(&sum).unwrap();
        assert_eq!(text, r#"{"best":0.3,"typical":0.3,"worst":0.3}"#);
    }
}
