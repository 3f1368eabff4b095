//! What each step does, kind by kind.

use ragctl_stacks::{
    address::Address,
    backend::{BackendError, Reply},
    plan::Action,
    resource::{Digest, LoadBalancer, Resource, Service, Store, TaskDefinition},
    timing::rollout::Rules,
};
use tokio::sync::mpsc;

use super::{
    core::Core,
    front::Front,
    store::{self, Whose},
    teller::Teller,
};
use crate::{
    control::{Line, Perform, Settings},
    task::program,
};

/// How a step goes on.
enum Next {
    /// It is done.
    Done,
    /// A rollout begins.
    RollOut(Box<Service>),
    /// It is done once the last task is gone.
    Farewell,
}

impl Core {
    /// Carries out a step, or begins to.
    pub(super) fn perform(&mut self, perform: Perform, lines: mpsc::Sender<Line>) {
        let Perform { stack, step, time_scale, secrets } = perform;
        let teller = Teller::new(step.address.clone(), lines);
        if let Err(error) = self.admit(&stack) {
            return teller.refuse(error);
        }
        tracing::info!(address = %step.address, verb = %step.action.verb(), "a step begins");
        self.take_settings(Settings { time_scale: Some(time_scale), secrets, awake: None });
        let next = match step.action {
            Action::Create(to) | Action::Update { to, .. } | Action::Replace { to, .. } => {
                self.make(to, &teller)
            }
            Action::Delete(_) => {
                self.has_unmade = true;
                self.unmake(&step.address, &teller)
            }
        };
        match next {
            Ok(Next::Done) => teller.done(self.is_leaving()),
            Ok(Next::RollOut(to)) => self.roll_out(*to, teller),
            Ok(Next::Farewell) => self.farewells.push(teller),
            Err(error) => teller.refuse(error),
        }
    }

    fn admit(&mut self, stack: &str) -> Reply<()> {
        if self.record.resources.is_empty() {
            stack.clone_into(&mut self.record.stack);
        } else if self.record.stack != stack {
            return Err(BackendError::Refused {
                operation: format!("a step for the stack `{stack}`"),
                reason: format!(
                    "{} holds the stack `{}`",
                    self.folder.root().display(),
                    self.record.stack
                ),
            });
        }
        Ok(())
    }

    fn make(&mut self, to: Resource, teller: &Teller) -> Reply<Next> {
        let address = to.address();
        let missing = |it: &Address| !self.record.resources.contains_key(it);
        if let Some(needs) = to.needs().into_iter().find(missing) {
            return Err(BackendError::Missing { address, needs });
        }
        match to {
            Resource::Store(it) => self.make_store(&it, teller)?,
            Resource::TaskDefinition(it) => self.make_task_definition(&it)?,
            Resource::LoadBalancer(it) => self.make_load_balancer(&it)?,
            Resource::Service(it) => return self.make_service(it, &address),
            plain @ (Resource::TargetGroup(_)
            | Resource::ScalableTarget(_)
            | Resource::ScalingPolicy(_)
            | Resource::Idle(_)
            | Resource::Edge(_)
            | Resource::Schedule(_)) => self.put(plain)?,
            Resource::Secret(_)
            | Resource::Role(_)
            | Resource::LogGroup(_)
            | Resource::Image(_)
            | Resource::SecurityGroup(_)
            | Resource::Cluster(_)
            | Resource::Listener(_)
            | Resource::ListenerRule(_)
            | Resource::ScheduledAction(_)
            | Resource::Function(_)
            | Resource::Layer(_)
            | Resource::Alias(_)
            | Resource::FunctionUrl(_)
            | Resource::FunctionTarget(_)
            | Resource::Connection(_)
            | Resource::Destination(_) => return Err(BackendError::NotOnThisTarget(address)),
        }
        self.set_pace();
        Ok(Next::Done)
    }

    fn make_store(&mut self, to: &Store, teller: &Teller) -> Reply<()> {
        let path = self.folder.at_base(&to.path);
        if store::create(&path, &self.record.stack)? == Whose::Someones {
            teller.note(format!(
                "{} has files already: they are used, and will not be deleted with the stack",
                path.display()
            ));
        }
        let address = Resource::from(to.clone()).address();
        if let Some(Resource::Store(old)) = self.record.resources.get(&address)
            && old.path != to.path
        {
            let old = self.folder.at_base(&old.path);
            teller.note(format!(
                "the documents in {} stay there, and are not copied: delete the folder when you no longer need them",
                old.display()
            ));
        }
        self.put(to.clone().into())
    }

