//! The file that `ragctl init` writes.

use super::schema::SCHEMA_FILE;
use crate::stack::{StackName, Target};

/// A short stack file with comments, for a target; its first line names the schema.
///
/// It says what is usually changed, and leaves the rest to the defaults.
pub fn template(name: &StackName, target: Target) -> String {
    let head = format!(
        "\
# yaml-language-server: $schema={SCHEMA_FILE}
# What is not written here has a default; `ragctl schema` says which.
stack: {name}
target: {target}
"
    );
    format!("{head}{}{STRATEGIES}{}", of_target(target), strategies(target))
}

fn of_target(target: Target) -> &'static str {
    match target {
        Target::Local => LOCAL,
        Target::Fargate => FARGATE,
        Target::Lambda => LAMBDA,
    }
}

const LOCAL: &str = "
# Both models are built in and need no key. To use a provider's:
# models:
#   embedding: {provider: openai, api_key: env:OPENAI_API_KEY}
#   llm: {provider: openai, api_key: env:OPENAI_API_KEY}
";

const FARGATE: &str = "
service:
  image: build                    # of the bundled service; or registry/repository:tag
  cpu: 1024                       # 1024 units are 1 vCPU
  memory: 2048                    # MiB

# Both models are built in and need no key. To use a provider's:
# models:
#   embedding: {provider: openai, api_key: ssm:/rag/openai-key}
#   llm: {provider: openai, api_key: ssm:/rag/openai-key}

# Documents lie on the disk of a task and go with it. To keep them in a Postgres of your own:
# store: {engine: postgres, url: ssm:/rag/database-url}

autoscaling:
  minimum: 1                      # tasks
  maximum: 10

# Let the service sleep when nobody asks; the first request wakes it.
# idle: {after: 15m}
";

const LAMBDA: &str = "
lambda:
  memory: 1769                    # MB; the CPU follows from it, one core here

# Both models are built in and need no key. To use a provider's:
# models:
#   embedding: {provider: openai, api_key: ssm:/rag/openai-key}
#   llm: {provider: openai, api_key: ssm:/rag/openai-key}
";

const STRATEGIES: &str = "
# Cold-start strategies go on and off here; `ragctl strategy explain NAME` says what each one buys.
strategies:
  prewarm: true
  reduced-workers: false
  keepalive: false
";

/// The strategies that the target alone has.
fn strategies(target: Target) -> &'static str {
    match target {
        Target::Local | Target::Fargate => "  async-init: false\n  edge-prewarm: false\n",
        Target::Lambda => "  provisioned-concurrency: false\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{check_all, load};

    #[test]
    fn each_template_loads_as_it_is_and_with_its_comments_taken_off() {
        let name: StackName = "handbook".parse().unwrap();
        for target in Target::ALL {
            let text = template(&name, target);
            let stack = load(&text, "ragctl.yaml", None).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!((stack.name, stack.target), (name.clone(), target));
            assert!(stack.strategies.prewarm.is_some());
            let first = text.lines().next();
            assert_eq!(first, Some("# yaml-language-server: $schema=ragctl.schema.json"));
            let keys = ["models:", "  embedding:", "  llm:", "store:", "idle:"];
            let uncommented = text.lines().map(|line| match line.strip_prefix("# ") {
                Some(rest) if keys.iter().any(|key| rest.starts_with(key)) => rest,
                _ => line,
            });
            let uncommented: Vec<&str> = uncommented.collect();
            let mistakes = check_all(&uncommented.join("\n"), "ragctl.yaml");
            assert!(mistakes.is_empty(), "{mistakes}");
            assert!(uncommented.contains(&"models:"));
        }
    }
}
