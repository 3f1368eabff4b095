//! A request as it goes over the wire, as its operation and JSON.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::{Map, Value};

/// The members of query requests that are numbers or truths. On the wire all is text.
const BARE: [&str; 15] = [
    "FromPort",
    "HealthCheckEnabled",
    "HealthCheckIntervalSeconds",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "Order",
    "Port",
    "Priority",
    "ToPort",
    "UnhealthyThresholdCount",
    "Weight",
    "DryRun",
    "MaxResults",
    "MaxSessionDuration",
    "PageSize",
];

/// `ecs CreateService`, and what it carries; `None` for what is no request of AWS.
pub(super) fn read(request: &HttpRequest) -> Option<(String, Value)> {
    let body = request.body().bytes().unwrap_or_default();
    if let Some(target) = request.headers().get("x-amz-target") {
        let (service, operation) = target.split_once('.')?;
        let service = match service {
            _ if service.starts_with("AmazonEC2ContainerService") => "ecs",
            "AnyScaleFrontendService" => "application-autoscaling",
            "AWSEvents" => "events",
            _ if service.starts_with("Logs_") => "logs",
            other => other,
        };
        return Some((format!("{service} {operation}"), serde_json::from_slice(body).ok()?));
    }
    if request.uri().contains("/functions") {
        return lambda(request.method(), request.uri(), body);
    }
    query(std::str::from_utf8(body).ok()?)
}

/// Lambda tells by method and path what is meant; the path names the function.
fn lambda(method: &str, uri: &str, body: &[u8]) -> Option<(String, Value)> {
    let path = uri.split('?').next()?.split_once("/functions")?.1.trim_matches('/');
    let operation = match (method, path.split_once('/').map(|(_, rest)| rest)) {
        ("POST", None) => "CreateFunction",
        ("POST", Some("policy")) => "AddPermission",
        ("GET", Some("configuration")) => "GetFunctionConfiguration",
        _ => return None,
    };
    let mut input: Value = serde_json::from_slice(body).unwrap_or_else(|_| Map::new().into());
    let name = path.split('/').next().filter(|it| !it.is_empty());
    if let (Some(name), Some(fields)) = (name, input.as_object_mut()) {
        fields.insert("FunctionName".to_owned(), name.into());
    }
    if let Some(code) = input.pointer_mut("/Code/ZipFile") {
        // The program itself is kilobytes of nothing that can be read.
        *code = "${zip}".into();
    }
    Some((format!("lambda {operation}"), input))
}

/// `Action=CreateRole&Version=…&Tags.member.1.Key=…` of IAM, EC2, STS and the balancer.
fn query(body: &str) -> Option<(String, Value)> {
    let mut input = Value::Object(Map::new());
    let (mut action, mut version) = (None, None);
    for pair in body.split('&') {
        let (key, value) = pair.split_once('=')?;
        let (key, value) = (decoded(key), decoded(value));
        match key.as_str() {
            "Action" => action = Some(value),
            "Version" => version = Some(value),
            _ => put(&mut input, &key, value),
        }
    }
    let service = match version?.as_str() {
        "2010-05-08" => "iam",
        "2011-06-15" => "sts",
        "2015-12-01" => "elasticloadbalancing",
        "2016-11-15" => "ec2",
        _ => return None,
    };
    Some((format!("{service} {}", action?), lists(input)))
}

/// Puts a value where the dots of its key lead: `Tags.member.1.Key`.
fn put(into: &mut Value, key: &str, value: String) {
    let mut at = into;
    let parts = key.split('.').filter(|it| *it != "member");
    let (mut within, mut name) = ("", "");
    for part in parts {
        if !at.is_object() {
            *at = Value::Object(Map::new());
        }
        let fields = at.as_object_mut().expect("it was made one");
        at = fields.entry(part).or_insert(Value::Null);
        (within, name) = (name, part);
    }
    *at = match serde_json::from_str(&value) {
        // A redirect's port is a text, for it may be `#{port}`.
        Ok(bare @ (Value::Number(_) | Value::Bool(_)))
            if BARE.contains(&name) && within != "RedirectConfig" =>
        {
            bare
        }
        _ => Value::String(value),
    };
}

/// Objects whose members are called `1`, `2`, … are lists.
fn lists(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let mut numbered: Vec<(usize, Value)> = Vec::new();
    for (key, value) in &fields {
        match key.parse() {
            Ok(number) => numbered.push((number, value.clone())),
            Err(_) => {
                return fields.into_iter().map(|(key, value)| (key, lists(value))).collect();
            }
        }
    }
    if numbered.is_empty() {
        return Value::Object(fields);
    }
    numbered.sort_by_key(|(number, _)| *number);
    numbered.into_iter().map(|(_, value)| lists(value)).collect()
}

/// `%7B` is `{`, and `+` a space.
fn decoded(text: &str) -> String {
    let mut bytes = text.bytes();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'%' => {
                let digits = [bytes.next(), bytes.next()].map(|it| it.unwrap_or_default());
                let hex = std::str::from_utf8(&digits).ok();
                hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(b'%')
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_query_is_told_as_json() {
        let (operation, input) = query(
            "Action=CreateRule&Version=2015-12-01&Priority=5&Actions.member.1.Type=forward\
             &Conditions.member.1.Values.member.1=a&Conditions.member.1.Values.member.2=%2Fb+c\
             &Actions.member.1.RedirectConfig.Port=443&Tags.member.1.Key=n&Tags.member.1.Value=7",
        )
        .unwrap();
        assert_eq!(operation, "elasticloadbalancing CreateRule");
        let wanted = json!({
            "Priority": 5,
            "Actions": [{"Type": "forward", "RedirectConfig": {"Port": "443"}}],
            "Conditions": [{"Values": ["a", "/b c"]}],
            "Tags": [{"Key": "n", "Value": "7"}],
        });
        assert_eq!(input, wanted);
    }
}
