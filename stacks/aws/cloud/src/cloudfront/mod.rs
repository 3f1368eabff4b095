//! CloudFront, as far as distributions go that call a function. Global: every region sees the same.

mod config;
mod route;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub(crate) use route::{route, written};

use self::config::{element, elements};
use crate::account::{ACCOUNT, Account, Here};
use crate::iam::Assumable;
use crate::input::{need, text};
use crate::refusal::{Refusal, Reply};
use crate::tags::Tags;
use crate::time::Time;

/// What CloudFront holds, by id.
#[derive(Debug, Default)]
pub(crate) struct CloudFront {
    distributions: BTreeMap<String, Distribution>,
    /// How many there have been.
    made: u32,
    /// The references of all requests that made one.
    references: Vec<String>,
}

/// A distribution.
#[derive(Clone, Debug)]
struct Distribution {
    /// `DistributionConfig` as XML, in the words of whoever sent it.
    config: String,
    tags: Tags,
    /// Changes with each write.
    version: u32,
    /// When the last change is everywhere.
    deployed: Time,
}

impl Distribution {
    fn enabled(&self) -> bool {
        element(&self.config, "Enabled").is_some_and(|it| it == "true")
    }

    fn comment(&self) -> &str {
        element(&self.config, "Comment").unwrap_or_default()
    }

    fn e_tag(&self) -> String {
        format!("E{:06}", self.version)
    }

    /// The functions that it calls.
    fn functions(&self) -> Vec<&str> {
        elements(&self.config, "LambdaFunctionARN")
    }
}

fn arn(id: &str) -> String {
    format!("arn:aws:cloudfront::{ACCOUNT}:distribution/{id}")
}

fn missing() -> Refusal {
    let message = "The specified distribution does not exist.";
    Refusal::new("NoSuchDistribution", message).with_status(404)
}

impl CloudFront {
    /// Whether a distribution calls a version of the function with this ARN.
    pub(crate) fn calls(&self, function: &str) -> bool {
        let version_of =
            |it: &&str| it.strip_prefix(function).is_some_and(|it| it.starts_with(':'));
        self.distributions.values().any(|each| each.functions().iter().any(version_of))
    }

    /// What callers made, by what it says of itself.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let all = self.distributions.values();
        all.map(|each| format!("cloudfront distribution {}", each.comment())).collect()
    }

    fn find(&mut self, input: &Value) -> Result<&mut Distribution, Refusal> {
        self.distributions.get_mut(need(input, "Id")?).ok_or_else(missing)
    }

    fn tagged(&mut self, input: &Value) -> Result<&mut Tags, Refusal> {
        let id = need(input, "Resource")?.rsplit('/').next().unwrap_or_default();
        let gone = || {
            Refusal::new("NoSuchResource", "The specified resource does not exist.")
                .with_status(404)
        };
        self.distributions.get_mut(id).map(|it| &mut it.tags).ok_or_else(gone)
    }
}

impl Account {
    /// Changes the settings of a distribution by hand: its `DistributionConfig`, in XML. False when none has this comment.
    pub fn edit_distribution(&mut self, comment: &str, edit: impl FnOnce(&mut String)) -> bool {
        let mut all = self.cloudfront.distributions.values_mut();
        all.find(|each| each.comment() == comment).map(|it| edit(&mut it.config)).is_some()
    }
}

pub(crate) fn answer(
    cloudfront: &mut CloudFront,
    here: &mut Here<'_>,
    action: &str,
    input: &Value,
) -> Reply {
    let now = here.now;
    match action {
        "CreateDistributionWithTags" => create(cloudfront, here, input),
        "UpdateDistribution" => update(cloudfront, here, input),
        "DeleteDistribution" => delete(cloudfront, here, input),
        "GetDistribution" => {
            let id = need(input, "Id")?.to_owned();
            let found = cloudfront.find(input)?;
            Ok(json!({"ETag": found.e_tag(), "Xml": shown(&id, found, now)}))
        }
        "GetDistributionConfig" => {
            let found = cloudfront.find(input)?;
            Ok(json!({"ETag": found.e_tag(), "Xml": found.config}))
        }
        "ListDistributions" => Ok(list(cloudfront, input, now)),
        "ListTagsForResource" => {
            let tags = cloudfront.tagged(input)?;
            let tag = |(key, value): (&String, &String)| {
                format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>")
            };
            let tags: String = tags.iter().map(tag).collect();
            Ok(json!({"Xml": format!("<Tags><Items>{tags}</Items></Tags>")}))
        }
        "TagResource" => {
            let tags = tags_in(need(input, "Body")?);
            cloudfront.tagged(input)?.extend(tags);
            Ok(json!({"Status": 204}))
        }
        _ => Err(Refusal::not_here("cloudfront", action)),
    }
}

