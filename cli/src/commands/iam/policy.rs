use clap::ValueEnum;
use ragctl_aws::{Policy, Purpose, policy};
use ragctl_stacks::stack::{AccountId, Region, Target};

use super::ACCOUNT;
use crate::{exit::Exit, failure::Failure, output::json, session::Session};

/// The size that IAM allows for a managed policy, in characters that are not white space.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const LARGEST: usize = 6144;

/// What stands for the region where nothing says it.
const REGION: &str = "REGION";

/// Print the least IAM policy for the stack of the file
///
/// It has the actions that ragctl calls for what the file asks for, on what has the stack's name, and nothing else. A
/// deployment may also remove what the file has and could leave out: print the policy anew after the deployment that
/// leaves it out, not before.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: a policy for the role that deploys\n  \
                        ragctl iam policy --env production > policy.json\n  \
                        aws iam create-policy --policy-name ragctl-deploy --policy-document file://policy.json")]
pub(crate) struct PolicyArgs {
    /// What it is for
    #[arg(long = "for", value_enum, value_name = "COMMAND", default_value_t = For::Deploy)]
    purpose: For,

    /// Number of the account, where the file names none [default: `ACCOUNT_ID`, to be replaced]
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<AccountId>,

    /// Region, where the file names none [default: `REGION`, to be replaced]
    #[arg(long, value_name = "REGION", env = "AWS_REGION", hide_env_values = true)]
    region: Option<Region>,
}

/// What a policy is for.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum For {
    /// `ragctl plan`
    Plan,
    /// `ragctl deploy`, and `plan`, `status`, `logs`, `bench import`, `rollback`, `unlock`
    Deploy,
    /// `ragctl destroy`
    Destroy,
}

pub(super) fn run(args: &PolicyArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let stack = &project.stack;
    if stack.target == Target::Local {
        return Err(Failure::NoPolicy(stack.target));
    }
    let account = stack.aws.account.as_ref().or(args.account.as_ref());
    let region = stack.aws.region.as_ref().or(args.region.as_ref());
    let account = account.map_or(ACCOUNT, AccountId::as_str);
    let region = region.map_or(REGION, Region::as_str);
    let policy = policy(stack, region, account, args.purpose.into());
    session.output.text(&json::document(&policy))?;
    tell(session, &policy, account, region);
    Ok(Exit::Done)
}

/// What is left to do before IAM takes it.
fn tell(session: &Session, policy: &Policy, account: &str, region: &str) {
    let mut left = Vec::new();
    if account == ACCOUNT {
        left.push("`--account` for ACCOUNT_ID");
    }
    if region == REGION {
        left.push("`--region` for REGION");
    }
    if !left.is_empty() {
        session.output.note(&format!("to be filled in: {}", left.join(", ")));
    }
    let size = policy.size();
    if size > LARGEST {
        session.output.warn(&format!(
            "{size} characters are more than a managed policy may have ({LARGEST}); put it into the role itself: \
             `aws iam put-role-policy`"
        ));
    }
}

impl From<For> for Purpose {
    fn from(purpose: For) -> Self {
        match purpose {
            For::Plan => Self::Plan,
            For::Deploy => Self::Deploy,
            For::Destroy => Self::Destroy,
        }
    }
}
