//! What whoever uses ragctl must be allowed: the least that AWS can say, made of the stack alone. Calls nothing.
//!
//! - `rights` has a table for each service: who reads, writes and removes what, and with which actions.
//! - `subject` knows the stack's things by their ARNs, and which of them the file wants.
//! - `document` puts the rights together; `github` says who may take a role on.
//!
//! Where an action is on `*`, AWS has nothing narrower: <https://docs.aws.amazon.com/service-authorization/latest/reference/>.

mod document;
mod github;
mod right;
mod rights;
mod subject;

pub use self::{
    document::{Policy, Statement},
    github::{Claim, GithubTrust, NotARepository, Repository},
};

use ragctl_stacks::stack::Stack;

use self::subject::Subject;

/// What somebody wants to do with a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// See what would change, and change nothing.
    Plan,
    /// Bring the stack to what its file says, see how it does, and go back.
    Deploy,
    /// Take the stack down.
    Destroy,
}

/// The least that somebody with a `purpose` must be allowed in a region of an account.
///
/// A deployment may remove what its file has now and could leave out, so that whoever has the policy of a file can carry
/// out an edit of it.
#[must_use]
pub fn policy(stack: &Stack, region: &str, account: &str, purpose: Purpose) -> Policy {
    Policy::of(&Subject::new(stack, region, account), purpose)
}
