//! A provider that fails again and again, and the breaker before it.

use futures_util::future::join;

use super::*;

/// Calls one after the other, without a pause between.
async fn calls(provider: &Provider, pool: &Pool, count: usize) -> Vec<Result<usize, CallError>> {
    let mut results = Vec::new();
    for _ in 0..count {
        results.push(provider.through(pool).await);
    }
    results
}

fn unavailable(seconds: u64) -> CallError {
    let reason = unreachable().to_string();
    CallError::Unavailable { reason, retry_in: Duration::from_secs(seconds) }
}

/// A warm pool whose provider cannot be reached from now on, and five calls later.
async fn open_pool() -> (Provider, Arc<Pool>) {
    let pool = Provider::taking(Duration::ZERO).pool(limits(4, 10));
    pool.warm().await.unwrap();
    let provider = Provider { latency: SECOND, ..Provider::failing(|_| Err(unreachable())) };
    let failed = calls(&provider, &pool, 5).await;
    assert!(failed.iter().all(|result| *result == Err(unreachable().into())), "{failed:?}");
    (provider, pool)
}

#[tokio::test(start_paused = true)]
async fn after_five_failures_calls_fail_at_once_and_say_when_to_come_again() {
    let (provider, pool) = open_pool().await;
    let began = Instant::now();
    assert_eq!(calls(&provider, &pool, 3).await, vec![Err(unavailable(1)); 3]);
    assert_eq!((provider.calls(), began.elapsed()), (15, Duration::ZERO));
    let facts = pool.facts();
    assert_eq!((facts.breaker, facts.retry_in_s), (BreakerState::Open, Some(1)));
    assert_eq!(facts.state, State::Ready, "the service itself is well");
    let told = unavailable(1).to_string();
    assert_eq!(
        told,
        "models:1 cannot be reached: refused, again and again; it is tried again in 1 s"
    );
}

#[tokio::test(start_paused = true)]
async fn after_the_pause_one_call_is_made_once_and_an_answer_closes_the_breaker() {
    let (down, pool) = open_pool().await;
    sleep(SECOND).await;
    assert_eq!(pool.facts().breaker, BreakerState::HalfOpen);
    let before = down.calls();
    let (trial, other) = join(down.through(&pool), down.through(&pool)).await;
    assert_eq!((trial, other), (Err(unreachable().into()), Err(unavailable(1))));
    assert_eq!(down.calls() - before, 1, "a trial is one call, without retries");
    assert_eq!(down.through(&pool).await, Err(unavailable(2)), "and the pause is doubled");
    sleep(2 * SECOND).await;
    let well = Provider::taking(SECOND);
    well.through(&pool).await.unwrap();
    assert_eq!(pool.facts().breaker, BreakerState::Closed);
    assert!(calls(&well, &pool, 3).await.iter().all(Result::is_ok));
}

