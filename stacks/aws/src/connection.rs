//! Connections of `EventBridge`. They have no tags: whose one is, its description says.

use aws_sdk_eventbridge::types::{
    ConnectionAuthorizationType, CreateConnectionApiKeyAuthRequestParameters,
    CreateConnectionAuthRequestParameters, UpdateConnectionApiKeyAuthRequestParameters,
    UpdateConnectionAuthRequestParameters,
};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Reply,
    live::Foreign,
    resource::{Connection, Resource},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    found::{Found, Marked},
    perform::must_be_ours,
};

pub(crate) const ABSENT: [&str; 1] = ["ResourceNotFoundException"];

/// What the header says: that the request is a ping. It stands where a key would, and is no secret.
const PING: &str = "ping";

/// How a thing without tags says whose it is.
pub(crate) fn description(aws: &Aws) -> String {
    format!("keepalive of ragctl stack {}", aws.names.stack())
}

/// Ours when the description says so.
pub(crate) fn by_description(
    aws: &Aws,
    resource: Resource,
    description: Option<&str>,
    arn: &str,
) -> Found<Marked> {
    if description == Some(self::description(aws).as_str()) {
        Found::Ours((resource, None))
    } else {
        let owner = description.and_then(|it| it.strip_prefix("keepalive of ragctl stack "));
        Found::Foreign(Foreign { id: arn.to_owned(), owner: owner.map(ToOwned::to_owned) })
    }
}

/// The address of the one that a stack can have.
pub(crate) fn address() -> Address {
    Address::of(Kind::Connection, "keepalive")
}

/// Looks for the connection.
pub(crate) async fn read(aws: &Aws, address: &Address) -> Reply<Found<Marked>> {
    let asked = aws.clients.events.describe_connection().name(aws.names.of(address)).send();
    let found = call("events DescribeConnection", asked).await.or_absent(&ABSENT)?;
    let Some(found) = found else { return Ok(Found::Nothing) };
    let arn = found.connection_arn().unwrap_or_default();
    aws.learn(address, arn);
    let key = found.auth_parameters().and_then(|it| it.api_key_auth_parameters());
    let header = key.and_then(|it| it.api_key_name()).unwrap_or_default().to_owned();
    let resource = Connection { name: address.name.clone(), header };
    Ok(by_description(aws, resource.into(), found.description(), arn))
}

/// Makes the connection what it should be.
pub(crate) async fn write(aws: &Aws, connection: &Connection, exists: bool) -> Reply<()> {
    let address = Resource::from(connection.clone()).address();
    let called = aws.names.of(&address);
    if !exists && create(aws, connection, &address).await? {
        return Ok(());
    }
    let key = UpdateConnectionApiKeyAuthRequestParameters::builder();
    let key = key.api_key_name(&connection.header).api_key_value(PING).build();
    let auth =
        UpdateConnectionAuthRequestParameters::builder().api_key_auth_parameters(key).build();
    let update = aws.clients.events.update_connection().name(called);
    let update = update.description(description(aws)).auth_parameters(auth);
    let update = update.authorization_type(ConnectionAuthorizationType::ApiKey).send();
    call("events UpdateConnection", update).await?;
    Ok(())
}

/// Makes it; `false` when one of ours was there already.
async fn create(aws: &Aws, connection: &Connection, address: &Address) -> Reply<bool> {
    let key = CreateConnectionApiKeyAuthRequestParameters::builder();
    let key = key.api_key_name(&connection.header).api_key_value(PING).build();
    let auth = CreateConnectionAuthRequestParameters::builder()
        .api_key_auth_parameters(key.expect("a key has a name and a value"))
        .build();
    let make = aws.clients.events.create_connection().name(aws.names.of(address));
    let make = make.description(description(aws)).auth_parameters(auth);
    let make = make.authorization_type(ConnectionAuthorizationType::ApiKey).send();
    let made = call("events CreateConnection", make).await;
    if let Some(made) = made.or_absent(&["ResourceAlreadyExistsException"])? {
        aws.learn(address, made.connection_arn.unwrap_or_default());
        return Ok(true);
    }
    must_be_ours(read(aws, address).await?, address)?;
    Ok(false)
}

/// Removes the connection.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let delete = aws.clients.events.delete_connection().name(aws.names.of(address)).send();
    call("events DeleteConnection", delete).await.or_done(&ABSENT)?;
    aws.forget(address);
    Ok(())
}
