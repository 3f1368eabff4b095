//! Phases of cold starts as bars of characters.

use ragctl_chart::{Bar, Phase, Segment};

use super::{Page, figure::seconds};
use crate::output::style::{FAINT, of_phase, styled};

/// How long the longest bar is at most.
const LONGEST: usize = 60;

/// Bars on one scale below an empty line, each with its name and its seconds, and what the characters mean; nothing where no phase takes any
/// time. A name that takes half of the page has a line of its own.
pub(crate) fn bars(bars: &[Bar], page: Page) -> String {
    let most = bars.iter().map(Bar::total).fold(0.0, f64::max);
    if most <= 0.0 {
        return String::new();
    }
    let width = |it: &Bar| it.name.chars().count();
    let fits = |width: usize| width <= page.width / 2;
    let names = bars.iter().map(width).filter(|it| fits(*it)).max().unwrap_or(0);
    let indent = names + 4;
    let room = page.width.saturating_sub(indent + "  1000 s".len()).min(LONGEST);
    let line = |it: &Bar| {
        let name = styled(FAINT, format!("{:names$}", it.name));
        let name = if fits(width(it)) { name } else { format!("{name}\n  {:names$}", "") };
        format!("  {name}  {}  {}\n", bar(&it.segments, most, room), seconds(it.total()))
    };
    let all: Vec<Segment> = bars.iter().flat_map(|it| it.segments.iter().copied()).collect();
    format!("\n{}{}", bars.iter().map(line).collect::<String>(), legend(&all, indent, page.width))
}

/// The character of a phase: they differ, so that a bar can be read without colour.
const fn character(phase: Phase) -> char {
    match phase {
        Phase::Wake => '·',
        Phase::Place => '░',
        Phase::Pull => '▓',
        Phase::Start => '╱',
        Phase::Bind => '│',
        Phase::Warm => '█',
        Phase::Register => '▒',
        Phase::Retry => '┄',
        Phase::Question => '◆',
    }
}

/// A bar of at most `width` characters, as long as its phases are of `most` seconds.
///
/// A phase that takes any time has a character at least, as long as there are enough.
fn bar(segments: &[Segment], most: f64, width: usize) -> String {
    let shown: Vec<Segment> = shown(segments).collect();
    let runs = shown.iter().zip(lengths(&shown, most, width)).map(|(it, length)| {
        let run = character(it.phase).to_string().repeat(length);
        styled(of_phase(it.phase), run)
    });
    runs.collect()
}

/// What the characters mean, in lines of at most `width`, each after `indent` spaces.
fn legend(segments: &[Segment], indent: usize, width: usize) -> String {
    let mut lines: Vec<Vec<Phase>> = vec![Vec::new()];
    let mut free = width.saturating_sub(indent);
    let has = |phase: &Phase| shown(segments).any(|it| it.phase == *phase);
    for phase in Phase::ALL.into_iter().filter(has) {
        let needs = phase.as_str().len() + 4;
        if needs > free + 2 {
            lines.push(Vec::new());
            free = width.saturating_sub(indent);
        }
        free = free.saturating_sub(needs);
        lines.last_mut().into_iter().for_each(|it| it.push(phase));
    }
    lines.iter().map(|phases| line(phases, indent)).collect()
}

fn line(phases: &[Phase], indent: usize) -> String {
    let entry = |it: &Phase| format!("{} {}", styled(of_phase(*it), character(*it)), it.as_str());
    let entries: Vec<String> = phases.iter().map(entry).collect();
    format!("{:indent$}{}\n", "", entries.join("  "))
}

fn shown(segments: &[Segment]) -> impl Iterator<Item = Segment> {
    segments.iter().copied().filter(|it| it.seconds.is_finite() && it.seconds > 0.0)
}

