//! Provisioned concurrency: environments of a version that are initialised before anybody calls.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html>

use serde_json::{Value, json};

use super::alias;
use super::concurrency::{SPARE, unreserved};
use super::function::Function;
use super::name::{LATEST, conflict, find, invalid, is_number, named, nothing};
use super::page::page;
use crate::account::{Here, Region};
use crate::input::{need, set, whole};
use crate::pace::Pace;
use crate::refusal::{Refusal, Reply};
use crate::time::Time;

/// How many configurations a page has at the most.
const PAGE: usize = 50;

/// What a version or an alias has, or is being given.
#[derive(Clone, Debug)]
pub(crate) struct Provisioned {
    requested: i64,
    /// What was there before the last change, and still is until that is done.
    before: i64,
    modified: Time,
    done: Time,
    /// Why the last change ends as `FAILED`.
    failure: Option<String>,
}

impl Provisioned {
    fn new(
        requested: i64,
        before: i64,
        failure: Option<String>,
        (now, pace): (Time, Pace),
    ) -> Self {
        Self { requested, before, modified: now, done: now.plus(pace.provision), failure }
    }

    /// As `GetProvisionedConcurrencyConfig` shows it.
    fn shown(&self, now: Time) -> Value {
        if now < self.done {
            return self.under_way();
        }
        let (status, there) =
            if self.failure.is_some() { ("FAILED", 0) } else { ("READY", self.requested) };
        let mut shown = self.with(status, there);
        if let Some(reason) = &self.failure {
            set(&mut shown, "StatusReason", reason.as_str());
        }
        shown
    }

    fn under_way(&self) -> Value {
        self.with("IN_PROGRESS", self.before.min(self.requested))
    }

    fn with(&self, status: &str, there: i64) -> Value {
        json!({
            "RequestedProvisionedConcurrentExecutions": self.requested,
            "AvailableProvisionedConcurrentExecutions": there,
            "AllocatedProvisionedConcurrentExecutions": there,
            "Status": status, "LastModified": self.modified.iso().replace('Z', "+0000"),
        })
    }

    /// How many of it are there.
    fn there(&self, now: Time) -> i64 {
        whole(&self.shown(now), "AllocatedProvisionedConcurrentExecutions").unwrap_or_default()
    }
}

impl Function {
    /// All that is asked for, but for one qualifier's.
    pub(super) fn provisioned_besides(&self, qualifier: &str) -> i64 {
        let others = self.provisioned.iter().filter(|(of, _)| of.as_str() != qualifier);
        others.map(|(_, it)| it.requested).sum()
    }

    /// Lets an alias' provisioned concurrency go with it to another version.
    pub(super) fn move_provisioned(
        &mut self,
        alias: &str,
        version: &str,
        now: Time,
        pace: Pace,
    ) -> Result<(), Refusal> {
        let Some(old) = self.provisioned.get(alias) else { return Ok(()) };
        if self.provisioned.contains_key(version) {
            return Err(taken());
        }
        let failure = self.unprovisionable.clone();
        let moved = Provisioned::new(old.requested, 0, failure, (now, pace));
        self.provisioned.insert(alias.to_owned(), moved);
        Ok(())
    }
}

fn taken() -> Refusal {
    conflict(
        "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned \
         version",
    )
}

/// The version or alias that a call names, which must be there.
fn qualifier(region: &mut Region, input: &Value, unpublished: &str) -> Result<String, Refusal> {
    let named = named(input)?;
    let Some(qualifier) = named.qualifier.clone() else {
        need(input, "Qualifier")?;
        return Err(invalid(unpublished));
    };
    if qualifier == LATEST {
        return Err(invalid(unpublished));
    }
    let arn = named.arn(region);
    let function = find(region, input)?;
    if is_number(&qualifier) {
        function.must_have(&qualifier)?;
    } else if !function.aliases.contains_key(&qualifier) {
        return Err(alias::missing(&arn));
    }
    Ok(qualifier)
}

const UNPUBLISHED: &str =
    "Provisioned Concurrency Configs cannot be applied to unpublished function versions.";

const NEITHER: &str = "The function resource provided must be an alias or a published version.";

pub(super) fn put(here: &mut Here<'_>, input: &Value) -> Reply {
    let requested = whole(input, "ProvisionedConcurrentExecutions").unwrap_or_default();
    if requested < 1 {
        let message = format!(
            "1 validation error detected: Value '{requested}' at \
             'provisionedConcurrentExecutions' failed to satisfy constraint: Member must have \
             value greater than or equal to 1"
        );
        return Err(Refusal::new("ValidationException", message));
    }
    let qualifier = qualifier(here.region, input, UNPUBLISHED)?;
    let spare = unreserved(here.region);
    let (now, pace) = (here.now, here.pace);
    let function = find(here.region, input)?;
    fits(function, &qualifier, requested, (spare, now))?;
    Ok(begin(function, &qualifier, requested, (now, pace)))
}

