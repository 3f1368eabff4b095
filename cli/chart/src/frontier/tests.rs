use proptest::prelude::*;

use super::*;
use crate::{
    Chart,
    look::{SHAPES, fits},
};

fn candidate(name: &str, usd_per_month: f64, seconds: f64) -> Candidate {
    Candidate { name: name.to_owned(), usd_per_month, seconds }
}

fn figure(candidates: Vec<Candidate>) -> Frontier {
    Frontier {
        title: "Cost against <latency>".to_owned(),
        lead: "100 questions a day".to_owned(),
        latency: "first answer, typical".to_owned(),
        candidates,
        recommended: Some(0),
        goal_seconds: Some(10.0),
        budget_usd: Some(60.0),
    }
}

#[test]
fn the_frontier_is_what_nothing_beats_the_soonest_first() {
    let found = frontier(&[
        candidate("dear and soon", 90.0, 1.0),
        candidate("beaten", 91.0, 2.0),
        candidate("cheap and late", 10.0, 60.0),
        candidate("between", 50.0, 20.0),
        candidate("the same", 50.0, 20.0),
        candidate("as cheap, later", 10.0, 61.0),
        candidate("unknown", f64::NAN, 0.1),
    ]);
    assert_eq!(found, [0, 3, 4, 2]);
    assert_eq!(frontier(&[]), [] as [usize; 0]);
}

proptest! {
    #[test]
    fn nothing_beats_what_is_on_the_frontier_and_something_beats_all_else(
        pairs in prop::collection::vec((0_u8..12, 0_u8..12), 0..40)
    ) {
        let candidates: Vec<Candidate> = pairs
            .into_iter()
            .map(|(usd, seconds)| candidate("", f64::from(usd), f64::from(seconds)))
            .collect();
        let found = frontier(&candidates);
        for (index, it) in candidates.iter().enumerate() {
            let beaten = candidates.iter().any(|other| other.beats(it));
            prop_assert_eq!(found.contains(&index), !beaten, "{:?}", it);
        }
        let soonest_first = |pair: &[usize]| candidates[pair[0]].seconds <= candidates[pair[1]].seconds;
        prop_assert!(found.windows(2).all(soonest_first));
    }
}

#[test]
fn each_place_has_a_dot_the_frontier_is_joined_and_the_recommended_stands_out() {
    let svg = figure(vec![
        candidate("keepalive", 55.0, 2.0),
        candidate("none", 20.0, 89.0),
        candidate("edge-prewarm", 60.0, 40.0),
        candidate("reduced-workers", 60.0, 40.0),
    ])
    .svg();
    assert_eq!(svg.matches("<circle").count(), (1 + 2 + 1) + (1 + 2 + 1), "dots and legend\n{svg}");
    assert_eq!(svg.matches("<polyline").count(), 1);
    for words in [
        ">keepalive<",
        ">none<",
        ">edge-prewarm,<",
        ">goal 10 s<",
        ">budget 60.00 $<",
        ">recommended<",
        "Recommended: keepalive: 2 s, 55.00 $ a month. On the Pareto frontier: keepalive",
    ] {
        assert!(svg.contains(words), "{words}\n{svg}");
    }
    assert!(svg.contains("Cost against &lt;latency&gt;"), "{svg}");
}

#[test]
fn what_has_no_room_for_its_label_is_named_below() {
    let crowd = (0..64_u32).map(|it| {
        let (row, column) = (f64::from(it / 8), f64::from(it % 8));
        candidate(&format!("combination <{it}>"), 100.0 + row, 100.0 + column)
    });
    let svg = figure(crowd.collect()).svg();
    for it in 0..64 {
        assert!(svg.contains(&format!("combination &lt;{it}&gt;")), "{it}\n{svg}");
    }
    assert!(svg.contains("Without a label: "), "{svg}");
    fits(&svg);
}

#[test]
fn all_sorts_of_candidates_have_their_place() {
    let long = "prewarm + keepalive + edge-prewarm + reduced-workers + provisioned-concurrency";
    let spread = (0..24_u32).map(|it| {
        let it = f64::from(it);
        candidate(long, (it * 37.0) % 90.0, 0.05 * 1.4_f64.powf(it))
    });
    for candidates in [
        vec![],
        vec![candidate("one", 0.0, 0.0)],
        vec![candidate("the same", 3.0, 3.0); 12],
        vec![candidate("huge", 1e9, 1e9), candidate("tiny", 1e-9, 1e-9)],
        vec![
            candidate("less than nothing", -3.0, -1.0),
            candidate("none", f64::NAN, f64::INFINITY),
        ],
        vec![candidate(&"x".repeat(120), 3.0, 3.0)],
        spread.collect(),
    ] {
        for width in SHAPES {
            let mut figure = figure(candidates.clone());
            fits(&figure.drawing(width).svg());
            figure.goal_seconds = None;
            figure.budget_usd = Some(1e7);
            figure.recommended = Some(99);
            fits(&figure.drawing(width).svg());
        }
    }
}
