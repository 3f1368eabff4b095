//! Distributions of CloudFront. They have no names: one is found by its comment, and is ours when its tag says so.
//!
//! What it takes from the file is read back field by field; what is the same for every stack is looked over, and named when it
//! is amiss. Settings that ragctl has no word for (a web ACL, access logs) stay as somebody else has made them.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_cloudfront::types::{
    Aliases, AllowedMethods, CachedMethods, CustomErrorResponse, CustomErrorResponses,
    CustomOriginConfig, DefaultCacheBehavior, DistributionConfig, DistributionConfigWithTags,
    DistributionSummary, EventType, LambdaFunctionAssociation, LambdaFunctionAssociations, Method,
    MinimumProtocolVersion, Origin as SdkOrigin, OriginProtocolPolicy, OriginSslProtocols, Origins,
    SslProtocol, SslSupportMethod, Tag, Tags as SdkTags, ViewerCertificate, ViewerProtocolPolicy,
};
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::{BackendError, Reply},
    desired::EDGE,
    resource::{
        CloudFront, Digest, Edge, EdgePlace, Function, Job, Origin, OriginProtocol, Resource,
    },
};

use crate::{
    aws::Aws,
    call::{OrAbsent, OrDone, Refusal, call},
    found::{Found, Marked},
    function::edge as function,
    load_balancer,
    perform::must_be_ours,
    secret::Key,
    tags::{self, Tags},
    wait::{Pace, until},
};

const ABSENT: [&str; 2] = ["NoSuchDistribution", "NoSuchResource"];

/// What CloudFront says when somebody has changed it since it was read.
const CHANGED: [&str; 2] = ["PreconditionFailed", "InvalidIfMatchVersion"];

/// How long a change may take to be everywhere.
const DEPLOYED: Pace = Pace {
    first: Duration::from_millis(50),
    longest: Duration::from_secs(10),
    limit: Duration::from_secs(30 * 60),
};

/// How long a new role may take to be seen, and a change of somebody else's to be over.
const SETTLED_LIMIT: Duration = Duration::from_secs(120);

/// The managed policy that has nothing cached: `CachingDisabled`.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html>
const NOTHING_CACHED: &str = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad";

/// The managed policy that passes all on but the name by which CloudFront was called: `AllViewerExceptHostHeader`. Where the
/// service has a name, the balancer knows no other.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-origin-request-policies.html>
const ALL_PASSED_ON: &str = "b689b0a8-53d0-40ab-baf2-68738e2966ac";

/// What the one origin is called.
const ORIGIN: &str = "balancer";

/// Seconds for which a connection to the origin is kept.
const KEEP_ALIVE: i32 = 60;

/// The port of what is not spoken; CloudFront wants one.
const UNSPOKEN: [i32; 2] = [80, 443];

/// Gateway errors, whose answer is another a moment later: none is kept.
const ERRORS: [i32; 3] = [502, 503, 504];

/// A distribution that was found.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    arn: String,
    config: DistributionConfig,
    tags: Tags,
    /// Which code the function has that it calls, as Lambda names it.
    code: Option<String>,
}

/// The address of the one that a stack can have.
pub(crate) fn address() -> Address {
    Address::app(Kind::Edge)
}

/// Looks for the distribution among all of the account.
pub(crate) async fn find(aws: &Aws) -> Reply<Option<DistributionSummary>> {
    let comment = aws.names.distribution();
    let mut marker = None;
    loop {
        let asked = aws.clients.cloudfront.list_distributions().set_marker(marker).send();
        let Some(page) = call("cloudfront ListDistributions", asked).await?.distribution_list
        else {
            return Ok(None);
        };
        marker = page.next_marker.filter(|_| page.is_truncated);
        let found = page.items.into_iter().flatten().find(|it| it.comment == comment);
        if found.is_some() || marker.is_none() {
            return Ok(found);
        }
    }
}

/// Looks for the distribution, and at all that is known of it.
pub(crate) async fn look(aws: &Aws) -> Reply<Option<Seen>> {
    match find(aws).await? {
        Some(found) => look_at(aws, &found).await,
        None => Ok(None),
    }
}

