//! The lease of a stack: a parameter, taken with a write that fails when there is one.

use aws_sdk_ssm::types::{ParameterType, Tag};
use ragctl_stacks::{
    backend::{BackendError, Reply},
    lease::Lease,
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    tags,
};

const ABSENT: [&str; 1] = ["ParameterNotFound"];

/// A lease that is held, and which write of the parameter that was.
struct Held {
    lease: Lease,
    version: i64,
}

async fn read(aws: &Aws) -> Reply<Option<Held>> {
    let asked = aws.clients.ssm.get_parameter().name(aws.names.lease()).send();
    let found = call("ssm GetParameter", asked).await.or_absent(&ABSENT)?;
    let parameter = found.and_then(|it| it.parameter);
    let held = parameter.and_then(|it| {
        let lease = serde_json::from_str(it.value.as_deref()?).ok()?;
        Some(Held { lease, version: it.version })
    });
    Ok(held)
}

/// Takes the lease, or names who holds it.
pub(crate) async fn take(aws: &Aws, lease: &Lease) -> Reply<()> {
    let value = serde_json::to_string(lease).expect("a lease has a JSON form");
    if put_new(aws, &value).await? {
        return Ok(());
    }
    let Some(held) = read(aws).await? else {
        // It was given back in between, and is there for the taking, unless others are as quick.
        if put_new(aws, &value).await? {
            return Ok(());
        }
        return Err(BackendError::Unreachable {
            who: "the lease".to_owned(),
            reason: "it goes from hand to hand".to_owned(),
        });
    };
    let is_ours = held.lease.id == lease.id;
    let is_free =
        is_ours || held.lease.has_expired(lease.taken_at) || (aws.is_abandoned)(&held.lease);
    if !is_free {
        return Err(BackendError::Leased(Box::new(held.lease)));
    }
    let put = aws.clients.ssm.put_parameter().name(aws.names.lease()).value(&value);
    let put = put.r#type(ParameterType::String).overwrite(true).send();
    let version = call("ssm PutParameter", put).await?.version;
    if version == held.version + 1 || is_ours {
        return Ok(());
    }
    // Two have taken it over at once: the last write counts.
    match read(aws).await? {
        Some(now) if now.lease.id != lease.id => Err(BackendError::Leased(Box::new(now.lease))),
        _ => Ok(()),
    }
}

/// Writes the parameter where there is none; whether it did.
async fn put_new(aws: &Aws, value: &str) -> Reply<bool> {
    let (key, owner) = tags::owner(aws.names.stack());
    let tag = Tag::builder().key(key).value(owner).build().expect("a tag has key and value");
    let put = aws.clients.ssm.put_parameter().name(aws.names.lease()).value(value);
    let put = put.r#type(ParameterType::String).tags(tag).send();
    let put = call("ssm PutParameter", put).await;
    Ok(put.or_absent(&["ParameterAlreadyExists"])?.is_some())
}

/// Gives the lease with this id back.
pub(crate) async fn release(aws: &Aws, id: &str) -> Reply<()> {
    if read(aws).await?.is_some_and(|held| held.lease.id == id) {
        let delete = aws.clients.ssm.delete_parameter().name(aws.names.lease()).send();
        call("ssm DeleteParameter", delete).await.or_done(&ABSENT)?;
    }
    Ok(())
}

/// The lease that is held; that of a process that is gone is nobody's.
pub(crate) async fn held(aws: &Aws) -> Reply<Option<Lease>> {
    let held = read(aws).await?.map(|held| held.lease);
    Ok(held.filter(|it| !(aws.is_abandoned)(it)))
}
