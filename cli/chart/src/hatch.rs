//! Hatching: lines across a surface, so that it is known without its colour.

use crate::drawing::Area;

/// How a surface is hatched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hatch {
    None,
    Rising,
    Falling,
    Crossed,
    Upright,
    Level,
}

/// From one line to the next, in pixels.
const STEP: f64 = 6.0;

impl Hatch {
    /// The lines across `area` as the path of an SVG; empty where there is none.
    ///
    /// They are ends of lines, cut at the border: a pattern would need a name that is its own on a whole page.
    pub(crate) fn path(self, area: Area) -> String {
        match self {
            Self::None => String::new(),
            Self::Rising => rising(area),
            Self::Falling => falling(area),
            Self::Crossed => rising(area) + &falling(area),
            Self::Upright => {
                let (top, bottom) = (area.top, area.bottom());
                steps(area.left, area.right()).map(|x| line((x, top), (x, bottom))).collect()
            }
            Self::Level => {
                let (left, right) = (area.left, area.right());
                steps(area.top, area.bottom()).map(|y| line((left, y), (right, y))).collect()
            }
        }
    }
}

/// Lines of equal sum of x and y.
fn rising(area: Area) -> String {
    let (left, right, top, bottom) = (area.left, area.right(), area.top, area.bottom());
    let lines = steps(left + top, right + bottom).map(|sum| {
        let (from, to) = (left.max(sum - bottom), right.min(sum - top));
        line((from, sum - from), (to, sum - to))
    });
    lines.collect()
}

/// Lines of equal difference of x and y.
fn falling(area: Area) -> String {
    let (left, right, top, bottom) = (area.left, area.right(), area.top, area.bottom());
    let lines = steps(left - bottom, right - top).map(|difference| {
        let (from, to) = (left.max(difference + top), right.min(difference + bottom));
        line((from, from - difference), (to, to - difference))
    });
    lines.collect()
}

/// The multiples of the step between two figures, so that neighbours' lines meet.
fn steps(from: f64, to: f64) -> impl Iterator<Item = f64> {
    let first = (from / STEP).floor() + 1.0;
    (0_u32..).map(move |it| (first + f64::from(it)) * STEP).take_while(move |it| *it < to)
}

fn line(from: (f64, f64), to: (f64, f64)) -> String {
    format!("M{:.1} {:.1}L{:.1} {:.1}", from.0, from.1, to.0, to.1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hatches_differ_and_none_is_nothing() {
        let area = Area { left: 1.0, top: 1.0, width: 10.0, height: 10.0 };
        assert_eq!(Hatch::None.path(area), "");
        assert_eq!(Hatch::Upright.path(area), "M6.0 1.0L6.0 11.0");
        assert_eq!(Hatch::Level.path(area), "M1.0 6.0L11.0 6.0");
        assert_eq!(
            Hatch::Rising.path(area),
            "M1.0 5.0L5.0 1.0M1.0 11.0L11.0 1.0M7.0 11.0L11.0 7.0"
        );
    }

    proptest! {
        #[test]
        fn no_line_leaves_its_area(left in 0.0..500.0, top in 0.0..500.0, width in 0.0..300.0, height in 1.0..40.0) {
            let area = Area { left, top, width, height };
            for hatch in [Hatch::Rising, Hatch::Falling, Hatch::Crossed, Hatch::Upright, Hatch::Level] {
                let path = hatch.path(area);
                for point in path.split(['M', 'L']).filter(|it| !it.is_empty()) {
                    let (x, y) = point.split_once(' ').unwrap();
                    let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                    prop_assert!(left - 0.06 <= x && x <= area.right() + 0.06, "{hatch:?} {path}");
                    prop_assert!(top - 0.06 <= y && y <= area.bottom() + 0.06, "{hatch:?} {path}");
                }
            }
        }
    }
}
