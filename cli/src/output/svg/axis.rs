//! The axes of a figure.

use ragctl_stacks::tune::MemorySize;

use super::text;

/// About how many steps an axis has.
const STEPS: f64 = 5.0;

/// An upright axis from nothing to a round number.
pub(super) struct Axis {
    title: &'static str,
    step: f64,
    most: f64,
    /// Where nothing and the most are.
    from: f64,
    to: f64,
}

impl Axis {
    /// One that has room for all of these.
    pub(super) fn up_to(
        figures: impl Iterator<Item = f64>,
        title: &'static str,
        (from, to): (f64, f64),
    ) -> Self {
        let most = figures.fold(0.0, f64::max).max(f64::MIN_POSITIVE);
        let step = round_step(most / STEPS);
        Self { title, step, most: (most / step).ceil() * step, from, to }
    }

    /// Where a figure is.
    pub(super) fn at(&self, figure: f64) -> f64 {
        self.from + (self.to - self.from) * figure / self.most
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let most = self.most + self.step / 2.0;
        (0_u32..).map(|it| f64::from(it) * self.step).take_while(move |it| *it < most)
    }

    /// With a faint line through the figure at each step.
    pub(super) fn drawn_left(&self, (left, right): (f64, f64), colour: &str) -> String {
        let lines = self.ticks().map(|it| {
            let y = self.at(it);
            let line = format!(
                "<line x1=\"{left}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\" stroke=\"#ddd\"/>\n"
            );
            line + &text((left - 8.0, y + 4.0), "end", "", &self.number(it))
        });
        lines.collect::<String>() + &self.upright(left - 58.0, colour)
    }

    pub(super) fn drawn_right(&self, right: f64, colour: &str) -> String {
        let numbers = self
            .ticks()
            .map(|it| text((right + 8.0, self.at(it) + 4.0), "start", "", &self.number(it)));
        numbers.collect::<String>() + &self.upright(right + 62.0, colour)
    }

    /// Its title, from bottom to top.
    fn upright(&self, x: f64, colour: &str) -> String {
        let y = f64::midpoint(self.from, self.to);
        let turned = format!("fill=\"{colour}\" transform=\"rotate(-90 {x:.1} {y:.1})\"");
        text((x, y), "middle", &turned, self.title)
    }

    /// With as many digits as the steps have.
    fn number(&self, figure: f64) -> String {
        match self.step {
            step if step >= 1.0 => format!("{figure:.0}"),
            step if step >= 0.1 => format!("{figure:.1}"),
            step if step >= 0.01 => format!("{figure:.2}"),
            _ => format!("{figure:.4}"),
        }
    }
}

/// The next of 1, 2 and 5 with as many zeros.
fn round_step(least: f64) -> f64 {
    let ten = 10_f64.powf(least.log10().floor());
    let round = [1.0, 2.0, 5.0, 10.0].into_iter().find(|it| it * ten >= least * 0.999_999);
    round.unwrap_or(10.0) * ten
}

/// The axis of memory. Twice as much is as far everywhere.
pub(super) struct Memory {
    sizes: Vec<MemorySize>,
    from: f64,
    to: f64,
}

impl Memory {
    pub(super) fn of(sizes: impl Iterator<Item = MemorySize>, (from, to): (f64, f64)) -> Self {
        Self { sizes: sizes.collect(), from, to }
    }

    /// Where a size is.
    pub(super) fn at(&self, size: MemorySize) -> f64 {
        let far = |it: MemorySize| f64::from(it.get()).log2();
        match (self.sizes.iter().min(), self.sizes.iter().max()) {
            (Some(least), Some(most)) if least < most => {
                let share = (far(size) - far(*least)) / (far(*most) - far(*least));
                self.from + (self.to - self.from) * share
            }
            _ => f64::midpoint(self.from, self.to),
        }
    }

    /// A tick at each size.
    pub(super) fn drawn(&self, bottom: f64) -> String {
        let ticks = self.sizes.iter().map(|it| {
            let x = self.at(*it);
            let end = bottom + 5.0;
            let line = format!(
                "<line x1=\"{x:.1}\" y1=\"{bottom}\" x2=\"{x:.1}\" y2=\"{end}\" stroke=\"#222\"/>\n"
            );
            line + &text((x, bottom + 20.0), "middle", "", &it.to_string())
        });
        let middle = f64::midpoint(self.from, self.to);
        ticks.collect::<String>() + &text((middle, bottom + 44.0), "middle", "", "memory (MB)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_numbers() {
        for (least, step) in [(0.7, 1.0), (1.0, 1.0), (1.1, 2.0), (230.0, 500.0), (0.03, 0.05)] {
            assert!((round_step(least) - step).abs() < step / 1e6, "{least}");
        }
    }

    #[test]
    fn an_axis_begins_at_nothing_and_has_room_for_all() {
        let axis = Axis::up_to([3.0, 14.2].into_iter(), "ms", (100.0, 0.0));
        let ticks: Vec<String> = axis.ticks().map(|it| axis.number(it)).collect();
        assert_eq!(ticks, ["0", "5", "10", "15"]);
        assert!((axis.at(0.0) - 100.0).abs() < 1e-9 && axis.at(15.0).abs() < 1e-9);
        let small = Axis::up_to([0.28].into_iter(), "$", (100.0, 0.0));
        assert_eq!(small.ticks().map(|it| small.number(it)).last().as_deref(), Some("0.3"));
    }

    #[test]
    fn twice_the_memory_is_as_far_everywhere_and_one_size_is_in_the_middle() {
        let sizes = [128, 256, 2048].map(|it| MemorySize::new(it).unwrap());
        let axis = Memory::of(sizes.into_iter(), (0.0, 400.0));
        assert!((axis.at(sizes[1]) - 100.0).abs() < 1e-9);
        let one = Memory::of(sizes.into_iter().take(1), (0.0, 400.0));
        assert!((one.at(sizes[0]) - 200.0).abs() < 1e-9);
    }
}
