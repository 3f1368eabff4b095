//! Schedule expressions.

/// Whether EventBridge and Application Auto Scaling take a schedule.
pub(crate) fn is_valid(schedule: &str) -> bool {
    let inside = |kind: &str| {
        schedule.strip_prefix(kind)?.strip_prefix('(')?.strip_suffix(')').map(str::trim)
    };
    if let Some(rate) = inside("rate") {
        let mut words = rate.split_whitespace();
        let number = words.next().and_then(|n| n.parse::<u32>().ok()).filter(|n| *n > 0);
        let unit = words.next().unwrap_or_default();
        let (single, plural) = (["minute", "hour", "day"], ["minutes", "hours", "days"]);
        return words.next().is_none()
            && match number {
                Some(1) => single.contains(&unit),
                Some(_) => plural.contains(&unit),
                None => false,
            };
    }
    if let Some(cron) = inside("cron") {
        let fields: Vec<&str> = cron.split_whitespace().collect();
        let [minute, hour, day, _, weekday, _] = fields.as_slice() else { return false };
        // One of the two days must be left open, and only one of them.
        let small = |field: &str, most: u32| {
            field.parse::<u32>().is_err() || field.parse::<u32>().is_ok_and(|n| n <= most)
        };
        return (*day == "?") != (*weekday == "?") && small(minute, 59) && small(hour, 23);
    }
    inside("at").is_some_and(|at| at.contains('T'))
}

#[cfg(test)]
mod tests {
    use super::is_valid;

    #[test]
    fn schedules_are_taken_as_aws_takes_them() {
        for good in [
            "rate(1 minute)",
            "rate(5 minutes)",
            "cron(0 8 ? * MON-FRI *)",
            "cron(*/5 7-19 * * ? *)",
            "at(2026-11-25T10:00:00)",
        ] {
            assert!(is_valid(good), "{good}");
        }
        for bad in [
            "rate(1 minutes)",
            "rate(5 minute)",
            "rate(0 minutes)",
            "cron(0 8 * * *)",
            "cron(0 8 * * * *)",
            "cron(61 8 ? * MON *)",
            "every day",
            "",
        ] {
            assert!(!is_valid(bad), "{bad}");
        }
    }
}
