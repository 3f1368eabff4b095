use super::*;
use crate::{
    Chart,
    look::{SHAPES, fits},
};

fn candidate(name: &str, cost: f64, seconds: f64) -> Candidate {
    Candidate { name: name.to_owned(), cost, seconds }
}

fn figure(candidates: Vec<Candidate>) -> Frontier {
    Frontier {
        title: "Cost against <latency>".to_owned(),
        lead: "100 questions a day".to_owned(),
        latency: "first answer, typical".to_owned(),
        unit: CostUnit::Usd,
        best: vec![1, 0, 77],
        candidates,
        recommended: Some(0),
        goal_seconds: Some(10.0),
        budget: Some(60.0),
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
        "Recommended: keepalive: 2 s, 55.00 $ a month. On the Pareto frontier: none: 89 s, 20.00 $ a month; keepalive",
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
            figure.budget = Some(1e7);
            figure.unit = CostUnit::TaskHours;
            figure.recommended = Some(99);
            fits(&figure.drawing(width).svg());
        }
    }
}
