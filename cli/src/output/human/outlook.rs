//! What a stack gives and costs, and what a plan does to that, as three short lines.

use ragctl_stacks::{
    budget::Range,
    outlook::{Outlook, OutlookChange},
};

use super::figure::{dollars, more, seconds, span};

/// First answer, rollout, and where it costs anything, dollars a month.
pub(crate) fn lines(change: &OutlookChange) -> Vec<String> {
    let OutlookChange { live, planned } = change;
    let first = of_time(live.map(|it| it.first_200), planned.first_200);
    let mut lines = vec![format!("first answer  {first} after a cold start")];
    if let Some(rollout) = planned.rollout {
        lines.push(format!("rollout       {}", of_time(live.and_then(|it| it.rollout), rollout)));
    }
    lines.extend(cost(live.as_ref(), planned).map(|it| format!("cost          {it}")));
    lines
}

/// `105 s → 90 s, -15 s (57 s to 178 s)`.
fn of_time(live: Option<Range>, planned: Range) -> String {
    let (to, around) = (seconds(planned.typical), span(planned));
    let changed = live.and_then(|live| {
        let difference = more(live.typical, planned.typical, seconds)?;
        Some(format!("{} → {to}, {difference} ({around})", seconds(live.typical)))
    });
    changed.unwrap_or_else(|| format!("{to} ({around})"))
}

fn cost(live: Option<&Outlook>, planned: &Outlook) -> Option<String> {
    let to = planned.monthly?;
    let changed = live.and_then(|it| it.monthly).and_then(|from| {
        let difference = more(from, to, dollars)?;
        Some(format!("{from:.2} → {}/month, {difference}/month", dollars(to)))
    });
    Some(changed.unwrap_or_else(|| format!("{}/month", dollars(to))))
}

/// What switching something does, typically: `first answer -15 s, cost +8.20 $/month`; none when nothing.
pub(crate) fn difference(from: &Outlook, to: &Outlook) -> Option<String> {
    let time = more(from.first_200.typical, to.first_200.typical, seconds);
    let usd = from.monthly.zip(to.monthly).and_then(|(from, to)| more(from, to, dollars));
    let awake = more(from.awake_hours, to.awake_hours, |hours| format!("{hours:.0} h"));
    let told = [
        time.map(|it| format!("first answer {it}")),
        usd.map(|it| format!("cost {it}/month")),
        // What never sleeps has no cold start.
        awake.map(|it| format!("awake {it}/month")),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    (!told.is_empty()).then(|| told.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outlook(typical: f64, monthly: Option<f64>) -> Outlook {
        let range = Range::new(typical / 2.0, typical, typical * 2.0);
        Outlook { first_200: range, rollout: Some(range), monthly, awake_hours: 70.0 }
    }

    #[test]
    fn what_changes_is_told_with_what_it_was() {
        let change = OutlookChange {
            live: Some(outlook(105.0, Some(55.22))),
            planned: outlook(90.0, Some(63.42)),
        };
        assert_eq!(
            lines(&change),
            [
                "first answer  105 s → 90 s, -15 s (45 s to 180 s) after a cold start",
                "rollout       105 s → 90 s, -15 s (45 s to 180 s)",
                "cost          55.22 → 63.42 $/month, +8.20 $/month",
            ]
        );
    }

    #[test]
    fn what_stays_or_is_new_is_told_alone_and_nothing_costs_nothing() {
        for live in [None, Some(outlook(90.0, None))] {
            let told = lines(&OutlookChange { live, planned: outlook(90.0, None) });
            assert_eq!(
                told,
                [
                    "first answer  90 s (45 s to 180 s) after a cold start",
                    "rollout       90 s (45 s to 180 s)"
                ]
            );
        }
    }

    #[test]
    fn a_switch_that_changes_nothing_has_no_difference() {
        let now = outlook(90.0, Some(10.0));
        assert_eq!(difference(&now, &now), None);
        let kept_awake = Outlook { awake_hours: 730.0, ..outlook(90.0, Some(43.0)) };
        assert_eq!(
            difference(&now, &kept_awake).as_deref(),
            Some("cost +33.00 $/month, awake +660 h/month")
        );
    }
}
