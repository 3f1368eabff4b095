//! What AWS may say in more than one way is read as the same: an empty list and none, a default that is spelt out and one that is not, the
//! same things in another order. Each row makes an account that is as the file says look otherwise, and nothing may be planned for it.
//!
//! The defaults are those that AWS's API reference names for each field: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/>,
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/>, <https://docs.aws.amazon.com/autoscaling/application/APIReference/>.

use ragctl_cloud::Thing;
use serde_json::{Value, json};

use crate::support::{Home, lines};

const REGION: &str = "us-east-1";
const SERVICE: &str = "service/handbook/handbook";

/// What a field is made to look like.
enum Look {
    /// It has this value.
    Is(fn() -> Value),
    /// It is not mentioned.
    Absent,
    /// It is in the opposite order.
    Reversed,
}
use Look::{Absent, Is, Reversed};

/// Fields of things, by their pointers.
const TABLE: &[(Thing<'_>, &[(&str, Look)])] = &[
    (
        Thing::TaskDefinition("handbook"),
        &[
            ("/containerDefinitions/0/environment", Reversed),
            ("/containerDefinitions/0/secrets", Reversed),
            ("/containerDefinitions/0/cpu", Is(|| json!(0))),
            ("/containerDefinitions/0/essential", Is(|| json!(true))),
            ("/containerDefinitions/0/mountPoints", Is(|| json!([]))),
            ("/containerDefinitions/0/volumesFrom", Is(|| json!([]))),
            ("/containerDefinitions/0/systemControls", Is(|| json!([]))),
            ("/containerDefinitions/0/dockerLabels", Is(|| json!({}))),
            ("/containerDefinitions/0/portMappings/0/hostPort", Absent),
            ("/containerDefinitions/0/portMappings/0/hostPort", Is(|| json!(8000))),
            ("/containerDefinitions/0/portMappings/0/protocol", Absent),
            ("/containerDefinitions/0/portMappings/0/protocol", Is(|| json!("tcp"))),
            ("/containerDefinitions/0/logConfiguration/secretOptions", Is(|| json!([]))),
            ("/volumes", Is(|| json!([]))),
            ("/volumes", Absent),
            ("/placementConstraints", Absent),
            ("/placementConstraints", Is(|| json!([]))),
            ("/runtimePlatform", Absent),
            ("/runtimePlatform", Is(|| json!({"cpuArchitecture": "X86_64"}))),
        ],
    ),
    (
        Thing::Service("handbook", "handbook"),
        &[
            ("/networkConfiguration/awsvpcConfiguration/subnets", Reversed),
            ("/networkConfiguration/awsvpcConfiguration/securityGroups", Reversed),
            ("/capacityProviderStrategy", Is(|| json!([]))),
            ("/capacityProviderStrategy", Absent),
            ("/placementStrategy", Absent),
            ("/serviceRegistries", Is(|| json!([]))),
            ("/serviceRegistries", Absent),
            ("/healthCheckGracePeriodSeconds", Absent),
            ("/healthCheckGracePeriodSeconds", Is(|| json!(0))),
            ("/enableExecuteCommand", Absent),
            ("/enableExecuteCommand", Is(|| json!(false))),
            ("/platformVersion", Is(|| json!("1.4.0"))),
            ("/platformVersion", Is(|| json!("LATEST"))),
            ("/availabilityZoneRebalancing", Is(|| json!("ENABLED"))),
            ("/deploymentConfiguration/strategy", Is(|| json!("ROLLING"))),
            ("/deploymentConfiguration/strategy", Absent),
            ("/deploymentConfiguration/bakeTimeInMinutes", Is(|| json!(0))),
            ("/deploymentConfiguration/lifecycleHooks", Is(|| json!([]))),
            (
                "/deploymentConfiguration/alarms",
                Is(|| json!({"alarmNames": [], "enable": false, "rollback": false})),
            ),
        ],
    ),
    (
        Thing::TargetGroup("handbook-app"),
        &[
            ("/HealthCheckEnabled", Is(|| json!(true))),
            ("/HealthCheckPort", Is(|| json!("traffic-port"))),
            ("/HealthCheckProtocol", Is(|| json!("HTTP"))),
            ("/IpAddressType", Absent),
            ("/IpAddressType", Is(|| json!("ipv4"))),
            ("/ProtocolVersion", Is(|| json!("HTTP1"))),
        ],
    ),
    (
        Thing::LoadBalancer("handbook"),
        &[
            ("/AvailabilityZones", Reversed),
            ("/SecurityGroups", Reversed),
            ("/IpAddressType", Is(|| json!("ipv4"))),
        ],
    ),
    (
        Thing::Listener("handbook", 80),
        &[
            ("/DefaultActions/0/Order", Is(|| json!(1))),
            ("/DefaultActions/0/RedirectConfig/Host", Is(|| json!("#{host}"))),
            ("/DefaultActions/0/RedirectConfig/Path", Is(|| json!("/#{path}"))),
            ("/DefaultActions/0/RedirectConfig/Query", Is(|| json!("#{query}"))),
        ],
    ),
    (
        Thing::Listener("handbook", 443),
        &[
            ("/DefaultActions/0/Order", Is(|| json!(1))),
            ("/AlpnPolicy", Is(|| json!([]))),
            ("/SslPolicy", Is(|| json!("ELBSecurityPolicy-TLS13-1-2-2021-06"))),
        ],
    ),
    (
        Thing::ListenerRule("handbook", 443, 1),
        &[
            ("/Actions/0/Order", Is(|| json!(1))),
            ("/Actions/0/ForwardConfig/TargetGroups", Reversed),
            ("/Actions/0/ForwardConfig/TargetGroups/0/Weight", Is(|| json!("0"))),
            ("/Actions/0/ForwardConfig/TargetGroupStickinessConfig", Absent),
        ],
    ),
    (
        Thing::TargetGroup("handbook-wake"),
        &[
            ("/HealthCheckEnabled", Is(|| json!("false"))),
            ("/HealthCheckIntervalSeconds", Is(|| json!("35"))),
            ("/IpAddressType", Absent),
        ],
    ),
    (
        Thing::LogGroup("/ragctl/handbook"),
        &[
            ("/logGroupClass", Is(|| json!("STANDARD"))),
            ("/metricFilterCount", Is(|| json!(0))),
            ("/storedBytes", Is(|| json!(4096))),
        ],
    ),
    (
        Thing::ScalableTarget(SERVICE),
        &[
            ("/SuspendedState", Absent),
            ("/RoleARN", Is(|| json!("arn:aws:iam::123456789012:role/aws-service-role/a"))),
        ],
    ),
    (
        Thing::ScalingPolicy(SERVICE, "handbook-cpu"),
        &[
            ("/TargetTrackingScalingPolicyConfiguration/DisableScaleIn", Absent),
            ("/TargetTrackingScalingPolicyConfiguration/DisableScaleIn", Is(|| json!(false))),
            ("/Alarms", Reversed),
        ],
    ),
    (
        Thing::ScheduledAction(SERVICE, "handbook-night"),
        &[("/Timezone", Absent), ("/Timezone", Is(|| json!("UTC")))],
    ),
    (
        Thing::Rule("handbook-keepalive"),
        &[
            ("/EventBusName", Is(|| json!("default"))),
            ("/EventPattern", Absent),
            ("/ManagedBy", Absent),
        ],
    ),
    (
        Thing::Function("handbook-wake"),
        &[
            ("/Layers", Is(|| json!([]))),
            ("/Layers", Absent),
            ("/VpcConfig", Is(|| json!({"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""}))),
            ("/VpcConfig", Absent),
            ("/TracingConfig", Is(|| json!({"Mode": "PassThrough"}))),
            ("/EphemeralStorage", Is(|| json!({"Size": 512}))),
            ("/KMSKeyArn", Is(|| json!(""))),
        ],
    ),
];

#[tokio::test]
async fn what_aws_may_say_in_two_ways_is_no_change() {
    let home = Home::new().await;
    let certificate = home
        .cloud
        .with(|account| account.region(REGION).plant_certificate("handbook.example.org", "ISSUED"));
    let file = format!(
        "stack: handbook
target: fargate
aws: {{region: {REGION}}}
service: {{image: 'rag-service:good', secrets: {{A: 'ssm:/handbook/a', B: 'secretsmanager:handbook/b'}}}}
load_balancer: {{certificate: '{certificate}', domain: handbook.example.org}}
autoscaling: {{requests_in_flight: auto, schedules: {{night: {{schedule: cron(0 20 * * ? *), minimum: 1, maximum: 1}}}}}}
idle: {{after: 10m}}
strategies: {{keepalive: true}}
"
    );
    home.deploy(&file).await.well();
    for (thing, looks) in TABLE {
        for (pointer, look) in *looks {
            let is_there = home.cloud.with(|account| {
                account.region(REGION).edit(thing, |value| look.apply(value, pointer))
            });
            assert!(is_there, "{thing:?}");
            let plan = home.plan(&file).await;
            assert!(plan.is_empty(), "{thing:?} {pointer}: {}", lines(&plan));
        }
    }
}

impl Look {
    fn apply(&self, value: &mut Value, pointer: &str) {
        let (above, field) = pointer.rsplit_once('/').unwrap();
        let above = value.pointer_mut(above).unwrap_or_else(|| panic!("{pointer}"));
        let above = above.as_object_mut().unwrap();
        match self {
            Is(value) => drop(above.insert(field.to_owned(), value())),
            Absent => drop(above.remove(field)),
            Reversed => above[field].as_array_mut().unwrap().reverse(),
        }
    }
}