async fn look_at(aws: &Aws, found: &DistributionSummary) -> Reply<Option<Seen>> {
    let asked = aws.clients.cloudfront.list_tags_for_resource().resource(&found.arn).send();
    let (current, tags) = tokio::try_join!(current(aws, &found.id), async {
        let tags = call("cloudfront ListTagsForResource", asked).await.or_absent(&ABSENT)?;
        Ok(tags.and_then(|it| it.tags).and_then(|it| it.items).unwrap_or_default())
    })?;
    let Some((config, _)) = current else { return Ok(None) };
    let code = match associations(&config).first() {
        Some(it) => function::version(aws, it.lambda_function_arn()).await?,
        None => None,
    };
    let tags = Tags::new(&tags, |it: &Tag| (Some(it.key()), it.value()));
    Ok(Some(Seen { arn: found.arn.clone(), config, tags, code }))
}

/// Its settings, and the mark by which CloudFront knows whether they are still those.
async fn current(aws: &Aws, id: &str) -> Result<Option<(DistributionConfig, String)>, Refusal> {
    let asked = aws.clients.cloudfront.get_distribution_config().id(id).send();
    let found = call("cloudfront GetDistributionConfig", asked).await.or_absent(&ABSENT)?;
    Ok(found.and_then(|it| Some((it.distribution_config?, it.e_tag.unwrap_or_default()))))
}

fn associations(config: &DistributionConfig) -> &[LambdaFunctionAssociation] {
    let behavior = config.default_cache_behavior();
    behavior.and_then(|it| it.lambda_function_associations()).map_or(&[], |it| it.items())
}

/// What the distribution is; `balancer` is the name by which the stack's own is reached, `function` the one that is there.
pub(crate) fn found(
    aws: &Aws,
    seen: Option<&Seen>,
    function: Option<&Function>,
    balancer: Option<&str>,
    key: Option<&Key>,
) -> Found<Marked> {
    let Some(Seen { arn, config, tags, code }) = seen else { return Found::Nothing };
    let origins = config.origins().map_or(&[][..], |it| it.items());
    let origin = origins.first();
    let custom = origin.and_then(|it| it.custom_origin_config());
    let read_timeout = custom.and_then(|it| it.origin_read_timeout()).unwrap_or(30);
    let certificate = config.viewer_certificate().and_then(|it| it.acm_certificate_arn());
    let domains = config.aliases().map_or(&[][..], |it| it.items()).join(", ");
    let behind = if balancer.is_some() { Kind::LoadBalancer } else { Kind::ListenerRule };
    let place = CloudFront {
        function: function::address(),
        code: version(code.as_deref(), function, balancer, key),
        origin: read_origin(origin, balancer),
        read_timeout: Duration::from_secs(u64::try_from(read_timeout).unwrap_or_default()),
        domain: Some(domains).filter(|it| !it.is_empty()),
        certificate: certificate.filter(|it| !it.is_empty()).map(ToOwned::to_owned),
        amiss: amiss(config),
    };
    let edge = Edge {
        name: Name::app(),
        behind: Address::app(behind),
        place: EdgePlace::CloudFront(place),
    };
    Found::by_tags((edge.into(), tags.mark()), tags, aws.names.stack(), arn)
}

/// Which version has this code: one that does what the function's job is, or another.
fn version(
    is: Option<&str>,
    function: Option<&Function>,
    balancer: Option<&str>,
    key: Option<&Key>,
) -> Digest {
    let ours = function.and_then(|function| match &function.job {
        Job::Edge(job) if is.is_some() && function::code(job, balancer, key).as_deref() == is => {
            Some(Function { code: Digest::of(&EDGE), ..function.clone() }.version())
        }
        _ => None,
    });
    ours.unwrap_or_else(|| Digest::of(&is))
}

fn read_origin(origin: Option<&SdkOrigin>, balancer: Option<&str>) -> Origin {
    let custom = origin.and_then(|it| it.custom_origin_config());
    let host = origin.map(|it| it.domain_name()).unwrap_or_default();
    let (protocol, port) = match custom {
        Some(it) if *it.origin_protocol_policy() == OriginProtocolPolicy::HttpsOnly => {
            (OriginProtocol::Https, it.https_port())
        }
        Some(it) => (OriginProtocol::Http, it.http_port()),
        None => (OriginProtocol::Http, 0),
    };
    Origin {
        host: if balancer == Some(host) {
            Address::app(Kind::LoadBalancer).to_string()
        } else {
            host.to_owned()
        },
        protocol,
        port: u16::try_from(port).unwrap_or_default(),
    }
}

