//! Registries, and who we are to them: in ECR by the credentials of AWS, elsewhere by the login files of Docker or Podman.

use aws_sdk_ecr::{Client, config::Region};
use base64::{Engine, engine::general_purpose::STANDARD};
use ragctl_image::{Login, Registry, Repository, RepositoryError};
use ragctl_stacks::backend::{BackendError, Reply};

use crate::{call::call, clients::Clients, ecr::in_ecr};

/// The repository `called` in ECR, in the region of `ecr`.
pub(super) async fn own(called: &str, ecr: &Client) -> Reply<Registry> {
    let (login, endpoint) = login(ecr, None).await?;
    let repository = Repository::at(&endpoint, called);
    Ok(Registry::new(repository.map_err(|it| no_login(it.to_string()))?, &login))
}

/// The repository of this name, in ECR or elsewhere.
pub(super) async fn named(name: &str, ecr: &Client) -> Reply<Registry> {
    match in_ecr(name) {
        Some(it) => Ok(Registry::new(parsed(name)?, &login(ecr, Some(it.region)).await?.0)),
        None => elsewhere(name).await,
    }
}

/// A repository, such as `ghcr.io/acme/handbook`, as whoever we are there.
///
/// # Errors
///
/// [`BackendError`] where there is no way to log in.
pub async fn registry(name: &str) -> Reply<Registry> {
    match in_ecr(name) {
        Some(it) => named(name, &Clients::load(Some(it.region), None).await.0.ecr).await,
        // AWS has nothing to do with it: whoever has no credentials for it needs none.
        None => elsewhere(name).await,
    }
}

async fn elsewhere(name: &str) -> Reply<Registry> {
    let repository = parsed(name)?;
    let host = repository.host().to_owned();
    // A helper that the files name is run, and may take its time.
    let login = tokio::task::spawn_blocking(move || Login::of_files(&host)).await;
    let login = login.expect("looking for a login does not panic");
    Ok(Registry::new(repository, &login.map_err(|it| refused(name, it.to_string()))?))
}

fn parsed(name: &str) -> Reply<Repository> {
    name.parse().map_err(|it: RepositoryError| refused(name, it.to_string()))
}

fn refused(name: &str, reason: String) -> BackendError {
    BackendError::Refused { operation: format!("logging in for {name}"), reason }
}

/// A login to ECR, good for twelve hours, and where it answers: in the region of `ecr`, or in another.
async fn login(ecr: &Client, region: Option<&str>) -> Reply<(Login, String)> {
    let mut config = aws_sdk_ecr::Config::builder();
    config.set_region(region.map(|it| Region::new(it.to_owned())));
    let ask = ecr.get_authorization_token().customize().config_override(config);
    let answer = call("ecr GetAuthorizationToken", ask.send()).await?;
    let token = answer.authorization_data().first();
    let token = token.ok_or_else(|| no_login("no token came".to_owned()))?;
    let encoded = token.authorization_token().unwrap_or_default();
    let decoded = STANDARD.decode(encoded).ok().and_then(|it| String::from_utf8(it).ok());
    let pair = decoded.as_deref().and_then(|it| it.split_once(':'));
    let (name, password) =
        pair.ok_or_else(|| no_login("the token is no name and password".to_owned()))?;
    let login = Login::User { name: name.to_owned(), password: password.to_owned() };
    Ok((login, token.proxy_endpoint().unwrap_or_default().to_owned()))
}

fn no_login(reason: String) -> BackendError {
    BackendError::Refused { operation: "ecr GetAuthorizationToken".to_owned(), reason }
}
