//! How a stack on Lambda is doing.

use ragctl_stacks::{
    backend::Reply,
    resource::Provisioned,
    stack::{Front, Stack},
    status::{State, Status},
};

use super::endpoint;
use crate::{alias, aws::Aws, function, function_url, load_balancer};

/// Looks at the stack.
pub(crate) async fn read(aws: &Aws, stack: &Stack) -> Reply<Option<Status>> {
    let has_balancer = stack.lambda.front == Front::LoadBalancer;
    let balancer = async { if has_balancer { load_balancer::look(aws).await } else { Ok(None) } };
    let (function, seen, url, balancer) = tokio::try_join!(
        function::look(aws, function::service::NAME),
        alias::look(aws),
        function_url::look(aws),
        balancer
    )?;
    if function.1.is_none() && balancer.is_none() {
        return Ok(None);
    }
    let balancer = balancer.as_ref().and_then(|it| it.dns_name());
    let url = url.map(|it| it.function_url.trim_end_matches('/').to_owned());
    let endpoint = match has_balancer {
        true => endpoint(&stack.load_balancer, balancer),
        false => url,
    };
    let number = seen.serving();
    let Some(live) = alias::found(aws, seen, stack.lambda.keep.get()).await? else {
        return Ok(Some(Status { endpoint, ..Status::of(State::Incomplete) }));
    };
    let mut notes = vec![format!("version {} serves", number.unwrap_or_default())];
    if let Some(Provisioned { minimum, maximum, .. }) = live.provisioned {
        notes.push(match (minimum, maximum) {
            (1, 1) => "1 sandbox of it is set up ahead".to_owned(),
            (_, _) if minimum == maximum => format!("{minimum} sandboxes of it are set up ahead"),
            _ => format!("{minimum} to {maximum} sandboxes of it are set up ahead"),
        });
    }
    if live.idle > 0 {
        notes.push(format!(
            "{} sandboxes of other versions are set up and serve nobody: `ragctl deploy` gives them up",
            live.idle
        ));
    }
    let revision = Some(live.revision);
    Ok(Some(Status { endpoint, revision, notes, ..Status::of(State::Running) }))
}
