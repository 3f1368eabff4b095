//! Each field of the file changed in turn: exactly that change is planned, and once it is applied nothing more is.

use std::thread;

use serde_yaml::Value;

use crate::{
    calls::act,
    fakecloud::Fakecloud,
    home::Home,
    table::{Change, FILE, changes, merge, steps},
};

/// Into how many parts the changes are cut, each with a stack of its own, for nearly all of the time is waiting for tasks.
const PARTS: usize = 4;

#[test]
fn each_field_that_is_changed_is_planned_alone_and_applied() {
    thread::scope(|threads| {
        for part in 0..PARTS {
            threads.spawn(move || change_all_of(part));
        }
    });
}

/// Goes through one part of the changes, from what the parts before have made of the file.
fn change_all_of(part: usize) {
    let home = Home::new(FILE);
    for name in ["/handbook/webhook", "/handbook/key"] {
        home.account.keep_secret(name, "a-secret");
    }
    let mut file: Value = serde_yaml::from_str(FILE).unwrap();
    let changes = changes_in(&home.account);
    let size = changes.len().div_ceil(PARTS);
    let (before, rest) = changes.split_at(part * size);
    for change in before {
        merge(&mut file, &change.set);
    }
    home.write(&serde_yaml::to_string(&file).unwrap());
    home.must(&["deploy", "--yes"]);
    for Change { set, plan } in &rest[..size.min(rest.len())] {
        merge(&mut file, set);
        home.write(&serde_yaml::to_string(&file).unwrap());
        let mut plan: Vec<&str> = plan.iter().map(String::as_str).collect();
        if plan.contains(&RULE_GOES) {
            remove_rule(&home.account);
            plan.retain(|it| *it != RULE_GOES);
        }
        assert_eq!(steps(&home.must(&["plan"]).stdout), plan, "{set:?}");
        home.must(&["deploy", "--yes"]);
        home.is_settled();
    }
    home.must(&["destroy", "--yes", "--confirm", "handbook"]);
    // Left are the secrets, which are not the stack's.
    assert_eq!(home.account.holds("handbook"), ["parameter"]);
}

/// fakecloud does not say that a target group is behind the balancer of somebody else's listener, so that ragctl does not find the rule.
const RULE_GOES: &str = "- listener_rule/app";

/// Removes the rule from somebody else's listener in ragctl's stead.
fn remove_rule(account: &Fakecloud) {
    let listener = &elb(account, "Action=DescribeListeners", "ListenerArn")[0];
    let of_listener = format!("Action=DescribeRules&ListenerArn={listener}");
    let rules = elb(account, &of_listener, "RuleArn");
    let is_default = elb(account, &of_listener, "IsDefault");
    for (rule, _) in rules.iter().zip(is_default).filter(|(_, is_default)| is_default == "false") {
        elb(account, &format!("Action=DeleteRule&RuleArn={rule}"), "RequestId");
    }
}

fn elb(account: &Fakecloud, form: &str, tag: &str) -> Vec<String> {
    act(account.port, "elasticloadbalancing", &format!("{form}&Version=2015-12-01"), tag)
}

/// Whether the tasks of a change can run here: they are the service itself, which does not start without its Postgres.
fn can_run(change: &Change) -> bool {
    change.set.get("store").is_none_or(|store| store.get("url").is_none())
}

/// The changes, with what their placeholders stand for in this account.
fn changes_in(account: &Fakecloud) -> Vec<Change> {
    let ec2 = |form: &str, tag: &str| {
        act(account.port, "ec2", &format!("{form}&Version=2016-11-15"), tag)
    };
    let subnets = ec2("Action=DescribeSubnets", "subnetId");
    let group = &ec2("Action=DescribeSecurityGroups", "groupId")[0];
    let [a, b, ..] = subnets.as_slice() else { panic!("{subnets:?}") };
    let balancer = elb(
        account,
        &format!("Action=CreateLoadBalancer&Name=shared&Subnets.member.1={a}&Subnets.member.2={b}"),
        "LoadBalancerArn",
    );
    let listener = elb(
        account,
        &format!(
            "Action=CreateListener&LoadBalancerArn={}&Protocol=HTTP&Port=80&DefaultActions.member.1.Type=fixed-response\
             &DefaultActions.member.1.FixedResponseConfig.StatusCode=404",
            balancer[0]
        ),
        "ListenerArn",
    );
    let all = changes(&[
        // fakecloud takes a listener's certificate as it is named.
        (
            "{certificate}",
            "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
        ),
        ("{security-group}", group),
        ("{subnet-a}", a),
        ("{subnet-b}", b),
        ("{listener}", &listener[0]),
    ]);
    all.into_iter().filter(can_run).collect()
}
