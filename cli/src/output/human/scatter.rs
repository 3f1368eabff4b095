//! Cost against latency in a few lines of characters.

use ragctl_chart::has_log_scale;
use ragctl_stacks::advise::Advice;

use super::{
    Page,
    figure::seconds,
    judged::{percentile, unit},
};
use crate::output::style::{FAINT, GOOD, LOOK, styled};

/// How high the plot is, in lines.
const LINES: usize = 8;

/// How wide it is at most, in characters.
const WIDEST: usize = 64;

/// What stands at a place, the most important last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    #[default]
    Nothing,
    Goal,
    Budget,
    Beaten,
    Best,
    Chosen,
}

impl Mark {
    fn drawn(self) -> String {
        match self {
            Self::Nothing => " ".to_owned(),
            Self::Goal => styled(LOOK, '┊'),
            Self::Budget => styled(LOOK, '┄'),
            Self::Beaten => styled(FAINT, '∙'),
            Self::Best => "●".to_owned(),
            Self::Chosen => styled(GOOD, '◉'),
        }
    }
}

/// All that was judged: what costs more is higher, what takes longer further right.
pub(super) fn scatter(advice: &Advice, page: Page) -> String {
    let percentile = percentile(advice);
    let places: Vec<(f64, f64)> =
        advice.judged.iter().map(|it| (it.seconds(percentile), it.cost)).collect();
    let goal = advice.aim.goal.map(|it| it.seconds);
    let shown = || places.iter().filter(|it| it.0.is_finite());
    let most_cost = shown().map(|it| it.1).chain(advice.aim.monthly).fold(0.0, f64::max);
    let top = unit(advice).cell(most_cost);
    let left = top.chars().count() + 2;
    let width = page.width.saturating_sub(left + 2).clamp(20, WIDEST);
    let across = Across::over(shown().map(|it| it.0).chain(goal));
    let column = |seconds: f64| step(across.share(seconds), width);
    let line = |cost: f64| LINES - 1 - step(cost / most_cost.max(f64::MIN_POSITIVE), LINES);

    let mut grid = vec![vec![Mark::Nothing; width]; LINES];
    if let Some(goal) = goal {
        grid.iter_mut().for_each(|it| it[column(goal)] = Mark::Goal);
    }
    if let Some(usd) = advice.aim.monthly {
        grid[line(usd)].fill(Mark::Budget);
    }
    for (at, (seconds, cost)) in places.iter().enumerate().filter(|(_, it)| it.0.is_finite()) {
        let mark = match at {
            at if at == advice.chosen => Mark::Chosen,
            at if advice.frontier.contains(&at) => Mark::Best,
            _ => Mark::Beaten,
        };
        let place = &mut grid[line(*cost)][column(*seconds)];
        *place = mark.max(*place);
    }

    let line = |(at, marks): (usize, &Vec<Mark>)| {
        let label = if at == 0 { top.as_str() } else { "" };
        let axis = styled(FAINT, format!("{label:>left$} │"));
        let drawn: String = marks.iter().map(|it| it.drawn()).collect();
        format!("{axis}{}\n", drawn.trim_end())
    };
    let lines: String = grid.iter().enumerate().map(line).collect();
    let scale = if across.is_log { ", log scale" } else { "" };
    let of = format!("{percentile} of all answers{scale}");
    let [least, most] = [across.least, across.most].map(seconds);
    let room = width.saturating_sub(least.chars().count() + most.chars().count());
    let foot =
        format!("{:>left$} └{}\n{:left$}  {least}{of:^room$}{most}", 0, "─".repeat(width), "");
    let legend = [
        (Mark::Chosen, "advised"),
        (Mark::Best, "nothing is cheaper and sooner"),
        (Mark::Beaten, "others"),
    ];
    let legend = legend.map(|(mark, words)| format!("{} {words}", mark.drawn())).join("  ");
    let unit = styled(FAINT, unit(advice).as_str());
    format!("  {unit}\n{lines}{}\n{:left$}  {legend}\n", styled(FAINT, foot), "")
}

/// The axis of seconds.
struct Across {
    least: f64,
    most: f64,
    is_log: bool,
}

impl Across {
    fn over(seconds: impl Iterator<Item = f64>) -> Self {
        let all: Vec<f64> = seconds.filter(|it| *it > 0.0).collect();
        let least = all.iter().copied().fold(f64::INFINITY, f64::min);
        let most = all.iter().copied().fold(0.0, f64::max);
        let is_log = has_log_scale(least, most);
        Self { least: if is_log { least } else { 0.0 }, most, is_log }
    }

    /// How far right a time is, from 0 to 1.
    fn share(&self, seconds: f64) -> f64 {
        if self.is_log {
            (seconds.max(self.least) / self.least).ln() / (self.most / self.least).ln()
        } else {
            seconds / self.most.max(f64::MIN_POSITIVE)
        }
    }
}

/// Which of so many steps a share is, from 0 on.
fn step(share: f64, steps: usize) -> usize {
    let last = f64::from(u32::try_from(steps.saturating_sub(1)).unwrap_or(u32::MAX));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is a place in a few lines or columns"
    )]
    let step = (share.clamp(0.0, 1.0) * last).round() as usize;
    step
}