fn tags_in(xml: &str) -> Tags {
    let pair = |it: &str| {
        let part = |name| element(it, name).unwrap_or_default().to_owned();
        (part("Key"), part("Value"))
    };
    elements(xml, "Tag").into_iter().map(pair).collect()
}

/// `Distribution`, with what only CloudFront can say of it.
fn shown(id: &str, it: &Distribution, now: Time) -> String {
    format!(
        "<Distribution>{}{}</Distribution>",
        head(id, it, now) + "<InProgressInvalidationBatches>0</InProgressInvalidationBatches>",
        it.config
    )
}

fn head(id: &str, it: &Distribution, now: Time) -> String {
    let status = if now < it.deployed { "InProgress" } else { "Deployed" };
    format!(
        "<Id>{id}</Id><ARN>{}</ARN><Status>{status}</Status>\
         <LastModifiedTime>2026-01-01T00:00:00Z</LastModifiedTime>\
         <DomainName>{}.cloudfront.net</DomainName>",
        arn(id),
        id.to_lowercase()
    )
}

/// A page of two, so that whoever looks has to turn over.
fn list(cloudfront: &CloudFront, input: &Value, now: Time) -> Value {
    let after = text(input, "Marker").unwrap_or_default();
    let mut rest = cloudfront.distributions.iter().filter(|(id, _)| id.as_str() > after);
    let page: Vec<_> = rest.by_ref().take(2).collect();
    let is_truncated = rest.next().is_some();
    let inner = |it: &Distribution| {
        let config = element(&it.config, "DistributionConfig").unwrap_or(&it.config);
        format!(
            "{config}<PriceClass>PriceClass_All</PriceClass><WebACLId></WebACLId>\
             <HttpVersion>http2</HttpVersion><IsIPV6Enabled>true</IsIPV6Enabled><Staging>false</Staging>"
        )
    };
    let summary = |(id, it): &(&String, &Distribution)| {
        let (head, inner) = (head(id, it, now), inner(it));
        format!("<DistributionSummary>{head}{inner}</DistributionSummary>")
    };
    let summaries: String = page.iter().map(summary).collect();
    let next = page.last().filter(|_| is_truncated);
    let next = next.map_or_else(String::new, |(id, _)| format!("<NextMarker>{id}</NextMarker>"));
    json!({"Xml": format!(
        "<DistributionList><Marker>{after}</Marker>{next}<MaxItems>2</MaxItems>\
         <IsTruncated>{is_truncated}</IsTruncated><Quantity>{}</Quantity><Items>{summaries}</Items>\
         </DistributionList>",
        page.len()
    )})
}

fn create(cloudfront: &mut CloudFront, here: &mut Here<'_>, input: &Value) -> Reply {
    let body = need(input, "Body")?;
    let config = config_in(body)?;
    let reference = element(&config, "CallerReference").unwrap_or_default().to_owned();
    if cloudfront.references.contains(&reference) {
        let message = "The caller reference that you are using to create a distribution is \
                       associated with another distribution.";
        return Err(Refusal::new("DistributionAlreadyExists", message).with_status(409));
    }
    check(here, &config, "CreateDistributionWithTags")?;
    cloudfront.made += 1;
    cloudfront.references.push(reference);
    let id = format!("E{:013}", cloudfront.made);
    let deployed = here.now.plus(here.pace.distribute);
    let made = Distribution { config, tags: tags_in(body), version: 1, deployed };
    let answer = json!({"Status": 201, "ETag": made.e_tag(), "Xml": shown(&id, &made, here.now),
                        "Arn": arn(&id)});
    cloudfront.distributions.insert(id, made);
    Ok(answer)
}

fn config_in(body: &str) -> Result<String, Refusal> {
    let malformed = || Refusal::new("MalformedXML", "The XML document is malformed.");
    let inside = element(body, "DistributionConfig").ok_or_else(malformed)?;
    Ok(format!("<DistributionConfig>{inside}</DistributionConfig>"))
}

fn matches(found: &Distribution, input: &Value) -> Result<(), Refusal> {
    match text(input, "IfMatch") {
        None => {
            let message = "The If-Match version is missing or not valid for the resource.";
            Err(Refusal::new("InvalidIfMatchVersion", message))
        }
        Some(e_tag) if e_tag == found.e_tag() => Ok(()),
        Some(_) => {
            let message = "The request failed because it didn't meet the preconditions in one or \
                           more request-header fields.";
            Err(Refusal::new("PreconditionFailed", message).with_status(412))
        }
    }
}

