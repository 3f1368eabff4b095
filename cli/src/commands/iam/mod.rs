//! What whoever uses ragctl must be allowed on AWS, and who may be it. Calls nothing.

mod github_oidc;
mod policy;

use crate::{exit::Exit, failure::Failure, session::Session};

/// What stands for the account's number where nothing says it.
const ACCOUNT: &str = "ACCOUNT_ID";

/// Print what AWS's IAM needs to let somebody use ragctl
///
/// No credentials are needed, and nothing is called.
#[derive(clap::Args, Debug)]
pub(crate) struct IamArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    Policy(policy::PolicyArgs),
    GithubOidc(github_oidc::GithubOidcArgs),
}

pub(crate) fn run(args: IamArgs, session: &Session) -> Result<Exit, Failure> {
    match args.verb {
        Verb::Policy(args) => policy::run(&args, session),
        Verb::GithubOidc(args) => github_oidc::run(args, session),
    }
}
