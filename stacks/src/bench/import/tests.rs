use super::*;

const ARN: &str = "arn:aws:ecs:us-east-1:123456789012:task/handbook/";

/// A task of the stack with these times, as the CLI writes it.
fn task(id: &str, times: &[(&str, &str)]) -> String {
    let times: String = times.iter().map(|(name, at)| format!(r#", "{name}": {at}"#)).collect();
    format!(r#"{{"taskArn": "{ARN}{id}", "group": "service:handbook"{times}}}"#)
}

const WHOLE: [(&str, &str); 4] = [
    ("createdAt", "\"2026-11-20T12:00:00.000000+02:00\""),
    ("pullStartedAt", "\"2026-11-20T12:00:13.500000+02:00\""),
    ("pullStoppedAt", "\"2026-11-20T10:00:18Z\""),
    ("startedAt", "1795168821.25"),
];

fn imported(text: &str) -> Import {
    let mut import = Import::default();
    import.take_tasks("handbook", &read(text).unwrap().tasks);
    import
}

fn seconds(import: &Import) -> Vec<(Phase, f64)> {
    import.phases().into_iter().map(|it| (it.phase, it.seconds.p50)).collect()
}

#[test]
fn the_phases_of_a_task_lie_between_its_times() {
    let import = imported(&format!(r#"{{"tasks": [{}], "failures": []}}"#, task("a", &WHOLE)));
    assert_eq!(
        seconds(&import),
        [(Phase::Place, 13.5), (Phase::Pull, 4.5), (Phase::Start, 3.25)],
        "offsets, Z and seconds since 1970 are one clock"
    );
    assert_eq!((import.tasks, import.passed.len()), (1, 0));
}

#[test]
fn tasks_are_found_in_whatever_they_are_wrapped() {
    let bare = task("a", &WHOLE);
    let large = bare
        .replace("taskArn", "TaskArn")
        .replace("group", "Group")
        .replace("createdAt", "CreatedAt");
    let large = large.replace("pullSt", "PullSt").replace("startedAt", "StartedAt");
    let event = format!(r#"{{"detail-type": "ECS Task State Change", "detail": {bare}}}"#);
    let line = |text: &str| serde_json::to_string(text).unwrap();
    for text in [
        bare.clone(),
        large,
        format!("[{bare}]"),
        format!(r#"[{{"tasks": []}}, {{"tasks": [{bare}]}}]"#),
        format!("{{\"tasks\": [{bare}]}}\n{{\"tasks\": []}}"),
        event.clone(),
        format!("2026-11-20T12:00:00 stream {event}\nSTART of something\n"),
        format!(r#"{{"events": [{{"timestamp": 1, "message": {}}}]}}"#, line(&event)),
        format!("\u{feff}{event}"),
    ] {
        let import = imported(&text);
        assert_eq!(seconds(&import).len(), 3, "{text}");
    }
}

#[test]
fn several_events_of_one_task_are_one_task() {
    let events: Vec<String> = (1..=4).map(|known| task("a", &WHOLE[..known])).collect();
    let found = read(&events.join("\n")).unwrap();
    assert_eq!(found.tasks.len(), 1);
    assert_eq!(seconds(&imported(&events.join("\n"))).len(), 3);
}

#[test]
fn a_task_gives_what_it_has_and_what_it_has_not_is_told() {
    let stopped_early = task("early", &WHOLE[..2]);
    let backwards =
        task("back", &[WHOLE[1], ("pullStoppedAt", "\"2026-11-20T09:00:00Z\""), WHOLE[0]]);
    let no_times = task("none", &[("createdAt", "\"yesterday\"")]);
    let other = task("other", &WHOLE).replace("service:handbook", "service:wiki");
    let elsewhere = task("cluster", &WHOLE).replace("task/handbook", "task/main");
    let import = imported(&[stopped_early, backwards, no_times, other, elsewhere].join("\n"));
    assert_eq!(seconds(&import), [(Phase::Place, 13.5)]);
    assert_eq!((import.tasks, import.phases()[0].samples), (2, 2));
    let passed: BTreeMap<_, _> =
        import.passed.iter().map(|it| (it.id.as_str(), it.reason)).collect();
    assert_eq!(
        passed,
        [
            ("back", Reason::Backwards),
            ("none", Reason::NoTimes),
            ("other", Reason::OtherStack),
            ("cluster", Reason::OtherStack)
        ]
        .into()
    );
}

#[test]
fn what_is_broken_says_how() {
    let told = |text: &str| read(text).unwrap_err().to_string();
    assert_eq!(told(" \n"), "there is nothing in it");
    assert_eq!(told("tasks: none"), "it is not JSON");
    assert_eq!(told("{\"tasks\": ["), "it is not JSON");
    for text in ["{\"tasks\": []}", "[]", "7", "{\"taskArn\": 7}", "{\"detail\": \"x\"}"] {
        assert_eq!(told(text), "there are no tasks in it", "{text}");
    }
    let some = read(&format!("{}\nnot JSON\n{{\n", task("a", &WHOLE))).unwrap();
    assert_eq!((some.tasks.len(), some.unread_lines), (1, 2));
}

fn starts(lines: &[(&str, &str, &str)]) -> Starts {
    let mut starts = Starts::default();
    for (source, at, text) in lines {
        let (source, text) = ((*source).to_owned(), (*text).to_owned());
        starts.line(StartLine { source, at: at.parse().unwrap(), text });
    }
    starts
}

fn of_starts(starts: &Starts, most: usize, memory: Option<u32>) -> Import {
    let mut import = Import::default();
    import.take_starts(starts, most, memory);
    import
}

fn pool(name: &str, at: &str, took: u32) -> String {
    format!(
        r#"{{"timestamp": "{at}", "message": "pool is ready", "pool": "{name}", "duration_ms": {took}}}"#
    )
}

const AT: &str = "2026-11-20T10:00:00Z";

#[test]
fn pools_side_by_side_take_as_long_as_the_slower_and_in_turn_half_of_both() {
    let listening = r#"{"level": "INFO", "message": "listening", "bind_ms": 20}"#;
    let of = |llm_at: &str| {
        let (embedding, llm) =
            (pool("embedding", "2026-11-20T10:00:03Z", 2000), pool("llm", llm_at, 4000));
        let again = pool("llm", "2026-11-20T11:00:00Z", 9000);
        let rerank = pool("rerank", "2026-11-20T10:00:03Z", 9000);
        let lines = [listening, &embedding, &llm, &again, &rerank, "no JSON", "{\"message\": 7}"];
        seconds(&of_starts(&starts(&lines.map(|it| ("a", AT, it))), 9, None))
    };
    assert_eq!(of("2026-11-20T10:00:05Z"), [(Phase::Bind, 0.02), (Phase::Warm, 4.0)]);
    assert_eq!(of("2026-11-20T10:00:07Z"), [(Phase::Bind, 0.02), (Phase::Warm, 3.0)]);
}

#[test]
fn one_pool_alone_is_not_warm_yet() {
    let lines = pool("llm", AT, 4000);
    assert!(of_starts(&starts(&[("a", AT, &lines)]), 9, None).is_empty());
}

const REPORT: &str = r#"{"time": "2026-11-20T10:00:09Z", "type": "platform.report", "record": {"requestId": "1", "metrics": {"durationMs": 5, "initDurationMs": 4500, "memorySizeMB": 512}}}"#;

#[test]
fn the_init_of_a_function_is_its_start_without_the_pools_that_it_warms() {
    let (embedding, llm) = (pool("embedding", AT, 1000), pool("llm", AT, 4000));
    let warm = r#"{"message": "warm", "uptime_ms": 4490}"#;
    let of = |lines: &[&str], memory| {
        let lines: Vec<_> = lines.iter().map(|it| ("[7]a", AT, *it)).collect();
        of_starts(&starts(&lines), 9, memory)
    };
    let in_init = of(&[&embedding, &llm, warm, REPORT], Some(512));
    assert_eq!(seconds(&in_init), [(Phase::Start, 0.5), (Phase::Bind, 0.0), (Phase::Warm, 4.0)]);
    let behind = of(&[REPORT, &embedding, &llm], Some(512));
    assert_eq!(seconds(&behind)[0], (Phase::Start, 4.5));
    let other = of(&[REPORT], Some(1024));
    assert_eq!((other.is_empty(), other.passed[0].reason), (true, Reason::OtherMemory));
}

#[test]
fn the_newest_starts_count() {
    let listening = |ms: u32| format!(r#"{{"message": "listening", "bind_ms": {ms}}}"#);
    let (old, new) = (listening(9000), listening(1000));
    let both = starts(&[("old", "2026-11-19T10:00:00Z", &old), ("new", AT, &new)]);
    assert_eq!(both.count(), 2);
    assert_eq!(seconds(&of_starts(&both, 1, None)), [(Phase::Bind, 1.0)]);
}

#[test]
fn of_very_many_samples_the_newest_are_kept() {
    let at = |second: i64| Timestamp::from_second(second).unwrap();
    let tasks: Vec<TaskTimes> = (0..1500_u32)
        .map(|n| TaskTimes {
            arn: format!("{ARN}{n}"),
            created: Some(at(i64::from(n) * 100)),
            pull_started: Some(at(i64::from(n) * 100 + i64::from(n))),
            ..TaskTimes::default()
        })
        .collect();
    let mut import = Import::default();
    import.take_tasks("handbook", &tasks);
    let Measurement::Samples(kept) = &import.measured("x").phases[&Phase::Place] else { panic!() };
    assert_eq!((kept.len(), kept[0], kept[MOST_SAMPLES - 1]), (1000, 500.0, 1499.0));
}
