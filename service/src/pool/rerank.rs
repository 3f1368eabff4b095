//! The pool that puts passages in order.

use std::{ops::Deref, sync::Arc};

use futures_util::FutureExt;

use super::{CallError, Limits, Pool, Priority};
use crate::{
    ports::{ProviderError, Reranker, reranker::Ranked},
    traces,
};

/// What a warm-up judges.
const WARM_UP_TEXT: &str = "warm-up";

/// The workers that may call the reranker.
pub struct RerankPool {
    pool: Pool,
    reranker: Arc<dyn Reranker>,
}

impl RerankPool {
    /// A cold pool. `provider` names the reranker in messages.
    #[must_use]
    pub fn new(reranker: Arc<dyn Reranker>, provider: String, limits: Limits) -> Self {
        let warmed = Arc::clone(&reranker);
        let name = provider.clone();
        let pool = Pool::new("rerank", provider, limits, move || {
            let (reranker, name) = (Arc::clone(&warmed), name.clone());
            async move {
                let text = || WARM_UP_TEXT.to_owned();
                rerank(&*reranker, &name, text(), vec![text()], 1).await.map(drop)
            }
            .boxed()
        });
        Self { pool, reranker }
    }

    /// Judges how well `texts` answer a question; gives the best `top`, best first, each once.
    ///
    /// # Errors
    ///
    /// [`CallError`], as of [`Pool::call_for`].
    pub async fn rerank(
        &self,
        question: String,
        texts: Vec<String>,
        top: usize,
    ) -> Result<Vec<Ranked>, CallError> {
        if texts.is_empty() || top == 0 {
            return Ok(Vec::new());
        }
        let reranker = Arc::clone(&self.reranker);
        let provider = self.pool.shared.provider.clone();
        let trace = traces::rerank(texts.len());
        let call = move || {
            let (reranker, provider) = (Arc::clone(&reranker), provider.clone());
            let (question, texts) = (question.clone(), texts.clone());
            async move { rerank(&*reranker, &provider, question, texts, top).await }.boxed()
        };
        self.pool.call_for(Priority::Query, trace, call).await
    }

    /// Names the model.
    #[must_use]
    pub fn model(&self) -> &str {
        self.reranker.model()
    }
}

impl Deref for RerankPool {
    type Target = Pool;

    fn deref(&self) -> &Pool {
        &self.pool
    }
}

/// One call, checked: whatever the reranker, nobody behind it has to think of a text that there is not.
async fn rerank(
    reranker: &dyn Reranker,
    provider: &str,
    question: String,
    texts: Vec<String>,
    top: usize,
) -> Result<Vec<Ranked>, ProviderError> {
    let unusable =
        |reason: String| Err(ProviderError::Unusable { provider: provider.to_owned(), reason });
    let given = texts.len();
    let mut ranked = reranker.rerank(question, texts, top).await?;
    if ranked.is_empty() {
        return unusable(format!("none of {given} texts is judged"));
    }
    let mut seen = vec![false; given];
    for Ranked { index, score } in &ranked {
        match seen.get_mut(*index) {
            Some(seen) if !*seen && score.is_finite() => *seen = true,
            Some(_) => {
                return unusable(format!("text {index} is judged twice, or not by a number"));
            }
            None => return unusable(format!("text {index} of {given} is judged")),
        }
    }
    ranked.sort_by(|one, other| other.score.total_cmp(&one.score));
    ranked.truncate(top);
    Ok(ranked)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures_util::future::{BoxFuture, ready};

    use super::*;

    /// Says the same of whatever it is asked.
    struct Fixed(Vec<(usize, f32)>);

    impl Reranker for Fixed {
        fn model(&self) -> &'static str {
            "fixed"
        }

        fn rerank(
            &self,
            _: String,
            _: Vec<String>,
            _: usize,
        ) -> BoxFuture<'_, Result<Vec<Ranked>, ProviderError>> {
            let judged = self.0.iter().map(|&(index, score)| Ranked { index, score });
            ready(Ok(judged.collect())).boxed()
        }
    }

    async fn ranked(judged: &[(usize, f32)], top: usize) -> Result<Vec<usize>, String> {
        let limits = Limits::of_function(1, 1, Duration::from_secs(1));
        let pool = RerankPool::new(Arc::new(Fixed(judged.to_vec())), "models:1".into(), limits);
        let texts = ["a", "b", "c"].map(ToOwned::to_owned).to_vec();
        let ranked = pool.rerank("why?".to_owned(), texts, top).await;
        let indices = ranked.map(|ranked| ranked.into_iter().map(|it| it.index).collect());
        indices.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn the_best_come_first_and_no_more_than_wanted() {
        assert_eq!(ranked(&[(0, 0.1), (2, 0.9), (1, -3.0)], 5).await, Ok(vec![2, 0, 1]));
        assert_eq!(ranked(&[(0, 0.1), (2, 0.9), (1, 0.5)], 2).await, Ok(vec![2, 1]));
        assert_eq!(ranked(&[], 0).await, Ok(vec![]), "nobody is asked for nothing");
    }

    #[tokio::test]
    async fn a_judgement_of_what_was_not_given_is_no_judgement() {
        let table = [
            (vec![], "none of 3 texts is judged"),
            (vec![(3, 0.5)], "text 3 of 3 is judged"),
            (vec![(1, 0.5), (1, 0.4)], "text 1 is judged twice, or not by a number"),
            (vec![(1, f32::NAN)], "text 1 is judged twice, or not by a number"),
        ];
        for (judged, reason) in table {
            let told = ranked(&judged, 3).await.unwrap_err();
            assert!(told.ends_with(reason), "{told}");
        }
    }
}
