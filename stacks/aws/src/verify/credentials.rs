//! Whose credentials these are, and whether they work.

use ragctl_stacks::{backend::BackendError, stack::Stack};

use super::finding::{Finding, Findings};
use crate::{
    aws::Aws,
    call::{Refusal, call},
};

/// Who calls AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Caller {
    pub(super) account: String,
    pub(super) arn: String,
}

/// Finds out who we are; else why nothing more can be asked.
pub(super) async fn check(aws: &Aws, stack: &Stack) -> (Vec<Finding>, Result<Caller, String>) {
    let mut found = Findings::of("credentials");
    let asked = aws.clients.sts.get_caller_identity().send();
    let identity = match call("sts GetCallerIdentity", asked).await {
        Ok(identity) => identity,
        Err(refusal) => {
            let reason = refused(&mut found, refusal);
            return (found.done(), Err(reason));
        }
    };
    let caller = Caller {
        account: identity.account.unwrap_or_default(),
        arn: identity.arn.unwrap_or_default(),
    };
    match stack.aws.account.as_ref().map(|it| it.as_str()) {
        Some(wanted) if wanted != caller.account => {
            let Caller { account, arn } = &caller;
            found.failed(
                format!("{arn} belongs to account {account}, and the file names {wanted}"),
                format!(
                    "use other credentials (AWS_PROFILE), or correct `aws: {{account: \"{account}\"}}` in the file"
                ),
            );
            let reason = format!("the credentials belong to account {account}, not to {wanted}");
            (found.done(), Err(reason))
        }
        _ => {
            found.passed(format!("{} in account {}", caller.arn, caller.account));
            (found.done(), Ok(caller))
        }
    }
}

/// Tells why AWS did not say who we are; the reason for which the rest is skipped.
fn refused(found: &mut Findings, refusal: Refusal) -> String {
    let has_run_out = refusal.is(&["ExpiredToken", "ExpiredTokenException", "RequestExpired"]);
    let is_unknown = refusal.is(&[
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "AuthFailure",
    ]);
    if has_run_out {
        found.failed("the credentials have run out", "`aws sso login`, or get new ones");
        return "the credentials have run out".to_owned();
    }
    if is_unknown {
        found.failed(
            format!("AWS does not know the credentials: {}", refusal.message),
            "correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile (AWS_PROFILE)",
        );
        return "AWS does not know the credentials".to_owned();
    }
    match BackendError::from(refusal) {
        BackendError::NoCredentials { .. } => {
            found.failed(
                "there are none that work",
                "`aws sso login` or AWS_PROFILE gives you some",
            );
            "there are no credentials to ask with".to_owned()
        }
        error => {
            found.refused(&error);
            "AWS did not say whose credentials these are".to_owned()
        }
    }
}