    fn make_task_definition(&mut self, to: &TaskDefinition) -> Reply<()> {
        program::keep(&self.folder, to)?;
        self.change(|record| {
            record.revisions.insert(Digest::of(to).to_string(), to.clone());
            let resource = Resource::from(to.clone());
            record.resources.insert(resource.address(), resource);
        })?;
        self.forget_revisions();
        Ok(())
    }

    fn make_load_balancer(&mut self, to: &LoadBalancer) -> Reply<()> {
        let before = self.front.as_ref().and_then(Front::port);
        let (clock, inputs) = (self.clock, self.inputs.clone());
        let address = Resource::from(to.clone()).address();
        let Some((port, target_group)) = to.on_this_machine() else {
            return Err(BackendError::NotOnThisTarget(address));
        };
        let Some(settings) = self.settings_with(to) else {
            return Err(BackendError::Missing { address, needs: target_group.clone() });
        };
        let front = self.front.get_or_insert_with(|| Front::new(settings, clock, inputs));
        // Before anything is changed: a port that is taken must leave all as it was.
        front.serve(port)?;
        let saved = self.put(to.clone().into());
        if saved.is_err() {
            match (before, self.front.as_mut()) {
                (Some(port), Some(front)) => drop(front.serve(port)),
                _ => self.front = None,
            }
        }
        saved
    }

    fn make_service(&mut self, to: Service, address: &Address) -> Reply<Next> {
        let Some(definition) = self.record.revision(&to.revision) else {
            let needs = to.task_definition;
            return Err(BackendError::Missing { address: address.clone(), needs });
        };
        let unknown = |(_, reference): &(&String, &String)| !self.values.0.contains_key(*reference);
        if let Some((variable, reference)) = definition.secrets.iter().find(unknown) {
            return Err(BackendError::SecretMissing {
                variable: variable.clone(),
                reference: reference.clone(),
                reason: "its value was not handed over".to_owned(),
            });
        }
        let is_same = self.record.service().is_some_and(|it| it.revision == to.revision);
        if self.rollout.is_none() && is_same {
            self.put(to.into())?;
            self.set_pace();
            return Ok(Next::Done);
        }
        let (running, rules) = (self.record.tasks.len(), Rules::of(&to));
        if running > 0 && !rules.can_move(self.desired()) {
            return Err(BackendError::Refused {
                operation: format!("rolling out revision {}", to.revision),
                reason: format!(
                    "with {} to {} % of {} tasks, no old task may stop and no new one may start",
                    to.minimum_healthy_percent,
                    to.maximum_percent,
                    self.desired()
                ),
            });
        }
        Ok(Next::RollOut(Box::new(to)))
    }

    fn unmake(&mut self, address: &Address, teller: &Teller) -> Reply<Next> {
        let user = self.record.resources.values().find(|it| it.needs().contains(address));
        if let Some(user) = user {
            let (address, needed_by) = (address.clone(), user.address());
            return Err(BackendError::StillNeeded { address, needed_by });
        }
        let Some(gone) = self.record.resources.get(address).cloned() else {
            return Ok(self.is_service(address));
        };
        if let Resource::Store(it) = &gone {
            let path = self.folder.at_base(&it.path);
            if store::delete(&path, &self.record.stack)? == Whose::Someones {
                teller.note(format!("{} was not made for this stack, and stays", path.display()));
            }
        }
        let started = self.record.service.started;
        self.change(|record| {
            record.resources.remove(address);
            if matches!(gone, Resource::Service(_)) {
                record.service = crate::record::ServiceRecord { started, ..Default::default() };
            }
        })?;
        match gone {
            Resource::LoadBalancer(_) => {
                // What is in flight ends by itself.
                drop(self.front.take().and_then(|mut it| it.close()));
                self.notes.remove("port");
            }
            Resource::TaskDefinition(_) => self.forget_revisions(),
            _ => {}
        }
        self.set_pace();
        Ok(self.is_service(address))
    }

    /// A service is gone once its last task is.
    fn is_service(&mut self, address: &Address) -> Next {
        if address.kind != ragctl_stacks::address::Kind::Service {
            return Next::Done;
        }
        if let Some(rollout) = self.rollout.take() {
            rollout.refuse_all(|| BackendError::Refused {
                operation: "the rollout".to_owned(),
                reason: "the service was deleted meanwhile".to_owned(),
            });
        }
        self.gates.clear();
        self.notes.remove("tasks");
        Next::Farewell
    }
}
