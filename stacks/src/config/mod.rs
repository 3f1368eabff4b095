//! From the text of a stack file to a checked stack.
