//! The phases of a cold start, as figures have them.

use ragctl_chart::{Phase, Segment};
use ragctl_stacks::budget::{self, PhaseTime};

/// Predicted or measured phases as a bar, by their typical seconds.
pub(crate) fn segments(phases: &[PhaseTime]) -> Vec<Segment> {
    let segment = |it: &PhaseTime| Segment { phase: phase(it.phase), seconds: it.seconds.typical };
    phases.iter().map(segment).collect()
}

/// A phase, as figures have it.
pub(crate) fn phase(phase: budget::Phase) -> Phase {
    match phase {
        budget::Phase::Wake => Phase::Wake,
        budget::Phase::Place => Phase::Place,
        budget::Phase::Pull => Phase::Pull,
        budget::Phase::Start => Phase::Start,
        budget::Phase::Bind => Phase::Bind,
        budget::Phase::Warm => Phase::Warm,
        budget::Phase::Register => Phase::Register,
        budget::Phase::Retry => Phase::Retry,
    }
}
