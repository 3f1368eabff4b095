use futures_util::{StreamExt, stream};

use super::*;

/// `count` pieces, each after a second.
fn counting(count: usize) -> BoxFuture<'static, Result<BoxStream<'static, Piece>, ProviderError>> {
    let pieces = stream::iter(0..count).then(|number| async move {
        sleep(SECOND).await;
        Ok(number.to_string())
    });
    async move { Ok(pieces.boxed()) }.boxed()
}

#[tokio::test(start_paused = true)]
async fn a_stream_keeps_its_worker_until_it_ends() {
    let pool = Provider::taking(SECOND).pool(limits(2, 10));
    let mut answer = pool.stream_for(Priority::Query, Span::none(), || counting(3)).await.unwrap();
    assert_eq!(answer.next().await, Some(Ok("0".to_owned())));
    assert_eq!(counts(&pool), (State::Ready, 2, 1, 0));
    assert_eq!(answer.next().await, Some(Ok("1".to_owned())));
    assert_eq!(answer.next().await, Some(Ok("2".to_owned())));
    assert_eq!(answer.next().await, None);
    sleep(SECOND).await;
    assert_eq!(pool.facts().busy, 0);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_reads_any_more_frees_its_worker() {
    let pool = Provider::taking(SECOND).pool(limits(2, 10));
    let mut answer = pool.stream_for(Priority::Query, Span::none(), || counting(20)).await.unwrap();
    answer.next().await.unwrap().unwrap();
    drop(answer);
    sleep(SECOND / 2).await;
    assert_eq!(counts(&pool), (State::Ready, 2, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_an_error_at_the_limit_of_one_call() {
    let pool = Provider::taking(SECOND).pool(limits(2, 10));
    let began = Instant::now();
    let pieces: Vec<Piece> = pool
        .stream_for(Priority::Query, Span::none(), || counting(100))
        .await
        .unwrap()
        .collect()
        .await;
    assert_eq!(began.elapsed(), 30 * SECOND);
    let last = pieces.last().unwrap().clone().map_err(CallError::from);
    assert_eq!(last, Err(timed_out(30)));
}

#[tokio::test(start_paused = true)]
async fn a_stream_whose_worker_is_replaced_does_not_look_complete() {
    let pool = Provider::taking(SECOND).pool(Limits { health: 10 * SECOND, ..limits(2, 10) });
    let pieces: Vec<Piece> = pool
        .stream_for(Priority::Query, Span::none(), || counting(100))
        .await
        .unwrap()
        .collect()
        .await;
    assert_eq!(pieces.last().unwrap().clone().map_err(CallError::from), Err(timed_out(10)));
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_an_end_is_broken_off() {
    let endless = || {
        let pieces = stream::iter(std::iter::repeat_with(|| Ok("word ".repeat(1000))));
        async move { Ok(pieces.boxed()) }.boxed()
    };
    let pool = Provider::taking(SECOND).pool(limits(2, 10));
    let answer = pool.stream_for(Priority::Query, Span::none(), endless).await.unwrap();
    let mut pieces: Vec<Piece> = answer.collect().await;
    let last = pieces.pop().unwrap().unwrap_err();
    assert_eq!(
        last.to_string(),
        "models:1 sent an answer that cannot be used: it is longer than 1048576 bytes"
    );
    let length: usize = pieces.iter().flatten().map(String::len).sum();
    assert!(length <= 1_048_576, "{length}");
    sleep(SECOND).await;
    assert_eq!(counts(&pool), (State::Ready, 2, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn streams_that_break_off_each_time_open_the_breaker() {
    let breaking = || {
        let pieces = stream::iter([Ok("The ".to_owned()), Err(unreachable())]);
        async move { Ok(pieces.boxed()) }.boxed()
    };
    let pool = Provider::taking(Duration::ZERO).pool(limits(2, 10));
    for _ in 0..5 {
        let answer = pool.stream_for(Priority::Query, Span::none(), breaking).await.unwrap();
        let pieces: Vec<Piece> = answer.collect().await;
        assert_eq!(pieces.last(), Some(&Err(unreachable())));
        sleep(SECOND / 10).await;
    }
    assert_eq!(pool.facts().breaker, BreakerState::Open);
}
