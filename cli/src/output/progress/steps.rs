//! The steps of a plan while they are carried out.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use ragctl_stacks::{
    address::Address,
    event::{Event, Events, RolloutCounts},
    plan::Verb,
};

use serde::Serialize;

use super::{SAID_AT_LEAST, SOON, TURN, Ticking, on_terminal};
use crate::output::{
    Output,
    human::text::{seconds, span},
    say,
    style::{BAD, FAINT, GOOD, LOOK, styled},
};

/// A step that goes on, for programs.
#[derive(Serialize)]
struct GoesOn<'a> {
    event: &'static str,
    address: &'a Address,
    verb: Verb,
    note: &'a str,
    after_ms: u128,
}

/// Tells the steps of a plan: lines that change in place, plain lines, or lines of JSON.
pub(crate) struct Steps {
    manner: Manner,
    state: Mutex<State>,
}

enum Manner {
    Bars(MultiProgress),
    Lines,
    Json(Output),
}

struct State {
    running: BTreeMap<Address, Running>,
    done: usize,
    /// Why tasks have stopped so far.
    reasons: BTreeSet<String>,
    said: Instant,
}

struct Running {
    verb: Verb,
    since: Instant,
    note: String,
    bar: Option<ProgressBar>,
    told: bool,
}

impl Steps {
    /// Where and how `output` wants it.
    pub(crate) fn on(output: Output) -> Self {
        let manner = match () {
            () if output.is_json() => Manner::Json(output),
            () if on_terminal() => Manner::Bars(MultiProgress::new()),
            () => Manner::Lines,
        };
        let state = State {
            running: BTreeMap::new(),
            done: 0,
            reasons: BTreeSet::new(),
            said: Instant::now(),
        };
        Self { manner, state: Mutex::new(state) }
    }

    /// How many steps are done so far.
    pub(crate) fn done(&self) -> usize {
        self.lock().done
    }

    /// Takes what changes in place off the terminal.
    pub(crate) fn end(&self) {
        if let Manner::Bars(bars) = &self.manner {
            for running in std::mem::take(&mut self.lock().running).into_values() {
                running.bar.iter().for_each(ProgressBar::finish_and_clear);
            }
            // What cannot be cleared is only untidy.
            drop(bars.clear());
        }
    }

    /// Whether the step on `address` is under way.
    pub(crate) fn is_running(&self, address: &Address) -> bool {
        self.lock().running.contains_key(address)
    }

    /// Writes a line that stays, above what changes in place.
    pub(crate) fn line(&self, text: &str) {
        self.say(&mut self.lock(), text);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, state: &mut State, line: &str) {
        state.said = Instant::now();
        match &self.manner {
            Manner::Bars(bars) => bars.suspend(|| say(line)),
            Manner::Lines => say(line),
            Manner::Json(_) => {}
        }
    }

    fn start(&self, state: &mut State, address: Address, verb: Verb) {
        let (since, note) = (Instant::now(), String::new());
        state.running.insert(address, Running { verb, since, note, bar: None, told: false });
    }

    /// Off a terminal a note is kept for the next line; a rollout's is told at once.
    fn progress(&self, state: &mut State, address: &Address, note: String, at_once: bool) {
        let Some(running) = state.running.get_mut(address) else { return };
        if running.note == note {
            return;
        }
        running.note.clone_from(&note);
        running.told |= at_once;
        match (&self.manner, &running.bar) {
            (_, Some(bar)) => bar.set_message(note),
            (Manner::Lines, None) if at_once => self.say(state, &format!("{address}: {note}")),
            (_, None) => {}
        }
    }

    /// A step that is done at once needs no line that changes in place: it gets one at the first tick that finds it.
    fn show(bars: &MultiProgress, state: &mut State) {
        for (address, running) in &mut state.running {
            if running.bar.is_none() {
                // It turns only once it is added: before, it would draw for itself, and the line would stay.
                let bar = bars.add(bar(address, running));
                bar.enable_steady_tick(TURN);
                running.bar = Some(bar);
            }
        }
    }

    fn finish(&self, state: &mut State, address: &Address, line: impl Fn(&str) -> String) {
        let running = state.running.remove(address);
        if let (Manner::Bars(bars), Some(bar)) =
            (&self.manner, running.as_ref().and_then(|it| it.bar.as_ref()))
        {
            bar.finish_and_clear();
            bars.remove(bar);
        }
        let took = running.map(|it| format!(" in {}", seconds(it.since.elapsed())));
        self.say(state, &line(&took.unwrap_or_default()));
    }

    fn stopped(&self, state: &mut State, task: &str, reason: &str, log: &[String]) {
        let why = match state.reasons.insert(reason.to_owned()) {
            true => format!(": {reason}"),
            false => " for the same reason".to_owned(),
        };
        self.say(state, &styled(LOOK, format!("task {task} stopped{why}")));
        for line in log {
            self.say(state, &styled(FAINT, format!("  | {line}")));
        }
    }
}

