//! `ask` and `ingest` against a service that says what a test tells it to.

mod double;

use std::sync::atomic::{AtomicUsize, Ordering};

use insta::assert_snapshot;
use serde_json::json;

use self::double::{Answer, Double, Request};
use crate::sandbox::Sandbox;

/// A deployed stack whose endpoint is the double's.
fn stack(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> (Sandbox, Double) {
    let double = Double::start(answer);
    let sandbox = Sandbox::handbook().deployed();
    let endpoint = double.endpoint();
    sandbox.remember(|it| {
        it["status"] = json!({
            "state": "running", "endpoint": endpoint, "revision": null, "rollout": null, "tasks": [],
            "scaling": null, "requests": {"users": 0, "pings": 0, "failed": 0, "wakes": 0},
            "schedules": [], "time_scale": 1.0, "notes": [],
        });
    });
    (sandbox, double)
}

const STREAM: &str = concat!(
    r#"{"references":[{"reference_id":"1","file_path":"docs/a.md","content":null},{"reference_id":"2","file_path":"b.md","content":null}]}"#,
    "\n",
    r#"{"response":"Documents lie in "}"#,
    "\n",
    r#"{"response":"one file [1]."}"#,
    "\n",
);

#[test]
fn an_answer_comes_with_its_sources_and_its_time() {
    let (sandbox, double) = stack(|_| Answer::ok(STREAM));
    let ran = sandbox.run(&["ask", "Where do documents lie?", "--chunks", "5"]);
    assert_snapshot!(ran.told(), @r"
    exit code: 0
    stdout:
    Documents lie in one file [1].

    Sources
      [1] docs/a.md
      and 1 more that was read
    stderr:
    first words after [time], all after [time]
    ");
    let asked = double.requests();
    assert_eq!(asked[0].line(), "POST /query/stream");
    assert_eq!(asked[0].json(), json!({"query": "Where do documents lie?", "chunk_top_k": 5}));
}

#[test]
fn the_sources_that_are_cited_are_listed_and_the_others_counted() {
    let sources = |response: &str| {
        let references: Vec<_> = ["a", "b", "c", "d"]
            .iter()
            .zip(1..)
            .map(|(file, id)| json!({"reference_id": id.to_string(), "file_path": file}))
            .collect();
        let body = json!({"response": response, "references": references});
        let (sandbox, _double) = stack(move |_| Answer::ok(&body.to_string()));
        let ran = sandbox.run(&["ask", "Where?", "--no-stream"]);
        ran.stdout.split_once("Sources\n").unwrap().1.to_owned()
    };
    assert_eq!(sources("Here [2], there [4]."), "  [2] b\n  [4] d\n  and 2 more that were read\n");
    assert_eq!(sources("All [1, 2, 3, 4]."), "  [1] a\n  [2] b\n  [3] c\n  [4] d\n");
    assert_eq!(sources("Nowhere [9]."), "  [1] a\n  [2] b\n  [3] c\n  [4] d\n", "none is cited");
}

#[test]
fn an_answer_can_be_had_in_one_piece() {
    let body = json!({"response": "In one file.\n", "references": [], "response_time": 0.1, "llm_generated": false});
    let (sandbox, double) = stack(move |_| Answer::ok(&body.to_string()));
    let ran = sandbox.run(&["ask", "Where?", "--no-stream"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "In one file.\n"));
    assert_eq!(double.requests()[0].line(), "POST /query");
}

#[test]
fn an_answer_is_there_for_programs_piece_by_piece() {
    let (sandbox, _double) = stack(|_| Answer::ok(STREAM));
    let ran = sandbox.run(&["ask", "Where?", "--json"]);
    let names: Vec<_> =
        ran.events().iter().map(|it| it["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["references", "response", "response", "answered"]);
    assert_eq!(ran.events()[0]["references"][1]["file_path"], "b.md");
}

#[test]
fn a_service_that_warms_is_asked_again_when_it_says() {
    let asked = AtomicUsize::new(0);
    let (sandbox, _double) = stack(move |request| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => Answer::new(202, r#"{"status":"initializing","message":"Workers are warming up"}"#)
            .retry_after(1),
        1 => {
            Answer::new(503, r#"{"detail":"no task can answer","code":"no_target"}"#).retry_after(1)
        }
        _ => Answer::ok(if request.path == "/readyz" { "{}" } else { STREAM }),
    });
    let ran = sandbox.run(&["ask", "Where?"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stderr.starts_with("Workers are warming up (202); asking again in 1 s\n"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.starts_with("Documents lie in one file [1].\n"), "{}", ran.stdout);
}

#[test]
fn waiting_for_a_service_that_warms_ends() {
    let (sandbox, _double) = stack(|_| {
        Answer::new(503, r#"{"detail":"no task can answer","code":"no_target"}"#).retry_after(30)
    });
    let ran = sandbox.run(&["ask", "Where?", "--wait", "1s"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("error: the service was not ready within 1."), "{}", ran.stderr);
    assert!(ran.stderr.contains("caused by: no task can answer (503)\nhint: "), "{}", ran.stderr);
}

#[test]
fn a_refusal_is_told_in_the_services_own_words() {
    let (sandbox, _double) = stack(|_| {
        Answer::new(
            504,
            r#"{"detail":"the provider did not answer within 30 s","code":"provider_timeout"}"#,
        )
    });
    assert_snapshot!(sandbox.run(&["ask", "Where?"]).told(), @r"
    exit code: 1
    stderr:
    error: the provider did not answer within 30 s (504)
    hint: see `models:` in the file, and `ragctl logs`
    ");
}

#[test]
fn an_answer_that_breaks_off_is_a_failure() {
    let (sandbox, _double) = stack(|_| {
        Answer::ok("{\"response\":\"Documents\"}\n{\"error\":\"the provider broke off\"}\n")
    });
    let ran = sandbox.run(&["ask", "Where?"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, "Documents\n"));
    assert!(
        ran.stderr.contains("error: the answer broke off: the provider broke off\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_service_that_is_not_there_is_told() {
    let (sandbox, double) = stack(|_| Answer::ok(""));
    drop(double);
    let ran = sandbox.run(&["ask", "Where?"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("does not answer: Connection refused"), "{}", ran.stderr);
}

#[test]
fn without_a_deployment_there_is_nobody_to_ask() {
    let sandbox = Sandbox::handbook();
    sandbox.write("a.md", "text");
    for args in [&["ask", "why?"][..], &["ingest", "a.md"]] {
        let ran = sandbox.run(args);
        assert_eq!(
            ran.told(),
            "exit code: 1\nstderr:\nerror: nothing is deployed for `handbook`\nhint: `ragctl deploy` deploys it\n"
        );
    }
}

/// A service that keeps documents: the first look finds them unprocessed.
fn keeper(refuse: &'static str) -> impl Fn(&Request) -> Answer + Send + Sync + 'static {
    let looks = AtomicUsize::new(0);
    let kept = std::sync::Mutex::new(Vec::<String>::new());
    move |request| match request.line().as_str() {
        "POST /documents/text" => {
            let name = request.json()["file_source"].as_str().unwrap().to_owned();
            if name == refuse {
                return Answer::new(
                    409,
                    r#"{"detail":"it is there with other text","code":"conflict"}"#,
                );
            }
            let mut kept = kept.lock().unwrap();
            if !kept.contains(&name) {
                kept.push(name);
            }
            Answer::ok(r#"{"status":"success","message":"","track_id":"t"}"#)
        }
        "GET /documents" => {
            let is_first = looks.fetch_add(1, Ordering::Relaxed) < 2;
            let documents: Vec<_> = kept.lock().unwrap().iter().map(|name| {
                let failed = name.contains("bad");
                json!({
                    "id": format!("doc-{name}"), "file_path": name, "chunks_count": 3, "track_id": "t",
                    "status": if failed { "failed" } else { "processed" },
                    "error_msg": failed.then_some("the provider refused it"),
                })
            }).collect();
            let left = usize::from(is_first) * documents.len();
            Answer::ok(&json!({"documents": documents, "total_count": documents.len(), "status_counts": {"pending": left}}).to_string())
        }
        "DELETE /documents/doc-docs/a.md" => Answer::ok("{}"),
        other => panic!("{other}"),
    }
}

#[test]
fn folders_are_taken_in_and_waited_for() {
    let (sandbox, double) = stack(keeper(""));
    for name in ["docs/a.md", "docs/deep/b.txt", "docs/picture.png", "README.md"] {
        sandbox.write(name, "text");
    }
    let ran = sandbox.run(&["ingest", "docs", "README.md"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_snapshot!(crate::sandbox::without_times(&ran.stdout), @"3 documents taken in (9 chunks) after [time]; 1 file of other types skipped");
    let mut sent: Vec<_> = double
        .requests()
        .iter()
        .filter(|it| it.path == "/documents/text")
        .map(|it| it.json()["file_source"].as_str().unwrap().to_owned())
        .collect();
    sent.sort();
    assert_eq!(sent, ["README.md", "docs/a.md", "docs/deep/b.txt"]);
}

#[test]
fn files_that_fail_are_told_one_by_one_and_the_others_are_taken_in() {
    let (sandbox, _double) = stack(keeper("docs/a.md"));
    for name in ["docs/a.md", "docs/bad.md", "docs/good.md"] {
        sandbox.write(name, "text");
    }
    std::fs::write(sandbox.path("docs/binary.txt"), [0xff, 0xfe]).unwrap();
    let ran = sandbox.run(&["ingest", "docs"]);
    assert_snapshot!(ran.told(), @r"
    exit code: 1
    stdout:
    1 document taken in (3 chunks) after [time]
    stderr:
    failed: docs/a.md: it is there with other text; `--replace` puts the new text in its place
    failed: docs/bad.md: the provider refused it
    failed: docs/binary.txt: is not UTF-8 text
    error: 3 of 4 files were not taken in
    hint: the reasons stand above; running it again takes in only what is missing
    ");
    let ran = sandbox.run(&["ingest", "docs", "--json"]);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.events()[0]["failed"].as_array().unwrap().len(), 3);
}

#[test]
fn new_text_takes_the_place_of_old_text_when_asked() {
    let answer = keeper("");
    let refused = AtomicUsize::new(0);
    let (sandbox, double) = stack(move |request| match request.line().as_str() {
        "POST /documents/text" if refused.fetch_add(1, Ordering::Relaxed) == 1 => {
            Answer::new(409, r#"{"detail":"it is there with other text","code":"conflict"}"#)
        }
        _ => answer(request),
    });
    sandbox.write("docs/a.md", "old");
    assert_eq!(sandbox.run(&["ingest", "docs"]).code, 0);
    sandbox.write("docs/a.md", "new");
    let ran = sandbox.run(&["ingest", "docs", "--replace"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let lines: Vec<_> =
        double.requests().iter().map(Request::line).filter(|it| !it.starts_with("GET")).collect();
    assert_eq!(
        lines,
        [
            "POST /documents/text",
            "POST /documents/text",
            "DELETE /documents/doc-docs/a.md",
            "POST /documents/text"
        ]
    );
}

#[test]
fn a_deployment_can_take_documents_in() {
    let (sandbox, _double) = stack(keeper(""));
    sandbox.write("docs/a.md", "text");
    let ran = sandbox.run(&["deploy", "--ingest", "docs"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("handbook is up at http://127.0.0.1:"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 document taken in (3 chunks)"), "{}", ran.stdout);
}
