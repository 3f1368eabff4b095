//! Roles of IAM. One that was just made is not seen everywhere at once: who needs it waits for it.

use aws_sdk_iam::types::Tag;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Reply,
    resource::{Resource, Role},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, Refusal, call},
    found::{Found, Marked},
    policy_document::{grants, policy, trust, trusted},
    tags::{self, Tags},
};

/// What the one policy of a role is called.
const POLICY: &str = "ragctl";

/// What IAM says of what is not there.
const ABSENT: [&str; 2] = ["NoSuchEntity", "NoSuchEntityException"];

/// The roles that a stack can have, but for the one at the edge.
pub(crate) const ALL: [&str; 5] = ["execution", "task", "ping", "wake", "keepalive"];

/// The roles that a stack on Lambda can have.
pub(crate) const ON_LAMBDA: [&str; 1] = ["app"];

/// The role of the function at the edge, which is looked for only where there can be one.
pub(crate) const EDGE: &str = "edge";

/// A role that was found; what it may do may not be known yet.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    is: aws_sdk_iam::types::Role,
    policy: Option<String>,
}

/// Looks for a role; for the one that every stack has, also for what it may do.
pub(crate) async fn look(aws: &Aws, name: &str) -> Reply<(Address, Option<Seen>)> {
    let address = Address::of(Kind::Role, name);
    let called = aws.names.of(&address);
    let role = async {
        let asked = aws.clients.iam.get_role().role_name(&called).send();
        call("iam GetRole", asked).await.or_absent(&ABSENT)
    };
    let at_once = name == "execution";
    let policy = async { if at_once { document(aws, &called).await } else { Ok(None) } };
    let (role, policy) = tokio::try_join!(role, policy)?;
    let seen = role.and_then(|it| it.role).map(|is| Seen { is, policy });
    if let Some(seen) = &seen {
        aws.learn(&address, seen.is.arn());
    }
    Ok((address, seen))
}

/// What a role is.
pub(crate) async fn read(
    aws: &Aws,
    (address, seen): (Address, Option<Seen>),
) -> Reply<(Address, Found<Marked>)> {
    let Some(Seen { is, policy }) = seen else { return Ok((address, Found::Nothing)) };
    // The task's role can have no policy: the service calls nothing on AWS.
    let policy = match address.name.as_str() {
        "execution" | "task" => policy,
        _ => document(aws, &aws.names.of(&address)).await?,
    };
    let account = is.arn().split(':').nth(4).unwrap_or_default();
    let trust = decoded(is.assume_role_policy_document().unwrap_or_default());
    let resource = Role {
        name: address.name.clone(),
        trusts: trusted(&trust, account),
        grants: policy.map(|it| grants(&it, &aws.names, account)).unwrap_or_default(),
        boundary: is
            .permissions_boundary()
            .and_then(|it| it.permissions_boundary_arn())
            .map(ToOwned::to_owned),
    };
    let tags = Tags::new(is.tags(), |it: &Tag| (Some(it.key()), Some(it.value())));
    let found = (resource.into(), tags.mark());
    Ok((address, Found::by_tags(found, &tags, aws.names.stack(), is.arn())))
}

async fn document(aws: &Aws, called: &str) -> Result<Option<String>, Refusal> {
    let asked = aws.clients.iam.get_role_policy().role_name(called).policy_name(POLICY).send();
    let found = call("iam GetRolePolicy", asked).await.or_absent(&ABSENT)?;
    Ok(found.map(|it| decoded(it.policy_document())))
}

