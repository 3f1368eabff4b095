//! A plan as text.

use ragctl_stacks::plan::Plan;

use super::{Human, Page};
use crate::output::style::{of_mark, styled};

impl Human for Plan {
    fn human(&self, _page: Page) -> String {
        self.lines().iter().map(|line| styled(of_mark(line.mark), &line.text) + "\n").collect()
    }
}
