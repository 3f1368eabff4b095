use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

fn next(schedule: &str, after: &str) -> Option<String> {
    let after: Timestamp = after.parse().unwrap();
    Schedule::parse(schedule).unwrap().next_after(after).map(|next| next.to_string())
}

#[test]
fn a_rate_counts_from_the_last_time() {
    for (schedule, expected) in [
        ("rate(1 minute)", "2024-05-01T12:01:30Z"),
        ("rate(10 minutes)", "2024-05-01T12:10:30Z"),
        ("rate(1 hour)", "2024-05-01T13:00:30Z"),
        ("rate(7 days)", "2024-05-08T12:00:30Z"),
    ] {
        assert_eq!(next(schedule, "2024-05-01T12:00:30Z").as_deref(), Some(expected), "{schedule}");
    }
    let ten = Schedule::parse("rate(10 minutes)").unwrap();
    assert_eq!(ten.period(), Some(Duration::from_secs(600)));
}

// The 1st of May 2024 is a Wednesday.
#[test]
fn cron_finds_the_next_minute_that_matches() {
    for (schedule, expected) in [
        ("cron(0/10 * * * ? *)", Some("2024-05-01T12:10:00Z")),
        ("cron(*/15 * * * ? *)", Some("2024-05-01T12:15:00Z")),
        ("cron(0 12 * * ? *)", Some("2024-05-02T12:00:00Z")),
        ("cron(1 12 * * ? *)", Some("2024-05-01T12:01:00Z")),
        ("cron(0 9 ? * MON-FRI *)", Some("2024-05-02T09:00:00Z")),
        ("cron(0 9 ? * 1 *)", Some("2024-05-05T09:00:00Z")),
        ("cron(0 9 ? * sat,sun *)", Some("2024-05-04T09:00:00Z")),
        ("cron(30 8 1 1 ? *)", Some("2025-01-01T08:30:00Z")),
        ("cron(30 8 1 JAN ? 2030)", Some("2030-01-01T08:30:00Z")),
        ("cron(0 0 29 2 ? *)", Some("2028-02-29T00:00:00Z")),
        ("cron(0 0 31 2 ? *)", None),
        ("cron(0 0 1 1 ? 2020-2023)", None),
        ("cron(59 23 31 12 ? 2199)", Some("2199-12-31T23:59:00Z")),
        ("cron(0 8-18/5 * * ? *)", Some("2024-05-01T13:00:00Z")),
    ] {
        assert_eq!(next(schedule, "2024-05-01T12:00:30Z").as_deref(), expected, "{schedule}");
    }
}

#[test]
fn the_special_days_are_found() {
    for (schedule, expected) in [
        ("cron(0 0 L * ? *)", "2024-05-31T00:00:00Z"),
        ("cron(0 0 L 2 ? *)", "2025-02-28T00:00:00Z"),
        // The 4th of May is a Saturday, so that the 3rd is meant; the 5th a Sunday, so the 6th.
        ("cron(0 0 4W * ? *)", "2024-05-03T00:00:00Z"),
        ("cron(0 0 5W * ? *)", "2024-05-06T00:00:00Z"),
        // The 1st of June is a Saturday, and the month is not left: the 3rd.
        ("cron(0 0 1W 6 ? *)", "2024-06-03T00:00:00Z"),
        // The 30th of June is a Sunday, and the month is not left: the 28th.
        ("cron(0 0 30W 6 ? *)", "2024-06-28T00:00:00Z"),
        ("cron(0 0 ? * L *)", "2024-05-04T00:00:00Z"),
        ("cron(0 0 ? * 6L *)", "2024-05-31T00:00:00Z"),
        ("cron(0 0 ? * FRI#3 *)", "2024-05-17T00:00:00Z"),
        ("cron(0 0 ? * 2#5 *)", "2024-07-29T00:00:00Z"),
        ("cron(0 0 1,L * ? *)", "2024-05-31T00:00:00Z"),
    ] {
        assert_eq!(next(schedule, "2024-05-01T12:00:30Z").as_deref(), Some(expected), "{schedule}");
    }
}

#[test]
fn the_time_itself_is_not_after_it() {
    let at = next("cron(0 12 * * ? *)", "2024-05-01T12:00:00Z");
    assert_eq!(at.as_deref(), Some("2024-05-02T12:00:00Z"));
}

#[test]
fn what_eventbridge_refuses_is_refused_with_what_it_takes() {
    for (text, meant) in [
        ("rate(1 minutes)", Some("rate(1 minute)")),
        ("rate(5 minute)", Some("rate(5 minutes)")),
        ("rate(0 minutes)", None),
        ("rate(30 seconds)", None),
        ("rate(1.5 hours)", None),
        ("rate(10)", None),
        ("Rate(10 minutes)", Some("rate(10 minutes)")),
        ("10m", Some("rate(10 minutes)")),
        ("every 1 hour", Some("rate(1 hour)")),
        ("*/5 * * * *", Some("cron(*/5 * * * ? *)")),
        ("0 9 * * 1-5", None),
        ("cron(0 12 * * * *)", Some("cron(0 12 * * ? *)")),
        ("cron(0 12 * * MON *)", Some("cron(0 12 ? * MON *)")),
        ("cron(0 12 ? * ? *)", None),
        ("cron(0 12 * *)", None),
        ("cron(60 12 * * ? *)", None),
        ("cron(0 24 * * ? *)", None),
        ("cron(0 12 0 * ? *)", None),
        ("cron(0 12 * 13 ? *)", None),
        ("cron(0 12 ? * 8 *)", None),
        ("cron(0 12 ? * 0 *)", None),
        ("cron(0 12 * * ? 1969)", None),
        ("cron(0 12 ? * FRI-MON *)", None),
        ("cron(0/0 12 * * ? *)", None),
        ("cron(? 12 * * ? *)", None),
        ("cron(0 12 ? * 6#6 *)", None),
        ("cron(0 12 ? * 6#1,2#1 *)", None),
        ("cron(+1 12 * * ? *)", None),
        ("", None),
    ] {
        let error = Schedule::parse(text).unwrap_err();
        assert_eq!(error.suggestion.as_deref(), meant, "{text}");
        if let Some(meant) = meant {
            assert!(Schedule::parse(meant).is_ok(), "{meant}");
        }
    }
}

#[test]
fn a_schedule_that_is_too_long_is_refused() {
    let long = format!("cron({} 12 * * ? *)", vec!["0"; 200].join(","));
    assert!(Schedule::parse(&long).is_err());
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC*") {
        let _unused = Schedule::parse(&text);
        let _unused = Schedule::parse(&format!("cron({text})"));
    }

    #[test]
    fn each_time_is_after_the_one_before(
        minute in 0..60, hour in 0..24, day in 1..29, seconds in 0_i64..4_000_000_000,
    ) {
        let schedule = Schedule::parse(&format!("cron({minute} {hour} {day} * ? *)")).unwrap();
        let mut at = Timestamp::from_second(seconds).unwrap();
        for _ in 0..3 {
            let next = schedule.next_after(at).unwrap();
            prop_assert!(next > at);
            let parts = TimeZone::UTC.to_datetime(next);
            prop_assert_eq!(
                (i32::from(parts.minute()), i32::from(parts.hour()), i32::from(parts.day())),
                (minute, hour, day)
            );
            at = next;
        }
    }
}