/// IAM gives documents as they stand in an address: `%7B` for `{`.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Makes the role what it should be, whether it is there or not.
pub(crate) async fn write(aws: &Aws, role: &Role, exists: bool) -> Reply<()> {
    let address = Resource::from(role.clone()).address();
    let called = aws.names.of(&address);
    let account = aws.account().await?;
    let trust = trust(&role.trusts, account).to_string();
    let resource = Resource::from(role.clone());
    if exists || !create(aws, role, &called, &trust).await? {
        let update = aws.clients.iam.update_assume_role_policy();
        let update = update.role_name(&called).policy_document(&trust).send();
        let tag = aws.clients.iam.tag_role().role_name(&called);
        let tag = tag.set_tags(Some(sdk(vec![tags::applied(&resource)]))).send();
        let sent = async {
            tokio::try_join!(
                call("iam UpdateAssumeRolePolicy", update),
                call("iam TagRole", tag),
                bound(aws, role, &called),
            )
        };
        sent.await?;
    }
    write_policy(aws, role, &called, account).await
}

/// Makes it; `false` when one of ours was there already: an answer that got lost, or another run.
async fn create(aws: &Aws, role: &Role, called: &str, trust: &str) -> Reply<bool> {
    let resource = Resource::from(role.clone());
    let made = aws
        .clients
        .iam
        .create_role()
        .role_name(called)
        .description(format!("{} of ragctl stack {}", role.name, aws.names.stack()))
        .assume_role_policy_document(trust)
        .set_permissions_boundary(role.boundary.clone())
        .set_tags(Some(sdk(tags::of(aws.names.stack(), &resource))))
        .send();
    let made = call("iam CreateRole", made).await;
    let Some(made) = made.or_absent(&["EntityAlreadyExists", "EntityAlreadyExistsException"])?
    else {
        let seen = look(aws, role.name.as_str()).await?;
        crate::perform::must_be_ours(read(aws, seen).await?.1, &resource.address())?;
        return Ok(false);
    };
    if let Some(arn) = made.role.as_ref().map(|it| it.arn()) {
        aws.learn(&resource.address(), arn);
    }
    Ok(true)
}

async fn bound(aws: &Aws, role: &Role, called: &str) -> Result<(), Refusal> {
    let iam = &aws.clients.iam;
    match &role.boundary {
        Some(boundary) => {
            let put = iam.put_role_permissions_boundary().role_name(called);
            call("iam PutRolePermissionsBoundary", put.permissions_boundary(boundary).send())
                .await
                .map(|_| ())
        }
        None => {
            let delete = iam.delete_role_permissions_boundary().role_name(called).send();
            call("iam DeleteRolePermissionsBoundary", delete).await.or_done(&ABSENT)
        }
    }
}

async fn write_policy(aws: &Aws, role: &Role, called: &str, account: &str) -> Reply<()> {
    let iam = &aws.clients.iam;
    match policy(&role.grants, &aws.names, account) {
        Some(document) => {
            let put = iam.put_role_policy().role_name(called).policy_name(POLICY);
            call("iam PutRolePolicy", put.policy_document(document.to_string()).send()).await?;
        }
        None => delete_policy(aws, called).await?,
    }
    Ok(())
}

async fn delete_policy(aws: &Aws, called: &str) -> Reply<()> {
    let delete = aws.clients.iam.delete_role_policy().role_name(called).policy_name(POLICY);
    Ok(call("iam DeleteRolePolicy", delete.send()).await.or_done(&ABSENT)?)
}

/// Removes the role, and its policy before.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let called = aws.names.of(address);
    delete_policy(aws, &called).await?;
    let delete = aws.clients.iam.delete_role().role_name(&called).send();
    call("iam DeleteRole", delete).await.or_done(&ABSENT)?;
    aws.forget(address);
    Ok(())
}

fn sdk(tags: Vec<tags::Tag>) -> Vec<Tag> {
    let tag = |(key, value): tags::Tag| Tag::builder().key(key).value(value).build();
    tags.into_iter().map(|it| tag(it).expect("a tag has key and value")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_decoded() {
        assert_eq!(decoded("%7B%22a%22%3A%20%22%C3%A9%22%7D"), "{\"a\": \"é\"}");
        assert_eq!(decoded("100%"), "100%");
    }
}
