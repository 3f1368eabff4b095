//! Listeners of the stack's own balancer. They have no tags of ours: they are ours because the balancer is.

use aws_sdk_elasticloadbalancingv2::types::{
    Action, ActionTypeEnum, Certificate, Listener as Sdk, ProtocolEnum, RedirectActionConfig,
    RedirectActionStatusCodeEnum,
};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Reply,
    resource::{Listener, ListenerAction, Resource},
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    listener_rule::{forwards_to, once_free},
    load_balancer, tags,
};

const ABSENT: [&str; 2] = ["ListenerNotFound", "ListenerNotFoundException"];

/// What a listener for HTTPS speaks: TLS 1.2 and 1.3.
///
/// Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html>
const TLS: &str = "ELBSecurityPolicy-TLS13-1-2-2021-06";

/// The listeners of a balancer.
pub(crate) async fn list(aws: &Aws, balancer: &str) -> Reply<Vec<Sdk>> {
    let asked = aws.clients.elb.describe_listeners().load_balancer_arn(balancer).send();
    let found = call("elasticloadbalancing DescribeListeners", asked);
    let absent = ["LoadBalancerNotFound", "LoadBalancerNotFoundException"];
    Ok(found.await.or_absent(&absent)?.and_then(|it| it.listeners).unwrap_or_default())
}

/// What a listener of ours is called.
pub(crate) fn name(found: &Sdk) -> Option<&'static str> {
    match found.protocol()? {
        ProtocolEnum::Http => Some("http"),
        ProtocolEnum::Https => Some("https"),
        _ => None,
    }
}

/// What a listener is.
pub(crate) fn resource(aws: &Aws, found: &Sdk) -> Option<Listener> {
    let address = Address::of(Kind::Listener, name(found)?);
    aws.learn(&address, found.listener_arn().unwrap_or_default());
    Some(Listener {
        name: address.name,
        load_balancer: Address::app(Kind::LoadBalancer),
        port: u16::try_from(found.port().unwrap_or_default()).unwrap_or_default(),
        certificate: found
            .certificates()
            .first()
            .and_then(|it| it.certificate_arn())
            .map(ToOwned::to_owned),
        action: action_of(aws, found.default_actions()),
    })
}

fn action_of(aws: &Aws, actions: &[Action]) -> ListenerAction {
    let groups = [Kind::TargetGroup, Kind::FunctionTarget].map(Address::app);
    let ours = |ways: &[(String, i32)]| {
        groups.iter().find(|it| is_only(ways, aws.known_id(it).as_deref())).cloned()
    };
    let other = || {
        let sorts: Vec<&str> =
            actions.iter().filter_map(|it| it.r#type()).map(|it| it.as_str()).collect();
        ListenerAction::Other(sorts.join(", "))
    };
    let [action] = actions else { return other() };
    match action.r#type() {
        Some(ActionTypeEnum::Forward) => {
            ours(&forwards_to(action)).map_or_else(other, ListenerAction::Forward)
        }
        Some(ActionTypeEnum::Redirect) => {
            let to = action.redirect_config();
            let port = to.and_then(|it| it.port()?.parse().ok());
            match (to.and_then(|it| it.protocol()), port) {
                (Some("HTTPS"), Some(port)) => ListenerAction::RedirectToHttps(port),
                _ => other(),
            }
        }
        _ => other(),
    }
}

/// Whether all goes to one target group, which is known.
fn is_only(ways: &[(String, i32)], ours: Option<&str>) -> bool {
    matches!(ways, [(arn, _)] if Some(arn.as_str()) == ours)
}

/// Makes the listener what it should be.
pub(crate) async fn write(aws: &Aws, listener: &Listener, exists: bool) -> Reply<()> {
    let resource = Resource::from(listener.clone());
    let address = resource.address();
    let balancer = aws.id(&listener.load_balancer, &address)?;
    let action = action(aws, listener, &address)?;
    let certificate = listener.certificate.as_ref();
    let certificate = certificate.map(|it| Certificate::builder().certificate_arn(it).build());
    let protocol = if certificate.is_some() { ProtocolEnum::Https } else { ProtocolEnum::Http };
    let policy = certificate.as_ref().map(|_| TLS.to_owned());
    let known =
        if exists { aws.known_id(&address) } else { found(aws, listener, &balancer).await? };
    if let Some(arn) = known {
        let edit = aws.clients.elb.modify_listener().listener_arn(arn).port(listener.port.into());
        let edit = edit.protocol(protocol).set_ssl_policy(policy).default_actions(action);
        let edit = edit.set_certificates(certificate.map(|it| vec![it])).send();
        call("elasticloadbalancing ModifyListener", edit).await?;
    } else {
        let make = aws.clients.elb.create_listener().load_balancer_arn(&balancer);
        let make = make.port(listener.port.into()).protocol(protocol).set_ssl_policy(policy);
        let make = make.default_actions(action).set_certificates(certificate.map(|it| vec![it]));
        let made = once_free("elasticloadbalancing CreateListener", || make.clone().send()).await?;
        let arn = made.listeners().first().and_then(|it| it.listener_arn());
        aws.learn(&address, arn.unwrap_or_default());
    }
    load_balancer::tag(aws, &balancer, vec![tags::applied_within(&resource)]).await
}

/// One that is there already after all: an answer that got lost, or another run.
async fn found(aws: &Aws, listener: &Listener, balancer: &str) -> Reply<Option<String>> {
    let all = list(aws, balancer).await?;
    let same = |it: &&Sdk| {
        it.port() == Some(i32::from(listener.port))
            || resource(aws, it).is_some_and(|it| it.name == listener.name)
    };
    Ok(all.iter().find(same).and_then(|it| it.listener_arn()).map(ToOwned::to_owned))
}

fn action(aws: &Aws, listener: &Listener, address: &Address) -> Reply<Action> {
    let action = Action::builder();
    let action = match &listener.action {
        ListenerAction::Forward(target_group) => {
            let arn = aws.id(target_group, address)?;
            action.r#type(ActionTypeEnum::Forward).target_group_arn(arn)
        }
        ListenerAction::RedirectToHttps(port) => {
            let to = RedirectActionConfig::builder()
                .protocol("HTTPS")
                .port(port.to_string())
                .status_code(RedirectActionStatusCodeEnum::Http301)
                .build();
            action.r#type(ActionTypeEnum::Redirect).redirect_config(to)
        }
        ListenerAction::Other(_) => action,
    };
    Ok(action.build())
}

/// Removes the listener; it may be gone with its balancer.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let Some(arn) = aws.known_id(address) else { return Ok(()) };
    let delete = aws.clients.elb.delete_listener().listener_arn(arn).send();
    call("elasticloadbalancing DeleteListener", delete).await.or_done(&ABSENT)?;
    aws.forget(address);
    Ok(())
}
