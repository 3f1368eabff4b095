//! Who has the next worker, and who has waited in vain.

use super::*;

/// A pool of one worker that is busy for ten seconds.
async fn busy_pool(queue: usize) -> Arc<Pool> {
    let pool = Provider::taking(Duration::ZERO).pool(limits(1, queue));
    pool.warm().await.unwrap();
    tokio::spawn({
        let pool = Arc::clone(&pool);
        async move { Provider::taking(10 * SECOND).through(&pool).await }
    });
    sleep(SECOND).await;
    pool
}

#[tokio::test(start_paused = true)]
async fn a_query_does_not_wait_for_the_documents_before_it() {
    let pool = busy_pool(100).await;
    let provider = Provider::taking(SECOND);
    let ingest = |_| {
        let provider = provider.clone();
        pool.call_for(Priority::Ingest, Span::none(), move || provider.call())
    };
    let documents = join_all((0..20).map(ingest));
    let query = async {
        sleep(SECOND / 2).await;
        assert_eq!((pool.queued(Priority::Query), pool.queued(Priority::Ingest)), (0, 20));
        provider.through(&pool).await
    };
    let (documents, query) = tokio::join!(documents, query);
    assert_eq!(query, Ok(1), "it has the first call");
    assert!(documents.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn each_kind_has_its_own_room() {
    let pool = busy_pool(2).await;
    let provider = Provider::taking(SECOND);
    let ingest = |_| {
        let provider = provider.clone();
        pool.call_for(Priority::Ingest, Span::none(), move || provider.call())
    };
    let documents = join_all((0..3).map(ingest));
    let query = async {
        sleep(SECOND / 2).await;
        provider.through(&pool).await
    };
    let (documents, query) = tokio::join!(documents, query);
    assert!(query.is_ok(), "documents do not turn queries away: {query:?}");
    let refused: Vec<_> = documents.iter().filter(|result| result.is_err()).collect();
    assert!(matches!(refused[..], [Err(CallError::Overloaded { waiting: 2, .. })]), "{refused:?}");
}

#[tokio::test(start_paused = true)]
async fn who_is_turned_away_learns_when_its_turn_would_be() {
    let pool = Provider::taking(Duration::ZERO).pool(limits(2, 9));
    pool.warm().await.unwrap();
    let provider = Provider::taking(4 * SECOND);
    let retry_in = |results: &[Result<usize, CallError>]| match results.last() {
        Some(Err(CallError::Overloaded { retry_in, .. })) => *retry_in,
        other => panic!("{other:?}"),
    };
    let first = join_all((0..12).map(|_| provider.through(&pool))).await;
    assert_eq!(retry_in(&first), SECOND, "the warm-up took no time, so the queue looked short");
    let second = join_all((0..12).map(|_| provider.through(&pool))).await;
    // Ten or more in the queue, two at a time, of nearly four seconds each.
    let expected = 17 * SECOND..=24 * SECOND;
    assert!(expected.contains(&retry_in(&second)), "{:?}", retry_in(&second));
}

#[tokio::test(start_paused = true)]
async fn a_job_that_waited_past_its_callers_limit_is_dropped() {
    let pool = busy_pool(10).await;
    let provider = Provider::taking(SECOND);
    let began = Instant::now();
    let late = until(Instant::now() + 3 * SECOND, provider.through(&pool)).await;
    assert_eq!(late, Err(CallError::Late { pool: "test" }));
    assert_eq!((began.elapsed(), provider.calls()), (9 * SECOND, 0), "when the worker is free");
    provider.through(&pool).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_when_its_caller_gives_up() {
    let hanging = Provider::taking(1000 * SECOND);
    let pool = Provider::taking(Duration::ZERO).pool(limits(1, 10));
    pool.warm().await.unwrap();
    let began = Instant::now();
    let result = until(Instant::now() + 3 * SECOND, hanging.through(&pool)).await;
    assert_eq!((result, began.elapsed()), (Err(timed_out(3)), 3 * SECOND));
    assert_eq!(counts(&pool), (State::Ready, 1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_first_caller_that_is_too_late_does_not_hold_up_a_warm_up() {
    let provider = Provider::taking(SECOND);
    let pool = provider.pool(limits(4, 10));
    let late = until(Instant::now(), provider.through(&pool)).await;
    assert_eq!(late, Err(CallError::Late { pool: "test" }));
    assert_eq!(counts(&pool), (State::Cold, 0, 0, 0));
    pool.warm().await.unwrap();
    assert_eq!(pool.facts().state, State::Ready);
}
