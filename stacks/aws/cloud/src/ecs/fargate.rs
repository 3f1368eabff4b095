//! The sizes that Fargate sells.

use serde_json::Value;

use crate::input::text;
use crate::refusal::Refusal;

/// CPU units, then the least and the most memory in MiB, and its step.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html>
const SOLD: [(i64, i64, i64, i64); 7] = [
    (256, 512, 2048, 512),
    (512, 1024, 4096, 1024),
    (1024, 2048, 8192, 1024),
    (2048, 4096, 16_384, 1024),
    (4096, 8192, 30_720, 1024),
    (8192, 16_384, 61_440, 4096),
    (16_384, 32_768, 122_880, 8192),
];

/// Refuses what Fargate does not sell.
///
/// # Errors
///
/// `ClientException`, in AWS's words.
pub(super) fn check(input: &Value) -> Result<(), Refusal> {
    let client = |message: String| Refusal::new("ClientException", message);
    if text(input, "networkMode") != Some("awsvpc") {
        return Err(client("Fargate only supports network mode 'awsvpc'.".into()));
    }
    let (Some(cpu), Some(memory)) = (text(input, "cpu"), text(input, "memory")) else {
        let message = "Fargate requires that 'cpu' and 'memory' be defined at the task level.";
        return Err(client(message.into()));
    };
    let size = cpu.parse::<i64>().ok().zip(memory.parse::<i64>().ok());
    let sold = size.is_some_and(|(cpu, memory)| {
        // 256 units come with 512, 1024 and 2048 MiB only.
        (cpu, memory) != (256, 1536)
            && SOLD.iter().any(|(units, least, most, step)| {
                cpu == *units && (*least..=*most).contains(&memory) && (memory - least) % step == 0
            })
    });
    if sold {
        return Ok(());
    }
    Err(client(format!(
        "No Fargate configuration exists for given values: {cpu} CPU, {memory} memory. See the \
         Amazon ECS documentation for the valid values."
    )))
}