/// What differs of that which is the same for every stack.
fn amiss(config: &DistributionConfig) -> BTreeSet<String> {
    let behavior = config.default_cache_behavior();
    let methods = behavior.and_then(|it| it.allowed_methods()).map_or(&[][..], |it| it.items());
    let methods: BTreeSet<&str> = methods.iter().map(Method::as_str).collect();
    let wanted: BTreeSet<&str> = METHODS.iter().map(Method::as_str).collect();
    let origins = config.origins().map_or(&[][..], |it| it.items());
    let custom = origins.first().and_then(|it| it.custom_origin_config());
    let errors = config.custom_error_responses().map_or(&[][..], |it| it.items());
    let is_uncached = |code: &i32| {
        errors.iter().any(|it| it.error_code == *code && it.error_caching_min_ttl == Some(0))
    };
    let associations = associations(config);
    let is_called =
        associations.len() == 1 && associations[0].event_type == EventType::OriginResponse;
    let policy = behavior.map(|it| it.viewer_protocol_policy());
    let is_spoken =
        custom.is_some_and(|it| *it.origin_protocol_policy() != OriginProtocolPolicy::MatchViewer);
    let as_it_should_be = [
        ("enabled", config.enabled),
        ("methods", methods == wanted),
        ("viewer_protocol", policy == Some(&ViewerProtocolPolicy::RedirectToHttps)),
        ("cache_policy", behavior.and_then(|it| it.cache_policy_id()) == Some(NOTHING_CACHED)),
        (
            "origin_request_policy",
            behavior.and_then(|it| it.origin_request_policy_id()) == Some(ALL_PASSED_ON),
        ),
        ("compress", behavior.and_then(|it| it.compress()) != Some(true)),
        ("function", is_called),
        ("origins", origins.len() == 1),
        ("origin_protocol", is_spoken),
        ("keep_alive", custom.and_then(|it| it.origin_keepalive_timeout()) == Some(KEEP_ALIVE)),
        ("errors", ERRORS.iter().all(is_uncached)),
    ];
    let wrong = as_it_should_be.iter().filter(|(_, is_so)| !is_so);
    wrong.map(|(what, _)| (*what).to_owned()).collect()
}

/// All that there are, so that questions are served as well.
const METHODS: [Method; 7] = [
    Method::Delete,
    Method::Get,
    Method::Head,
    Method::Options,
    Method::Patch,
    Method::Post,
    Method::Put,
];

/// What is sent of a distribution, whether it is made or edited.
struct Wanted<'a> {
    place: &'a CloudFront,
    host: String,
    version: String,
}

/// Makes the distribution what it should be, and waits until it is so everywhere.
pub(crate) async fn write(aws: &Aws, edge: &Edge, exists: bool) -> Reply<()> {
    let address = address();
    let EdgePlace::CloudFront(place) = &edge.place else {
        return Err(BackendError::NotOnThisTarget(address));
    };
    let resource = Resource::from(edge.clone());
    let (version, balancer) = tokio::try_join!(function::publish(aws), load_balancer::look(aws))?;
    let balancer = balancer.as_ref().and_then(|it| it.dns_name());
    let host = function::host(&place.origin, balancer);
    let missing = || BackendError::Missing { address: address.clone(), needs: edge.behind.clone() };
    let wanted = Wanted { place, host: host.ok_or_else(missing)?.to_owned(), version };
    let found = find(aws).await?;
    if let Some(found) = found.as_ref().filter(|_| !exists) {
        let seen = look_at(aws, found).await?;
        must_be_ours(self::found(aws, seen.as_ref(), None, balancer, None), &address)?;
    }
    let id = match found {
        Some(found) => {
            change(aws, &found.id, |config| wanted.write_into(config)).await?;
            let tags = SdkTags::builder().items(sdk(tags::applied(&resource))).build();
            let tag = aws.clients.cloudfront.tag_resource().resource(&found.arn).tags(tags);
            call("cloudfront TagResource", tag.send()).await?;
            found.id
        }
        None => create(aws, &wanted, &resource).await?,
    };
    deployed(aws, &id).await
}

