//! The clients of AWS's services: one connection pool, one policy for retries and time limits.

use std::time::Duration;

use aws_config::{
    BehaviorVersion, ConfigLoader, Region, SdkConfig, retry::RetryConfig, timeout::TimeoutConfig,
};
use aws_sdk_sts::config::{Credentials, SharedCredentialsProvider, SharedHttpClient};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// How often a call is tried. Ours: with a quarter of all calls refused, one in 16 million fails for good.
const ATTEMPTS: u32 = 12;

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Until a connection must stand.
const CONNECT_LIMIT: Duration = Duration::from_secs(4);

/// Until a try must be answered.
const TRY_LIMIT: Duration = Duration::from_secs(20);

/// Until a call must be answered, all its tries together.
const CALL_LIMIT: Duration = Duration::from_secs(90);

/// The one region of CloudFront, and of the functions that it takes.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-at-edge-function-restrictions.html>
pub(crate) const EDGE_REGION: &str = "us-east-1";

/// A client of each service that a stack needs.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    pub(crate) acm: aws_sdk_acm::Client,
    pub(crate) cloudfront: aws_sdk_cloudfront::Client,
    /// Lambda where functions of CloudFront are made, wherever the stack is.
    pub(crate) edge_lambda: aws_sdk_lambda::Client,
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) ecr: aws_sdk_ecr::Client,
    pub(crate) ecs: aws_sdk_ecs::Client,
    pub(crate) elb: aws_sdk_elasticloadbalancingv2::Client,
    pub(crate) events: aws_sdk_eventbridge::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) scaling: aws_sdk_applicationautoscaling::Client,
    pub(crate) secrets: aws_sdk_secretsmanager::Client,
    pub(crate) ssm: aws_sdk_ssm::Client,
    pub(crate) sts: aws_sdk_sts::Client,
}

/// A client with a budget of its own for trying again. The usual one is shared by all clients of a process, runs dry when
/// many calls are throttled, and lets calls fail then that could have been tried again; [`ATTEMPTS`] bounds each call.
macro_rules! client {
    ($sdk:ident, $config:expr) => {{
        let partition = $sdk::config::retry::RetryPartition::custom("ragctl")
            .token_bucket($sdk::config::retry::TokenBucket::unlimited())
            .build();
        let config = $sdk::config::Builder::from($config).retry_partition(partition);
        $sdk::Client::from_conf(config.build())
    }};
}

impl Clients {
    /// Clients with what the environment and the profile say; `region` comes before both.
    ///
    /// With an `endpoint`, credentials that emulators take and no real account does are used.
    pub(crate) async fn load(
        region: Option<&str>,
        endpoint: Option<&str>,
    ) -> (Self, Option<String>) {
        let mut loader = loader();
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        if let Some(endpoint) = endpoint {
            let credentials = Credentials::new("123456789012", "emulator", None, None, "emulator");
            loader = loader.endpoint_url(endpoint).credentials_provider(credentials);
        }
        let config = loader.load().await;
        let region = config.region().map(ToString::to_string);
        (Self::of(&config), region)
    }

    /// Clients that send with `http`, and with credentials that are good for nothing. Each call is tried once.
    pub(crate) fn over(http: SharedHttpClient) -> Self {
        let nobody = Credentials::new("nobody", "nothing", None, None, "ragctl");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            // Both are needed to make a request, and none of it is sent there.
            .region(Region::from_static("us-east-1"))
            .endpoint_url("http://localhost")
            .credentials_provider(SharedCredentialsProvider::new(nobody))
            .retry_config(RetryConfig::disabled())
            .build();
        Self::of(&config)
    }

    fn of(config: &SdkConfig) -> Self {
        let at_the_edge = config.to_builder().region(Region::from_static(EDGE_REGION)).build();
        Self {
            acm: client!(aws_sdk_acm, config),
            cloudfront: client!(aws_sdk_cloudfront, &at_the_edge),
            edge_lambda: client!(aws_sdk_lambda, &at_the_edge),
            ec2: client!(aws_sdk_ec2, config),
            ecr: client!(aws_sdk_ecr, config),
            ecs: client!(aws_sdk_ecs, config),
            elb: client!(aws_sdk_elasticloadbalancingv2, config),
            events: client!(aws_sdk_eventbridge, config),
            iam: client!(aws_sdk_iam, config),
            lambda: client!(aws_sdk_lambda, config),
            logs: client!(aws_sdk_cloudwatchlogs, config),
            scaling: client!(aws_sdk_applicationautoscaling, config),
            secrets: client!(aws_sdk_secretsmanager, config),
            ssm: client!(aws_sdk_ssm, config),
            sts: client!(aws_sdk_sts, config),
        }
    }
}

/// What all clients have in common.
fn loader() -> ConfigLoader {
    let http = aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .build_https();
    let retry = RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(LONGEST_PAUSE);
    let limits = TimeoutConfig::builder()
        .connect_timeout(CONNECT_LIMIT)
        .operation_attempt_timeout(TRY_LIMIT)
        .operation_timeout(CALL_LIMIT)
        .build();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .retry_config(retry)
        .timeout_config(limits)
}
