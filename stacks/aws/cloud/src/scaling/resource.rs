//! What can be scaled: services of ECS, and the provisioned concurrency of functions.

use serde_json::{Value, json};

use crate::account::{ACCOUNT, Here, Region};
use crate::input::{need, text};
use crate::lambda::Named;
use crate::refusal::{Refusal, Reply};

/// The resource that a call is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resource<'a> {
    pub(super) id: &'a str,
    sort: Sort,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    /// `service/CLUSTER/NAME`.
    Service,
    /// `function:NAME:QUALIFIER`.
    Function,
}

impl<'a> Resource<'a> {
    /// Reads what a call says of it.
    ///
    /// # Errors
    ///
    /// `ValidationException` for namespaces, ids and dimensions that do not go together.
    ///
    /// Source: <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html>
    pub(super) fn of(input: &'a Value) -> Result<Self, Refusal> {
        let sort = match need(input, "ServiceNamespace")? {
            "ecs" => Sort::Service,
            "lambda" => Sort::Function,
            _ => {
                let message = "Only the namespaces ecs and lambda are known here.";
                return Err(Refusal::new("ValidationException", message));
            }
        };
        let resource = Self { id: need(input, "ResourceId")?, sort };
        let other = text(input, "ScalableDimension").is_some_and(|it| it != resource.dimension());
        let unpublished = sort == Sort::Function
            && (resource.id.split(':').count() != 3
                || !resource.id.starts_with("function:")
                || resource.id.ends_with(":$LATEST"));
        if other || unpublished {
            let message = "Unsupported service namespace, resource type or scalable dimension";
            return Err(Refusal::new("ValidationException", message));
        }
        Ok(resource)
    }

    pub(super) fn namespace(&self) -> &'static str {
        match self.sort {
            Sort::Service => "ecs",
            Sort::Function => "lambda",
        }
    }

    pub(super) fn dimension(&self) -> &'static str {
        match self.sort {
            Sort::Service => "ecs:service:DesiredCount",
            Sort::Function => "lambda:function:ProvisionedConcurrency",
        }
    }

    /// The role by which autoscaling works.
    pub(super) fn role(&self) -> String {
        let linked = match self.sort {
            Sort::Service => {
                "ecs.application-autoscaling.amazonaws.com/\
                 AWSServiceRoleForApplicationAutoScaling_ECSService"
            }
            Sort::Function => {
                "lambda.application-autoscaling.amazonaws.com/\
                 AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency"
            }
        };
        format!("arn:aws:iam::{ACCOUNT}:role/aws-service-role/{linked}")
    }

    /// The fields by which all that belongs to it says so.
    pub(super) fn fields(&self) -> Value {
        json!({"ServiceNamespace": self.namespace(), "ResourceId": self.id,
               "ScalableDimension": self.dimension()})
    }

    /// Refuses a resource that is not there.
    pub(super) fn must_be_there(&self, region: &Region) -> Result<(), Refusal> {
        let invalid = |message| Err(Refusal::new("ValidationException", message));
        match self.sort {
            Sort::Service => {
                let Some((cluster, name)) = self.service() else {
                    return invalid(format!("Unsupported service resource id: {}", self.id));
                };
                let known = |each: &crate::ecs::Service| {
                    each.cluster == cluster && each.name == name && each.active()
                };
                if region.ecs.services.iter().any(known) {
                    return Ok(());
                }
                invalid(format!("ECS service doesn't exist: {}", self.id))
            }
            Sort::Function => {
                let named = Named::read(self.id);
                if crate::lambda::exists(region, &named) {
                    return Ok(());
                }
                invalid(format!("Function not found: {}", named.arn(region)))
            }
        }
    }

    /// Brings it into bounds.
    pub(super) fn scale(&self, here: &mut Here<'_>, bounds: (i64, i64)) {
        let (now, pace) = (here.now, here.pace);
        match self.sort {
            Sort::Service => {
                if let Some((cluster, name)) = self.service() {
                    crate::ecs::scale(here.region, cluster, name, bounds, now, pace);
                }
            }
            Sort::Function => {
                let named = Named::read(self.id);
                let qualifier = named.qualifier.unwrap_or_default();
                let of = (named.name.as_str(), qualifier.as_str());
                crate::lambda::scale(here.region, of, bounds, (now, pace));
            }
        }
    }

    /// Refuses policies of other kinds and metrics of other resources.
    pub(super) fn must_suit(&self, kind: &str, metric: Option<&str>) -> Result<(), Refusal> {
        let is_functions = metric == Some("LambdaProvisionedConcurrencyUtilization");
        let suits = match self.sort {
            Sort::Service => !is_functions,
            Sort::Function => kind == "TargetTrackingScaling" && (metric.is_none() || is_functions),
        };
        if suits {
            return Ok(());
        }
        let message = format!(
            "{kind} by {} is not supported for scalable dimension {}",
            metric.unwrap_or("this metric"),
            self.dimension()
        );
        Err(Refusal::new("ValidationException", message))
    }

    /// The cluster and the name of a service.
    fn service(&self) -> Option<(&'a str, &'a str)> {
        let (cluster, name) = self.id.strip_prefix("service/")?.split_once('/')?;
        (!name.contains('/')).then_some((cluster, name))
    }

    /// What is said of a resource that has no scalable target.
    pub(super) fn has_no_target(&self) -> Refusal {
        let message = format!(
            "No scalable target registered for service namespace: {}, resource ID: {}, scalable \
             dimension: {}",
            self.namespace(),
            self.id,
            self.dimension()
        );
        Refusal::new("ObjectNotFoundException", message)
    }

    /// What is said of a policy or a scheduled action that it does not have.
    pub(super) fn has_no(&self, what: &str, name: &str) -> Reply {
        let message = format!(
            "No {what} found for service namespace: {}, resource ID: {}, {what} name: {name}",
            self.namespace(),
            self.id
        );
        Err(Refusal::new("ObjectNotFoundException", message))
    }
}

/// Whether what is described is of the namespace that is asked for.
pub(super) fn is_of(input: &Value, described: &Value) -> bool {
    let asked = text(input, "ServiceNamespace");
    asked.is_none() || text(described, "ServiceNamespace") == asked
}
