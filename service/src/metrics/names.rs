//! The names, and what each means. A unit stands at the end of its name.

use ::metrics::{describe_counter, describe_gauge, describe_histogram};

pub(super) const BUILD: &str = "rag_build_info";
pub(super) const REQUESTS: &str = "rag_http_requests_total";
pub(super) const REQUEST_DURATION: &str = "rag_http_request_duration_seconds";
pub(super) const REQUESTS_IN_FLIGHT: &str = "rag_http_requests_in_flight";
pub(super) const POOL_WORKERS: &str = "rag_pool_workers";
pub(super) const POOL_BUSY: &str = "rag_pool_workers_busy";
pub(super) const POOL_QUEUED: &str = "rag_pool_queued_calls";
pub(super) const POOL_READY: &str = "rag_pool_ready";
pub(super) const POOL_WAIT: &str = "rag_pool_wait_seconds";
pub(super) const POOL_REJECTIONS: &str = "rag_pool_rejections_total";
pub(super) const BREAKER: &str = "rag_pool_breaker";
pub(super) const BREAKER_OPENED: &str = "rag_pool_breaker_opened_total";
pub(super) const PROVIDER_CALL: &str = "rag_provider_call_seconds";
pub(super) const PROVIDER_FAILURES: &str = "rag_provider_failures_total";
pub(super) const PROVIDER_RETRIES: &str = "rag_provider_retries_total";
pub(super) const START_PHASE: &str = "rag_start_phase_seconds";
pub(super) const DOCUMENTS: &str = "rag_documents";
pub(super) const DOCUMENTS_INGESTED: &str = "rag_documents_ingested_total";
pub(super) const CHUNKS_INGESTED: &str = "rag_chunks_ingested_total";
pub(super) const INGEST_STAGE: &str = "rag_ingest_stage_seconds";
pub(super) const STORE_CALL: &str = "rag_store_call_seconds";
pub(super) const STORE_FAILURES: &str = "rag_store_failures_total";
pub(super) const ANSWER_CACHE: &str = "rag_answer_cache_total";
// As Prometheus' own clients call them, so that dashboards know them.
// <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>
pub(super) const MEMORY: &str = "process_resident_memory_bytes";
pub(super) const OPEN_FILES: &str = "process_open_fds";
pub(super) const CPU: &str = "process_cpu_seconds_total";
pub(super) const STARTED: &str = "process_start_time_seconds";

/// Says what each means, for whoever reads `/metrics`.
pub(super) fn describe() {
    describe_gauge!(BUILD, "1; the version is a label");
    describe_counter!(REQUESTS, "Requests answered, by route, method and status");
    describe_histogram!(REQUEST_DURATION, "Time to the head of the answer, by route and method");
    describe_gauge!(REQUESTS_IN_FLIGHT, "Requests whose answer has not begun");
    describe_gauge!(POOL_WORKERS, "Workers that are set up");
    describe_gauge!(POOL_BUSY, "Workers that have a call");
    describe_gauge!(POOL_QUEUED, "Calls that wait for a worker, by priority");
    describe_gauge!(POOL_READY, "1 once the provider has answered");
    describe_histogram!(POOL_WAIT, "Time that a call waited for a worker, by priority");
    describe_counter!(POOL_REJECTIONS, "Calls that no worker took, by reason");
    describe_gauge!(BREAKER, "1 for the state in which the breaker is");
    describe_counter!(BREAKER_OPENED, "Times that the breaker opened or stayed open after a trial");
    describe_histogram!(
        PROVIDER_CALL,
        "Time of a call to the provider, or to the head of its answer"
    );
    describe_counter!(PROVIDER_FAILURES, "Calls to the provider that failed, by kind");
    describe_counter!(PROVIDER_RETRIES, "Calls to the provider that were made again");
    describe_gauge!(START_PHASE, "Time from the start of the process to a point of its cold start");
    describe_gauge!(DOCUMENTS, "Documents in the store, by status");
    describe_counter!(DOCUMENTS_INGESTED, "Documents that this process has worked on, by outcome");
    describe_counter!(CHUNKS_INGESTED, "Chunks that this process has stored");
    describe_histogram!(INGEST_STAGE, "Time of a part of the work on a document");
    describe_histogram!(STORE_CALL, "Time of a call to the store");
    describe_counter!(STORE_FAILURES, "Calls to the store that failed");
    describe_counter!(ANSWER_CACHE, "Look-ups of a kept answer, by outcome");
    describe_gauge!(MEMORY, "Resident memory of the process");
    describe_gauge!(OPEN_FILES, "Open files and sockets of the process");
    describe_gauge!(CPU, "CPU time of the process, user and kernel");
    describe_gauge!(STARTED, "When the process started, in seconds since 1970");
}

#[cfg(test)]
mod tests {
    const SOURCE: &str = include_str!("names.rs");
    const REFERENCE: &str = include_str!("../../../docs/reference/service.md");

    #[test]
    fn every_metric_is_described_here_and_in_the_reference() {
        let constants = SOURCE.lines().filter_map(|line| {
            let (name, value) =
                line.strip_prefix("pub(super) const ")?.split_once(": &str = \"")?;
            Some((name, value.strip_suffix("\";")?))
        });
        let mut count = 0;
        for (name, value) in constants {
            count += 1;
            let is_described = [format!("!({name}, "), format!("!(\n        {name},\n")];
            assert!(is_described.iter().any(|it| SOURCE.contains(it)), "{name} is not described");
            assert!(REFERENCE.contains(&format!("`{value}`")), "{value} is not in the reference");
        }
        assert!(count > 20, "{count}");
    }
}
