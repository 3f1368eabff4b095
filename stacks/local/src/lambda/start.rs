//! From a function to a process.

use std::{collections::BTreeMap, io, net::SocketAddr, process::Stdio};

use tokio::process::{Child, Command};

use super::settings::{FunctionSettings, Initialization};

/// Where sandboxes are said to be, when the function does not say so itself.
const REGION: &str = "us-east-1";

/// What the process is until it goes on: a shell that stands still, and then becomes the program. It leaves none of its own
/// variables behind.
const STANDS_STILL: &str = "kill -STOP $$; unset PWD OLDPWD SHLVL _; exec \"$0\"";

/// Starts the process of a sandbox, in a group of its own. It stands still before its first instruction, so that its limits
/// are there before it is, and setting them is no part of its init.
pub(super) fn start(
    settings: &FunctionSettings,
    initialization: Initialization,
    api: SocketAddr,
    stream: &str,
) -> io::Result<Child> {
    if !settings.program.is_file() {
        return Err(io::ErrorKind::NotFound.into());
    }
    Command::new("/bin/sh")
        .arg("-c")
        .arg(STANDS_STILL)
        .arg(&settings.program)
        .env_clear()
        .envs(environment(settings, initialization, api, stream))
        .current_dir(&settings.root)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
}

/// What Lambda gives, then the function's own, then what no function can set.
///
/// There is no `AWS_EXECUTION_ENV`: programs on an OS-only runtime have none.
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime>
fn environment(
    settings: &FunctionSettings,
    initialization: Initialization,
    api: SocketAddr,
    stream: &str,
) -> BTreeMap<String, String> {
    let root = settings.root.display().to_string();
    let region = settings.environment.get("AWS_REGION").map_or(REGION, String::as_str);
    let given = [
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
        ("LANG", "en_US.UTF-8"),
        ("TZ", ":UTC"),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
    ];
    let memory = settings.memory_mb.to_string();
    let (api, group) = (api.to_string(), format!("/aws/lambda/{}", settings.name));
    let kept = [
        ("_HANDLER", "bootstrap"),
        ("LAMBDA_TASK_ROOT", &root),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("AWS_LAMBDA_RUNTIME_API", &api),
        ("AWS_LAMBDA_FUNCTION_NAME", &settings.name),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", initialization.word()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", &group),
        ("AWS_LAMBDA_LOG_STREAM_NAME", stream),
    ];
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let mut all: BTreeMap<String, String> = given.into_iter().map(owned).collect();
    all.extend(settings.environment.clone());
    all.extend(kept.into_iter().map(owned));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_may_set_what_is_its_own_and_not_who_it_is() {
        let mut settings = FunctionSettings::new("f", "/bin/true", "/");
        for (name, value) in [("TZ", "x"), ("AWS_REGION", "eu-west-1"), ("_HANDLER", "x")] {
            settings.environment.insert(name.to_owned(), value.to_owned());
        }
        let api = SocketAddr::from(([127, 0, 0, 1], 9));
        let found = environment(&settings, Initialization::Provisioned, api, "s");
        assert_eq!((found["TZ"].as_str(), found["_HANDLER"].as_str()), ("x", "bootstrap"));
        assert_eq!(found["AWS_DEFAULT_REGION"], "eu-west-1");
        assert_eq!(found["AWS_LAMBDA_INITIALIZATION_TYPE"], "provisioned-concurrency");
        assert_eq!(found["AWS_LAMBDA_RUNTIME_API"], "127.0.0.1:9");
        assert!(!found.contains_key("HOME"), "nothing of this process");
    }
}
