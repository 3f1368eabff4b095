use std::sync::Mutex;

use ragctl_stacks::{
    cost::Prices,
    tune::{Goal, SizeFigures, Trial, compare, tune},
};

use super::*;

mod account;

use account::Account;

fn size(mb: u32) -> MemorySize {
    MemorySize::new(mb).unwrap()
}

async fn found<'a>(aws: &'a Aws) -> (TunedFunction<'a>, Recovered) {
    TunedFunction::find(aws, b"{}".to_vec()).await.unwrap().unwrap()
}

#[tokio::test]
async fn sizes_are_measured_on_versions_and_everything_is_as_it_was_afterwards() {
    let account = Account::default();
    let before = account.is();
    let aws = account.aws();
    let (mut function, recovered) = found(&aws).await;
    assert_eq!((recovered, function.memory()), (Recovered::Nothing, size(512)));
    let trial = Trial { sizes: [size(128), size(1024)].into(), cold: 2, warm: 2 };
    let tariff =
        ragctl_stacks::tune::Tariff::of(&Prices::built_in(), function.architecture(), None);
    let told = Mutex::new(Vec::new());
    let tried =
        tune(&mut function, &trial, &tariff, &|it| told.lock().unwrap().push(it.done)).await;
    assert_eq!(account.tag().as_deref(), Some("512"), "so that it can be put back by others");
    assert_eq!(account.is().versions.len(), before.versions.len() + 1, "the last one is left");
    function.restore().await.unwrap();
    assert_eq!(account.is(), before);
    let all: Vec<SizeFigures> = tried.unwrap().iter().map(|it| *it.figures().unwrap()).collect();
    // The account's function uses 1024 MB times 10 ms of a processor.
    assert!((all[0].warm.duration.p50 - 80.0).abs() < 1e-9, "{all:#?}");
    assert!((all[1].warm.duration.p50 - 10.0).abs() < 1e-9, "{all:#?}");
    assert_eq!((all[0].cold.runs, all[0].cold.init.map(|it| it.p50)), (2, Some(100.0)));
    assert_eq!(Goal::Speed.choose(&all).unwrap().memory_mb, size(1024));
    assert_eq!(told.into_inner().unwrap().last(), Some(&7));
    let invoked = account.invoked();
    assert!(invoked.iter().all(|it| it != "$LATEST" && it != "live" && it != "1"), "{invoked:?}");
    assert_eq!(invoked.len(), 2 * (2 + 1 + 2));
}

#[tokio::test]
async fn what_is_left_in_the_middle_is_put_back_by_the_next_one() {
    let account = Account::default();
    let before = account.is();
    let aws = account.aws();
    let (mut killed, _) = found(&aws).await;
    killed.resize(size(3008)).await.unwrap();
    killed.cold().await.unwrap().unwrap();
    drop(killed);
    assert_ne!(account.is(), before);
    let (function, recovered) = found(&aws).await;
    assert_eq!((recovered, function.memory()), (Recovered::Restored, size(512)));
    assert_eq!(account.is(), before);
}

#[tokio::test]
async fn what_was_deployed_in_between_stays() {
    let account = Account::default();
    let aws = account.aws();
    let (mut killed, _) = found(&aws).await;
    killed.cold().await.unwrap().unwrap();
    drop(killed);
    account.deploy(2048);
    let (function, recovered) = found(&aws).await;
    assert_eq!((recovered, function.memory()), (Recovered::Restored, size(2048)));
    assert_eq!((account.is().memory, account.tag()), (2048, None));
    assert_eq!(account.is().versions.len(), 1);
}

#[tokio::test]
async fn a_refusal_in_the_middle_leaves_nothing_once_it_is_restored() {
    for refused in ["PublishVersion", "Invoke", "TagResource", "UpdateFunctionConfiguration"] {
        let account = Account::default();
        let before = account.is();
        let aws = account.aws();
        let (mut function, _) = found(&aws).await;
        account.refuse_once(refused);
        let error = function.cold().await.unwrap_err();
        assert!(error.to_string().contains("was refused"), "{refused}: {error}");
        function.restore().await.unwrap();
        assert_eq!(account.is(), before, "{refused}");
    }
}

#[tokio::test]
async fn a_function_that_fails_is_told_in_its_words() {
    let account = Account::default();
    account.fail("Runtime.ExitError");
    let aws = account.aws();
    let (mut function, _) = found(&aws).await;
    let failed = function.cold().await.unwrap().unwrap_err();
    assert_eq!(failed.0, "Runtime.ExitError: it ended");
}

#[tokio::test]
async fn sandboxes_set_up_ahead_are_measured_where_clients_have_them() {
    let account = Account::default();
    let aws = account.aws();
    let (mut function, _) = found(&aws).await;
    assert_eq!(function.provisioned(), None);
    let without = compare(&mut function, size(512), 2, &|_| {}).await.unwrap().unwrap();
    function.restore().await.unwrap();
    assert_eq!(without.ahead, None);
    account.provision("1");
    let (mut function, _) = found(&aws).await;
    assert_eq!(function.provisioned(), Some("1"));
    let with = compare(&mut function, size(512), 2, &|_| {}).await.unwrap().unwrap();
    function.restore().await.unwrap();
    assert_eq!(with.ahead.map(|it| (it.runs, it.init)), Some((2, None)));
    assert!(with.ahead_speed_up().unwrap() > 1.0);
}

#[tokio::test]
async fn a_function_of_others_or_none_is_not_touched() {
    let account = Account::default();
    account.give_to("other");
    let aws = account.aws();
    let error = TunedFunction::find(&aws, Vec::new()).await.unwrap_err();
    assert!(error.to_string().contains("is not of this stack"), "{error}");
    account.remove();
    assert!(TunedFunction::find(&aws, Vec::new()).await.unwrap().is_none());
}