impl Events for Steps {
    fn tell(&self, event: Event) {
        if let Manner::Json(output) = &self.manner {
            // Whoever reads it may have gone; the work goes on.
            drop(output.event(&event));
        }
        let mut state = self.lock();
        let state = &mut *state;
        if matches!(self.manner, Manner::Json(_)) {
            state.said = Instant::now();
        }
        match event {
            Event::StepStarted { address, verb } => self.start(state, address, verb),
            Event::StepProgressed { address, note } => self.progress(state, &address, note, false),
            Event::StepNoted { address, note } => self.say(state, &format!("{address}: {note}")),
            Event::Rollout { address, revision, counts } => {
                let note = format!("revision {revision}: {}", counted(counts));
                self.progress(state, &address, note, true);
            }
            Event::TaskStopped { task, reason, log, .. } => {
                self.stopped(state, &task, &reason, &log);
            }
            Event::StepFinished { address, verb } => {
                self.finish(state, &address, |took| {
                    format!("{} {address}{}", styled(GOOD, past(verb)), styled(FAINT, took))
                });
                state.done += 1;
            }
            Event::StepPostponed { address, verb, reason } => self.finish(state, &address, |_| {
                format!("left for later: {verb} {address} ({reason})")
            }),
            // Why, the end of the command tells.
            Event::StepFailed { address, verb, .. } => self.finish(state, &address, |took| {
                format!("{} to {verb} {address}{took}", styled(BAD, "failed"))
            }),
            Event::StepSkipped { address, verb, because } => self.finish(state, &address, |_| {
                format!("did not {verb} {address}, which needs {because}")
            }),
        }
    }
}

impl Ticking for Steps {
    /// Off a terminal, a step that is done at once needs no line that it has begun.
    fn tick(&self) {
        let mut state = self.lock();
        let now = Instant::now();
        match &self.manner {
            Manner::Bars(bars) => Self::show(bars, &mut state),
            Manner::Lines => {
                for line in state.lines_due(now) {
                    self.say(&mut state, &line);
                }
            }
            Manner::Json(output) if state.is_quiet(now) => {
                for (address, running) in &state.running {
                    let after_ms = now.duration_since(running.since).as_millis();
                    let (verb, note) = (running.verb, running.note.as_str());
                    let event = GoesOn { event: "step_goes_on", address, verb, note, after_ms };
                    drop(output.event(&event));
                }
                state.said = now;
            }
            Manner::Json(_) => {}
        }
    }
}

impl State {
    /// Whether it is time to say that it still goes on.
    fn is_quiet(&self, now: Instant) -> bool {
        now.duration_since(self.said) >= SAID_AT_LEAST
    }

    /// What should be said now, off a terminal.
    fn lines_due(&mut self, now: Instant) -> Vec<String> {
        let is_quiet = self.is_quiet(now);
        let mut lines = Vec::new();
        for (address, running) in &mut self.running {
            let age = now.duration_since(running.since);
            if is_quiet {
                lines.push(still(address, running, age));
                running.told = true;
            } else if !running.told && age >= SOON {
                lines.push(format!("{} {address}", present(running.verb)));
                running.told = true;
            }
        }
        lines
    }
}

fn still(address: &Address, running: &Running, age: Duration) -> String {
    let (verb, took) = (present(running.verb), span(age));
    let note = if running.note.is_empty() { "" } else { ": " };
    format!("still {verb} {address} after {took}{note}{}", running.note)
}

fn bar(address: &Address, running: &Running) -> ProgressBar {
    let template = "{spinner} {prefix} {elapsed} {wide_msg}";
    let style = ProgressStyle::with_template(template).expect("the template is right");
    ProgressBar::new_spinner()
        .with_style(style)
        .with_prefix(format!("{} {address}", present(running.verb)))
        .with_message(running.note.clone())
        .with_elapsed(running.since.elapsed())
}

fn counted(counts: RolloutCounts) -> String {
    let RolloutCounts { wanted, running, healthy, failed, old } = counts;
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    let old = if old > 0 { format!(", {old} of the old one left") } else { String::new() };
    format!("{healthy} of {wanted} healthy, {running} running{failed}{old}")
}

const fn present(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "creating",
        Verb::Update => "updating",
        Verb::Replace => "replacing",
        Verb::Delete => "deleting",
    }
}

const fn past(verb: Verb) -> &'static str {
    match verb {
        Verb::Create => "created",
        Verb::Update => "updated",
        Verb::Replace => "replaced",
        Verb::Delete => "deleted",
    }
}

#[cfg(test)]
mod tests {
    use ragctl_stacks::address::Kind;

    use super::*;

    #[test]
    fn a_rollout_that_is_quiet_says_every_thirty_seconds_how_it_stands() {
        let since = Instant::now();
        let service = Address::app(Kind::Service);
        let note = "revision 188b87bb8cfc: 0 of 1 healthy, 1 running".to_owned();
        let running = Running { verb: Verb::Update, since, note, bar: None, told: true };
        let running = BTreeMap::from([(service, running)]);
        let mut state = State { running, done: 0, reasons: BTreeSet::new(), said: since };
        let at = |seconds| since + Duration::from_secs(seconds);
        assert_eq!(state.lines_due(at(29)), Vec::<String>::new());
        let line = "still updating service/app after 30s: revision 188b87bb8cfc: 0 of 1 healthy, 1 running";
        assert_eq!(state.lines_due(at(30)), [line]);
        state.said = at(50);
        assert_eq!(state.lines_due(at(79)), Vec::<String>::new());
        assert!(
            state.lines_due(at(80))[0].starts_with("still updating service/app after 1m 20s: ")
        );
    }
}
