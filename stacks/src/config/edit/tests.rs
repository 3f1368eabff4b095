use super::*;

fn on() -> NewValue {
    NewValue::Switch(true)
}

fn off() -> NewValue {
    NewValue::Switch(false)
}

fn text(text: &str) -> NewValue {
    NewValue::Text(text.to_owned())
}

fn edited(before: &str, path: &str, value: &NewValue) -> String {
    set(before, None, path, value).unwrap_or_else(|error| panic!("{error}\n{before}"))
}

#[test]
fn a_word_is_replaced_and_its_comment_stays() {
    let before =
        "stack: a\nstrategies:\n  # why\n  keepalive: false   # for now\n  prewarm: true\n";
    let after = edited(before, "strategies.keepalive", &on());
    assert_eq!(after, before.replace("false", "true"));
    assert_eq!(edited(&after, "strategies.keepalive", &off()), before);
}

#[test]
fn quotes_and_line_endings_are_kept() {
    for (before, after) in [
        ("stack: a\r\ntarget: local\r\n", "stack: a\r\ntarget: fargate\r\n"),
        ("stack: a\ntarget: 'local' # here\n", "stack: a\ntarget: 'fargate' # here\n"),
        ("{stack: a, target: \"local\"}", "{stack: a, target: \"fargate\"}"),
        ("\u{feff}stack: a\ntarget: local", "\u{feff}stack: a\ntarget: fargate"),
    ] {
        assert_eq!(edited(before, "target", &text("fargate")), after);
    }
}

#[test]
fn a_key_is_added_behind_its_neighbours() {
    for (before, after) in [
        (
            "stack: a\nstrategies:\n  prewarm: true  # yes\n\nidle: true\n",
            "stack: a\nstrategies:\n  prewarm: true  # yes\n  keepalive: true\n\nidle: true\n",
        ),
        (
            "stack: a\nstrategies:\n    prewarm:\n        warm_up: 5s\n# end\n",
            "stack: a\nstrategies:\n    prewarm:\n        warm_up: 5s\n    keepalive: true\n# end\n",
        ),
        ("stack: a\nstrategies: {}\n", "stack: a\nstrategies: {keepalive: true}\n"),
        (
            "stack: a\nstrategies: {prewarm: true }  # x\n",
            "stack: a\nstrategies: {prewarm: true, keepalive: true }  # x\n",
        ),
        (
            "stack: a\nstrategies: {prewarm: true,}\n",
            "stack: a\nstrategies: {prewarm: true, keepalive: true}\n",
        ),
        (
            "stack: a\nstrategies:  # none yet\ntarget: local\n",
            "stack: a\nstrategies:  # none yet\n  keepalive: true\ntarget: local\n",
        ),
        (
            "stack: a\r\nstrategies:\r\n  prewarm: true\r\ntarget: local\r\n",
            "stack: a\r\nstrategies:\r\n  prewarm: true\r\n  keepalive: true\r\ntarget: local\r\n",
        ),
        (
            "stack: a\nstrategies:\n  prewarm: true",
            "stack: a\nstrategies:\n  prewarm: true\n  keepalive: true",
        ),
    ] {
        assert_eq!(edited(before, "strategies.keepalive", &on()), after);
    }
}

#[test]
fn a_missing_section_is_added_at_the_end() {
    let after = edited("stack: a\n# the end\n", "strategies.keepalive", &on());
    assert_eq!(after, "stack: a\n# the end\nstrategies:\n  keepalive: true\n");
    let after = edited("stack: a", "strategies.keepalive", &on());
    assert_eq!(after, "stack: a\nstrategies:\n  keepalive: true");
    let after = edited("{stack: a}\n", "strategies.keepalive", &on());
    assert_eq!(after, "{stack: a, strategies: {keepalive: true}}\n");
    let four = "stack: a\nservice:\n    port: 1\n";
    let after = edited(four, "strategies.keepalive", &on());
    assert_eq!(after, format!("{four}strategies:\n    keepalive: true\n"));
}

