//! No text makes the reader or the editor panic, and an edit changes nothing but its line.

use proptest::prelude::*;
use ragctl_stacks::config::edit::{NewValue, set};
use ragctl_stacks::config::{self, Colour};

const FILE: &str = "\
# yaml-language-server: $schema=ragctl.schema.json
stack: handbook # 手引き
target: local
service:
  port: 8000
  environment: {GREETING: \"こんにちは\", B: 'it''s'}
models:
  llm: &model {provider: built-in, timeout: 60s}
autoscaling:
  minimum: 1 # one

  maximum: 4
strategies:
  prewarm: true
  keepalive: {schedule: cron(0/10 8-18 ? * MON-FRI *)}
environments:
  production:
    service:
      cpu: 2048
";

fn read_in_every_way(text: &str) {
    let mistakes = config::check_all(text, "ragctl.yaml");
    for mistake in mistakes.iter() {
        assert!(mistake.line >= 1 && mistake.column >= 1);
        assert!(!mistake.title.is_empty() && !mistake.help.is_empty());
    }
    let _unused = mistakes.render(Colour::Ansi);
    let _unused = config::load(text, "ragctl.yaml", Some("production"));
    let _unused = set(text, None, "strategies.keepalive", &NewValue::Switch(true));
    let _unused = set(text, Some("production"), "service.cpu", &NewValue::Number(512));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_in_every_way(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_text_of_yaml_signs_makes_it_panic(
        text in "[a-c:\\-\\[\\]{},#&*!|>'\"%@?~ \t\r\n0-9é日\u{feff}\u{85}]{0,80}",
    ) {
        read_in_every_way(&text);
    }

    #[test]
    fn no_change_of_a_good_file_makes_it_panic(
        at in 0..FILE.chars().count(),
        length in 0..12_usize,
        new in "[a-z0-9:\\-\\[\\]{},#&*!|>'\" \t\r\n日]{0,6}",
    ) {
        let before: String = FILE.chars().take(at).collect();
        let after: String = FILE.chars().skip(at + length).collect();
        read_in_every_way(&format!("{before}{new}{after}"));
    }

    #[test]
    fn no_change_of_its_lines_makes_it_panic(
        from in 0..20_usize,
        to in 0..20_usize,
        blank in 0..6_usize,
    ) {
        let mut lines: Vec<String> = FILE.lines().map(str::to_owned).collect();
        let line = lines.remove(from.min(lines.len() - 1));
        let line = format!("{}{}", " ".repeat(blank), line.trim_start());
        lines.insert(to.min(lines.len()), line);
        read_in_every_way(&lines.join("\n"));
    }

    #[test]
    fn an_edit_leaves_every_other_line_as_it_is(
        field in prop::sample::select(vec![
            ("service.port", 9000), ("service.cpu", 512), ("service.max_async", 3),
            ("autoscaling.minimum", 2), ("autoscaling.cpu", 50), ("models.embedding.max_async", 2),
        ]),
        crlf in any::<bool>(),
        in_environment in any::<bool>(),
        comment in "( # [a-z日'\"{}:]{0,8})?",
        ends_its_line in any::<bool>(),
    ) {
        let mut before = FILE.replace("  port: 8000", &format!("  port: 8000{comment}"));
        if !ends_its_line {
            before.truncate(before.trim_end().len());
        }
        if crlf {
            before = before.replace('\n', "\r\n");
        }
        let (path, number) = field;
        let environment = in_environment.then_some("production");
        let after = set(&before, environment, path, &NewValue::Number(number)).unwrap();
        let old: Vec<&str> = before.split_inclusive('\n').collect();
        let new: Vec<&str> = after.split_inclusive('\n').collect();
        let same_start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
        let same_end = old[same_start..].iter().rev()
            .zip(new[same_start..].iter().rev())
            .take_while(|(old, new)| old == new)
            .count();
        // One line was edited, or lines were added behind one that only got its line break.
        prop_assert!(old.len() - same_start - same_end <= 1, "{before}\n---\n{after}");
        if let Some(edited) = old.get(same_start).filter(|_| same_start + same_end < old.len()) {
            let kept = edited.trim_end();
            let is_kept = new[same_start].starts_with(kept);
            let tail = kept.split_once(": ").map_or("", |(_, value)| value);
            let comment = tail.split_once(' ').map_or("", |(_, comment)| comment);
            prop_assert!(is_kept || new[same_start].trim_end().ends_with(comment));
        }
        prop_assert_eq!(after.contains("\r\n"), crlf);
        prop_assert_eq!(after.replace("\r\n", "").contains('\r'), false);
        let again = set(&after, environment, path, &NewValue::Number(number)).unwrap();
        prop_assert_eq!(again, after);
    }
}
