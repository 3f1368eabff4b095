//! Naive queries as fast as they are answered, over HTTP: `cargo run --example load -- --port 8000 --clients 8`.
//!
//! Each client keeps one connection and asks again when it has its answer; no two questions are the same. Prints a JSON object.

use std::{
    error::Error,
    io::Write,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use clap::Parser;
use serde_json::json;

#[path = "../benches/process/client.rs"]
#[expect(dead_code, reason = "the measurements use more of it")]
mod client;

use client::{Answer, Client};

/// Ask a server of LightRAG's API, and tell how fast it answers
#[derive(Parser)]
struct Args {
    /// Port of the server, on this machine
    #[arg(long)]
    port: u16,
    /// Connections that ask at the same time
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// Seconds in which answers are counted
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Seconds before them that are not
    #[arg(long, default_value_t = 1.0)]
    warm: f64,
    /// Number of the first question; another run should begin past those of this one
    #[arg(long, default_value_t = 0)]
    first: usize,
}

/// What one client has seen.
#[derive(Default)]
struct Seen {
    times: Vec<Duration>,
    errors: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let number = AtomicUsize::new(args.first);
    let from = Instant::now() + Duration::try_from_secs_f64(args.warm)?;
    let until = from + Duration::try_from_secs_f64(args.seconds)?;
    let one = || ask(args.port, &number, from, until);
    let seen: Vec<Seen> = thread::scope(|scope| {
        let threads: Vec<_> = (0..args.clients).map(|_| scope.spawn(one)).collect();
        threads.into_iter().map(|it| it.join().expect("a client does not panic")).collect()
    });
    let errors: usize = seen.iter().map(|it| it.errors).sum();
    let mut times: Vec<Duration> = seen.into_iter().flat_map(|it| it.times).collect();
    times.sort_unstable();
    let ms = |percent: usize| {
        let at = times.len().saturating_sub(1) * percent / 100;
        times.get(at).map(|time| time.as_secs_f64() * 1000.0)
    };
    let count = u32::try_from(times.len())?;
    let report = json!({
        "clients": args.clients, "answers": count, "errors": errors, "per_s": f64::from(count) / args.seconds,
        "p50_ms": ms(50), "p99_ms": ms(99), "max_ms": ms(100),
    });
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}

/// One client: connects again when the connection breaks.
///
/// What is answered between the two times is counted, whenever it was asked: so a slow server is not judged by the
/// few questions that fit between them.
fn ask(port: u16, number: &AtomicUsize, from: Instant, until: Instant) -> Seen {
    let mut seen = Seen::default();
    let mut connection = None;
    loop {
        let begin = Instant::now();
        if begin >= until {
            return seen;
        }
        let question = question(number.fetch_add(1, Ordering::Relaxed));
        let is_answered = answered(&mut connection, port, &question);
        let end = Instant::now();
        if is_answered && (from..until).contains(&end) {
            seen.times.push(end - begin);
        }
        if !is_answered {
            seen.errors += 1;
            connection = None;
            thread::sleep(Duration::from_millis(10));
        }
    }
}

fn answered(connection: &mut Option<Client>, port: u16, question: &str) -> bool {
    let answer = match connection {
        Some(client) => client.query(question),
        None => Client::connect(port).and_then(|client| connection.insert(client).query(question)),
    };
    answer.is_ok_and(|answer| is_whole(&answer))
}

/// Whether a model has answered: LightRAG's server tells a provider's failure by a field of a 200 alone.
fn is_whole(answer: &Answer) -> bool {
    let answered: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    answer.status == 200 && answered.is_some_and(|it| it["llm_generated"] == true)
}

/// A question that no other number asks.
fn question(number: usize) -> String {
    const PLACES: [&str; 8] =
        ["Camden", "Ealing", "Fulham", "Hackney", "Lambeth", "Mayfair", "Peckham", "Soho"];
    let place = PLACES[number % PLACES.len()];
    format!(
        "Question {number}: how many passengers does the line from {place} carry in report {}?",
        number % 97
    )
}
