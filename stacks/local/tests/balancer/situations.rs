//! Each row of `stacks/situations.json`, against the balancer before real tasks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{Response, StatusCode};
use ragctl_local::balancer::Settings;
use ragctl_stacks::{
    resource::WhileWaking,
    timing::idle::{IdleTimer, Wakefulness},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::support::{Refusing, Stand, Upstream, body, edge, settings, text};

const TABLE: &str = include_str!("../../../situations.json");

#[derive(Deserialize)]
struct Table {
    fronts: BTreeMap<String, String>,
    states: BTreeMap<String, String>,
    methods: Vec<String>,
    purposes: Vec<String>,
    only: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    rows: Vec<Map<String, Value>>,
}

/// What is so, and what is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Situation {
    front: String,
    state: String,
    method: String,
    purpose: String,
}

/// What comes of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    status: u16,
    #[serde(default, deserialize_with = "said")]
    retry_after: Option<Option<u64>>,
    #[serde(default)]
    body: Map<String, Value>,
    wakes: bool,
    reaches: bool,
    warmup: bool,
}

/// A null says something: that there is no such header.
fn said<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<u64>>, D::Error> {
    Deserialize::deserialize(from).map(Some)
}

fn words(value: Value) -> Vec<String> {
    match value {
        Value::String(word) => vec![word],
        list => serde_json::from_value(list).unwrap(),
    }
}

fn product([fronts, states, methods, purposes]: [&[String]; 4]) -> Vec<Situation> {
    let mut all = Vec::new();
    for front in fronts {
        for state in states {
            for method in methods {
                all.extend(purposes.iter().map(|purpose| Situation {
                    front: front.clone(),
                    state: state.clone(),
                    method: method.clone(),
                    purpose: purpose.clone(),
                }));
            }
        }
    }
    all
}

impl Table {
    fn read() -> Self {
        let mut table: Value = serde_json::from_str(TABLE).unwrap();
        table.as_object_mut().unwrap().remove("about");
        serde_json::from_value(table).unwrap()
    }

    /// Every situation that there is.
    fn situations(&self) -> BTreeSet<Situation> {
        let fronts: Vec<_> = self.fronts.keys().cloned().collect();
        let states: Vec<_> = self.states.keys().cloned().collect();
        let all = product([&fronts, &states, &self.methods, &self.purposes]).into_iter();
        let is_there = |it: &Situation| {
            self.only.get(&it.front).is_none_or(|only| {
                only.iter().all(|(dimension, allowed)| match dimension.as_str() {
                    "method" => allowed.contains(&it.method),
                    "purpose" => allowed.contains(&it.purpose),
                    other => panic!("{other}"),
                })
            })
        };
        all.filter(is_there).collect()
    }

    /// The situations of all rows, with what is expected here.
    fn rows(self) -> Vec<(Situation, Arc<Expected>)> {
        let of = |mut row: Map<String, Value>| {
            let here = row.remove("local").unwrap_or_else(|| json!({}));
            let [fronts, states, methods, purposes] = ["front", "state", "method", "purpose"]
                .map(|dimension| words(row.remove(dimension).unwrap()));
            row.extend(here.as_object().unwrap().clone());
            let expected: Arc<Expected> = Arc::new(serde_json::from_value(row.into()).unwrap());
            product([&fronts, &states, &methods, &purposes])
                .into_iter()
                .map(move |it| (it, expected.clone()))
        };
        self.rows.into_iter().flat_map(of).collect()
    }
}

#[test]
fn every_situation_has_one_row_and_every_row_is_a_situation() {
    let all = Table::read().situations();
    let mut rows = BTreeSet::new();
    for (situation, _) in Table::read().rows() {
        assert!(all.contains(&situation), "there is no such situation: {situation:?}");
        assert!(rows.insert(situation.clone()), "it has two rows: {situation:?}");
    }
    let missing: Vec<_> = all.difference(&rows).collect();
    assert!(missing.is_empty(), "they have no row: {missing:#?}");
}

#[tokio::test]
async fn each_row_holds_on_this_machine() {
    for (situation, expected) in Table::read().rows() {
        holds(&situation, &expected).await;
    }
}

