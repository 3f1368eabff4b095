//! Numbers and durations that must be less than others.

use super::{Check, Finding};

pub(super) fn check(check: &mut Check<'_>) {
    container_timeout(check);
    target_timeout(check);
    tasks(check);
    scheduled_tasks(check);
    deployment(check);
}

fn container_timeout(check: &mut Check<'_>) {
    let health = check.file.health_check;
    if health.timeout.get() <= health.interval.get() {
        return;
    }
    let interval = check.shown("health_check.interval", health.interval);
    check.refuse_by(
        "HC02",
        &["health_check.timeout", "health_check.interval"],
        Finding {
            title: format!(
                "`health_check.timeout` is {}, longer than the interval of {interval}",
                health.timeout
            ),
            label: "one check would still run when the next begins".to_owned(),
            help: "make the timeout shorter or the interval longer".to_owned(),
        },
    );
}

fn target_timeout(check: &mut Check<'_>) {
    let health = &check.file.load_balancer.health_check;
    if health.timeout.get() < health.interval.get() {
        return;
    }
    let (timeout_path, interval_path) =
        ("load_balancer.health_check.timeout", "load_balancer.health_check.interval");
    let title = format!(
        "`{timeout_path}` is {}, not less than the interval of {}",
        check.shown(timeout_path, health.timeout),
        check.shown(interval_path, health.interval)
    );
    check.refuse_by(
        "HC06",
        &[timeout_path, interval_path],
        Finding {
            title,
            label: "a check must end before the next begins".to_owned(),
            help: "make the timeout shorter or the interval longer".to_owned(),
        },
    );
}

fn tasks(check: &mut Check<'_>) {
    let scaling = &check.file.autoscaling;
    if scaling.minimum.get() <= scaling.maximum.get() {
        return;
    }
    let title = format!(
        "`autoscaling.minimum` is {}, more than the maximum of {}",
        check.shown("autoscaling.minimum", scaling.minimum),
        check.shown("autoscaling.maximum", scaling.maximum)
    );
    check.refuse_by(
        "AS01",
        &["autoscaling.minimum", "autoscaling.maximum"],
        Finding {
            title,
            label: "no number of tasks is both".to_owned(),
            help: format!(
                "write `maximum: {}` or more, or a smaller minimum",
                scaling.minimum.get()
            ),
        },
    );
}

fn scheduled_tasks(check: &mut Check<'_>) {
    for (name, bounds) in &check.file.autoscaling.schedules {
        if bounds.minimum.get() <= bounds.maximum.get() {
            continue;
        }
        let path = format!("autoscaling.schedules.{name}");
        let title = format!(
            "`{path}.minimum` is {}, more than its maximum of {}",
            bounds.minimum, bounds.maximum
        );
        check.refuse_by(
            "AS01",
            &[&format!("{path}.minimum"), &format!("{path}.maximum")],
            Finding {
                title,
                label: "no number of tasks is both".to_owned(),
                help: format!("write `maximum: {}` or more, or a smaller minimum", bounds.minimum),
            },
        );
    }
}

fn deployment(check: &mut Check<'_>) {
    let deployment = check.file.deployment;
    let scaling = &check.file.autoscaling;
    let counts = scaling.minimum.get()..=scaling.maximum.get();
    let Some(stuck) = counts.into_iter().find(|tasks| !deployment.can_step(*tasks)) else { return };
    let (minimum, maximum) = ("deployment.minimum_healthy_percent", "deployment.maximum_percent");
    let title = format!(
        "a deployment could not begin with {stuck} {}: {} must stay and {} may run",
        if stuck == 1 { "task" } else { "tasks" },
        check.shown(minimum, format!("{} %", deployment.minimum_healthy_percent)),
        check.shown(maximum, format!("{} %", deployment.maximum_percent)),
    );
    let (fewest, most) = (deployment.fewest(stuck), deployment.most(stuck));
    check.refuse_by(
        "DP02",
        &[minimum, maximum],
        Finding {
            title,
            label: format!("at least {fewest} must stay, and at most {most} may run"),
            help: "write `maximum_percent: 200`, which starts new tasks before it stops old ones"
                .to_owned(),
        },
    );
}
