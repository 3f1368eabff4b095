//! Whether a call is a warm-up. It travels with the call, so that no port need pass it on.

tokio::task_local! {
    static WARM_UP: ();
}

/// Makes `call` as a warm-up: it is to set up what later calls will use, rather than use what is there.
pub async fn warm_up<F: Future>(call: F) -> F::Output {
    WARM_UP.scope((), call).await
}

/// Whether this call is one.
#[must_use]
pub fn is_warm_up() -> bool {
    WARM_UP.try_with(|()| ()).is_ok()
}
