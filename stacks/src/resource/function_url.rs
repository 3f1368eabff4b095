//! A function's own address.

use serde::{Deserialize, Serialize};

use super::Managed;
use crate::{
    address::{Address, Kind, Name},
    stack::{ResponseMode, UrlAuth},
};

/// A URL by which clients reach a function without anything before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionUrl {
    /// Its name.
    pub name: Name,
    /// What it leads to.
    pub alias: Address,
    /// How answers go out.
    pub response: ResponseMode,
    /// Whom it lets through.
    pub auth: UrlAuth,
}

impl Managed for FunctionUrl {
    const KIND: Kind = Kind::FunctionUrl;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.alias.clone()]
    }

    fn in_short(&self) -> String {
        let answers = match self.response {
            ResponseMode::Stream => "answers go out as they are made",
            ResponseMode::Buffer => "answers go out whole",
        };
        match self.auth {
            UrlAuth::None => format!("for everybody, {answers}"),
            UrlAuth::Iam => format!("for whom IAM allows, {answers}"),
        }
    }

    fn loss(&self) -> String {
        "its address goes with it; another one is made by AWS".to_owned()
    }
}
