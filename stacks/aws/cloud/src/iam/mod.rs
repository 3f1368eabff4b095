//! IAM, as far as roles go. Global: every region sees the same.

mod policy;
mod role;
mod simulate;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

pub(crate) use role::Role;

use crate::account::{ACCOUNT, Account, Here};
use crate::input::last;
use crate::refusal::{Refusal, Reply};

/// What IAM holds.
#[derive(Debug, Default)]
pub(crate) struct Iam {
    pub(crate) roles: BTreeMap<String, Role>,
    /// Actions that simulation calls denied.
    pub(crate) denied: BTreeSet<String>,
    /// Actions that are refused.
    pub(crate) refused: BTreeSet<String>,
    /// The ARN of whoever calls; the user `tester` when nobody says.
    pub(crate) caller: Option<String>,
}

/// Whether a service may use a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assumable {
    /// It may.
    Yes,
    /// It does not see the role, or not yet, or the role does not trust it.
    No,
}

impl Iam {
    /// Whether `action` of another service may use the role `arn` for `principal`.
    ///
    /// A new role is not seen by the first `unseen` calls of each action that name it.
    pub(crate) fn assume(
        &mut self,
        arn: &str,
        principal: &str,
        action: &str,
        unseen: u32,
    ) -> Assumable {
        let Some(role) = self.roles.get_mut(last(arn)).filter(|role| role.arn() == arn) else {
            return Assumable::No;
        };
        let named = role.named.entry(action.to_owned()).or_default();
        let seen = role.old || *named >= unseen;
        *named += 1;
        let trusted = role.trust().contains(principal);
        if seen && trusted { Assumable::Yes } else { Assumable::No }
    }

    /// Whether a role is there that does not trust `principal`, which registering a task definition
    /// does not mind.
    pub(crate) fn exists_without_trust(&self, arn: &str, principal: &str) -> bool {
        let role = self.roles.get(last(arn)).filter(|role| role.arn() == arn);
        role.is_some_and(|role| !role.trust().contains(principal))
    }

    /// Roles that callers made.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let ours = |role: &&Role| !role.old && !role.arn().contains(":role/aws-service-role/");
        self.roles
            .values()
            .filter(ours)
            .map(|role| format!("iam role {}", last(role.arn())))
            .collect()
    }
}

impl Account {
    /// Plants somebody else's role, which every service sees at once and which is not counted among
    /// the leftovers; its ARN.
    pub fn plant_role(&mut self, name: &str, trusts: &str) -> String {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Service": trusts}, "Action": "sts:AssumeRole"}]});
        let arn = format!("arn:aws:iam::{ACCOUNT}:role/{name}");
        let mut role = Role::new(name, "/", &arn, &trust.to_string());
        role.old = true;
        self.iam.roles.insert(name.to_owned(), role);
        arn
    }
}

pub(crate) fn answer(here: &mut Here<'_>, action: &str, input: &Value) -> Reply {
    let now = here.now;
    let iam = &mut *here.iam;
    match action {
        "CreateRole" => role::create(iam, input, now),
        "GetRole" => role::get(iam, input),
        "ListRoles" => Ok(role::list(iam, input)),
        "DeleteRole" => role::delete(iam, input),
        "UpdateRole" | "UpdateRoleDescription" => role::update(iam, input),
        "UpdateAssumeRolePolicy" => role::update_trust(iam, input),
        "TagRole" => role::tag(iam, input),
        "UntagRole" => role::untag(iam, input),
        "ListRoleTags" => role::tags(iam, input),
        "PutRolePermissionsBoundary" => role::bound(iam, input),
        "DeleteRolePermissionsBoundary" => role::unbound(iam, input),
        "CreateServiceLinkedRole" => role::create_linked(iam, input),
        "PutRolePolicy" => policy::put(iam, input),
        "GetRolePolicy" => policy::get(iam, input),
        "DeleteRolePolicy" => policy::delete(iam, input),
        "ListRolePolicies" => policy::list(iam, input),
        "ListAttachedRolePolicies" => policy::attached(iam, input),
        "AttachRolePolicy" => policy::attach(iam, input),
        "DetachRolePolicy" => policy::detach(iam, input),
        "SimulatePrincipalPolicy" => Ok(simulate::principal(iam, input)),
        _ => Err(Refusal::not_here("iam", action)),
    }
}
