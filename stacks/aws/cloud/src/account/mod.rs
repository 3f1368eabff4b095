//! What the account holds, region by region, and which service answers what.

mod ids;
mod leftovers;
mod region;
mod thing;

use std::collections::BTreeMap;

use serde_json::Value;

pub(crate) use ids::Ids;
pub use region::Region;
pub(crate) use region::arn;
pub use thing::Thing;

use crate::cloudfront::CloudFront;
use crate::iam::Iam;
use crate::pace::Pace;
use crate::protocol::{Protocol, Request};
use crate::refusal::{Refusal, Reply};
use crate::time::Time;

/// The account's number.
pub const ACCOUNT: &str = "123456789012";

/// An AWS account: IAM, and regions that begin with a default network.
#[derive(Debug)]
pub struct Account {
    /// How long the slow things take.
    pub pace: Pace,
    pub(crate) iam: Iam,
    pub(crate) cloudfront: CloudFront,
    /// Where the account answers.
    pub(crate) endpoint: String,
    regions: BTreeMap<String, Region>,
}

/// Where a call is carried out: a region, the account's IAM, and the moment.
pub(crate) struct Here<'a> {
    pub(crate) region: &'a mut Region,
    pub(crate) iam: &'a mut Iam,
    pub(crate) pace: Pace,
    pub(crate) now: Time,
    pub(crate) endpoint: &'a str,
}

impl Account {
    /// An account with nothing of anybody's in it.
    pub(crate) fn new() -> Self {
        Self {
            pace: Pace::default(),
            iam: Iam::default(),
            cloudfront: CloudFront::default(),
            endpoint: String::new(),
            regions: BTreeMap::new(),
        }
    }

    /// A region, such as `us-east-1`, to plant in or to look at.
    pub fn region(&mut self, name: &str) -> &mut Region {
        self.regions.entry(name.to_owned()).or_insert_with(|| Region::new(name))
    }

    /// Does a call by hand, as somebody else would: no faults, no record, and no wait.
    ///
    /// `input` is what the service's API reference shows: for EC2, IAM and load balancing lists are
    /// plain lists without `member` (`{"Names": ["a"]}`), EC2's by their wire names (`Filter`).
    ///
    /// # Errors
    ///
    /// What the service refuses.
    pub fn act(
        &mut self,
        region: &str,
        service: &str,
        action: &str,
        input: Value,
    ) -> Result<Value, Refusal> {
        let request = Request {
            service: service.to_owned(),
            region: region.to_owned(),
            protocol: Protocol::Json,
            action: action.to_owned(),
            input,
        };
        self.serve(&request)
    }

    /// Carries out a call.
    pub(crate) fn serve(&mut self, request: &Request) -> Reply {
        let pace = self.pace;
        self.region(&request.region);
        let Self { iam, regions, cloudfront, endpoint, .. } = self;
        let region = regions.get_mut(&request.region).expect("it was made just now");
        let mut here = Here { region, iam, pace, now: Time::now(), endpoint };
        crate::ecs::advance(&mut here);
        let (action, input) = (request.action.as_str(), &request.input);
        let asked = format!("{}:{action}", request.service);
        if here.iam.refused.contains(&asked) {
            let message = format!("The caller is not authorized to perform: {asked}");
            return Err(Refusal::new("AccessDeniedException", message));
        }
        match request.service.as_str() {
            "sts" => crate::sts::answer(&here, action),
            "iam" => crate::iam::answer(&mut here, action, input),
            "ec2" => crate::ec2::answer(&mut here, action, input),
            "logs" => crate::logs::answer(&mut here, action, input),
            "elasticloadbalancing" => crate::elb::answer(&mut here, action, input),
            "ecs" => crate::ecs::answer(&mut here, action, input),
            "application-autoscaling" => crate::scaling::answer(&mut here, action, input),
            "events" => crate::events::answer(&mut here, action, input),
            "cloudfront" => crate::cloudfront::answer(cloudfront, &mut here, action, input),
            "lambda" => crate::lambda::answer(cloudfront, &mut here, action, input),
            "ssm" => crate::ssm::answer(&mut here, action, input),
            "secretsmanager" => crate::secrets::answer(&mut here, action, input),
            "ecr" => crate::ecr::answer(&mut here, action, input),
            "acm" => crate::acm::answer(&mut here, action, input),
            other => Err(Refusal::not_here(other, action)),
        }
    }

    /// Lets happen what should have happened by now.
    pub(crate) fn advance(&mut self) {
        let Self { iam, regions, pace, endpoint, .. } = self;
        for region in regions.values_mut() {
            let now = Time::now();
            crate::ecs::advance(&mut Here { region, iam, pace: *pace, now, endpoint });
        }
    }

    /// Denies an action, such as `ecs:CreateService`, in what `SimulatePrincipalPolicy` says.
    ///
    /// The calls themselves are still carried out.
    pub fn deny(&mut self, action: &str) {
        self.iam.denied.insert(action.to_owned());
    }

    /// Refuses an action, such as `iam:SimulatePrincipalPolicy`, from now on.
    pub fn refuse(&mut self, action: &str) {
        self.iam.refused.insert(action.to_owned());
    }

    /// Carries it out again.
    pub fn permit(&mut self, action: &str) {
        self.iam.refused.remove(action);
    }

    /// Lets STS say that calls come from whoever has this ARN.
    pub fn call_as(&mut self, arn: &str) {
        self.iam.caller = Some(arn.to_owned());
    }

    /// Changes a role by hand, in the form in which `GetRole` shows it, but with the trust policy as
    /// plain text. False when there is no such role.
    pub fn edit_role(&mut self, name: &str, change: impl FnOnce(&mut Value)) -> bool {
        self.iam.roles.get_mut(name).map(|role| change(&mut role.fields)).is_some()
    }

    /// All that callers made and that is still there. See `Cloud::leftovers`.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let mut all = self.iam.leftovers();
        all.extend(self.cloudfront.leftovers());
        for region in self.regions.values() {
            all.extend(leftovers::of(region));
        }
        all
    }
}
