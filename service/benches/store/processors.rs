//! What it buys to choose the scan for the processor.

use std::time::Instant;

use pulp::Arch;

use crate::{
    best::Best,
    data::{DIMENSION, Shape, Vectors, questions},
    ms,
    packed::Packed,
    percentile,
    scan::Rows,
};

/// Prints a table of the scan of `count` rows, as every processor runs it and as this one does.
pub(crate) fn report(count: usize) {
    let (mut ids, mut scales, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for (vector, id) in Vectors::new(Shape::Clusters, 2).take(count).zip(0..) {
        let packed = Packed::of(&vector);
        ids.push(id);
        scales.push(packed.scale);
        cells.extend(packed.cells);
    }
    let rows = Rows { dimension: DIMENSION, ids: &ids, scales: &scales, cells: &cells };
    println!("| scan of {count} × {DIMENSION}, top 40 | least | p50 |\n| --- | --- | --- |");
    let mut sums = Vec::new();
    for (name, processor) in [("portable", Arch::Scalar), ("chosen", Arch::new())] {
        let mut times = Vec::new();
        let mut sum = 0;
        for question in questions(Shape::Clusters) {
            let wanted = Packed::of(&question.vector);
            let mut best = Best::new(40, -1.0);
            let began = Instant::now();
            rows.scan(processor, &wanted, &mut best);
            times.push(began.elapsed());
            sum += best.into_sorted().iter().map(|one| one.id).sum::<i64>();
        }
        let (least, half) = (percentile(&times, 0), percentile(&times, 50));
        println!("| {name} | {} | {} |", ms(least), ms(half));
        sums.push(sum);
    }
    assert_eq!(sums[0], sums[1], "both find the same");
    println!();
}
