//! A process that stood still, and went on.

use super::*;

/// Lets an hour pass in one step, as it does for a process that stands still.
async fn freeze() {
    tokio::time::advance(3600 * SECOND).await;
}

#[tokio::test(start_paused = true)]
async fn calls_that_stood_still_do_not_open_the_breaker() {
    let provider = Provider::taking(SECOND);
    let pool = provider.pool(limits(8, 100));
    pool.warm().await.unwrap();
    let hung = Provider::taking(7200 * SECOND);
    let calls = (0..8).map(|_| {
        let (hung, pool) = (hung.clone(), Arc::clone(&pool));
        tokio::spawn(async move { hung.through(&pool).await })
    });
    let calls: Vec<_> = calls.collect();
    while hung.calls() < 8 {
        sleep(SECOND / 10).await;
    }
    freeze().await;
    pool.thawed();
    for call in join_all(calls).await {
        assert!(matches!(call.unwrap(), Err(CallError::Provider(ProviderError::TimedOut { .. }))));
    }
    assert_eq!(pool.facts().breaker, BreakerState::Closed);
    assert!(provider.through(&pool).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_warm_up_that_stood_still_is_given_up_and_the_next_request_leads_its_own() {
    let hung = Provider::taking(7200 * SECOND);
    let pool = hung.pool(limits(2, 10));
    pool.begin_warm_up();
    sleep(SECOND).await;
    assert_eq!(pool.facts().state, State::Warming);
    freeze().await;
    pool.thawed();
    let provider = Provider::taking(SECOND);
    let began = Instant::now();
    assert!(provider.through(&pool).await.is_ok());
    assert_eq!(began.elapsed(), SECOND, "it did not wait for what will not come");
    assert_eq!(pool.facts().state, State::Ready);
}

#[tokio::test(start_paused = true)]
async fn what_the_breaker_knew_before_is_forgotten() {
    let provider = Provider::failing(|_| Err(unreachable()));
    let pool = provider.pool(limits(1, 10));
    for _ in 0..5 {
        provider.through(&pool).await.unwrap_err();
    }
    assert_eq!(pool.facts().breaker, BreakerState::Open);
    pool.thawed();
    assert_eq!(pool.facts().breaker, BreakerState::Closed);
}
