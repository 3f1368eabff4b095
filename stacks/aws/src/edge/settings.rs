//! The settings of a distribution: what is written of them, and what is amiss when they are read back.

use std::collections::BTreeSet;

use aws_sdk_cloudfront::types::{
    Aliases, AllowedMethods, CachedMethods, CustomErrorResponse, CustomErrorResponses,
    CustomOriginConfig, DefaultCacheBehavior, DistributionConfig, EventType,
    LambdaFunctionAssociation, LambdaFunctionAssociations, Method, MinimumProtocolVersion,
    Origin as SdkOrigin, OriginProtocolPolicy, OriginSslProtocols, Origins, SslProtocol,
    SslSupportMethod, ViewerCertificate, ViewerProtocolPolicy,
};
use ragctl_stacks::resource::{CloudFront, OriginProtocol};

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
pub(super) struct Wanted<'a> {
    pub(super) place: &'a CloudFront,
    pub(super) host: String,
    pub(super) version: String,
}

impl Wanted<'_> {
    /// Makes settings what they should be; what ragctl has no word for stays.
    pub(super) fn write_into(&self, config: &mut DistributionConfig) {
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

/// What differs of that which is the same for every stack.
pub(super) fn amiss(config: &DistributionConfig) -> BTreeSet<String> {
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

/// The functions that it calls.
pub(super) fn associations(config: &DistributionConfig) -> &[LambdaFunctionAssociation] {
    let behavior = config.default_cache_behavior();
    behavior.and_then(|it| it.lambda_function_associations()).map_or(&[], |it| it.items())
}
