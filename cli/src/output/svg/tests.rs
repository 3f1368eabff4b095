use ragctl_stacks::{
    cost::Prices,
    stack::Architecture,
    tune::{Goal, MemorySize, Run, SizeFigures, Tariff, Timings, Tried},
};

use super::*;

fn tuned() -> Tuned {
    let tariff = Tariff::of(&Prices::built_in(), Architecture::X86_64, None);
    let size = |mb: u32, ms: f64| {
        let run =
            Run { answer_ms: ms, duration_ms: ms, init_ms: None, billed_ms: ms, peak_mb: 20.0 };
        let timings = Timings::of(&[run]).unwrap();
        let memory_mb = MemorySize::new(mb).unwrap();
        let usd = tariff.usd_per_million(memory_mb, ms);
        let (cold_usd_per_million, warm_usd_per_million) = (usd, usd);
        Tried::Measured(Box::new(SizeFigures {
            memory_mb,
            cold: timings,
            warm: timings,
            cold_usd_per_million,
            warm_usd_per_million,
        }))
    };
    let sizes = vec![size(128, 80.0), size(512, 15.0), size(1769, 15.0)];
    let ran: Vec<SizeFigures> = sizes.iter().filter_map(|it| it.figures().copied()).collect();
    Tuned {
        function: "a <function> & more".to_owned(),
        limited_by: None,
        tariff,
        goal: Goal::Cost,
        choice: Goal::Cost.choose(&ran).unwrap(),
        sizes,
    }
}

#[test]
fn both_curves_and_the_chosen_size_are_drawn_with_their_units() {
    let svg = chart(&tuned());
    assert_eq!(svg.matches("<polyline").count(), 2);
    assert_eq!(svg.matches("<circle").count(), 3);
    for words in ["(ms)", "($)", "memory (MB)", ">128<", ">1769<", ">512 MB<"] {
        assert!(svg.contains(words), "{words}\n{svg}");
    }
    assert!(svg.contains("a &lt;function> &amp; more"), "{svg}");
}

#[test]
fn nothing_is_outside_of_the_figure() {
    let svg = chart(&tuned());
    let figures = svg.split(&['"', ' ', ','][..]).filter_map(|it| it.parse::<f64>().ok());
    for it in figures {
        assert!((-90.0..=SIZE.0).contains(&it), "{it}\n{svg}");
    }
}
