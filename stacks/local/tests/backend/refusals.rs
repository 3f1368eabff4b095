//! What cannot be done, and how it is said.

use std::{fs, net::TcpListener, path::Path};

use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::{Backend, BackendError},
    desired::Desired,
    event::Event,
    plan::{Action, Reason, Step},
    resource::{Program, Resource, Store},
};

use crate::support::{Home, Wanted, backend_at, deploy, get, scope};

fn create(resource: Resource) -> Step {
    Step {
        address: resource.address(),
        action: Action::Create(resource),
        because: Reason::NotThere,
        after: std::collections::BTreeSet::new(),
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_and_nothing_is_changed() {
    let home = Home::new();
    let wanted = Wanted::new();
    let _taken = TcpListener::bind(("127.0.0.1", wanted.port)).unwrap();
    let (outcome, _) = home.deploy(&wanted.desired()).await;
    let error = &outcome.failed[0].source;
    assert!(matches!(error, BackendError::PortTaken { port, .. } if *port == wanted.port));
    assert!(outcome.skipped.contains_key(&Address::app(Kind::Service)));
    let balancer = Address::app(Kind::LoadBalancer);
    assert_eq!(home.backend().live().await.unwrap().at(&balancer), None);
}

#[tokio::test]
async fn a_port_that_is_taken_by_a_change_leaves_the_old_one_in_use() {
    let home = Home::new();
    let old = Wanted::new();
    home.deployed(&old).await;
    let new = Wanted::new();
    let _taken = TcpListener::bind(("127.0.0.1", new.port)).unwrap();
    let (outcome, _) = home.deploy(&new.desired()).await;
    assert!(matches!(outcome.failed[0].source, BackendError::PortTaken { .. }));
    assert_eq!(get(old.port, "/").await.unwrap().0, 200);
    assert_eq!(home.backend().endpoint().unwrap(), Some(format!("http://127.0.0.1:{}", old.port)));
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    // Nobody, not even root, makes folders in /proc.
    let backend = backend_at(Path::new("/proc/ragctl/shop"), "shop", 1.0);
    let (outcome, _) = deploy(&backend, &Wanted::new().desired()).await;
    let error = &outcome.failed[0].source;
    let named = matches!(error, BackendError::FileUnusable { path, doing: "made", .. } if path == Path::new("/proc/ragctl/shop"));
    assert!(named, "{error:?}");
}

#[tokio::test]
async fn a_folder_in_which_nothing_can_be_written_any_more_is_named_and_tasks_run_on() {
    let home = Home::new();
    let wanted = Wanted::new();
    home.deployed(&wanted).await;
    // Stands in for a disk that is full or read-only, which a test cannot make: no file can be written beside the record.
    let blocked = home.root().join("record.json.new");
    fs::create_dir(&blocked).unwrap();
    let (outcome, _) =
        home.deploy(&Wanted { port: wanted.port, tasks: (1, 2), ..Wanted::new() }.desired()).await;
    let error = &outcome.failed[0].source;
    let named = matches!(error, BackendError::FileUnusable { path, doing: "written", .. } if path.ends_with("record.json"));
    assert!(named, "{error:?}");
    assert_eq!(get(wanted.port, "/").await.unwrap().0, 200);
    fs::remove_dir(&blocked).unwrap();
    home.deployed(&Wanted { port: wanted.port, tasks: (1, 2), ..Wanted::new() }).await;
}

#[tokio::test]
async fn a_program_that_is_missing_or_no_program_is_named() {
    let home = Home::new();
    let plain = home.root().parent().unwrap().parent().unwrap().join("plain.txt");
    fs::write(&plain, "x").unwrap();
    home.backend()
        .perform(&create(Store { name: Name::app(), path: "data".into() }.into()), &|_: Event| {})
        .await
        .unwrap();
    for (path, cause) in
        [("/nowhere/service", "No such file"), (plain.to_str().unwrap(), "not executable")]
    {
        let mut definition = Wanted::new().definition();
        definition.program = Program::Binary { path: path.into(), version: "1".into() };
        let error =
            home.backend().perform(&create(definition.into()), &|_: Event| {}).await.unwrap_err();
        let BackendError::ProgramUnusable { path: named, source } = &error else {
            panic!("{error:?}")
        };
        assert!(named == Path::new(path) && source.to_string().contains(cause), "{error:?}");
    }
}

#[tokio::test]
async fn an_image_cannot_run_here() {
    let home = Home::new();
    let mut definition = Wanted::new().definition();
    definition.program = Program::Image("example.com/rag:1".into());
    definition.store = None;
    let error =
        home.backend().perform(&create(definition.into()), &|_: Event| {}).await.unwrap_err();
    assert!(matches!(error, BackendError::NotOnThisTarget(_)), "{error:?}");
}

#[tokio::test]
async fn what_is_needed_is_made_first_and_goes_last() {
    let home = Home::new();
    let wanted = Wanted::new();
    let error =
        home.backend().perform(&create(wanted.service().into()), &|_: Event| {}).await.unwrap_err();
    assert!(matches!(error, BackendError::Missing { .. }), "{error:?}");
    home.deployed(&wanted).await;
    let store = Resource::from(Store { name: Name::app(), path: "data".into() });
    let delete = Step { action: Action::Delete(store.clone()), ..create(store) };
    let error = home.backend().perform(&delete, &|_: Event| {}).await.unwrap_err();
    assert!(matches!(error, BackendError::StillNeeded { .. }), "{error:?}");
    assert!(home.data().exists());
}

#[tokio::test]
async fn a_store_elsewhere_leaves_the_documents_where_they_were() {
    let home = Home::new();
    let wanted = Wanted::new();
    home.deployed(&wanted).await;
    fs::write(home.data().join("store.sqlite"), "documents").unwrap();
    let elsewhere = Resource::from(Store { name: Name::app(), path: "elsewhere".into() });
    let desired = wanted.desired();
    let others =
        desired.iter().map(|it| it.1.clone()).filter(|it| it.address().kind != Kind::Store);
    let desired = Desired::new(scope(), others.chain([elsewhere]).collect::<Vec<_>>());
    let (outcome, events) = home.deploy(&desired).await;
    assert!(outcome.is_complete(), "{:?}", outcome.failed);
    assert!(
        events
            .iter()
            .any(|it| matches!(it, Event::StepNoted { note, .. } if note.contains("stay there")))
    );
    home.destroyed().await;
    assert!(home.data().join("store.sqlite").exists());
}

#[tokio::test]
async fn a_record_that_is_broken_or_newer_names_itself_and_the_remedy() {
    let home = Home::new();
    fs::create_dir_all(home.root()).unwrap();
    for (text, remedy) in [("{", "run `ragctl deploy`"), ("{\"format\": 9}", "newer ragctl")] {
        fs::write(home.root().join("record.json"), text).unwrap();
        let error = home.backend().live().await.unwrap_err();
        let BackendError::RecordUnreadable { path, reason } = &error else { panic!("{error:?}") };
        assert!(path.ends_with("record.json") && reason.contains(remedy), "{error}");
        assert!(home.backend().heal().await.is_err());
    }
}

#[tokio::test]
async fn another_stack_in_the_same_folder_is_refused() {
    let home = Home::new();
    home.deployed(&Wanted::new()).await;
    let other = backend_at(&home.root(), "blog", 60.0);
    let step = create(Store { name: Name::app(), path: "data".into() }.into());
    let error = other.perform(&step, &|_: Event| {}).await.unwrap_err();
    assert!(
        error.to_string().contains("holds the stack `shop`")
            || matches!(&error, BackendError::Refused { reason, .. } if reason.contains("`shop`")),
        "{error}"
    );
}

#[tokio::test]
async fn a_stranger_without_the_token_is_not_heard() {
    let home = Home::new();
    home.deployed(&Wanted::new()).await;
    let port = u16::try_from(home.record()["supervisor"]["port"].as_u64().unwrap()).unwrap();
    for path in ["/hello", "/status"] {
        assert_eq!(get(port, path).await.unwrap().0, 401);
    }
}

#[tokio::test]
async fn a_time_scale_that_no_clock_can_follow_is_refused() {
    let home = Home::at(0.0);
    let step = create(Store { name: Name::app(), path: "data".into() }.into());
    let error = home.backend().perform(&step, &|_: Event| {}).await.unwrap_err();
    assert!(error.to_string().contains("0.001"), "{error}");
    assert!(!home.root().exists());
}