/// Makes one; its id.
async fn create(aws: &Aws, wanted: &Wanted<'_>, resource: &Resource) -> Reply<String> {
    let mut config = DistributionConfig::builder()
        .caller_reference(reference()?)
        .comment(aws.names.distribution())
        .enabled(true)
        .build()
        .expect("it has what every distribution must have");
    wanted.write_into(&mut config);
    let tags = tags::of(aws.names.stack(), resource).into_iter().map(sdk).collect();
    let config = DistributionConfigWithTags::builder()
        .distribution_config(config)
        .tags(SdkTags::builder().set_items(Some(tags)).build())
        .build();
    let make = aws.clients.cloudfront.create_distribution_with_tags();
    let make = make.distribution_config_with_tags(config);
    let made = until("seeing a new role", Pace::up_to(SETTLED_LIMIT), async || {
        match call("cloudfront CreateDistributionWithTags", make.clone().send()).await {
            Ok(made) => Ok(Some(made.distribution.map(|it| it.id))),
            // The answer to a call before this one got lost.
            Err(refusal) if refusal.is(&["DistributionAlreadyExists"]) => Ok(Some(None)),
            Err(refusal) if is_not_seen_yet(&refusal) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    });
    match made.await? {
        Some(id) => Ok(id),
        None => {
            let pace = Pace::up_to(SETTLED_LIMIT);
            let found = until("the distribution being listed", pace, || find(aws)).await?;
            Ok(found.id)
        }
    }
}

/// What tells one request to make a distribution from another. CloudFront never takes the same twice.
fn reference() -> Reply<String> {
    let number = getrandom::u64().map_err(|error| BackendError::Refused {
        operation: "naming a request".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(format!("ragctl-{number:016x}"))
}

/// What CloudFront says of a role that was just made.
fn is_not_seen_yet(refusal: &Refusal) -> bool {
    refusal.is(&["InvalidLambdaFunctionAssociation"]) && refusal.says("assumable")
}

/// Changes the settings from what they are, again when somebody else has done so meanwhile.
async fn change(aws: &Aws, id: &str, edit: impl Fn(&mut DistributionConfig)) -> Reply<()> {
    until("changing the distribution", Pace::up_to(SETTLED_LIMIT), async || {
        let Some((mut config, e_tag)) = current(aws, id).await? else {
            return Err(BackendError::Refused {
                operation: "cloudfront UpdateDistribution".to_owned(),
                reason: format!("distribution {id} is gone"),
            });
        };
        edit(&mut config);
        let update = aws.clients.cloudfront.update_distribution().id(id).if_match(e_tag);
        let sent = call("cloudfront UpdateDistribution", update.distribution_config(config).send());
        match sent.await {
            Ok(_) => Ok(Some(())),
            Err(refusal) if refusal.is(&CHANGED) || is_not_seen_yet(&refusal) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    })
    .await
}

/// Waits until the settings are the same everywhere.
async fn deployed(aws: &Aws, id: &str) -> Reply<()> {
    until("CloudFront taking the change to all its places", DEPLOYED, async || {
        let asked = aws.clients.cloudfront.get_distribution().id(id).send();
        let found = call("cloudfront GetDistribution", asked).await?.distribution;
        Ok(found.filter(|it| it.status == "Deployed").map(|_| ()))
    })
    .await
}

impl Wanted<'_> {
    fn write_into(&self, config: &mut DistributionConfig) {
        let expect = "it has all that CloudFront asks for";
        let all = i32::try_from(METHODS.len()).expect("they are few");
        let methods = AllowedMethods::builder().quantity(all).set_items(Some(METHODS.to_vec()));
        let cached = CachedMethods::builder().quantity(2);
        let cached = cached.items(Method::Get).items(Method::Head).build().expect(expect);
        let methods = methods.cached_methods(cached).build().expect(expect);
        let association = LambdaFunctionAssociation::builder()
            .lambda_function_arn(&self.version)
            .event_type(EventType::OriginResponse)
            .include_body(false)
            .build()
            .expect(expect);
        let associations = LambdaFunctionAssociations::builder().quantity(1).items(association);
        let new = DefaultCacheBehavior::builder()
            .target_origin_id(ORIGIN)
            .viewer_protocol_policy(ViewerProtocolPolicy::RedirectToHttps);
        let mut behavior =
            config.default_cache_behavior.take().unwrap_or_else(|| new.build().expect(expect));
        ORIGIN.clone_into(&mut behavior.target_origin_id);
        behavior.viewer_protocol_policy = ViewerProtocolPolicy::RedirectToHttps;
        behavior.allowed_methods = Some(methods);
        behavior.compress = Some(false);
        behavior.cache_policy_id = Some(NOTHING_CACHED.to_owned());
        behavior.origin_request_policy_id = Some(ALL_PASSED_ON.to_owned());
        behavior.lambda_function_associations = Some(associations.build().expect(expect));
        config.default_cache_behavior = Some(behavior);
        config.enabled = true;
        config.origins =
            Some(Origins::builder().quantity(1).items(self.origin()).build().expect(expect));
        config.custom_error_responses = Some(uncached_errors(config));
        config.aliases = Some(self.aliases());
        config.viewer_certificate = Some(self.certificate());
    }

    fn origin(&self) -> SdkOrigin {
        let CloudFront { origin, read_timeout, .. } = self.place;
        let port = i32::from(origin.port);
        let (policy, [http, https]) = match origin.protocol {
            OriginProtocol::Http => (OriginProtocolPolicy::HttpOnly, [port, UNSPOKEN[1]]),
            OriginProtocol::Https => (OriginProtocolPolicy::HttpsOnly, [UNSPOKEN[0], port]),
        };
        let protocols = OriginSslProtocols::builder().quantity(1).items(SslProtocol::TlSv12);
        let seconds = i32::try_from(read_timeout.as_secs()).expect("it is 120 at most");
        let custom = CustomOriginConfig::builder()
            .http_port(http)
            .https_port(https)
            .origin_protocol_policy(policy)
            .origin_ssl_protocols(protocols.build().expect("it has all that it must have"))
            .origin_read_timeout(seconds)
            .origin_keepalive_timeout(KEEP_ALIVE)
            .build();
        SdkOrigin::builder()
            .id(ORIGIN)
            .domain_name(&self.host)
            .custom_origin_config(custom.expect("it has all that it must have"))
            .build()
            .expect("it has all that it must have")
    }

    fn aliases(&self) -> Aliases {
        let domains: Vec<String> = self.place.domain.iter().cloned().collect();
        let count = i32::try_from(domains.len()).expect("it is one at most");
        let aliases = Aliases::builder().quantity(count).set_items(Some(domains));
        aliases.build().expect("it has all that it must have")
    }

    fn certificate(&self) -> ViewerCertificate {
        let certificate = ViewerCertificate::builder();
        match &self.place.certificate {
            Some(arn) => certificate
                .acm_certificate_arn(arn)
                .ssl_support_method(SslSupportMethod::SniOnly)
                .minimum_protocol_version(MinimumProtocolVersion::TlSv122021)
                .build(),
            None => certificate.cloud_front_default_certificate(true).build(),
        }
    }
}

/// What is said of errors, with none of the gateway's kept.
fn uncached_errors(config: &DistributionConfig) -> CustomErrorResponses {
    let said = config.custom_error_responses().map_or(&[][..], |it| it.items());
    let others = said.iter().filter(|it| !ERRORS.contains(&it.error_code)).cloned();
    let uncached = ERRORS.iter().map(|code| {
        let response = CustomErrorResponse::builder().error_code(*code).error_caching_min_ttl(0);
        response.build().expect("it has a code")
    });
    let all: Vec<CustomErrorResponse> = uncached.chain(others).collect();
    let count = i32::try_from(all.len()).expect("they are few");
    let responses = CustomErrorResponses::builder().quantity(count).set_items(Some(all));
    responses.build().expect("it has a quantity")
}

/// Removes the distribution: CloudFront wants it switched off everywhere before.
pub(crate) async fn delete(aws: &Aws) -> Reply<()> {
    let Some(found) = find(aws).await? else { return Ok(()) };
    if found.enabled {
        change(aws, &found.id, |config| config.enabled = false).await?;
    }
    deployed(aws, &found.id).await?;
    until("removing the distribution", Pace::up_to(SETTLED_LIMIT), async || {
        let Some((_, e_tag)) = current(aws, &found.id).await? else { return Ok(Some(())) };
        let delete = aws.clients.cloudfront.delete_distribution().id(&found.id).if_match(e_tag);
        match call("cloudfront DeleteDistribution", delete.send()).await.or_done(&ABSENT) {
            Ok(()) => Ok(Some(())),
            Err(refusal) if refusal.is(&CHANGED) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    })
    .await
}

fn sdk((key, value): tags::Tag) -> Tag {
    Tag::builder().key(key).value(value).build().expect("a tag has a key")
}
