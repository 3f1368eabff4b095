//! What tests look at in a figure, once it has been read as it is painted.

use resvg::usvg::{Group, Node, Rect, Tree};

use crate::{Drawing, png::options};

/// The widths that figures are drawn with: a phone's, a desktop's, a wide one's.
pub(crate) const SHAPES: [f64; 3] = [Drawing::NARROW, Drawing::WIDE, 1200.0];

/// Half a pixel is no overlap.
const TOLERANCE: f32 = 0.5;

/// Panics unless all is within the figure, and no words touch others.
pub(crate) fn fits(svg: &str) {
    let tree = Tree::from_str(svg, &options()).unwrap_or_else(|error| panic!("{error}\n{svg}"));
    let mut words: Vec<(String, Rect)> = Vec::new();
    look(tree.root(), &mut |node| {
        let area = node.abs_bounding_box();
        let (width, height) = (tree.size().width(), tree.size().height());
        let is_within = area.left() >= -TOLERANCE
            && area.top() >= -TOLERANCE
            && area.right() <= width + TOLERANCE
            && area.bottom() <= height + TOLERANCE;
        if let Node::Text(text) = node {
            let told = text.chunks().iter().map(|it| it.text()).collect();
            assert!(is_within, "{told:?} at {area:?} is outside of {width} × {height}\n{svg}");
            assert!(area.width() > 0.0, "{told:?} has no letters");
            words.push((told, area));
        }
        assert!(is_within, "{area:?} is outside of {width} × {height}\n{svg}");
    });
    assert_eq!(words.len(), svg.matches("<text").count() - svg.matches("></text>").count());
    for (index, (one, area)) in words.iter().enumerate() {
        for (other, beside) in words.iter().skip(index + 1) {
            assert!(!overlap(*area, *beside), "{one:?} and {other:?} overlap\n{svg}");
        }
    }
}

fn overlap(one: Rect, other: Rect) -> bool {
    let across = one.right().min(other.right()) - one.left().max(other.left());
    let down = one.bottom().min(other.bottom()) - one.top().max(other.top());
    // The box of a line of text has room above and below its letters.
    across > TOLERANCE && down > one.height().min(other.height()) * 0.3
}

fn look(group: &Group, see: &mut impl FnMut(&Node)) {
    for node in group.children() {
        match node {
            Node::Group(group) => look(group, see),
            other => see(other),
        }
    }
}

mod tests {
    use super::*;

    fn words(x: u32, width: u32) -> String {
        format!(
            "<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='40' font-family='sans-serif'>\
             <text x='2' y='20'>one</text><text x='{x}' y='20'>other</text></svg>"
        )
    }

    #[test]
    fn what_fits_passes() {
        fits(&words(50, 100));
    }

    #[test]
    #[should_panic(expected = "overlap")]
    fn words_that_touch_others_are_found() {
        fits(&words(10, 100));
    }

    #[test]
    #[should_panic(expected = "outside")]
    fn words_that_are_cut_are_found() {
        fits(&words(50, 60));
    }
}