fn update(cloudfront: &mut CloudFront, here: &mut Here<'_>, input: &Value) -> Reply {
    let id = need(input, "Id")?.to_owned();
    matches(cloudfront.find(input)?, input)?;
    let config = config_in(need(input, "Body")?)?;
    check(here, &config, "UpdateDistribution")?;
    let found = cloudfront.find(input)?;
    if element(&config, "CallerReference") != element(&found.config, "CallerReference") {
        let message = "The caller reference cannot be changed.";
        return Err(Refusal::new("IllegalUpdate", message));
    }
    let before: Vec<String> = found.functions().into_iter().map(str::to_owned).collect();
    found.config = config;
    found.version += 1;
    found.deployed = here.now.plus(here.pace.distribute);
    let answer = json!({"ETag": found.e_tag(), "Xml": shown(&id, found, here.now)});
    left(cloudfront, here, &before);
    Ok(answer)
}

fn delete(cloudfront: &mut CloudFront, here: &mut Here<'_>, input: &Value) -> Reply {
    let now = here.now;
    let found = cloudfront.find(input)?;
    matches(found, input)?;
    if found.enabled() || now < found.deployed {
        let message = "The distribution you are trying to delete has not been disabled.";
        return Err(Refusal::new("DistributionNotDisabled", message).with_status(409));
    }
    let before: Vec<String> = found.functions().into_iter().map(str::to_owned).collect();
    cloudfront.distributions.remove(need(input, "Id")?);
    left(cloudfront, here, &before);
    Ok(json!({"Status": 204}))
}

/// The copies of functions that no distribution calls any more go in their own time.
fn left(cloudfront: &CloudFront, here: &mut Here<'_>, before: &[String]) {
    let gone = here.now.plus(here.pace.replicas);
    for arn in before {
        let Some((function, _)) = arn.rsplit_once(':') else { continue };
        if !cloudfront.calls(function) {
            crate::lambda::copied_until(here.region, function, gone);
        }
    }
}

/// Refuses what CloudFront does, as far as it has to do with functions and certificates.
fn check(here: &mut Here<'_>, config: &str, action: &str) -> Result<(), Refusal> {
    let refuse = |message: String| Refusal::new("InvalidLambdaFunctionAssociation", message);
    for arn in elements(config, "LambdaFunctionARN") {
        let found = crate::lambda::version(here.region, arn).ok_or_else(|| {
            refuse(format!(
                "The function ARN must reference a specific function version in us-east-1. (The ARN \
                 must end with the version number.) ARN: {arn}"
            ))
        })?;
        let variables = found.pointer("/Environment/Variables").and_then(Value::as_object);
        if variables.is_some_and(|it| !it.is_empty()) {
            return Err(refuse(format!(
                "The function cannot have environment variables. Function: {arn}"
            )));
        }
        if found["Architectures"] != json!(["x86_64"]) {
            return Err(refuse(format!("The function must run on x86_64. Function: {arn}")));
        }
        let role = text(&found, "Role").unwrap_or_default().to_owned();
        let unseen = here.pace.role_unseen;
        for who in ["lambda.amazonaws.com", "edgelambda.amazonaws.com"] {
            let action = format!("{action} {who}");
            if here.iam.assume(&role, who, &action, unseen) != Assumable::Yes {
                return Err(refuse(format!(
                    "The function execution role must be assumable with edgelambda.amazonaws.com as \
                     well as lambda.amazonaws.com principals. Update the IAM role and try again. \
                     Role: {role}"
                )));
            }
        }
    }
    let aliases = element(config, "Aliases").map(|it| elements(it, "CNAME")).unwrap_or_default();
    let certificate = element(config, "ACMCertificateArn").unwrap_or_default();
    if !aliases.is_empty() && !certificate.starts_with("arn:aws:acm:us-east-1:") {
        let message = "To add an alternate domain name (CNAME) to a CloudFront distribution, you \
                       must attach a trusted certificate that validates your authorization to use \
                       the domain name.";
        return Err(Refusal::new("InvalidViewerCertificate", message));
    }
    let read_timeout = element(config, "OriginReadTimeout").and_then(|it| it.parse::<u32>().ok());
    if read_timeout.is_some_and(|it| !(1..=120).contains(&it)) {
        let message = "The parameter OriginReadTimeout is out of range.";
        return Err(Refusal::new("InvalidOriginReadTimeout", message));
    }
    Ok(())
}