#[tokio::test(start_paused = true)]
async fn a_trial_whose_caller_goes_away_leaves_its_place_to_the_next() {
    let (_, pool) = open_pool().await;
    sleep(SECOND).await;
    let slow = Provider::taking(10 * SECOND);
    let mut trial = Box::pin(slow.through(&pool));
    assert!(futures_util::poll!(&mut trial).is_pending());
    sleep(SECOND).await;
    drop(trial);
    sleep(SECOND).await;
    slow.through(&pool).await.unwrap();
    assert_eq!(pool.facts().breaker, BreakerState::Closed);
    // The same for one that no worker has begun.
    let (_, pool) = open_pool().await;
    sleep(SECOND).await;
    let mut trial = Box::pin(slow.through(&pool));
    assert!(futures_util::poll!(&mut trial).is_pending());
    drop(trial);
    slow.through(&pool).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_waits_when_the_breaker_opens_is_not_tried() {
    let pool = Provider::taking(Duration::ZERO).pool(limits(1, 100));
    pool.warm().await.unwrap();
    let hanging = Provider::taking(1000 * SECOND);
    let began = Instant::now();
    let results = join_all((0..20).map(|_| hanging.through(&pool))).await;
    assert_eq!(results[..5], vec![Err(timed_out(30)); 5]);
    let reason = ProviderError::TimedOut { provider: "models:1".to_owned(), limit: 30 * SECOND };
    let told = CallError::Unavailable { reason: reason.to_string(), retry_in: SECOND };
    assert_eq!(results[5..], vec![Err(told); 15]);
    assert_eq!((began.elapsed(), hanging.calls()), (150 * SECOND, 5));
    assert_eq!(counts(&pool), (State::Ready, 1, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_ends_the_retries_that_are_on_their_way() {
    let pool = Provider::taking(Duration::ZERO).pool(limits(8, 10));
    pool.warm().await.unwrap();
    let patient = Provider::failing(|_| Err(refused(503, Some(20))));
    let waiting = tokio::spawn({
        let (patient, pool) = (patient.clone(), Arc::clone(&pool));
        async move { patient.through(&pool).await }
    });
    sleep(2 * SECOND).await;
    calls(&Provider::failing(|_| Err(unreachable())), &pool, 5).await;
    assert_eq!(waiting.await.unwrap(), Err(refused(503, Some(20)).into()));
    assert_eq!(patient.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn refusals_of_one_callers_words_do_not_open_the_breaker() {
    let provider = Provider::failing(|_| Err(refused(400, None)));
    let pool = provider.pool(limits(2, 10));
    calls(&provider, &pool, 20).await;
    assert_eq!((provider.calls(), pool.facts().breaker), (20, BreakerState::Closed));
}

#[tokio::test(start_paused = true)]
async fn three_failures_in_ten_cost_retries_and_few_answers() {
    let pool = Provider::taking(Duration::ZERO).pool(limits(8, 1000));
    pool.warm().await.unwrap();
    let provider = Provider::failing(|call| match fastrand::Rng::with_seed(call as u64).u8(..10) {
        ..3 => Err(refused(500, None)),
        _ => Ok(call),
    });
    let results = join_all((0..300).map(|_| provider.through(&pool))).await;
    let lost: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    // Three calls that all fail are one in 37, eight of these; thirty are eight standard deviations away.
    assert!(lost.len() <= 30, "{lost:?}");
    assert!(lost.iter().all(|error| matches!(error, CallError::Provider(_))), "{lost:?}");
    assert_eq!(pool.facts().breaker, BreakerState::Closed);
    assert_eq!(counts(&pool), (State::Ready, 8, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn warming_at_start_is_not_kept_back_and_closes_the_breaker() {
    let provider = Provider::failing(|call| if call < 40 { Err(unreachable()) } else { Ok(call) });
    let pool = provider.pool(limits(2, 10));
    let warming = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move { pool.warm_until_ready().await }
    });
    while !matches!(provider.through(&pool).await, Err(CallError::Unavailable { .. })) {
        sleep(SECOND / 10).await;
    }
    assert_eq!((pool.facts().breaker, pool.facts().state), (BreakerState::Open, State::Cold));
    warming.await.unwrap();
    assert_eq!((pool.facts().state, pool.facts().breaker), (State::Ready, BreakerState::Closed));
    provider.through(&pool).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn workers_that_fail_to_warm_behind_the_first_open_nothing() {
    let provider =
        Provider::failing(|call| if call == 1 { Ok(call) } else { Err(refused(429, None)) });
    let pool = provider.pool(limits(8, 10));
    pool.warm().await.unwrap();
    sleep(10 * SECOND).await;
    assert_eq!((provider.calls(), pool.facts().breaker), (8, BreakerState::Closed));
}

#[tokio::test(start_paused = true)]
async fn a_provider_that_hangs_longer_than_callers_wait_is_noticed() {
    let pool = Provider::taking(Duration::ZERO).pool(limits(2, 10));
    pool.warm().await.unwrap();
    let hanging = Provider::taking(1000 * SECOND);
    for patience in [20, 20, 2, 20, 20, 20] {
        // Two seconds are too few to tell anything of a provider that may take thirty.
        tokio::time::timeout(patience * SECOND, hanging.through(&pool)).await.unwrap_err();
        sleep(SECOND / 10).await;
    }
    assert_eq!(pool.facts().breaker, BreakerState::Open);
    assert_eq!(counts(&pool), (State::Ready, 2, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stuck_worker_is_a_failure_too() {
    let warm = Provider::taking(Duration::ZERO);
    let pool = warm.pool(Limits { health: 10 * SECOND, ..limits(1, 10) });
    pool.warm().await.unwrap();
    calls(&Provider::taking(1000 * SECOND), &pool, 5).await;
    assert_eq!(pool.facts().breaker, BreakerState::Open);
}
