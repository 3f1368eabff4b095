//! Concurrency that is reserved for a function, and how much the account has.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html>

use serde_json::{Value, json};

use super::name::{find, invalid, named, nothing};
use crate::account::Region;
use crate::input::{need, whole};
use crate::refusal::Reply;

/// What an account has in a region unless AWS gave it more.
const ACCOUNT: i64 = 1000;

/// What must stay unreserved.
pub(super) const SPARE: i64 = 100;

/// What is neither reserved nor provisioned.
pub(super) fn unreserved(region: &Region) -> i64 {
    let functions = region.lambda.functions.values();
    // What is provisioned comes out of what is reserved.
    let taken = functions.map(|it| it.reserved.unwrap_or_else(|| it.provisioned_besides("")));
    ACCOUNT - taken.sum::<i64>()
}

pub(super) fn put(region: &mut Region, input: &Value) -> Reply {
    if named(input)?.qualifier.is_some() {
        return Err(invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not \
             support this operation. Please specify either a function name or an unqualified \
             function ARN.",
        ));
    }
    let spare = unreserved(region);
    let function = find(region, input)?;
    let Some(reserved) = whole(input, "ReservedConcurrentExecutions") else {
        need(input, "ReservedConcurrentExecutions")?;
        return Err(invalid("ReservedConcurrentExecutions must be a number"));
    };
    let provisioned = function.provisioned_besides("");
    let had = function.reserved.unwrap_or(provisioned);
    if spare + had - reserved < SPARE {
        return Err(invalid(format!(
            "Specified ReservedConcurrentExecutions for function decreases account's \
             UnreservedConcurrentExecution below its minimum value of [{SPARE}]."
        )));
    }
    if provisioned > reserved {
        return Err(invalid(format!(
            " ReservedConcurrentExecutions  {reserved} should not be lower than function's total \
             provisioned concurrency [{provisioned}]."
        )));
    }
    function.reserved = Some(reserved);
    Ok(json!({"ReservedConcurrentExecutions": reserved}))
}

pub(super) fn get(region: &mut Region, input: &Value) -> Reply {
    let reserved = find(region, input)?.reserved;
    Ok(reserved.map_or(json!({}), |it| json!({"ReservedConcurrentExecutions": it})))
}

pub(super) fn delete(region: &mut Region, input: &Value) -> Reply {
    find(region, input)?.reserved = None;
    nothing()
}

/// The account's limits in the region, and what it uses of them.
pub(super) fn settings(region: &Region) -> Reply {
    const GIB: i64 = 1024 * 1024 * 1024;
    Ok(json!({
        "AccountLimit": {
            "TotalCodeSize": 75 * GIB, "CodeSizeZipped": super::zip::LARGEST,
            "CodeSizeUnzipped": 250 * 1024 * 1024, "ConcurrentExecutions": ACCOUNT,
            "UnreservedConcurrentExecutions": unreserved(region),
        },
        "AccountUsage": {"FunctionCount": region.lambda.functions.len()},
    }))
}
