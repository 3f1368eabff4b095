mod citations;

use std::{
    fmt::Write,
    time::{Duration, Instant},
};

use serde::Serialize;

use self::citations::Citations;
use crate::{
    exit::Exit,
    failure::Failure,
    output::{
        Output,
        human::text::seconds,
        progress::{Wait, during},
        style::{BOLD, FAINT, PLACE, styled},
    },
    service::{Client, Mode, Question, Reference, when_ready},
    session::Session,
};

/// Ask a question, and get an answer with its sources
///
/// The answer is printed as it comes, and then the sources that it cites. A stack that is asleep or still warming is waited
/// for.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  ragctl ask \"How are documents stored?\"")]
pub(crate) struct AskArgs {
    /// The question
    question: String,

    /// Print the answer in one piece, once it is whole
    #[arg(long)]
    no_stream: bool,

    /// Where to look [default: the service's own: naive, or mix where there is a graph]
    #[arg(long, value_name = "MODE", value_enum)]
    mode: Option<Mode>,

    /// How many chunks of documents to look at [default: the service's own, 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    chunks: Option<u32>,

    /// How long to wait for a stack that is not ready yet
    #[arg(long, value_name = "TIME", default_value = "120s", value_parser = super::duration)]
    wait: Duration,
}

/// What is told of an answer, for programs.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Told<'a> {
    /// The sources, before the words that cite them.
    References { references: &'a [Reference] },
    /// The next words.
    Response { text: &'a str },
    /// The end.
    Answered { first_token_ms: u128, total_ms: u128 },
}

/// An answer so far.
struct Answering {
    output: Output,
    began: Instant,
    first_words: Option<Duration>,
    references: Vec<Reference>,
    cited: Citations,
    ends_in_newline: bool,
}

pub(crate) async fn run(args: AskArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let client = session.client(&project).await?;
    let question = Question { query: args.question, mode: args.mode, chunk_top_k: args.chunks };
    let mut answering = Answering::begin(session.output);
    if args.no_stream {
        answering.whole(&client, &question, args.wait).await?;
    } else {
        answering.in_pieces(&client, &question, args.wait).await?;
    }
    answering.end()?;
    Ok(Exit::Done)
}

impl Answering {
    fn begin(output: Output) -> Self {
        Self {
            output,
            began: Instant::now(),
            first_words: None,
            references: Vec::new(),
            cited: Citations::default(),
            ends_in_newline: true,
        }
    }

    async fn whole(
        &mut self,
        client: &Client,
        question: &Question,
        wait: Duration,
    ) -> Result<(), Failure> {
        let told = Wait::open();
        told.hint("waiting for the answer");
        let answer = when_ready(client, wait, &told, || client.query(question)).await?;
        told.end();
        self.sources(answer.references)?;
        self.words(&answer.response)
    }

    async fn in_pieces(
        &mut self,
        client: &Client,
        question: &Question,
        wait: Duration,
    ) -> Result<(), Failure> {
        let told = Wait::open();
        told.hint("waiting for the answer");
        let mut pieces = when_ready(client, wait, &told, || client.query_stream(question)).await?;
        while let Some(piece) = during(&told, pieces.next()).await? {
            if let Some(error) = piece.error {
                self.end_line()?;
                return Err(Failure::BrokeOff(error));
            }
            if let Some(references) = piece.references {
                self.sources(references)?;
            }
            if let Some(words) = piece.response {
                told.end();
                self.words(&words)?;
            }
        }
        Ok(())
    }

    fn sources(&mut self, references: Vec<Reference>) -> Result<(), Failure> {
        self.references = references;
        self.output.event(&Told::References { references: &self.references })
    }

    fn words(&mut self, words: &str) -> Result<(), Failure> {
        self.first_words.get_or_insert_with(|| self.began.elapsed());
        self.ends_in_newline = words.ends_with('\n');
        self.cited.read(words);
        if self.output.is_json() {
            self.output.event(&Told::Response { text: words })
        } else {
            self.output.text(words)
        }
    }

    fn end_line(&self) -> Result<(), Failure> {
        if self.ends_in_newline || self.output.is_json() {
            return Ok(());
        }
        self.output.text("\n")
    }

    fn end(self) -> Result<(), Failure> {
        let total = self.began.elapsed();
        let first = self.first_words.unwrap_or(total);
        let output = self.output;
        if output.is_json() {
            let (first_token_ms, total_ms) = (first.as_millis(), total.as_millis());
            return output.event(&Told::Answered { first_token_ms, total_ms });
        }
        self.end_line()?;
        output.text(&sources(&self.references, &self.cited))?;
        let took = format!("first words after {}, all after {}", seconds(first), seconds(total));
        output.note(&styled(FAINT, took));
        Ok(())
    }
}

/// The sources that the answer cites, and how many others were read for it; all of them when it cites none.
fn sources(references: &[Reference], cited: &Citations) -> String {
    let is_cited = |it: &&Reference| cited.has(&it.reference_id);
    let mut shown: Vec<&Reference> = references.iter().filter(is_cited).collect();
    if shown.is_empty() {
        shown = references.iter().collect();
    }
    if shown.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}\n", styled(BOLD, "Sources"));
    for Reference { reference_id, file_path } in &shown {
        let number = styled(PLACE, format!("[{reference_id}]"));
        writeln!(text, "  {number} {file_path}").expect("writing to a string does not fail");
    }
    text + &match references.len() - shown.len() {
        0 => String::new(),
        1 => "  and 1 more that was read\n".to_owned(),
        more => format!("  and {more} more that were read\n"),
    }
}
