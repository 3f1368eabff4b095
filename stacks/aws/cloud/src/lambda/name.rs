//! How calls name functions, their versions and their aliases.

use serde_json::Value;

use super::function::Function;
use super::missing;
use crate::account::Region;
use crate::input::{need, text};
use crate::refusal::{Refusal, Reply};

/// What is not published yet.
pub(super) const LATEST: &str = "$LATEST";

/// A function, and which of its versions or aliases, as a call names them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// The function.
    pub(crate) name: String,
    /// A version's number, an alias, or `$LATEST`; `None` where the call leaves it open.
    pub(crate) qualifier: Option<String>,
}

impl Named {
    /// Reads a name or an ARN, with what may stand behind it.
    pub(crate) fn read(given: &str) -> Self {
        let given = given.split_once("function:").map_or(given, |(_, rest)| rest);
        let (name, qualifier) = match given.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier.to_owned())),
            None => (given, None),
        };
        Self { name: name.to_owned(), qualifier }
    }

    /// The ARN, as far as it is named.
    pub(crate) fn arn(&self, region: &Region) -> String {
        let function = region.arn("lambda", &format!("function:{}", self.name));
        match &self.qualifier {
            Some(qualifier) => format!("{function}:{qualifier}"),
            None => function,
        }
    }
}

/// What a call names with `FunctionName` and `Qualifier`.
///
/// # Errors
///
/// `InvalidParameterValueException` when the two disagree.
pub(super) fn named(input: &Value) -> Result<Named, Refusal> {
    let mut named = Named::read(need(input, "FunctionName")?);
    let said = text(input, "Qualifier");
    if let (Some(said), Some(derived)) = (said, &named.qualifier)
        && said != derived
    {
        let message =
            "The derived qualifier from the function name does not match the specified qualifier.";
        return Err(invalid(message));
    }
    if let Some(said) = said {
        named.qualifier = Some(said.to_owned());
    }
    Ok(named)
}

/// The function that a call names.
pub(super) fn find<'a>(region: &'a mut Region, input: &Value) -> Result<&'a mut Function, Refusal> {
    let named = Named { qualifier: None, ..named(input)? };
    let arn = named.arn(region);
    region.lambda.functions.get_mut(&named.name).ok_or_else(|| missing(&arn))
}

/// Whether there is a function, and the version or alias that is named of it.
pub(crate) fn exists(region: &Region, named: &Named) -> bool {
    let function = region.lambda.functions.get(&named.name);
    function.is_some_and(|it| {
        named.qualifier.as_deref().is_none_or(|qualifier| it.number_of(qualifier).is_some())
    })
}

/// Whether a qualifier is a version's number.
pub(super) fn is_number(qualifier: &str) -> bool {
    !qualifier.is_empty() && qualifier.bytes().all(|it| it.is_ascii_digit())
}

/// A parameter that Lambda does not take.
pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new("InvalidParameterValueException", message)
}

/// A thing that is there already, or that something else still needs.
pub(super) fn conflict(message: impl Into<String>) -> Refusal {
    Refusal::new("ResourceConflictException", message).with_status(409)
}

/// A thing that is not there.
pub(super) fn absent(message: impl Into<String>) -> Refusal {
    Refusal::new("ResourceNotFoundException", message).with_status(404)
}

/// What Lambda says of most things beneath a function that are not there.
pub(super) fn no_resource() -> Refusal {
    absent("The resource you requested does not exist.")
}

/// Refuses a change of what has changed since its caller looked.
pub(super) fn must_be_latest(input: &Value, fields: &Value) -> Result<(), Refusal> {
    let is = text(fields, "RevisionId");
    if text(input, "RevisionId").is_none_or(|said| Some(said) == is) {
        return Ok(());
    }
    let message = "The Revision Id provided does not match the latest Revision Id. Call the \
                   GetFunction/GetAlias API to retrieve the latest Revision Id";
    Err(Refusal::new("PreconditionFailedException", message).with_status(412))
}

/// The answer of calls that say nothing.
pub(super) fn nothing() -> Reply {
    Ok(serde_json::json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_are_read_with_what_stands_behind_them() {
        let named = |name: &str, qualifier: Option<&str>| Named {
            name: name.to_owned(),
            qualifier: qualifier.map(str::to_owned),
        };
        let arn = "arn:aws:lambda:us-east-1:123456789012:function:app";
        assert_eq!(Named::read("app"), named("app", None));
        assert_eq!(Named::read("app:live"), named("app", Some("live")));
        assert_eq!(Named::read(arn), named("app", None));
        assert_eq!(Named::read(&format!("{arn}:7")), named("app", Some("7")));
        assert_eq!(Named::read("123456789012:function:app"), named("app", None));
    }
}
