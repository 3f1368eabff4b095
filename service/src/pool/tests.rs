use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{join_all, ready},
};
use tokio::time::{Instant, sleep};

use super::*;
use crate::ports::warm_up::is_warm_up;

mod faults;
mod streams;
mod thaw;
mod turns;

const SECOND: Duration = Duration::from_secs(1);

/// A provider whose calls take a time, fail by script, and are counted.
#[derive(Clone)]
struct Provider {
    calls: Arc<AtomicUsize>,
    latency: Duration,
    script: Arc<dyn Fn(usize) -> Result<usize, ProviderError> + Send + Sync>,
}

impl Provider {
    fn taking(latency: Duration) -> Self {
        Self { calls: Arc::default(), latency, script: Arc::new(Ok) }
    }

    /// `script` is asked for the outcome of each call, counted from 1.
    fn failing(
        script: impl Fn(usize) -> Result<usize, ProviderError> + Send + Sync + 'static,
    ) -> Self {
        Self { script: Arc::new(script), ..Self::taking(SECOND) }
    }

    fn call(&self) -> BoxFuture<'static, Result<usize, ProviderError>> {
        let this = self.clone();
        async move {
            let call = this.calls.fetch_add(1, SeqCst) + 1;
            sleep(this.latency).await;
            (this.script)(call)
        }
        .boxed()
    }

    fn calls(&self) -> usize {
        self.calls.load(SeqCst)
    }

    fn pool(&self, limits: Limits) -> Arc<Pool> {
        let warmed = self.clone();
        let warm = move || warmed.call().map(|answer| answer.map(drop)).boxed();
        Arc::new(Pool::new("test", "models:1".to_owned(), limits, warm))
    }

    async fn through(&self, pool: &Pool) -> Result<usize, CallError> {
        let provider = self.clone();
        pool.call(move || provider.call()).await
    }
}

fn limits(workers: usize, queue: usize) -> Limits {
    Limits::of_function(workers, queue, 30 * SECOND)
}

fn unreachable() -> ProviderError {
    ProviderError::Unreachable { provider: "models:1".to_owned(), reason: "refused".to_owned() }
}

fn refused(status: u16, retry_after: Option<u64>) -> ProviderError {
    ProviderError::Refused {
        provider: "models:1".to_owned(),
        status,
        reason: "no".to_owned(),
        retry_after: retry_after.map(Duration::from_secs),
    }
}

fn timed_out(seconds: u64) -> CallError {
    let limit = Duration::from_secs(seconds);
    CallError::Provider(ProviderError::TimedOut { provider: "models:1".to_owned(), limit })
}

fn counts(pool: &Pool) -> (State, usize, usize, usize) {
    let facts = pool.facts();
    (facts.state, facts.workers, facts.busy, facts.queued)
}

#[tokio::test(start_paused = true)]
async fn many_callers_share_one_warm_up() {
    let provider = Provider::taking(3 * SECOND);
    let pool = provider.pool(limits(8, 10));
    let began = Instant::now();
    let just_before = async {
        sleep(3 * SECOND - Duration::from_millis(1)).await;
        assert_eq!((provider.calls(), counts(&pool)), (1, (State::Warming, 1, 1, 0)));
    };
    let (results, ()) = tokio::join!(join_all((0..20).map(|_| pool.warm())), just_before);
    assert!(results.iter().all(Result::is_ok));
    assert_eq!((began.elapsed(), pool.facts().state), (3 * SECOND, State::Ready));
}

#[tokio::test(start_paused = true)]
async fn the_other_workers_warm_behind_the_first() {
    let provider = Provider::taking(3 * SECOND);
    let pool = provider.pool(limits(8, 10));
    pool.warm().await.unwrap();
    sleep(SECOND).await;
    assert_eq!(provider.calls(), 8);
    assert_eq!(counts(&pool), (State::Ready, 8, 7, 0));
    sleep(3 * SECOND).await;
    assert_eq!(counts(&pool), (State::Ready, 8, 0, 0));
    pool.warm().await.unwrap();
    assert_eq!(provider.calls(), 8);
}

