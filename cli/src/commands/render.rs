use clap::ValueEnum;
use ragctl_aws::{Sent, render};
use ragctl_stacks::{
    address::{Address, Kind},
    live::Live,
    plan::plan,
    stack::{ImageReference, Target},
};
use serde_json::{Map, Value, json};

use crate::{environment, exit::Exit, failure::Failure, output::json, session::Session};

/// Print what a first deployment to Fargate would send to AWS, without asking AWS
///
/// It is made by the code that sends it, and needs neither credentials nor a network. What only AWS can say stands as a
/// reference, such as `${role/execution}` for that role's ARN, `${account}` and `${vpc}`; the region as `${region}`
/// where neither the file nor `AWS_REGION` says it.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: the task definition, as the AWS CLI takes it\n  \
                        ragctl render --format task-definition > task.json\n  \
                        aws ecs register-task-definition --cli-input-json file://task.json\n\n\
                        Example: all requests of one resource\n  \
                        ragctl render --format aws-json | jq '.\"target_group/app\"'")]
pub(crate) struct RenderArgs {
    /// What to print
    #[arg(long, value_enum)]
    format: RenderFormat,

    /// Image to render with, in place of the file's
    #[arg(long, value_name = "IMAGE")]
    image: Option<ImageReference>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RenderFormat {
    /// The request of `ecs RegisterTaskDefinition`
    TaskDefinition,
    /// The requests for all resources, by their addresses
    AwsJson,
}

pub(crate) async fn run(args: RenderArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let target = project.stack.target;
    if target != Target::Fargate {
        return Err(Failure::NothingToRender(target));
    }
    let desired = session.desired(&project, args.image.as_ref()).await?;
    let plan = plan(&desired, &Live::default())?;
    let region = environment::region();
    let sent = Box::pin(render(&project.stack, region.as_deref(), &plan.steps)).await?;
    let shown = match args.format {
        RenderFormat::TaskDefinition => task_definition(sent),
        RenderFormat::AwsJson => by_address(sent),
    };
    session.output.text(&json::document(&shown))?;
    Ok(Exit::Done)
}

fn task_definition(sent: Vec<Sent>) -> Value {
    let at = Address::app(Kind::TaskDefinition);
    let request = sent.into_iter().find(|it| it.address == at).map(|it| it.request);
    request.expect("a stack on Fargate has a task definition")
}

/// `{"role/execution": [{"operation": …, "request": …}, …], …}`, those of a resource in their order.
fn by_address(sent: Vec<Sent>) -> Value {
    let mut all = Map::new();
    for Sent { address, operation, request } in sent {
        let of = all.entry(address.to_string()).or_insert_with(|| json!([]));
        let of = of.as_array_mut().expect("it was made one");
        of.push(json!({"operation": operation, "request": request}));
    }
    Value::Object(all)
}
