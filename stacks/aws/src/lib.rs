//! Runs a stack on AWS: a backend over the AWS SDKs, a kind a file.
