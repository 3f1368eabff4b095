//! What goes out with each file of the page: how long it may be kept, and what the browser must not let it do.

use axum::{
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, REFERRER_POLICY,
            X_FRAME_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
};

use super::file::File;

/// Nothing but the service's own files and routes; no form that leaves the page, no frame around it, and no text that
/// becomes markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'";

/// What the page does not need of the device.
const NEEDS_NOTHING: &str =
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// Kept by browsers, and asked after each time: a new release is seen at once, also while two releases run side by side.
const KEPT: &str = "no-cache";

/// The answer that holds `file`, or 304 when one of the validators `known` is its own.
pub(super) fn around(file: &'static File, known: Option<&HeaderValue>) -> Response {
    let head = [
        (ETAG, file.etag.as_str()),
        (CACHE_CONTROL, KEPT),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (PERMISSIONS_POLICY, NEEDS_NOTHING),
    ];
    if is_among(&file.etag, known) {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    (head, [(CONTENT_TYPE, file.kind)], file.bytes).into_response()
}

/// Whether an `If-None-Match` names this validator: weakly, as RFC 9110, section 13.1.2 has it.
fn is_among(etag: &str, known: Option<&HeaderValue>) -> bool {
    let known = known.and_then(|value| value.to_str().ok()).unwrap_or_default();
    known.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validator_is_found_in_a_list_of_them() {
        let table = [
            (None, false),
            (Some("\"b\""), false),
            (Some("\"a\""), true),
            (Some("\"b\", W/\"a\""), true),
            (Some("*"), true),
        ];
        for (known, expected) in table {
            let value = known.map(HeaderValue::from_static);
            assert_eq!(is_among("\"a\"", value.as_ref()), expected, "{known:?}");
        }
    }
}