/// How many characters each of these has: in proportion, and together as many as the whole has.
fn lengths(segments: &[Segment], most: f64, width: usize) -> Vec<usize> {
    let total: f64 = segments.iter().map(|it| it.seconds).sum();
    let share = if most > 0.0 { (total / most).min(1.0) } else { 0.0 };
    let whole = rounded(share, width).max(segments.len().min(width));
    let mut lengths: Vec<usize> = Vec::new();
    let (mut seconds, mut end) = (0.0, 0);
    for (index, it) in segments.iter().enumerate() {
        seconds += it.seconds;
        // So many phases come after this one, and each wants a character too.
        let after = segments.len() - index - 1;
        let last = whole.saturating_sub(after).max(end);
        let next = rounded(seconds / total, whole).clamp((end + 1).min(last), last);
        lengths.push(next - end);
        end = next;
    }
    lengths
}

/// A share of so many, rounded.
fn rounded(share: f64, of: usize) -> usize {
    let figure = |it: usize| f64::from(u32::try_from(it).unwrap_or(u32::MAX));
    (0..=of).rev().find(|it| figure(*it) <= share * figure(of) + 0.5).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;

    fn segments(phases: &[(Phase, f64)]) -> Vec<Segment> {
        phases.iter().map(|(phase, seconds)| Segment { phase: *phase, seconds: *seconds }).collect()
    }

    fn plain(phases: &[(Phase, f64)], most: f64, width: usize) -> String {
        strip_str(&bar(&segments(phases), most, width)).to_string()
    }

    #[test]
    fn phases_are_in_proportion_and_none_is_lost() {
        let two = [(Phase::Pull, 20.0), (Phase::Warm, 10.0)];
        assert_eq!(plain(&two, 30.0, 6), "▓▓▓▓██");
        assert_eq!(plain(&two, 60.0, 12), "▓▓▓▓██", "half of the most is half as long");
        let small = [(Phase::Place, 0.01), (Phase::Pull, 90.0), (Phase::Bind, 0.01)];
        assert_eq!(plain(&small, 90.0, 8), "░▓▓▓▓▓▓│");
        assert_eq!(plain(&[(Phase::Warm, 0.001)], 90.0, 8), "█");
    }

    #[test]
    fn bars_stand_below_each_other_on_one_scale() {
        let bar = |name: &str, phases: &[(Phase, f64)]| Bar {
            name: name.to_owned(),
            segments: segments(phases),
        };
        let all = [
            bar("before", &[(Phase::Start, 10.0), (Phase::Warm, 50.0)]),
            bar("a name that is longer than the others", &[(Phase::Start, 10.0)]),
            bar("ours", &[(Phase::Warm, 30.0)]),
        ];
        let text = strip_str(&bars(&all, Page { width: 32 })).to_string();
        assert_eq!(
            text,
            "\n  before  ╱╱████████████  60 s\n  a name that is longer than the others\n          ╱╱  10 s\n  \
             ours    ███████  30 s\n          ╱ start  █ warm\n"
        );
        assert_eq!(bars(&[bar("none", &[])], Page { width: 32 }), "");
    }

    #[test]
    fn a_bar_is_never_longer_than_its_room() {
        let all = Phase::ALL.map(|it| (it, 3.0));
        for width in 0..40 {
            assert_eq!(plain(&all, 27.0, width).chars().count(), width);
            assert!(plain(&all, 9.0, width).chars().count() <= width, "more than the most");
        }
        for none in [&[][..], &[(Phase::Pull, 0.0)], &[(Phase::Pull, f64::NAN)]] {
            assert_eq!(plain(none, 10.0, 8), "");
        }
        assert_eq!(plain(&[(Phase::Pull, 1.0)], 0.0, 8), "▓");
    }

    #[test]
    fn each_phase_has_a_character_of_its_own_which_the_legend_tells() {
        let all = segments(&Phase::ALL.map(|it| (it, 3.0)));
        let told = strip_str(&legend(&all, 2, 40)).to_string();
        assert_eq!(
            told,
            "  · wake  ░ place  ▓ pull  ╱ start\n  │ bind  █ warm  ▒ register  ┄ retry\n  ◆ question\n"
        );
        for it in Phase::ALL {
            assert_eq!(told.matches(character(it)).count(), 1, "{it:?}");
        }
    }
}
