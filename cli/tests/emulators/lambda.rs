//! The service as a function: from nothing to a question answered, by way of each strategy and a bad revision, to nothing.
//!
//! fakecloud really runs it, from the archive and its layers, by Lambda's runtime API (`function.py`). What it does not have: sandboxes that are
//! set up ahead are there at once, whether or not the function can start; and who may call by an alias is kept with the version that the alias led to
//! when that was said, so that an alias that moves lets nobody in by its URL any more.

use std::env;

use serde_json::{Value, json};

use crate::{
    calls::{How, call},
    home::Home,
};

/// All kinds of which a stack on Lambda has something, as the services' own lists show.
const KINDS: [&str; 4] = ["function", "layer", "log-group", "role"];

fn file(rest: &str) -> String {
    let bundle = env::var("BUNDLE").expect("BUNDLE names what `service/make-bundle` made");
    format!(
        "stack: handbook\ntarget: lambda\naws: {{region: us-east-1}}\nimage: {{bundle: '{bundle}'}}\n{rest}"
    )
}

/// The strategies that there are on Lambda.
const STRATEGIES: [&str; 4] =
    ["prewarm", "provisioned-concurrency", "keepalive", "reduced-workers"];

fn lambda(home: &Home, path: &str) -> Value {
    let answer = call("lambda", &How::Rest(path)).send(home.account.port);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// The version that callers get.
fn serves(home: &Home) -> String {
    let alias = lambda(home, "/2015-03-31/functions/handbook-app/aliases/live");
    alias["FunctionVersion"].as_str().unwrap().to_owned()
}

/// The versions of which sandboxes are set up ahead.
fn set_up(home: &Home) -> Vec<String> {
    let path = "/2019-09-30/functions/handbook-app/provisioned-concurrency?List=ALL";
    let all = lambda(home, path)["ProvisionedConcurrencyConfigs"].as_array().unwrap().clone();
    let version =
        |it: &Value| it["FunctionArn"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
    all.iter().map(version).collect()
}

/// What the version that serves answers to a request, with 200.
fn asked(home: &Home, path: &str, body: &Value) -> String {
    let event = json!({
        "version": "2.0", "rawPath": path, "rawQueryString": "", "headers": {"content-type": "application/json"},
        "requestContext": {
            "http": {"method": "POST", "path": path}, "stage": "$default", "domainName": "a.lambda-url.us-east-1.on.aws",
        },
        "body": body.to_string(), "isBase64Encoded": false,
    });
    let address = "/2015-03-31/functions/handbook-app/invocations?Qualifier=live";
    let answer = call("lambda", &How::Post(address, &event.to_string())).send(home.account.port);
    // A streamed answer is a head, eight zeros, and what follows.
    let (head, body) = answer.body.split_once("\0\0\0\0\0\0\0\0").unwrap_or((&answer.body, ""));
    let head: Value = serde_json::from_str(head).unwrap_or_else(|_| panic!("{}", answer.body));
    assert_eq!(head["statusCode"], 200, "{}", answer.body);
    match body {
        "" => head["body"].as_str().unwrap().to_owned(),
        streamed => streamed.to_owned(),
    }
}

/// Nothing may be left to do, but for the URL of an alias that has moved.
fn is_settled(home: &Home) {
    let plan = || home.run(&["plan", "--detailed-exitcode"]);
    let mut ran = plan();
    if ran.code == 2 && ran.stdout.contains("function_url/app   auth: iam") {
        assert!(ran.stdout.contains("0 to create, 1 to update, 0 to replace, 0 to delete"));
        home.must(&["deploy", "--yes"]);
        ran = plan();
    }
    assert_eq!(ran.code, 0, "{ran:#?}");
}

#[test]
fn a_function_is_deployed_answers_takes_each_strategy_survives_a_bad_revision_and_leaves_nothing() {
    let home = Home::new(&file(""));
    home.must(&["deploy", "--yes"]);
    is_settled(&home);
    assert_eq!(home.account.holds("handbook"), KINDS);
    assert_eq!(serves(&home), "1");
    let text = json!({"text": "The boat is called Marigold and lies in the harbour of Ystad."});
    asked(&home, "/documents/text", &text);
    let answer = asked(&home, "/query", &json!({"query": "What is the boat called?"}));
    assert!(answer.contains("Marigold"), "{answer}");
    assert!(home.must(&["status"]).stdout.contains("version 1 serves"));

    for name in STRATEGIES {
        home.must(&["strategy", "enable", name, "--yes"]);
        is_settled(&home);
    }
    // Two of the four make another function of it.
    assert_eq!((serves(&home).as_str(), set_up(&home)), ("3", vec!["3".to_owned()]));
    for refused in ["async-init", "edge-prewarm"] {
        let ran = home.run(&["strategy", "enable", refused, "--yes"]);
        assert!(ran.code != 0 && ran.stderr.contains("does not work with"), "{ran:#?}");
    }
    for name in STRATEGIES {
        home.must(&["strategy", "disable", name, "--yes"]);
        is_settled(&home);
    }
    assert_eq!((serves(&home).as_str(), set_up(&home)), ("1", Vec::new()));

    home.write(&file("service: {environment: {CHUNK_SIZE: none}}\n"));
    let ran = home.run(&["deploy", "--yes"]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.stderr.contains("CHUNK_SIZE"), "{}", ran.stderr);
    assert_eq!(serves(&home), "1");
    asked(&home, "/query", &json!({"query": "What is the boat called?"}));

    home.write(&file("lambda: {memory: 1024}\n"));
    home.must(&["deploy", "--yes"]);
    let new = serves(&home);
    assert_ne!(new, "1");
    home.must(&["rollback", "--yes"]);
    assert_ne!(serves(&home), new);

    home.must(&["destroy", "--yes"]);
    assert_eq!(home.account.holds("handbook"), Vec::<&str>::new());
}

#[test]
fn a_key_that_is_kept_on_aws_is_fetched_by_the_function() {
    let home = Home::new(&file("service: {secrets: {LIGHTRAG_API_KEY: 'ssm:/handbook/key'}}\n"));
    home.account.keep_secret("/handbook/key", "open-sesame");
    let ran = home.must(&["deploy", "--yes", "--json"]);
    assert!(ran.stdout.contains("only /health was asked"), "{ran:#?}");
    let is = lambda(&home, "/2015-03-31/functions/handbook-app/configuration");
    assert_eq!(is["Environment"]["Variables"]["LIGHTRAG_API_KEY_FROM"], "ssm:/handbook/key");
    assert!(!is.to_string().contains("open-sesame"));
    home.must(&["destroy", "--yes"]);
}
