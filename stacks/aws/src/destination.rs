//! API destinations of `EventBridge`. They have no tags: whose one is, its description says.

use aws_sdk_eventbridge::types::ApiDestinationHttpMethod;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Reply,
    resource::{Destination, Resource},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    connection::{ABSENT, by_description, description},
    found::{Found, Marked},
    perform::must_be_ours,
    target_group::count,
};

/// The address of the one that a stack can have.
pub(crate) fn address() -> Address {
    Address::of(Kind::Destination, "keepalive")
}

/// Looks for the destination.
pub(crate) async fn read(aws: &Aws, address: &Address) -> Reply<Found<Marked>> {
    let asked = aws.clients.events.describe_api_destination().name(aws.names.of(address)).send();
    let found = call("events DescribeApiDestination", asked).await.or_absent(&ABSENT)?;
    let Some(found) = found else { return Ok(Found::Nothing) };
    let arn = found.api_destination_arn().unwrap_or_default();
    aws.learn(address, arn);
    let asks = found.invocation_endpoint().unwrap_or_default();
    let method = found.http_method().map_or("", |it| it.as_str());
    let rate = found.invocation_rate_limit_per_second();
    let ours = Address { kind: Kind::Connection, name: address.name.clone() };
    // Its ARN ends in an id of EventBridge's own.
    let through = format!(":connection/{}/", aws.names.of(&ours));
    let is_ours = found.connection_arn().is_some_and(|it| it.contains(&through));
    let resource = Destination {
        name: address.name.clone(),
        asks: if method == "GET" { asks.to_owned() } else { format!("{asks} by {method}") },
        rate: rate.and_then(|it| u32::try_from(it).ok()).unwrap_or_default(),
        connection: if is_ours { ours } else { Address::of(Kind::Connection, "other") },
    };
    Ok(by_description(aws, resource.into(), found.description(), arn))
}

/// Makes the destination what it should be.
pub(crate) async fn write(aws: &Aws, destination: &Destination, exists: bool) -> Reply<()> {
    let address = Resource::from(destination.clone()).address();
    if !exists && create(aws, destination, &address).await? {
        return Ok(());
    }
    let update = aws.clients.events.update_api_destination().name(aws.names.of(&address));
    let update = update.description(description(aws)).invocation_endpoint(&destination.asks);
    let update = update.http_method(ApiDestinationHttpMethod::Get);
    let update = update.connection_arn(aws.id(&destination.connection, &address)?);
    let update = update.invocation_rate_limit_per_second(count(destination.rate)).send();
    call("events UpdateApiDestination", update).await?;
    Ok(())
}

/// Makes it; `false` when one of ours was there already.
async fn create(aws: &Aws, destination: &Destination, address: &Address) -> Reply<bool> {
    let make = aws.clients.events.create_api_destination().name(aws.names.of(address));
    let make = make.description(description(aws)).invocation_endpoint(&destination.asks);
    let make = make.http_method(ApiDestinationHttpMethod::Get);
    let make = make.connection_arn(aws.id(&destination.connection, address)?);
    let make = make.invocation_rate_limit_per_second(count(destination.rate)).send();
    let made = call("events CreateApiDestination", make).await;
    if let Some(made) = made.or_absent(&["ResourceAlreadyExistsException"])? {
        aws.learn(address, made.api_destination_arn.unwrap_or_default());
        return Ok(true);
    }
    must_be_ours(read(aws, address).await?, address)?;
    Ok(false)
}

/// Removes the destination.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let delete = aws.clients.events.delete_api_destination().name(aws.names.of(address)).send();
    call("events DeleteApiDestination", delete).await.or_done(&ABSENT)?;
    aws.forget(address);
    Ok(())
}
