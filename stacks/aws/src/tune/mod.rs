//! The stack's function on AWS as what is measured: versions of its own are published, called and deleted again.
//!
//! `$LATEST` is edited, and each cold start is the first call of a new version. No alias is touched, and so no traffic. What
//! `$LATEST` had stands in a tag before it is edited, so that the next start can put it back when this one is killed.

mod invoke;
mod report;
mod version;

use std::collections::HashMap;

use aws_sdk_lambda::types::{FunctionConfiguration, ProvisionedConcurrencyStatusEnum};
use aws_smithy_types::Blob;
use ragctl_stacks::{
    backend::{BackendError, Reply},
    stack::Architecture,
    tune::{MemorySize, Ran, Run, Subject},
};

use crate::{
    alias,
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    function::{self, ABSENT, ready, settled, version as versions},
    tags::TUNING,
};

/// The variable by which one version is another than the last.
const VARIABLE: &str = "RAGCTL_TUNE";

/// The stack's function, which is measured with one event, and whose memory can be changed.
#[derive(Debug)]
pub struct TunedFunction<'a> {
    aws: &'a Aws,
    called: String,
    arn: String,
    was: Was,
    architecture: Architecture,
    event: Blob,
    /// What the next version shall have.
    memory: MemorySize,
    /// The version of the last cold run.
    version: Option<u64>,
    /// How many have been published.
    published: u32,
    /// Whether something may have to be put back.
    is_marked: bool,
    provisioned: Option<String>,
}

/// What `$LATEST` has when nobody tunes it.
#[derive(Clone, Debug)]
struct Was {
    memory: MemorySize,
    variables: HashMap<String, String>,
}

impl<'a> TunedFunction<'a> {
    /// The stack's function; none where there is none. What an earlier one left, which was killed, is put back first.
    pub(crate) async fn find(aws: &'a Aws, event: Vec<u8>) -> Reply<Option<(Self, Recovered)>> {
        let (address, seen) = function::look(aws, function::service::NAME).await?;
        let Some(function::Seen { is, tags, .. }) = seen else { return Ok(None) };
        let called = aws.names.of(&address);
        let arn = is.function_arn().unwrap_or_default().to_owned();
        tags.belongs_to(aws.names.stack(), &arn).map_err(|foreign| BackendError::Refused {
            operation: format!("tuning `{address}`"),
            reason: format!("{} is not of this stack", foreign.id),
        })?;
        let marked = tags.tuning();
        let mut function = Self {
            aws,
            called,
            arn,
            was: was(&is, marked)?,
            architecture: architecture(&is),
            event: Blob::new(event),
            memory: memory(&is),
            version: None,
            published: 0,
            is_marked: false,
            provisioned: None,
        };
        let recovered = function.recover(&is, marked.is_some()).await?;
        function.memory = function.was.memory;
        function.provisioned = function.provisioned_version().await?;
        Ok(Some((function, recovered)))
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.called
    }

    /// The memory that it has when nobody tunes it.
    #[must_use]
    pub fn memory(&self) -> MemorySize {
        self.was.memory
    }

    /// The processors that it runs on.
    #[must_use]
    pub fn architecture(&self) -> Architecture {
        self.architecture
    }

    /// The region that it lies in.
    #[must_use]
    pub fn region(&self) -> &str {
        self.aws.names.region()
    }

    /// The version that clients are served by, where sandboxes of it are set up ahead.
    #[must_use]
    pub fn provisioned(&self) -> Option<&str> {
        self.provisioned.as_deref()
    }

    /// Puts back what an earlier one left.
    async fn recover(&mut self, is: &FunctionConfiguration, was_marked: bool) -> Reply<Recovered> {
        let left = version::ours(self.aws, &self.called).await?;
        if !was_marked && left.is_empty() {
            return Ok(Recovered::Nothing);
        }
        // A deployment in between has written what it wants itself, and so without the variable.
        if variables(is)?.contains_key(VARIABLE) {
            self.write(self.was.memory, self.was.variables.clone()).await?;
        }
        self.leave_no_trace().await?;
        Ok(Recovered::Restored)
    }

    /// Writes what `$LATEST` has, and waits until it has it.
    async fn write(&self, memory: MemorySize, variables: HashMap<String, String>) -> Reply<()> {
        let client = &self.aws.clients.lambda;
        settled(client, &self.called, None).await?;
        let environment = aws_sdk_lambda::types::Environment::builder();
        let environment = environment.set_variables(Some(variables)).build();
        let update = client.update_function_configuration().function_name(&self.called);
        let update = update.memory_size(megabytes(memory)).environment(environment).send();
        call("lambda UpdateFunctionConfiguration", update).await?;
        ready(client, &self.called, None).await.map(drop)
    }

    /// Keeps what `$LATEST` has in a tag, before it is edited.
    async fn mark(&mut self) -> Reply<()> {
        if !self.is_marked {
            // Said first: who is stopped meanwhile must not believe that nothing was sent.
            self.is_marked = true;
            let tag = self.aws.clients.lambda.tag_resource().resource(&self.arn);
            let tag = tag.tags(TUNING, self.was.memory.to_string()).send();
            call("lambda TagResource", tag).await?;
        }
        Ok(())
    }