/// Refuses what a function cannot have.
fn fits(
    function: &Function,
    qualifier: &str,
    requested: i64,
    (unreserved, now): (i64, Time),
) -> Result<(), Refusal> {
    let version = function.number_of(qualifier).unwrap_or_default();
    if is_number(qualifier) {
        let points_here = |alias: &String| function.number_of(alias) == Some(version);
        let mut aliases = function.aliases.keys().filter(|it| points_here(it));
        if aliases.any(|it| function.provisioned.contains_key(it)) {
            return Err(conflict("Version is pointed by a Provisioned Concurrency alias"));
        }
        function.version_must_be_active(version, now)?;
    } else if !is_number(version) {
        return Err(invalid(UNPUBLISHED));
    } else if function.provisioned.contains_key(version) {
        return Err(taken());
    }
    let all = function.provisioned_besides(qualifier) + requested;
    if let Some(reserved) = function.reserved {
        if all > reserved {
            return Err(invalid(
                "Requested Provisioned Concurrency should not be greater than the \
                 reservedConcurrentExecution for function",
            ));
        }
        return Ok(());
    }
    let had = function.provisioned.get(qualifier).map_or(0, |it| it.requested);
    if unreserved + had - requested < SPARE {
        return Err(invalid(format!(
            "Specified ConcurrentExecutions for function decreases account's \
             UnreservedConcurrentExecution below its minimum value of [{SPARE}]."
        )));
    }
    Ok(())
}

fn begin(function: &mut Function, qualifier: &str, requested: i64, when: (Time, Pace)) -> Value {
    let before = function.provisioned.get(qualifier).map_or(0, |it| it.there(when.0));
    let failure = function.unprovisionable.clone();
    let made = Provisioned::new(requested, before, failure, when);
    // A change is always shown as under way, however fast the pace.
    let shown = made.under_way();
    let version = function.number_of(qualifier).and_then(|it| it.parse::<u64>().ok());
    if let Some(version) = version.and_then(|it| function.versions.get_mut(&it)) {
        version.is_warm = false;
    }
    function.provisioned.insert(qualifier.to_owned(), made);
    shown
}

pub(super) fn get(here: &mut Here<'_>, input: &Value) -> Reply {
    let now = here.now;
    let qualifier = qualifier(here.region, input, NEITHER)?;
    let found = find(here.region, input)?.provisioned.get(&qualifier);
    found.map(|it| it.shown(now)).ok_or_else(|| {
        let message = "No Provisioned Concurrency Config found for this function";
        Refusal::new("ProvisionedConcurrencyConfigNotFoundException", message).with_status(404)
    })
}

/// Takes it away; where there is none nothing happens.
pub(super) fn delete(region: &mut Region, input: &Value) -> Reply {
    let qualifier = qualifier(region, input, NEITHER)?;
    find(region, input)?.provisioned.remove(&qualifier);
    nothing()
}

pub(super) fn list(here: &mut Here<'_>, input: &Value) -> Reply {
    let now = here.now;
    let function = find(here.region, input)?;
    let arn = function.arn().to_owned();
    let all = function.provisioned.iter().map(|(qualifier, it)| {
        let mut shown = it.shown(now);
        set(&mut shown, "FunctionArn", format!("{arn}:{qualifier}"));
        shown
    });
    Ok(page(all.collect(), "ProvisionedConcurrencyConfigs", input, PAGE))
}

/// Brings what a version or an alias has into bounds, as autoscaling does.
pub(crate) fn scale(
    region: &mut Region,
    (name, qualifier): (&str, &str),
    (least, most): (i64, i64),
    when: (Time, Pace),
) {
    let Some(function) = region.lambda.functions.get_mut(name) else { return };
    let has = function.provisioned.get(qualifier).map_or(0, |it| it.requested);
    let within = has.clamp(least, most.max(least));
    if within == 0 {
        function.provisioned.remove(qualifier);
    } else if within != has {
        begin(function, qualifier, within, when);
    }
}

impl Region {
    /// Lets all provisioned concurrency that a function is given from now on end as `FAILED` for
    /// this reason, such as `FUNCTION_ERROR_INIT_FAILURE`; `None` lets it get ready again. False
    /// when there is no such function.
    pub fn fail_provisioning(&mut self, function: &str, reason: Option<&str>) -> bool {
        let found = self.lambda.functions.get_mut(function);
        found.map(|it| it.unprovisionable = reason.map(str::to_owned)).is_some()
    }
}
