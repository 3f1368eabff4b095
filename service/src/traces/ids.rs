//! Ids that every collector takes, AWS X-Ray included.

use std::time::SystemTime;

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::IdGenerator;

/// Begins the id of a trace with the seconds since 1970, as X-Ray wants it; the other 96 bits are random.
/// <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids>
#[derive(Debug)]
pub(super) struct XRayIds;

impl IdGenerator for XRayIds {
    fn new_trace_id(&self) -> TraceId {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        TraceId::from(trace_id(now.as_secs(), fastrand::u128(..)))
    }

    fn new_span_id(&self) -> SpanId {
        // Zero is no id.
        SpanId::from(fastrand::u64(1..))
    }
}

fn trace_id(seconds: u64, random: u128) -> u128 {
    // X-Ray has 32 bits for the seconds, which last until 2106.
    u128::from(seconds & u64::from(u32::MAX)) << 96 | random >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_id_begins_with_the_second() {
        let id = TraceId::from(trace_id(0x5759_e988, u128::MAX));
        assert_eq!(id.to_string(), "5759e988ffffffffffffffffffffffff");
        assert_ne!(XRayIds.new_trace_id(), XRayIds.new_trace_id());
        assert_ne!(XRayIds.new_span_id(), SpanId::INVALID);
    }
}