fn settings_of(front: &str) -> Settings {
    let (while_waking, edge) = match front {
        "idle" | "keepalive" => (Some(WhileWaking::Refuse), None),
        "idle-async" => (Some(WhileWaking::Accept), None),
        "edge" => (None, Some(edge())),
        "edge-idle" => (Some(WhileWaking::Refuse), Some(edge())),
        other => panic!("{other}"),
    };
    Settings { while_waking, edge, ..settings() }
}

/// What came to a task.
#[derive(Default)]
struct Came {
    requests: AtomicUsize,
    warmups: AtomicUsize,
}

async fn task(warm: bool, answers: bool) -> (Upstream, Arc<Came>) {
    let came = Arc::<Came>::default();
    let seen = came.clone();
    let upstream = Upstream::answering(move |request| {
        let is_warmup = request.uri().path() == "/warmup";
        let count = if is_warmup { &seen.warmups } else { &seen.requests };
        count.fetch_add(1, Ordering::SeqCst);
        let (status, told) = match (is_warmup, answers) {
            (true, _) => {
                let status = if warm { 200 } else { 202 };
                (status, json!({"embedding_ready": true, "llm_ready": warm}))
            }
            (false, true) => (200, json!({"response": "forty metres"})),
            (false, false) => (503, json!({"detail": "…", "code": "provider_unreachable"})),
        };
        let mut response = Response::new(body(told.to_string()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        async move { response }
    })
    .await;
    (upstream, came)
}

/// Counts how often a stack in this state is woken, as the supervisor does.
fn wakes(stand: &Stand, state: Wakefulness) -> Arc<AtomicUsize> {
    let timer = IdleTimer::new(Duration::ZERO, Duration::from_secs(900), state);
    let (timer, count) = (Mutex::new(timer), Arc::<AtomicUsize>::default());
    let woken = count.clone();
    stand.bell.on_wake(move || {
        if timer.lock().unwrap().wake(Duration::from_secs(1)) {
            woken.fetch_add(1, Ordering::SeqCst);
        }
    });
    count
}

async fn holds(situation: &Situation, expected: &Expected) {
    let stand = Stand::new(settings_of(&situation.front)).await;
    let table = stand.balancer.table();
    let (warm, answers) = match situation.state.as_str() {
        "asleep" | "cold" | "warming" => (false, false),
        "failing" => (true, false),
        "warm" => (true, true),
        other => panic!("{other}"),
    };
    let ((upstream, came), nobody) = (task(warm, answers).await, Refusing::new());
    let wakefulness = match situation.state.as_str() {
        "asleep" => Wakefulness::Asleep,
        "cold" => {
            table.register("a", nobody.address);
            Wakefulness::Waking
        }
        "warming" => {
            table.register("a", upstream.address);
            Wakefulness::Waking
        }
        _ => {
            stand.add("a", upstream.address);
            Wakefulness::Awake
        }
    };
    let woken = wakes(&stand, wakefulness);

    let mut request = stand.request(&situation.method, "/query");
    if situation.purpose != "user" {
        request = request.header("x-ragctl-purpose", &situation.purpose);
    }
    let answer = stand.send(request.body(body("")).unwrap()).await;

    let retry_after = answer.headers().get("retry-after");
    let retry_after = retry_after.map(|it| it.to_str().unwrap().parse::<u64>().unwrap());
    if let Some(wanted) = expected.retry_after {
        assert_eq!(retry_after, wanted, "{situation:?}");
    }
    let (status, told) = text(answer).await;
    assert_eq!(status.as_u16(), expected.status, "{situation:?}: {told}");
    let told: Value = serde_json::from_str(&told).unwrap();
    for (field, wanted) in &expected.body {
        assert_eq!(&told[field], wanted, "{situation:?}: {told}");
    }
    let count = |it: &AtomicUsize| it.load(Ordering::SeqCst);
    assert_eq!(count(&woken), usize::from(expected.wakes), "{situation:?}");
    assert_eq!(count(&came.requests), usize::from(expected.reaches), "{situation:?}");
    assert_eq!(count(&came.warmups) > 0, expected.warmup, "{situation:?}");
}
