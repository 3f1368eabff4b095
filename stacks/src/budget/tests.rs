//! Stacks that the tests of seconds and dollars share.

use crate::{
    config,
    shape::{Shape, Tasks},
    stack::Stack,
    strategy,
};

/// The stack that a file's lines ask for, its strategies applied.
pub(crate) fn stack(lines: &str) -> Stack {
    let text = format!("stack: handbook\n{lines}");
    let stack = config::load(&text, "ragctl.yaml", None).unwrap_or_else(|it| panic!("{it}"));
    strategy::applied(&stack)
}

/// The same on Fargate.
pub(crate) fn on_fargate(lines: &str) -> Stack {
    let service = match lines.contains("service:") {
        true => "",
        false => "service: {image: 'rag-service:1'}\n",
    };
    stack(&format!("target: fargate\n{service}{lines}"))
}

/// The same on Lambda.
pub(crate) fn on_lambda(lines: &str) -> Stack {
    stack(&format!("target: lambda\n{lines}"))
}

/// What a stack needs.
pub(crate) fn shape(stack: &Stack) -> Shape {
    Shape::wanted(stack)
}

/// The tasks of a stack that has some.
pub(crate) fn tasks(stack: &Stack) -> Tasks {
    shape(stack).tasks().cloned().unwrap()
}
