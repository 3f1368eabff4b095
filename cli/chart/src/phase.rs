//! The phases of a cold start as they are drawn.

use crate::{
    hatch::Hatch,
    palette::{Colour, ON_DARK, ON_LIGHT, PHASES},
};

/// A part of a cold start, or the question after it.
///
/// Each has a colour and a hatch of its own, the same in every figure. Dark and light ones take turns, and those that are as
/// light differ in their hatch, so that they are told apart in grey and by everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// A request is noticed that finds no task.
    Wake,
    /// The task finds its place and its network.
    Place,
    /// The image is pulled.
    Pull,
    /// The container starts.
    Start,
    /// The process comes to listen.
    Bind,
    /// The pools are warmed.
    Warm,
    /// The balancer finds the task healthy.
    Register,
    /// A caller who was told to come again comes.
    Retry,
    /// The question is answered.
    Question,
}

impl Phase {
    /// All of them, as they follow each other.
    pub const ALL: [Self; 9] = [
        Self::Wake,
        Self::Place,
        Self::Pull,
        Self::Start,
        Self::Bind,
        Self::Warm,
        Self::Register,
        Self::Retry,
        Self::Question,
    ];

    /// The phase as it is written in legends.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wake => "wake",
            Self::Place => "place",
            Self::Pull => "pull",
            Self::Start => "start",
            Self::Bind => "bind",
            Self::Warm => "warm",
            Self::Register => "register",
            Self::Retry => "retry",
            Self::Question => "question",
        }
    }

    pub(crate) const fn colour(self) -> Colour {
        PHASES[self as usize]
    }

    pub(crate) const fn hatch(self) -> Hatch {
        match self {
            Self::Wake | Self::Place => Hatch::None,
            Self::Pull | Self::Warm => Hatch::Rising,
            Self::Start => Hatch::Level,
            Self::Bind => Hatch::Upright,
            Self::Register | Self::Retry => Hatch::Falling,
            Self::Question => Hatch::Crossed,
        }
    }

    /// What is legible on it: letters, and the lines of its hatch.
    pub(crate) const fn ink(self) -> Colour {
        match self {
            Self::Place | Self::Start | Self::Warm | Self::Retry => ON_LIGHT,
            Self::Wake | Self::Pull | Self::Bind | Self::Register | Self::Question => ON_DARK,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::lightness;

    #[test]
    fn two_phases_are_told_apart_without_their_colour() {
        for of in [|it: Phase| it.colour().light, |it: Phase| it.colour().dark] {
            let apart =
                |one: Phase, other: Phase| (lightness(of(one)) - lightness(of(other))).abs();
            for (index, one) in Phase::ALL.into_iter().enumerate() {
                for other in Phase::ALL.into_iter().skip(index + 1) {
                    let differ = one.hatch() != other.hatch() || apart(one, other) >= 20.0;
                    assert!(differ, "{one:?} and {other:?} look alike in grey");
                }
            }
            for pair in Phase::ALL.windows(2) {
                assert!(apart(pair[0], pair[1]) >= 25.0, "{pair:?}, which are neighbours");
            }
        }
    }
}