#[test]
fn an_environment_is_edited_in_its_overlay() {
    let before =
        "stack: a\nenvironments:\n  production:\n    target: fargate\n  staging: {}\nidle: true\n";
    let after = set(before, Some("production"), "strategies.prewarm", &on()).unwrap();
    let added = "    target: fargate\n    strategies:\n      prewarm: true\n";
    assert_eq!(after, before.replace("    target: fargate\n", added));
    let after = set(before, Some("staging"), "strategies.prewarm", &on()).unwrap();
    assert_eq!(after, before.replace("{}", "{strategies: {prewarm: true}}"));
}

#[test]
fn a_switch_with_settings_keeps_them() {
    for (before, value, after) in [
        ("{schedule: rate(5 minutes)}", on(), "{schedule: rate(5 minutes)}"),
        ("{schedule: rate(5 minutes)}", off(), "{schedule: rate(5 minutes), enabled: false}"),
        ("{enabled: false, path: /x}", on(), "{enabled: true, path: /x}"),
        ("{enabled: true, path: /x}", off(), "{enabled: false, path: /x}"),
        ("{}", off(), "{enabled: false}"),
        ("\n    path: /x\n    enabled: false # no", on(), "\n    path: /x\n    enabled: true # no"),
        ("\n    path: /x # p", off(), "\n    path: /x # p\n    enabled: false"),
    ] {
        let whole = |part: &str| format!("stack: a\nstrategies:\n  keepalive: {part}\n");
        assert_eq!(edited(&whole(before), "strategies.keepalive", &value), whole(after));
    }
}

#[test]
fn a_switch_of_one_word_gets_settings_and_stays_on_or_off() {
    for (before, after) in [
        ("true", "{schedule: rate(5 minutes)}"),
        ("false", "{enabled: false, schedule: rate(5 minutes)}"),
    ] {
        let whole = |part: &str| format!("stack: a\nstrategies:\n  keepalive: {part} # x\n");
        let value = text("rate(5 minutes)");
        let edited = edited(&whole(before), "strategies.keepalive.schedule", &value);
        assert_eq!(edited, whole(after));
    }
}

#[test]
fn texts_are_quoted_where_yaml_needs_it() {
    for (value, written) in [
        ("rate(10 minutes)", "rate(10 minutes)"),
        ("cron(0/10 8-18 ? * MON-FRI *)", "cron(0/10 8-18 ? * MON-FRI *)"),
        ("/health", "/health"),
        ("200", "\"200\""),
        ("200,202", "\"200,202\""),
        ("true", "\"true\""),
        ("null", "\"null\""),
        ("", "\"\""),
        ("a: b", "\"a: b\""),
        ("a #b", "\"a #b\""),
        ("say \"hi\" \\", "\"say \\\"hi\\\" \\\\\""),
        ("- a", "\"- a\""),
        ("日本", "日本"),
    ] {
        let after = edited("stack: a\n", "service.image", &text(value));
        assert_eq!(after, format!("stack: a\nservice:\n  image: {written}\n"));
    }
}

#[test]
fn what_cannot_be_edited_alone_is_refused_with_what_to_write() {
    for before in [
        "stack: a\nx: &s\n  prewarm: true\nstrategies: *s\n",
        "stack: a\nstrategies:\n  keepalive: &k false\n  prewarm: *k\n",
        "stack: a\nstrategies: [keepalive]\n",
        "stack: a\nstrategies: keepalive\n",
        "stack: a\nstrategies:\n  keepalive: |\n    false\n",
        "stack: a\n...\n",
    ] {
        let error = set(before, None, "strategies.keepalive", &on()).unwrap_err();
        let EditError::NotAlone { by_hand, .. } = error else { panic!("{error}") };
        assert_eq!(by_hand, "write\nstrategies:\n  keepalive: true", "{before}");
    }
    for before in ["stack: a: b\n", "stack: a\nstack: b\n", ""] {
        let error = set(before, None, "strategies.keepalive", &on()).unwrap_err();
        assert_eq!(error, EditError::NotReadable, "{before}");
    }
}
