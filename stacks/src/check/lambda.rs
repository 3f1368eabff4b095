//! LA: the target `lambda`: what Lambda refuses, breaks off or charges for.

mod environment;
mod front;
mod start;
mod surroundings;

use super::rule::{Decided, On, Rule, Severity};

const ENVIRONMENT: &str = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html";

pub(super) static RULES: [Rule; 13] = [
    Rule {
        id: "LA01",
        severity: Severity::Error,
        on: On::Lambda,
        title: "provisioned concurrency that nobody reaches",
        why: "It belongs to a version or an alias, never to `$LATEST`, and is used only by what \
              calls that version.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html",
        remedy: "Call the version that has it.",
        decided: Decided::Design(
            "ragctl provisions the version that the alias `live` leads to, never `$LATEST`, and URL, \
             load balancer and schedules all call that alias",
        ),
    },
    Rule {
        id: "LA02",
        severity: Severity::Error,
        on: On::Lambda,
        title: "SnapStart where it does not work",
        why: "It works for managed runtimes of Java, Python and .NET, not for images or for Rust.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html",
        remedy: "Leave it out.",
        decided: Decided::Design("the file has no such field, and ragctl never asks for it"),
    },
    Rule {
        id: "LA03",
        severity: Severity::Warning,
        on: On::Lambda,
        title: "a start of more than 10 s",
        why: "Lambda breaks a start off after 10 s and begins it again within the request. With \
              provisioned concurrency it waits 130 s, or as long as an invocation may take.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html",
        remedy: "Start faster, or switch `provisioned-concurrency` on.",
        decided: Decided::File(start::too_long),
    },
    Rule {
        id: "LA04",
        severity: Severity::Warning,
        on: On::Lambda,
        title: "a gateway that gives up before the function does",
        why: "An HTTP API waits 30 s for an answer, and that cannot be raised; a REST API waits 29 s, \
              which can. Its caller gets 503 or 504, and the work is paid for and lost.",
        source: "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html",
        remedy: "Write `request_timeout: 29s`, or use the function's URL.",
        decided: Decided::File(front::gives_up_first),
    },
    Rule {
        id: "LA05",
        severity: Severity::Warning,
        on: On::Lambda,
        title: "bodies of more than 1 MB",
        why: "A load balancer passes at most 1 MB to a function, and back: larger uploads end in 413, \
              larger answers in 502.",
        source: "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html",
        remedy: "Use the function's URL, which takes 6 MB and streams 200 MB, or keep them smaller.",
        decided: Decided::File(front::passes_little),
    },
    Rule {
        id: "LA06",
        severity: Severity::Warning,
        on: On::Lambda,
        title: "a log level that has no meaning",
        why: "Lambda filters lines by their level only where they are JSON.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html",
        remedy: "Log JSON.",
        decided: Decided::Design("ragctl always asks for JSON, and the service logs nothing else"),
    },
    Rule {
        id: "LA07",
        severity: Severity::Warning,
        on: On::Lambda,
        title: "everybody on the internet may ask the function",
        why: "A function's URL is public, and each request is paid for. Without a key, whoever finds it \
              reads the documents, and makes the bill.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
        remedy: "Give the service a key (`service.secrets.LIGHTRAG_API_KEY`), or write `auth: iam`; \
                 `lambda.concurrency` bounds the bill.",
        decided: Decided::File(front::open_to_all),
    },
    Rule {
        id: "LA08",
        severity: Severity::Warning,
        on: On::Lambda,
        title: "keepalive has nothing to keep warm",
        why: "Sandboxes that are set up ahead stay so without being asked, and pings find no others.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html",
        remedy: "Switch one of the two off.",
        decided: Decided::Strategy("keepalive", start::pings_for_nothing),
    },
    Rule {
        id: "LA09",
        severity: Severity::Error,
        on: On::Lambda,
        title: "a variable that Lambda sets itself, or refuses",
        why: "Lambda refuses a function whose variables have one of its own names, or a name that does \
              not begin with a letter or has one character.",
        source: ENVIRONMENT,
        remedy: "Use another name.",
        decided: Decided::File(environment::refused_name),
    },
    Rule {
        id: "LA10",
        severity: Severity::Error,
        on: On::Lambda,
        title: "more variables than Lambda takes",
        why: "Names and values together may have 4 KB.",
        source: ENVIRONMENT,
        remedy: "Keep long values in Parameter Store, and name them in `service.secrets`.",
        decided: Decided::File(environment::too_large),
    },
    Rule {
        id: "LA11",
        severity: Severity::Warning,
        on: On::Lambda,
        title: "more sandboxes than the database has connections for",
        why: "Each sandbox has connections of its own, and there are as many sandboxes as requests at \
              once, up to the account's 1,000. A Postgres that has no connection left refuses all.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
        remedy: "Write `lambda: {concurrency: …}`, or name a pooler as `store.url`.",
        decided: Decided::File(surroundings::too_many_connections),
    },
    Rule {
        id: "LA12",
        severity: Severity::Error,
        on: On::Lambda,
        title: "the image lies in another region",
        why: "Lambda pulls images from ECR in its own region only.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/images-create.html",
        remedy: "Replicate the repository into the stack's region, and name it there.",
        decided: Decided::File(surroundings::far_image),
    },
    Rule {
        id: "LA13",
        severity: Severity::Warning,
        on: On::Lambda,
        title: "a function in public subnets reaches nothing outside",
        why: "In a network a function never has a public address. From public subnets, such as those of \
              a default network, it reaches neither models nor Parameter Store.",
        source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc-internet.html",
        remedy: "Name private subnets with a way out in `network.subnets`, or write \
                 `in_network: false`.",
        decided: Decided::File(surroundings::no_way_out),
    },
];