    /// Deletes all versions that were published for tuning, and then the tag.
    async fn leave_no_trace(&self) -> Reply<()> {
        for number in version::ours(self.aws, &self.called).await? {
            versions::forget(self.aws, &self.called, number).await?;
        }
        let untag = self.aws.clients.lambda.untag_resource().resource(&self.arn);
        call("lambda UntagResource", untag.tag_keys(TUNING).send()).await.or_done(&ABSENT)?;
        Ok(())
    }

    /// A new version with the size that is tried, in the place of the last one.
    async fn publish(&mut self) -> Reply<u64> {
        self.mark().await?;
        self.published += 1;
        let mut variables = self.was.variables.clone();
        let moment = jiff::Timestamp::now().as_millisecond();
        variables.insert(VARIABLE.to_owned(), format!("{moment}-{}", self.published));
        self.write(self.memory, variables).await?;
        let number = version::publish(self.aws, &self.called, self.memory).await?;
        if let Some(last) = self.version.replace(number) {
            versions::forget(self.aws, &self.called, last).await?;
        }
        Ok(number)
    }

    /// The version of the alias that clients are served by, where sandboxes of it are set up ahead and ready.
    async fn provisioned_version(&self) -> Reply<Option<String>> {
        let client = &self.aws.clients.lambda;
        let Some(version) = alias::serving(self.aws, &self.called).await? else { return Ok(None) };
        let version = version.to_string();
        let asked = client.get_provisioned_concurrency_config().function_name(&self.called);
        let asked = asked.qualifier(&version).send();
        let none = ["ProvisionedConcurrencyConfigNotFoundException", ABSENT[0]];
        let found = call("lambda GetProvisionedConcurrencyConfig", asked).await.or_absent(&none)?;
        let ready = Some(ProvisionedConcurrencyStatusEnum::Ready);
        Ok(found.filter(|it| it.status == ready).map(|_| version))
    }

    async fn invoked(&self, version: &str) -> Reply<Ran> {
        invoke::once(self.aws, &self.called, version, &self.event).await
    }
}

/// Whether something was put back that an earlier one had left, which was killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// Nothing was left.
    Nothing,
    /// The function is as it was before it.
    Restored,
}

impl Subject for TunedFunction<'_> {
    async fn resize(&mut self, to: MemorySize) -> Reply<()> {
        self.memory = to;
        Ok(())
    }

    async fn cold(&mut self) -> Reply<Ran> {
        let version = self.publish().await?;
        self.invoked(&version.to_string()).await
    }

    async fn warm(&mut self) -> Reply<Ran> {
        match self.version {
            Some(version) => self.invoked(&version.to_string()).await,
            None => self.cold().await,
        }
    }

    async fn ahead(&mut self) -> Reply<Option<Ran>> {
        match &self.provisioned {
            Some(version) => {
                let ran = self.invoked(version).await?;
                Ok(Some(ran.map(Run::in_one_set_up_ahead)))
            }
            None => Ok(None),
        }
    }

    async fn restore(&mut self) -> Reply<()> {
        if self.is_marked {
            self.write(self.was.memory, self.was.variables.clone()).await?;
            self.leave_no_trace().await?;
            (self.is_marked, self.version) = (false, None);
        }
        Ok(())
    }
}

/// What `$LATEST` has when nobody tunes it; `marked` is the memory that the tag says.
fn was(is: &FunctionConfiguration, marked: Option<&str>) -> Reply<Was> {
    let mut variables = variables(is)?;
    // Without the variable, nobody has edited it since, and the tag is older than what it has.
    let is_edited = variables.remove(VARIABLE).is_some();
    let said = marked.filter(|_| is_edited).and_then(|it| it.parse().ok());
    let memory = said.map_or_else(|| memory(is), MemorySize::clamped);
    Ok(Was { memory, variables })
}

fn memory(is: &FunctionConfiguration) -> MemorySize {
    // 128 MB where nothing is said, as the API has it.
    MemorySize::clamped(is.memory_size().and_then(|it| u32::try_from(it).ok()).unwrap_or(128))
}

/// As the API takes it.
fn megabytes(memory: MemorySize) -> i32 {
    i32::try_from(memory.get()).expect("it is at most 10,240")
}

fn architecture(is: &FunctionConfiguration) -> Architecture {
    match is.architectures().first() {
        Some(aws_sdk_lambda::types::Architecture::Arm64) => Architecture::Arm64,
        _ => Architecture::X86_64,
    }
}

/// The variables of `$LATEST`, which are all written again with each edit.
fn variables(is: &FunctionConfiguration) -> Reply<HashMap<String, String>> {
    let Some(environment) = is.environment() else { return Ok(HashMap::new()) };
    match environment.error() {
        None => Ok(environment.variables().cloned().unwrap_or_default()),
        // Whoever wrote them again as they are read would lose them.
        Some(error) => Err(BackendError::Refused {
            operation: "reading the function's variables".to_owned(),
            reason: error.message().unwrap_or("they cannot be decrypted").to_owned(),
        }),
    }
}
