//! What a deployment would send to AWS, without AWS: the same code as ever sends it, to an account that only writes it down.
//!
//! Nothing leaves the process, and nothing is needed to ask with. What only AWS could say (an ARN, an id, a name that it
//! gives) stands as `${role/execution}` in all that follows; the account as `${account}`, where the file names none.

mod answer;
mod recorder;
mod request;
mod xml;

use ragctl_stacks::{address::Address, backend::Reply, event::Event, plan::Step, stack::Stack};
use serde_json::Value;

use self::recorder::Recorder;
use crate::{
    aws::Aws,
    clients::Clients,
    deployment::{Evidence, Watch},
    image::Push,
    names::Names,
    options::Gate,
    perform::perform,
};

/// The region, where nothing says which.
const REGION: &str = "${region}";

/// A request that would be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// For what.
    pub address: Address,
    /// The service and its operation: `ecs RegisterTaskDefinition`.
    pub operation: String,
    /// What it would carry.
    pub request: Value,
}

/// What carrying out `steps` would send, in their order; without what only looks. `region` comes after the file's.
///
/// # Errors
///
/// When a step cannot be carried out on AWS at all.
pub async fn render(stack: &Stack, region: Option<&str>, steps: &[Step]) -> Reply<Vec<Sent>> {
    let region = stack.aws.region.as_ref().map(|it| it.as_str()).or(region).unwrap_or(REGION);
    let account = stack.aws.account.as_ref().map(ToString::to_string);
    let recorder = Recorder::new(account.as_deref().unwrap_or("${account}"));
    let clients = Clients::over(recorder.client());
    let names = Names::new(stack.name.as_str(), region);
    let aws = Aws::new(clients, names, stack, |_| false);
    let evidence = Evidence::below(std::path::Path::new("."));
    let untold = |_: Event| {};
    let gate = Gate::Completed;
    let watch =
        Watch { gate, evidence: &evidence, push: Push::Nothing, archives: None, events: &untold };
    for step in steps {
        recorder.begin(&step.address);
        Box::pin(perform(&aws, step, &watch)).await?;
        // Whatever AWS would call it, it is called by its address in what follows.
        steps.iter().take_while(|it| it.address != step.address).chain([step]).for_each(|it| {
            aws.learn(&it.address, reference(&it.address));
        });
    }
    Ok(recorder.sent())
}

/// What stands for something that only AWS can say.
fn reference(of: impl std::fmt::Display) -> String {
    format!("${{{of}}}")
}
