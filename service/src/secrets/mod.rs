//! Values of settings that are kept elsewhere: `NAME_FROM=ssm:/path` or `NAME_FROM=secretsmanager:name` in place of `NAME`.
//!
//! ```text
//! environment ─▶ references ─▶ AWS ─▶ values ─▶ settings
//!                                └──── again, when they are old ───▶ keys
//! ```
//!
//! On ECS the agent does this, before the process is there; on Lambda nobody does. No value is ever printed, and what is not
//! a reference is not either: somebody may have pasted the secret itself.

mod aws;
mod fetch;
mod reference;
#[cfg(test)]
mod tests;

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout_at};

pub use self::reference::Reference;
use self::{aws::Aws, fetch::Values};
use crate::{
    config::{Environment, Secret, Settings, WrongSettings},
    elapsed::Elapsed,
};

/// The ending of a setting that says where the value is.
const FROM: &str = "_FROM";

/// It is read by the exporter itself, and from the environment alone.
const NOT_BY_REFERENCE: &str = "OTEL_EXPORTER_OTLP_HEADERS";

/// How long old values are fetched anew, while a request waits for it.
const LONGEST_REFRESH: Duration = Duration::from_secs(3);

/// How long values that could not be fetched anew are left as they are.
const AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Why values could not be fetched, one a line.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct FetchError(Vec<String>);

/// The settings that are given by reference, and where their values are.
#[derive(Debug)]
pub struct References {
    by_name: BTreeMap<String, Reference>,
    aws: Aws,
}

/// The settings that were given by reference, fetched.
pub struct Fetched {
    references: References,
    values: Values,
}

/// Keys that are fetched anew when they are old.
pub struct Secrets {
    references: References,
    keys: Vec<(Reference, Secret)>,
    lifetime: Duration,
    fetched: Elapsed,
    tried: Elapsed,
}

impl References {
    /// All references; none when no setting is given by one. Fetches nothing.
    ///
    /// # Errors
    ///
    /// [`WrongSettings`] with every one that is none.
    pub fn read(environment: &Environment) -> Result<Option<Self>, WrongSettings> {
        let (mut by_name, mut wrong) = (BTreeMap::new(), Vec::new());
        let known = known(environment);
        let names: BTreeSet<String> = environment.names().collect();
        for from in &names {
            let Some(name) = from.strip_suffix(FROM).filter(|name| !name.is_empty()) else {
                continue;
            };
            let Some(text) = environment.get(from).filter(|text| !text.trim().is_empty()) else {
                continue;
            };
            // Who knows what else ends in `_FROM`. What begins as a reference is one; a setting of ours can be no other.
            if !known.contains(name) && !Reference::begins(&text) {
                continue;
            }
            match Reference::read(text.trim()) {
                Err(why) => wrong.push(format!("{from}: {why}")),
                Ok(_) if name == NOT_BY_REFERENCE => wrong.push(format!(
                    "{from}: this setting can only be given by its value, as {name}"
                )),
                Ok(_) if environment.get(name).is_some_and(|it| !it.trim().is_empty()) => {
                    wrong.push(format!("{from}: {name} is set, too; leave one of them out"));
                }
                Ok(reference) => drop(by_name.insert(name.to_owned(), reference)),
            }
        }
        let aws = Aws::read(environment, by_name.values(), &mut wrong);
        match (wrong.is_empty(), by_name.is_empty()) {
            (false, _) => Err(WrongSettings(wrong)),
            (true, true) => Ok(None),
            (true, false) => Ok(Some(Self { by_name, aws })),
        }
    }

    /// Fetches all values.
    ///
    /// # Errors
    ///
    /// [`FetchError`] with every one that is not to be had.
    pub async fn fetch(self) -> Result<Fetched, FetchError> {
        let values = self.values().await?;
        Ok(Fetched { references: self, values })
    }

    /// The values of all references. Each that is not there is told by the setting that wants it.
    async fn values(&self) -> Result<Values, FetchError> {
        let wanted: BTreeSet<&Reference> = self.by_name.values().collect();
        let (values, failed) = fetch::all(&self.aws, &wanted).await;
        let told = self.by_name.iter().filter_map(|(name, reference)| {
            let why = failed.get(reference)?;
            Some(format!("{name}{FROM}: {reference}: {why}"))
        });
        let told: Vec<String> = told.collect();
        if told.is_empty() { Ok(values) } else { Err(FetchError(told)) }
    }
}

/// The names that settings are looked up by.
fn known(environment: &Environment) -> BTreeSet<String> {
    let asked = RefCell::new(BTreeSet::new());
    let read = Settings::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        environment.get(name)
    });
    // What is wrong is told when they are read with their values.
    drop(read);
    asked.into_inner()
}

impl Fetched {
    /// The value of a setting that was given by reference.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let value = self.values.get(self.references.by_name.get(name)?)?;
        Some(value.expose().to_string())
    }

    /// What has to be fetched anew while the service runs with `settings`. A setting that is no key, `DATABASE_URL` say, is what
    /// it was at the start.
    #[must_use]
    pub fn of(self, settings: &Settings) -> Secrets {
        let keys = self.references.by_name.iter();
        let keys = keys
            .filter_map(|(name, reference)| Some((reference.clone(), settings.key(name)?.clone())))
            .collect();
        let (fetched, tried) = (Elapsed::from_now(), Elapsed::from_now());
        let lifetime = settings.secrets_lifetime;
        Secrets { references: self.references, keys, lifetime, fetched, tried }
    }
}

impl Secrets {
    /// Fetches the keys anew when they are old; by `end` or with their old values.
    pub async fn refresh_when_old(&mut self, end: Instant) {
        let again_after = AGAIN_AFTER.min(self.lifetime);
        if self.keys.is_empty()
            || self.fetched.time() < self.lifetime
            || self.tried.time() < again_after
        {
            return;
        }
        self.tried = Elapsed::from_now();
        let end = end.min(Instant::now() + LONGEST_REFRESH);
        match timeout_at(end, self.references.values()).await {
            Ok(Ok(values)) => {
                self.fetched = Elapsed::from_now();
                self.replace(&values);
            }
            Ok(Err(error)) => tracing::warn!(%error, "keys could not be fetched anew"),
            Err(_) => tracing::warn!("keys could not be fetched anew in time"),
        }
    }

    /// Fetches the keys anew whenever they are old, for ever. For a process that does not stand still; one that did
    /// fetches them at once.
    pub async fn keep_fresh(mut self) {
        loop {
            sleep(self.lifetime.min(AGAIN_AFTER)).await;
            self.refresh_when_old(Instant::now() + LONGEST_REFRESH).await;
        }
    }

    fn replace(&self, values: &Values) {
        for (reference, key) in &self.keys {
            let Some(value) = values.get(reference) else { continue };
            let value = value.expose();
            // As settings are read.
            let value = value.trim();
            if *key.expose() == *value {
                continue;
            }
            match Secret::fits_a_header(value) {
                true => {
                    key.replace(value);
                    tracing::info!(%reference, "a key was replaced");
                }
                false => tracing::warn!(%reference, "the new key cannot be sent in a header"),
            }
        }
    }
}
