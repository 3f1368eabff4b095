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

fn rounded(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use crate::budget::Range;

    #[test]
    fn no_sum_shows_how_computers_count() {
        let sum = Range::exactly(0.1) + Range::exactly(0.2);
        let text = serde_json::to_string(&sum).unwrap();
        assert_eq!(text, r#"{"best":0.3,"typical":0.3,"worst":0.3}"#);
    }
}
