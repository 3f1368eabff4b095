//! Figures of cold starts, latencies, costs and days, and a page of them, from plain numbers.
//!
//! Each figure is a struct of what it shows. It becomes SVG that stands by itself, PNG with a font of its own, or a part of
//! a [`Report`], an HTML page that needs no script and nothing from elsewhere. Pure: nothing here reads, writes or prints.
//!
//! Numbers that are not finite are left out; negative ones count as nothing.

mod axis;
mod chart;
mod distribution;
mod drawing;
mod escape;
pub mod figure;
mod frontier;
mod hatch;
mod legend;
mod palette;
mod phase;
mod place;
mod png;
mod report;
mod stacked;
mod text;
mod timeline;
mod tuning;

#[cfg(test)]
mod look;

pub use self::{
    axis::has_log_scale,
    chart::Chart,
    distribution::{Distribution, Series},
    drawing::Drawing,
    frontier::{Candidate, CostUnit, Frontier},
    phase::Phase,
    png::PngError,
    report::{Block, Column, Report, Section, Summary, Table},
    stacked::{Bar, Segment, Stacked},
    timeline::{Span, Tasks, Timeline},
    tuning::{Size, Tuning},
};
