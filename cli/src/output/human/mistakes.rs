//! The mistakes in a stack file as text.

use ragctl_stacks::config::{Colour, Mistakes};

/// All mistakes, each with its line.
pub(crate) fn text(mistakes: &Mistakes) -> String {
    mistakes.render(Colour::Ansi)
}
