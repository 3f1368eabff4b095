//! A function's own address, and who may use it.

use aws_sdk_lambda::{
    operation::get_function_url_config::GetFunctionUrlConfigOutput,
    types::{FunctionUrlAuthType, InvokeMode},
};
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Reply,
    resource::{Alias, FunctionUrl, Resource},
    stack::{ResponseMode, UrlAuth},
};

use crate::{
    alias,
    aws::Aws,
    call::{OrAbsent, OrDone, call},
    function, tags,
};

const ABSENT: [&str; 1] = ["ResourceNotFoundException"];

/// The statements that let everybody call the function by its URL: for the URL, and for the function behind it.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>
const STATEMENTS: [&str; 2] = ["ragctl-url", "ragctl-url-invoke"];

/// Its address.
pub(crate) fn address() -> Address {
    Address::app(Kind::FunctionUrl)
}

/// The function's name, and the alias'.
fn called(aws: &Aws) -> (String, String) {
    (aws.names.of(&function::service::address()), aws.names.of(&Alias::live()))
}

/// Looks for it.
pub(crate) async fn look(aws: &Aws) -> Reply<Option<GetFunctionUrlConfigOutput>> {
    let (function, alias) = called(aws);
    let asked = aws.clients.lambda.get_function_url_config().function_name(function);
    let asked = asked.qualifier(alias).send();
    Ok(call("lambda GetFunctionUrlConfig", asked).await.or_absent(&ABSENT)?)
}

/// What it is. One for everybody that its alias lets nobody call is for nobody: it is told as IAM's, and opened again.
pub(crate) fn resource(found: &GetFunctionUrlConfigOutput, alias: &alias::Seen) -> FunctionUrl {
    let is_open = STATEMENTS.iter().all(|it| alias.has_statement(it));
    FunctionUrl {
        name: address().name,
        alias: Alias::live(),
        response: match found.invoke_mode() {
            Some(InvokeMode::ResponseStream) => ResponseMode::Stream,
            _ => ResponseMode::Buffer,
        },
        auth: match found.auth_type() {
            FunctionUrlAuthType::None if is_open => UrlAuth::None,
            _ => UrlAuth::Iam,
        },
    }
}

/// Makes the URL what it should be.
pub(crate) async fn write(aws: &Aws, url: &FunctionUrl, exists: bool) -> Reply<()> {
    let (function, alias) = called(aws);
    let resource = Resource::from(url.clone());
    let lambda = &aws.clients.lambda;
    let mode = match url.response {
        ResponseMode::Stream => InvokeMode::ResponseStream,
        ResponseMode::Buffer => InvokeMode::Buffered,
    };
    let auth = match url.auth {
        UrlAuth::None => FunctionUrlAuthType::None,
        UrlAuth::Iam => FunctionUrlAuthType::AwsIam,
    };
    let made = match exists {
        true => None,
        false => {
            let make = lambda.create_function_url_config().function_name(&function);
            let make = make.qualifier(&alias).auth_type(auth.clone()).invoke_mode(mode.clone());
            let made = call("lambda CreateFunctionUrlConfig", make.send()).await;
            made.or_absent(&["ResourceConflictException"])?
        }
    };
    if made.is_none() {
        let edit = lambda.update_function_url_config().function_name(&function);
        let edit = edit.qualifier(&alias).auth_type(auth).invoke_mode(mode).send();
        call("lambda UpdateFunctionUrlConfig", edit).await?;
    }
    match url.auth {
        UrlAuth::None => open(aws, &function, &alias).await?,
        UrlAuth::Iam => close(aws, &function, &alias).await?,
    }
    let function = aws.id(&function::service::address(), &resource.address())?;
    let (key, value) = tags::applied_within(&resource);
    let tag = lambda.tag_resource().resource(function).tags(key, value).send();
    call("lambda TagResource", tag).await?;
    Ok(())
}

/// Lets everybody use it.
async fn open(aws: &Aws, function: &str, alias: &str) -> Reply<()> {
    let permit = |statement: &str, action: &str| {
        let permit = aws.clients.lambda.add_permission().function_name(function);
        permit.qualifier(alias).statement_id(statement).action(action).principal("*")
    };
    let [url, invoke] = STATEMENTS;
    let url = permit(url, "lambda:InvokeFunctionUrl");
    let url = url.function_url_auth_type(FunctionUrlAuthType::None).send();
    let invoke = permit(invoke, "lambda:InvokeFunction").invoked_via_function_url(true).send();
    let there = ["ResourceConflictException"];
    call("lambda AddPermission", url).await.or_done(&there)?;
    Ok(call("lambda AddPermission", invoke).await.or_done(&there)?)
}

/// Lets nobody use it but whom IAM lets.
async fn close(aws: &Aws, function: &str, alias: &str) -> Reply<()> {
    for statement in STATEMENTS {
        function::forbid(aws, function, Some(alias), statement).await?;
    }
    Ok(())
}

/// Removes it.
pub(crate) async fn delete(aws: &Aws, address: &Address) -> Reply<()> {
    let (function, alias) = called(aws);
    close(aws, &function, &alias).await?;
    let delete = aws.clients.lambda.delete_function_url_config().function_name(function);
    let delete = delete.qualifier(alias).send();
    call("lambda DeleteFunctionUrlConfig", delete).await.or_done(&ABSENT)?;
    aws.forget(address);
    Ok(())
}
