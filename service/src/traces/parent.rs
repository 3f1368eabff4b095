//! Whose part a request is.

use axum::http::HeaderMap;
use opentelemetry::{
    Context,
    propagation::TextMapPropagator,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::TraceContextPropagator;

/// The span that a request hangs below, as its headers say: `traceparent`, else `X-Amzn-Trace-Id`.
pub(super) fn of(headers: &HeaderMap) -> Context {
    let context = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    if context.span().span_context().is_valid() {
        return context;
    }
    let header = headers.get("x-amzn-trace-id").and_then(|value| value.to_str().ok());
    match header.and_then(xray) {
        Some(parent) => context.with_remote_span_context(parent),
        None => context,
    }
}

/// `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
///
/// None unless it is sampled and says below what: a function without active tracing has `Sampled=0`, and a load balancer says but
/// the root. Neither is a reason to leave spans out that somebody else wants.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>
fn xray(header: &str) -> Option<SpanContext> {
    let part = |name: &str| {
        header.split(';').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
    };
    if part("Sampled") != Some("1") {
        return None;
    }
    let (seconds, random) = part("Root")?.strip_prefix("1-")?.split_once('-')?;
    let is_whole = seconds.len() == 8 && random.len() == 24;
    let trace = TraceId::from_hex(&format!("{seconds}{random}")).ok().filter(|_| is_whole)?;
    let parent = SpanId::from_hex(part("Parent")?).ok()?;
    let context = SpanContext::new(trace, parent, TraceFlags::SAMPLED, true, TraceState::default());
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const HEADER: &str =
        "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:0";

    #[test]
    fn x_rays_header_is_a_parent_when_it_is_sampled_and_names_one() {
        let parent = xray(HEADER).unwrap();
        assert_eq!(parent.trace_id().to_string(), "5759e988bd862e3fe1be46a994272793");
        assert_eq!(parent.span_id().to_string(), "53995c3f42cd8ad8");
        for none in [
            HEADER.replace("Sampled=1", "Sampled=0"),
            HEADER.replace("Parent=53995c3f42cd8ad8;", ""),
            HEADER.replace("5759e988-", "5759e98-"),
            "Self=1-67891234-abc".to_owned(),
        ] {
            assert!(xray(&none).is_none(), "{none}");
        }
    }

    #[test]
    fn a_clients_traceparent_goes_before() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amzn-trace-id", HeaderValue::from_static(HEADER));
        let of = |headers: &HeaderMap| of(headers).span().span_context().span_id().to_string();
        assert_eq!(of(&headers), "53995c3f42cd8ad8");
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        headers.insert("traceparent", HeaderValue::from_static(parent));
        assert_eq!(of(&headers), "b7ad6b7169203331");
    }
}
