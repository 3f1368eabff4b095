use ragctl_aws::{Claim, GithubTrust, Repository};
use ragctl_stacks::stack::AccountId;

use super::ACCOUNT;
use crate::{exit::Exit, failure::Failure, output::json, session::Session};

/// Print the trust policy of a role for GitHub Actions
///
/// One repository is trusted, and of its runs those of one environment, of one branch, or of pull requests; never a whole
/// organisation. Workflows of a trusted run need no keys of AWS.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: a role for the jobs of the environment `production`\n  \
                        ragctl iam github-oidc --repository acme/handbook --environment production > trust.json\n  \
                        aws iam create-role --role-name ragctl-deploy --assume-role-policy-document file://trust.json")]
pub(crate) struct GithubOidcArgs {
    /// Repository whose workflows are trusted
    #[arg(long, value_name = "OWNER/NAME")]
    repository: String,

    /// Environment whose jobs are trusted
    #[arg(long, value_name = "NAME", value_parser = name, conflicts_with_all = ["branch", "pull_request"])]
    environment: Option<String>,

    /// Branch whose runs are trusted [default: main]
    #[arg(long, value_name = "NAME", value_parser = name, conflicts_with = "pull_request")]
    branch: Option<String>,

    /// Trust the runs of pull requests; for a role that may only plan
    #[arg(long)]
    pull_request: bool,

    /// Number of the account [default: `ACCOUNT_ID`, to be replaced]
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountId>,
}

pub(super) fn run(args: GithubOidcArgs, session: &Session) -> Result<Exit, Failure> {
    let repository: Repository = args.repository.parse()?;
    let claim = match (args.environment, args.branch) {
        (Some(name), _) => Claim::Environment(name),
        (None, Some(name)) => Claim::Branch(name),
        (None, None) if args.pull_request => Claim::PullRequest,
        (None, None) => Claim::Branch("main".to_owned()),
    };
    let account = args.account.as_ref().map_or(ACCOUNT, AccountId::as_str);
    session.output.text(&json::document(&GithubTrust::new(account, &repository, &claim)))?;
    if args.account.is_none() {
        session.output.note("to be filled in: `--account` for ACCOUNT_ID");
    }
    session.output.note(
        "The account needs GitHub as a provider, once:\n  \
         aws iam create-open-id-connect-provider --url https://token.actions.githubusercontent.com --client-id-list sts.amazonaws.com\n\
         Then make the role with this document, and give it what `ragctl iam policy` prints:\n  \
         aws iam create-role --role-name ragctl-deploy --assume-role-policy-document file://trust.json\n  \
         aws iam put-role-policy --role-name ragctl-deploy --policy-name ragctl --policy-document file://policy.json",
    );
    Ok(Exit::Done)
}

/// The name of an environment or of a branch: one, not a pattern of many.
fn name(text: &str) -> Result<String, String> {
    match text {
        "" => Err("a name is not empty".to_owned()),
        text if text.contains(['*', '?']) => Err("one name, not a pattern of many".to_owned()),
        text => Ok(text.to_owned()),
    }
}