#[tokio::test(start_paused = true)]
async fn a_query_right_after_the_warm_up_uses_the_first_worker() {
    let provider = Provider::taking(3 * SECOND);
    let pool = provider.pool(limits(8, 10));
    pool.warm().await.unwrap();
    let quick = Provider::taking(Duration::ZERO);
    let began = Instant::now();
    quick.through(&pool).await.unwrap();
    assert!(began.elapsed() < SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_first_query_sets_the_pool_up_without_an_extra_call() {
    let provider = Provider::taking(3 * SECOND);
    let pool = provider.pool(limits(8, 10));
    assert_eq!(counts(&pool), (State::Cold, 0, 0, 0));
    provider.through(&pool).await.unwrap();
    sleep(10 * SECOND).await;
    assert_eq!((provider.calls(), counts(&pool)), (1, (State::Ready, 8, 0, 0)));
}

#[tokio::test(start_paused = true)]
async fn a_job_waits_for_the_warm_up_in_progress() {
    let provider = Provider::taking(3 * SECOND);
    let pool = provider.pool(limits(8, 10));
    pool.begin_warm_up();
    let began = Instant::now();
    let jobs = join_all((0..3).map(|_| provider.through(&pool)));
    let watch = async {
        sleep(2 * SECOND).await;
        assert_eq!((provider.calls(), counts(&pool)), (1, (State::Warming, 1, 1, 3)));
    };
    let (results, ()) = tokio::join!(jobs, watch);
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(began.elapsed(), 6 * SECOND, "each has a worker of its own");
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_the_first_worker_has_it_and_the_other_workers_warm_beside() {
    let provider = Provider::taking(3 * SECOND);
    let pool = provider.pool(limits(8, 10));
    pool.begin_warm_up();
    let watch = async {
        sleep(3 * SECOND + Duration::from_millis(10)).await;
        assert_eq!((provider.calls(), counts(&pool)), (9, (State::Ready, 8, 8, 0)));
    };
    let began = Instant::now();
    let (asked, ()) = tokio::join!(provider.through(&pool), watch);
    assert!(asked.is_ok());
    assert_eq!(began.elapsed(), 6 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn the_pool_s_own_calls_are_warm_ups_and_no_others() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let call = {
        let said = Arc::clone(&said);
        move || {
            said.lock().unwrap().push(is_warm_up());
            ready(Ok::<_, ProviderError>(())).boxed()
        }
    };
    let pool = Pool::new("test", "models:1".to_owned(), limits(2, 10), call.clone());
    pool.warm().await.unwrap();
    sleep(SECOND).await;
    pool.call(call).await.unwrap();
    assert_eq!(*said.lock().unwrap(), [true, true, false]);
}

#[tokio::test(start_paused = true)]
async fn two_pools_warm_side_by_side() {
    let provider = Provider::taking(3 * SECOND);
    let (one, two) = (provider.pool(limits(8, 10)), provider.pool(limits(8, 10)));
    let began = Instant::now();
    let (first, second) = tokio::join!(one.warm(), two.warm());
    assert_eq!((first, second, began.elapsed()), (Ok(()), Ok(()), 3 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn a_failed_warm_up_leaves_the_pool_cold_and_the_next_query_tries_again() {
    let provider = Provider::failing(|call| if call == 1 { Err(unreachable()) } else { Ok(call) });
    let pool = provider.pool(limits(2, 10));
    assert_eq!(pool.warm().await, Err(unreachable()));
    let facts = pool.facts();
    assert_eq!((facts.state, facts.workers), (State::Cold, 0));
    assert_eq!(facts.error.as_deref(), Some("models:1 cannot be reached: refused"));
    provider.through(&pool).await.unwrap();
    assert_eq!((pool.facts().state, pool.facts().error), (State::Ready, None));
}

#[tokio::test(start_paused = true)]
async fn warming_at_start_goes_on_until_it_works() {
    let provider = Provider::failing(|call| if call < 4 { Err(unreachable()) } else { Ok(call) });
    let pool = provider.pool(limits(1, 10));
    let began = Instant::now();
    pool.warm_until_ready().await;
    assert_eq!((provider.calls(), pool.facts().state), (4, State::Ready));
    // Four calls of a second, and pauses of at most 1, 2 and 4 s, at least half of each.
    assert!((7.5..=11.0).contains(&began.elapsed().as_secs_f64()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_waited_for_a_warm_up_that_failed_learns_why() {
    let provider = Provider::failing(|_| Err(unreachable()));
    let pool = provider.pool(limits(2, 10));
    pool.begin_warm_up();
    let results = join_all((0..5).map(|_| provider.through(&pool))).await;
    assert!(results.iter().all(|result| *result == Err(unreachable().into())), "{results:?}");
    assert_eq!((provider.calls(), counts(&pool)), (1, (State::Cold, 0, 0, 0)));
}

#[tokio::test(start_paused = true)]
async fn words_that_are_refused_do_not_fail_the_next_caller() {
    let provider =
        Provider::failing(|call| if call == 1 { Err(refused(400, None)) } else { Ok(call) });
    let pool = provider.pool(limits(2, 10));
    let results = join_all((0..3).map(|_| provider.through(&pool))).await;
    assert_eq!(results[0], Err(refused(400, None).into()));
    assert!(results[1..].iter().all(Result::is_ok), "{results:?}");
    assert_eq!(pool.facts().state, State::Ready);
}

#[tokio::test(start_paused = true)]
async fn a_call_over_its_limit_is_a_timeout_and_is_not_made_again() {
    let provider = Provider::taking(1000 * SECOND);
    let pool = provider.pool(limits(2, 10));
    let began = Instant::now();
    assert_eq!(provider.through(&pool).await, Err(timed_out(30)));
    assert_eq!((began.elapsed(), provider.calls()), (30 * SECOND, 1));
}

#[tokio::test(start_paused = true)]
async fn a_transient_failure_is_tried_again() {
    let provider =
        Provider::failing(|call| if call < 3 { Err(refused(503, None)) } else { Ok(call) });
    let pool = provider.pool(limits(2, 10));
    assert_eq!(provider.through(&pool).await, Ok(3));
}

#[tokio::test(start_paused = true)]
async fn the_third_failure_is_the_last() {
    let provider = Provider::failing(|_| Err(unreachable()));
    let pool = provider.pool(limits(2, 10));
    assert_eq!(provider.through(&pool).await, Err(unreachable().into()));
    assert_eq!(provider.calls(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_pause_that_the_provider_asks_for_is_kept() {
    let provider =
        Provider::failing(|call| if call == 1 { Err(refused(429, Some(20))) } else { Ok(call) });
    let pool = provider.pool(limits(2, 10));
    let began = Instant::now();
    assert_eq!(provider.through(&pool).await, Ok(2));
    assert_eq!(began.elapsed(), 22 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_pause_beyond_the_worker_limit_is_not_waited_for() {
    let provider = Provider::failing(|_| Err(refused(429, Some(60))));
    let pool = provider.pool(limits(2, 10));
    let began = Instant::now();
    assert_eq!(provider.through(&pool).await, Err(refused(429, Some(60)).into()));
    assert_eq!(began.elapsed(), SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_job_is_given_up_at_the_worker_limit() {
    let provider = Provider::failing(|_| Err(refused(429, Some(20))));
    let slow = Provider { latency: 15 * SECOND, ..provider };
    let pool = slow.pool(limits(2, 10));
    let began = Instant::now();
    // 15 s, 20 s pause, 15 s; another pause would end past 60 s.
    assert_eq!(slow.through(&pool).await, Err(refused(429, Some(20)).into()));
    assert_eq!((began.elapsed(), slow.calls()), (50 * SECOND, 2));
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_stuck_at_the_health_limit_is_replaced() {
    let provider = Provider::taking(Duration::ZERO);
    // A health limit below the others stands for a job that its own limits cannot end.
    let pool = provider.pool(Limits { health: 10 * SECOND, ..limits(1, 10) });
    provider.through(&pool).await.unwrap();
    let stuck = Provider::taking(1000 * SECOND);
    let began = Instant::now();
    assert_eq!(stuck.through(&pool).await, Err(timed_out(10)));
    assert!(began.elapsed() <= 15 * SECOND, "{:?}", began.elapsed());
    assert_eq!(counts(&pool), (State::Ready, 1, 0, 0));
    provider.through(&pool).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_is_stuck_while_warming_leaves_the_pool_cold() {
    let provider = Provider::taking(1000 * SECOND);
    let pool = provider.pool(Limits { health: 10 * SECOND, ..limits(4, 10) });
    let (warmed, queried) = tokio::join!(pool.warm(), provider.through(&pool));
    assert_eq!(queried, Err(timed_out(10)));
    assert_eq!(warmed.map_err(CallError::from), Err(timed_out(10)));
    assert_eq!(counts(&pool), (State::Cold, 0, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_turns_callers_away() {
    let provider = Provider::taking(SECOND);
    let pool = provider.pool(limits(2, 3));
    provider.through(&pool).await.unwrap();
    let results = join_all((0..7).map(|_| provider.through(&pool))).await;
    assert!(results[..5].iter().all(Result::is_ok), "{results:?}");
    let overloaded = Err(CallError::Overloaded { pool: "test", waiting: 5, retry_in: 3 * SECOND });
    assert_eq!(results[5..], [overloaded.clone(), overloaded]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_frees_its_worker_and_its_place() {
    let provider = Provider::taking(20 * SECOND);
    let pool = provider.pool(limits(1, 1));
    Provider::taking(Duration::ZERO).through(&pool).await.unwrap();
    let running = tokio::spawn({
        let (provider, pool) = (provider.clone(), Arc::clone(&pool));
        async move { provider.through(&pool).await }
    });
    sleep(SECOND).await;
    let mut waiting = Box::pin(provider.through(&pool));
    assert!(futures_util::poll!(&mut waiting).is_pending());
    assert_eq!(counts(&pool), (State::Ready, 1, 1, 1));
    drop(waiting);
    assert_eq!(counts(&pool), (State::Ready, 1, 1, 0));
    running.abort();
    sleep(SECOND).await;
    assert_eq!(counts(&pool), (State::Ready, 1, 0, 0));
    assert_eq!(provider.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_first_caller_that_goes_away_leaves_the_lead_to_the_next() {
    let provider = Provider::taking(3 * SECOND);
    let pool = provider.pool(limits(4, 10));
    let first = tokio::spawn({
        let (provider, pool) = (provider.clone(), Arc::clone(&pool));
        async move { provider.through(&pool).await }
    });
    sleep(SECOND).await;
    let gone = async {
        sleep(SECOND).await;
        first.abort();
    };
    let (second, ()) = tokio::join!(provider.through(&pool), gone);
    second.unwrap();
    assert_eq!((provider.calls(), pool.facts().state), (2, State::Ready));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_at_once_does_not_hold_up_a_warm_up() {
    let provider = Provider::taking(SECOND);
    let pool = provider.pool(limits(4, 10));
    let mut first = Box::pin(provider.through(&pool));
    assert!(futures_util::poll!(&mut first).is_pending());
    drop(first);
    assert_eq!(counts(&pool), (State::Cold, 0, 0, 0));
    pool.warm().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_panic_costs_one_answer_and_no_worker() {
    let provider =
        Provider::failing(|call| if call == 2 { panic!("broken adapter") } else { Ok(call) });
    let pool = provider.pool(limits(2, 10));
    provider.through(&pool).await.unwrap();
    let error = provider.through(&pool).await.unwrap_err();
    assert!(matches!(error, CallError::Provider(ProviderError::Unusable { .. })), "{error:?}");
    assert_eq!(counts(&pool), (State::Ready, 2, 0, 0));
    provider.through(&pool).await.unwrap();
}
