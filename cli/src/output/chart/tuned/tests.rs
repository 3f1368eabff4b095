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
fn the_figure_has_all_sizes_that_ran_and_the_chosen_one() {
    let figure = Tuning::from(&tuned());
    let sizes: Vec<(u32, f64)> = figure.sizes.iter().map(|it| (it.memory_mb, it.millis)).collect();
    assert_eq!(sizes, [(128, 80.0), (512, 15.0), (1769, 15.0)]);
    assert_eq!(figure.chosen, Some(1), "{}", figure.lead);
    assert_eq!(figure.title, "a <function> & more");
}
