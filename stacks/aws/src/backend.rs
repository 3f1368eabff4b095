//! The backend of AWS.

use futures_util::Stream;
use ragctl_stacks::{
    backend::{Backend, BackendError, Reply},
    event::Events,
    lease::Lease,
    live::Live,
    log::LogLine,
    plan::Step,
    stack::Target,
    status::Status,
};

use crate::{
    aws::Aws,
    bench::{self, TaskStart},
    clients::Clients,
    cold_times::{self, ColdTimes, Reach},
    deployment::{self, Evidence, Watch},
    function,
    image::{self, Push},
    lease, live, logs,
    names::Names,
    options::AwsOptions,
    perform,
    revisions::{self, PastRevision},
    status,
    tune::{Recovered, TunedFunction},
    verify::{self, Finding},
};

/// Runs stacks on AWS.
#[derive(Debug)]
pub struct AwsBackend {
    aws: Aws,
    options: AwsOptions,
    evidence: Evidence,
}

impl AwsBackend {
    /// The backend of one stack, with the credentials and the region that the environment has. Nothing is called yet.
    ///
    /// # Errors
    ///
    /// [`BackendError::NoRegion`] when nothing says which region is meant.
    pub async fn new(options: AwsOptions) -> Reply<Self> {
        let stack = &options.stack;
        let wanted = stack.aws.region.as_ref().map(|it| it.as_str());
        let (clients, region) = Clients::load(wanted, options.endpoint.as_deref()).await;
        let region = region.ok_or(BackendError::NoRegion)?;
        Ok(Self::with(options, clients, &region))
    }

    /// The same at another endpoint, with credentials that no real account takes: for emulators and tests.
    #[doc(hidden)]
    pub async fn at(options: AwsOptions, endpoint: &str, region: &str) -> Self {
        let (clients, _) = Clients::load(Some(region), Some(endpoint)).await;
        Self::with(options, clients, region)
    }

    fn with(options: AwsOptions, clients: Clients, region: &str) -> Self {
        let stack = &options.stack;
        let names = Names::new(stack.name.as_str(), region);
        let aws = Aws::new(clients, names, stack, options.is_abandoned);
        let evidence = Evidence::below(&options.failures);
        Self { aws, options, evidence }
    }

    /// Checks, before a deployment, what it needs; changes nothing, and tells all that it finds.
    pub async fn verify(&self) -> Vec<Finding> {
        Box::pin(verify::all(&self.aws, &self.options)).await
    }

    /// Asks the function that sends the service to sleep and wakes it; there is none where the file has no `idle`.
    async fn rest(&self, action: &str) -> Reply<bool> {
        match self.options.stack.idle {
            Some(_) => function::rest(&self.aws, action).await,
            None => Err(BackendError::NeverSleeps),
        }
    }

    /// Stops the rollout that is under way, and goes back to the revision before.
    ///
    /// # Errors
    ///
    /// What AWS refuses.
    pub async fn stop_rollout(&self) -> Reply<()> {
        deployment::stop(&self.aws).await
    }

    /// The tasks that run or come to, the oldest first, and when each reached which point of its start.
    ///
    /// # Errors
    ///
    /// What AWS refuses.
    pub async fn task_starts(&self) -> Reply<Vec<TaskStart>> {
        bench::tasks(&self.aws).await
    }

    /// Has ECS put a new task in the place of each, as a deployment does, and returns at once. Nothing else changes.
    ///
    /// # Errors
    ///
    /// What AWS refuses.
    pub async fn replace_tasks(&self) -> Reply<()> {
        bench::replace_tasks(&self.aws).await
    }

    /// The name by which the image with this digest is pulled from the stack's own repository.
    ///
    /// # Errors
    ///
    /// What AWS refuses.
    pub async fn image_name(&self, digest: &str) -> Reply<String> {
        let account = self.aws.account().await?;
        Ok(image::name(&self.aws, account, digest))
    }

