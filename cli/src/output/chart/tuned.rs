//! What memory does to a function, as a figure.

use ragctl_chart::{Size, Tuning};
use ragctl_stacks::tune::SizeFigures;

use crate::commands::lambda::tune::Tuned;

impl From<&Tuned> for Tuning {
    fn from(tuned: &Tuned) -> Self {
        let measured = tuned.measured();
        Self {
            title: tuned.function.clone(),
            lead: tuned.choice.why.clone(),
            chosen: measured.iter().position(|it| it.memory_mb == tuned.choice.memory_mb),
            sizes: measured.iter().map(size).collect(),
        }
    }
}

fn size(it: &SizeFigures) -> Size {
    Size {
        memory_mb: it.memory_mb.get(),
        millis: it.warm.duration.p50,
        usd: it.warm_usd_per_million,
    }
}

#[cfg(test)]
mod tests;
