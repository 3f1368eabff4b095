//! The resources of a stack on this machine.

use super::common::{
    cold_answer, policies, scalable_target, service, target_group, task_definition,
};
use crate::{
    address::{Address, Kind, Name},
    resource::{
        self, Edge, EdgePlace, LoadBalancer, Metric, Place, Program, Resource, Schedule, Store,
        TaskDefinition, WhileWaking,
    },
    stack::{self, Stack},
};

/// All that `stack`, with its strategies applied, needs to run `program` on this machine.
pub(super) fn resources(stack: &Stack, program: &Program) -> Vec<Resource> {
    let store = store(stack);
    let task_definition = TaskDefinition {
        store: store.is_some().then(|| Address::app(Kind::Store)),
        ..task_definition(stack, program)
    };
    let mut all = vec![
        target_group(stack).into(),
        load_balancer(stack).into(),
        service(stack, &task_definition, Address::app(Kind::LoadBalancer)).into(),
        scalable_target(stack).into(),
        task_definition.into(),
    ];
    all.extend(store.map(Resource::from));
    let policies = policies(stack, |in_flight| (Metric::RequestsInFlight, in_flight));
    all.extend(policies.into_iter().map(Resource::from));
    all.extend(idle(stack).map(Resource::from));
    all.extend(keepalive(stack).map(Resource::from));
    all.extend(edge(stack).map(Resource::from));
    all
}

/// The folder of the documents; none where they are in a database, which is not the stack's.
fn store(stack: &Stack) -> Option<Store> {
    match &stack.store {
        stack::Store::Sqlite { path } => {
            Some(Store { name: Name::app(), path: path.display().to_string() })
        }
        stack::Store::Postgres { .. } => None,
    }
}

fn load_balancer(stack: &Stack) -> LoadBalancer {
    LoadBalancer {
        name: Name::app(),
        idle_timeout: stack.load_balancer.idle_timeout.duration(),
        place: Place::Machine {
            port: stack.load_balancer.port.number(),
            target_group: Address::app(Kind::TargetGroup),
        },
    }
}

fn idle(stack: &Stack) -> Option<resource::Idle> {
    let idle = stack.idle?;
    let while_waking = if stack.service.answer_while_warming {
        WhileWaking::Accept
    } else if stack.edge.is_some() {
        // What stands at the edge answers at once, so that nothing is held behind it.
        WhileWaking::Refuse
    } else {
        WhileWaking::Hold(idle.wait.duration())
    };
    Some(resource::Idle {
        name: Name::app(),
        after: idle.after.duration(),
        while_waking,
        scalable_target: Address::app(Kind::ScalableTarget),
        load_balancer: Address::app(Kind::LoadBalancer),
    })
}

fn keepalive(stack: &Stack) -> Option<Schedule> {
    let ping = stack.ping.as_ref()?;
    Some(Schedule {
        name: Name::try_from("keepalive").expect("`keepalive` is a name"),
        expression: ping.schedule.to_string(),
        path: Some(ping.path.to_string()),
        through: Address::app(Kind::LoadBalancer),
        role: None,
    })
}

fn edge(stack: &Stack) -> Option<Edge> {
    let edge = stack.edge.as_ref()?;
    Some(Edge {
        name: Name::app(),
        behind: Address::app(Kind::LoadBalancer),
        place: EdgePlace::Machine(cold_answer(edge)),
    })
}
