//! Answers made of the documents' own sentences.

use futures_util::{
    future::{self, BoxFuture, FutureExt},
    stream::{self, StreamExt},
};

use super::{quote, table::Table};
use crate::ports::{Generator, Message, Prompt, ProviderError, generator::Words};

/// How an answer begins: as what it is, and not as a model would.
const OPENING: &str = "The documents say:\n";

/// The answer when no sentence fits.
const NOTHING: &str =
    "The documents do not say. (Answers are quoted from them here; no language model is set up.)";

/// A generator that quotes the sentences that fit best, and writes nothing of its own.
#[derive(Debug, Clone, Copy)]
pub struct QuotingGenerator {
    /// Tells which sentences mean what is asked.
    table: Table<'static>,
}

impl QuotingGenerator {
    /// Takes the table, which is open.
    #[must_use]
    pub fn new(table: Table<'static>) -> Self {
        Self { table }
    }
}

impl Generator for QuotingGenerator {
    fn model(&self) -> &str {
        "quoting"
    }

    fn follows_instructions(&self) -> bool {
        false
    }

    fn warm(&self) -> BoxFuture<'_, Result<(), ProviderError>> {
        future::ready(Ok(())).boxed()
    }

    fn answer(&self, prompt: Prompt) -> BoxFuture<'_, Result<Words, ProviderError>> {
        async move { Ok(stream::iter(answer(&self.table, &prompt).into_iter().map(Ok)).boxed()) }
            .boxed()
    }

    fn chat(&self, _: Vec<Message>) -> BoxFuture<'_, Result<Words, ProviderError>> {
        let error = ProviderError::Unusable {
            provider: "the built-in answerer".to_owned(),
            reason: "it only quotes, and follows no instructions".to_owned(),
        };
        future::ready(Err(error)).boxed()
    }
}

/// The answer, sentence by sentence.
fn answer(table: &Table<'_>, prompt: &Prompt) -> Vec<String> {
    let quotes = quote::best(table, prompt);
    if quotes.is_empty() {
        return vec![NOTHING.to_owned()];
    }
    let quotes = quotes.iter().map(|quote| format!("\n- “{}” [{}]", quote.text, quote.reference));
    std::iter::once(OPENING.to_owned()).chain(quotes).collect()
}

#[cfg(test)]
mod tests {
    use futures_util::TryStreamExt;

    use super::*;
    use crate::adapters::built_in::table::tests::table;
    use crate::ports::{Context, Passage};

    fn prompt(question: &str, texts: &[&str]) -> Prompt {
        let passages = (1_u8..).zip(texts).map(|(number, text)| Passage {
            reference: usize::from(number),
            chunk: format!("chunk-{number}"),
            source: format!("{number}.md"),
            text: (*text).to_owned(),
            score: 1.0 / f32::from(number),
        });
        let context = Context { passages: passages.collect(), ..Context::default() };
        Prompt { question: question.into(), context, ..Prompt::default() }
    }

    async fn asked(question: &str, texts: &[&str]) -> String {
        let pieces = QuotingGenerator::new(table()).answer(prompt(question, texts)).await.unwrap();
        pieces.try_collect::<Vec<_>>().await.unwrap().concat()
    }

    #[tokio::test]
    async fn the_sentence_that_fits_is_quoted_with_its_reference() {
        let answer = asked(
            "How often does the health check run?",
            &[
                "Guide > Scaling\n\nTasks are added at 70 % CPU. The cooldown is 30 seconds.",
                "## Health checks\nThe balancer watches tasks.\n- The health check runs\n  every 30 s.",
            ],
        )
        .await;
        assert_eq!(answer, "The documents say:\n\n- “The health check runs every 30 s.” [2]");
    }

    #[tokio::test]
    async fn what_means_the_same_in_other_words_is_found() {
        let answer = asked(
            "How much holiday do I get?",
            &["Employees receive 25 days of paid vacation per year. The canteen is on floor two."],
        )
        .await;
        assert!(answer.contains("25 days") && !answer.contains("canteen"), "{answer}");
    }

    #[tokio::test]
    async fn a_sentence_goes_before_code_that_has_the_same_words() {
        let code = "```\n$ ragctl strategy enable prewarm\n```";
        let sentence = "The prewarm strategy makes one small call through each pool at the start.";
        let answer = asked("What does the prewarm strategy do?", &[code, sentence]).await;
        let (said, typed) = (answer.find("one small call").unwrap(), answer.find("$ ragctl"));
        assert!(typed.is_none_or(|typed| said < typed), "{answer}");
    }

    #[tokio::test]
    async fn nothing_is_made_up_where_nothing_fits() {
        let texts = ["The canteen is on floor two.", "Tasks are added at 70 % CPU."];
        assert_eq!(asked("Who wrote the ninth symphony?", &texts).await, NOTHING);
        assert_eq!(asked("", &texts).await, NOTHING);
        assert_eq!(asked("Where is the canteen?", &[]).await, NOTHING);
    }

    #[tokio::test]
    async fn a_chinese_question_is_answered_from_chinese_text() {
        let answer = asked(
            "冷启动需要多长时间？",
            &["服务使用混合检索。冷启动需要大约六十秒的时间。日志写到标准输出。"],
        )
        .await;
        assert_eq!(answer, "The documents say:\n\n- “冷启动需要大约六十秒的时间。” [1]");
    }

    #[tokio::test]
    async fn a_sentence_that_stands_in_two_chunks_is_quoted_once() {
        let text = "The cooldown is 30 seconds.";
        let answer = asked("How long is the cooldown?", &[text, text]).await;
        assert_eq!(answer.matches(text).count(), 1);
    }

    #[tokio::test]
    async fn the_answer_comes_in_pieces() {
        let texts = ["The cooldown is 30 seconds. A cooldown of 300 seconds follows scale-in."];
        let pieces =
            QuotingGenerator::new(table()).answer(prompt("cooldown?", &texts)).await.unwrap();
        assert_eq!(pieces.count().await, 3);
    }
}