    /// The stack's function, to be measured with this event, and whether an earlier measurement that was killed had left
    /// something, which is put back; none where there is no function. Nothing else is changed yet.
    ///
    /// # Errors
    ///
    /// What AWS refuses; also when the function is not the stack's.
    pub async fn function_to_tune(
        &self,
        event: Vec<u8>,
    ) -> Reply<Option<(TunedFunction<'_>, Recovered)>> {
        Box::pin(TunedFunction::find(&self.aws, event)).await
    }

    /// The stack's own revisions that ECS still has, the latest first, each once.
    ///
    /// # Errors
    ///
    /// What AWS refuses.
    pub async fn revisions(&self) -> Reply<Vec<PastRevision>> {
        match self.options.stack.target {
            Target::Lambda => Box::pin(revisions::lambda::read(&self.aws)).await,
            Target::Local | Target::Fargate => Box::pin(revisions::read(&self.aws)).await,
        }
    }

    /// What the stack's starts have taken, as ECS and the service's log tell; nothing where there were none.
    ///
    /// # Errors
    ///
    /// What AWS refuses.
    pub async fn cold_times(&self, reach: Reach) -> Reply<ColdTimes> {
        Box::pin(cold_times::read(&self.aws, self.options.stack.target, reach)).await
    }

    /// The region that the stack lies in.
    #[must_use]
    pub fn region(&self) -> &str {
        self.aws.names.region()
    }

    /// The last lines that all tasks have logged, or the one with this id, in the order of their times. None when there is
    /// no log.
    ///
    /// # Errors
    ///
    /// What AWS refuses.
    pub async fn tail(&self, of: Option<&str>, lines: usize) -> Reply<Vec<LogLine>> {
        Box::pin(logs::tail(&self.aws, of, lines)).await
    }

    /// The same, and then what is logged from now on. Ends when there is no log any more.
    pub fn follow(
        &self,
        of: Option<&str>,
        lines: usize,
    ) -> impl Stream<Item = Reply<LogLine>> + Send {
        logs::follow(&self.aws, of, lines)
    }
}

impl Backend for AwsBackend {
    async fn live(&self) -> Reply<Live> {
        let listener = self.options.stack.load_balancer.listener.as_ref();
        let listener = listener.map(|it| it.arn.as_str());
        if self.options.stack.aws.account.is_some() {
            self.aws.account().await?;
        }
        if self.options.stack.target == Target::Lambda {
            return Box::pin(live::lambda::read(&self.aws, &self.options.stack)).await;
        }
        let at_the_edge = self.options.stack.edge.is_some();
        let image = live::repository(&self.options.stack);
        let file = live::File { listener, at_the_edge, image, gate: self.options.gate };
        Box::pin(live::read(&self.aws, file)).await
    }

    async fn perform(&self, step: &Step, events: &dyn Events) -> Reply<()> {
        let push = Push::Of(self.options.image.as_ref());
        let archives = self.options.archives.as_ref();
        let gate = self.options.gate;
        let watch = Watch { gate, evidence: &self.evidence, push, archives, events };
        Box::pin(perform::perform(&self.aws, step, &watch)).await
    }

    async fn take_lease(&self, lease: &Lease) -> Reply<()> {
        lease::take(&self.aws, lease).await
    }

    async fn release_lease(&self, id: &str) -> Reply<()> {
        lease::release(&self.aws, id).await
    }

    async fn lease(&self) -> Reply<Option<Lease>> {
        lease::held(&self.aws).await
    }

    async fn status(&self) -> Reply<Option<Status>> {
        match self.options.stack.target {
            Target::Lambda => Box::pin(status::lambda::read(&self.aws, &self.options.stack)).await,
            Target::Local | Target::Fargate => {
                Box::pin(status::read(&self.aws, &self.options.stack)).await
            }
        }
    }

    async fn wake(&self) -> Reply<bool> {
        self.rest("wake").await
    }

    async fn sleep(&self) -> Reply<bool> {
        self.rest("sleep").await
    }
}
