//! What no resource says, and the prediction of a cold start and of a month's cost needs.

use serde::{Deserialize, Serialize};

use super::number::Whole;
use super::seconds::Seconds;

/// What is expected of the service and of its use, and what it may cost. Nothing is deployed differently for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Size of the image as it is pulled, compressed.
    pub image_size: ImageSize,
    /// From the start of the process until it listens.
    pub bind: BindTime,
    /// How long warming one pool takes; both side by side take as long.
    pub warm_up: WarmUpTime,
    /// How long an answer usually takes.
    pub answer_time: AnswerTime,
    /// Requests an hour, in the active hours.
    pub requests_per_hour: RequestsPerHour,
    /// Hours a day in which somebody asks.
    pub active_hours: ActiveHours,
    /// The most that a month may cost; none: whatever it costs.
    pub monthly: Option<Dollars>,
}

/// The compressed size of an image, in megabytes.
pub type ImageSize = Whole<1, 100_000>;

/// How long a process may be expected to take until it listens.
pub type BindTime = Seconds<0, 600>;

/// How long warming a pool may be expected to take; 0 where no provider is called.
pub type WarmUpTime = Seconds<0, 600>;

/// How long an answer may be expected to take.
pub type AnswerTime = Seconds<1, 3600>;

/// Requests an hour.
pub type RequestsPerHour = Whole<0, 10_000_000>;

/// Hours a day.
pub type ActiveHours = Whole<0, 24>;

/// US dollars.
pub type Dollars = Whole<1, 1_000_000>;
