//! The pool that puts passages in order.

use std::{ops::Deref, sync::Arc};

use futures_util::FutureExt;

use super::{CallError, Limits, Pool};
use crate::ports::{ProviderError, Reranker, reranker::Ranked};

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
    /// [`CallError`], as of [`Pool::call`].
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
        self.pool
            .call(move || {
                let (reranker, provider) = (Arc::clone(&reranker), provider.clone());
                let (question, texts) = (question.clone(), texts.clone());
                async move { rerank(&*reranker, &provider, question, texts, top).await }.boxed()
            })
            .await
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
