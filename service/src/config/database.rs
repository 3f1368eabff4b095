//! The Postgres server that keeps the documents, when there is one.

use std::{path::PathBuf, time::Duration};

use tokio_postgres::config::Host;

use super::read::Reader;

/// The longest name that Postgres knows, in bytes.
/// Source: <https://www.postgresql.org/docs/current/limits.html>
const LONGEST_NAME: usize = 63;

/// A Postgres server, and how it is used.
#[derive(Debug, Clone, PartialEq)]
pub struct DatabaseSettings {
    /// Where it is and who asks; its `Debug` hides the password. `DATABASE_URL`, or `POSTGRES_HOST` and its siblings.
    pub server: tokio_postgres::Config,
    /// How the connection is protected: the URL's `sslmode`, or `POSTGRES_SSL_MODE`.
    pub tls: TlsMode,
    /// Certificates in PEM that are trusted besides the public ones. `DATABASE_CA_FILE`.
    pub ca_file: Option<PathBuf>,
    /// Where all tables lie. `DATABASE_SCHEMA`, default `ragctl`.
    pub schema: String,
    /// The most connections of this process. `DATABASE_MAX_CONNECTIONS`, default 8.
    pub max_connections: usize,
    /// Limit of setting a connection up. `DATABASE_CONNECT_TIMEOUT`, default 5 s.
    pub connect_timeout: Duration,
    /// Limit of one statement. `DATABASE_STATEMENT_TIMEOUT`, default 30 s.
    pub statement_timeout: Duration,
    /// How long a start waits for a server that is not there yet. `DATABASE_STARTUP_TIMEOUT`, default 30 s.
    pub startup_timeout: Duration,
}

/// How a connection to the server is protected; the words are libpq's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// Not at all.
    Disable,
    /// By TLS where the server offers it; whoever answers is believed.
    Prefer,
    /// By TLS; whoever answers is believed.
    Require,
    /// By TLS; the server has to prove that it has its name.
    VerifyFull,
}

/// The words of [`TlsMode`].
const TLS_MODES: [(&str, TlsMode); 4] = [
    ("disable", TlsMode::Disable),
    ("prefer", TlsMode::Prefer),
    ("require", TlsMode::Require),
    ("verify-full", TlsMode::VerifyFull),
];

impl DatabaseSettings {
    /// Names the server and its database in messages, never a password: `host:5432/name`.
    #[must_use]
    pub fn place(&self) -> String {
        let host = match self.server.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        let port = self.server.get_ports().first().copied().unwrap_or(5432);
        let name = self.server.get_dbname().or(self.server.get_user()).unwrap_or_default();
        format!("{host}:{port}/{name}")
    }

    /// Reads the server and what belongs to it; `None` when documents are kept in a file.
    pub(super) fn read<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> Option<Self> {
        let ca_file = ["DATABASE_CA_FILE", "POSTGRES_SSL_ROOT_CERT"]
            .into_iter()
            .find_map(|name| from.text(name))
            .map(PathBuf::from);
        // Who gives a certificate wants the server to be checked by it.
        let default = if ca_file.is_some() { TlsMode::VerifyFull } else { TlsMode::Prefer };
        let (server, tls) = match from.text("DATABASE_URL") {
            Some(url) => by_url(from, &url, default),
            None if is_named_as_lightrag_does(from) => by_parts(from, default),
            None => return None,
        };
        let max_connections = from.number("POSTGRES_MAX_CONNECTIONS", 8, 1..=1000);
        Some(Self {
            server,
            tls,
            ca_file,
            schema: schema(from),
            max_connections: from.number("DATABASE_MAX_CONNECTIONS", max_connections, 1..=1000),
            connect_timeout: from.seconds("DATABASE_CONNECT_TIMEOUT", 5, 1..=60),
            statement_timeout: from.seconds("DATABASE_STATEMENT_TIMEOUT", 30, 1..=3600),
            startup_timeout: from.seconds("DATABASE_STARTUP_TIMEOUT", 30, 0..=600),
        })
    }
}

/// A server by its URL. What is said of a wrong one never repeats it: it holds the password.
fn by_url<L: Fn(&str) -> Option<String>>(
    from: &mut Reader<L>,
    url: &str,
    default: TlsMode,
) -> (tokio_postgres::Config, TlsMode) {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let mut tls = default;
    let mut others = Vec::new();
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.strip_prefix("sslmode=") {
            Some(word) => match TLS_MODES.iter().find(|(known, _)| *known == word) {
                Some((_, mode)) => tls = *mode,
                None => from.complain(
                    "DATABASE_URL: sslmode is not one of disable, prefer, require, verify-full"
                        .to_owned(),
                ),
            },
            None => others.push(parameter),
        }
    }
    let is_url = ["postgres://", "postgresql://"].iter().any(|scheme| address.starts_with(scheme));
    let server = format!("{address}?{}", others.join("&")).parse::<tokio_postgres::Config>();
    match server {
        Ok(server) if is_url && !server.get_hosts().is_empty() => (server, tls),
        _ => {
            from.complain(
                "DATABASE_URL: it is not a URL such as postgres://user:password@host:5432/database"
                    .to_owned(),
            );
            (tokio_postgres::Config::new(), tls)
        }
    }
}

/// Whether LightRAG's settings ask for Postgres: its storages, or without them the host.
fn is_named_as_lightrag_does<L: Fn(&str) -> Option<String>>(from: &Reader<L>) -> bool {
    match from.text("LIGHTRAG_VECTOR_STORAGE") {
        Some(storage) => storage.eq_ignore_ascii_case("PGVectorStorage"),
        None => from.text("POSTGRES_HOST").is_some(),
    }
}

/// A server by LightRAG's settings.
fn by_parts<L: Fn(&str) -> Option<String>>(
    from: &mut Reader<L>,
    default: TlsMode,
) -> (tokio_postgres::Config, TlsMode) {
    let mut server = tokio_postgres::Config::new();
    let text = |name: &str, default: &str| from.text(name).unwrap_or_else(|| default.to_owned());
    server.host(text("POSTGRES_HOST", "localhost"));
    server.user(text("POSTGRES_USER", "postgres"));
    server.dbname(text("POSTGRES_DATABASE", "postgres"));
    if let Some(password) = from.text("POSTGRES_PASSWORD") {
        server.password(password);
    }
    server.port(from.number("POSTGRES_PORT", 5432, 1..=65535));
    let tls = from.choice("POSTGRES_SSL_MODE", default, &TLS_MODES);
    (server, tls)
}

/// The name of the schema: one that has to be quoted nowhere.
fn schema<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> String {
    let name = from.text("DATABASE_SCHEMA").unwrap_or_else(|| "ragctl".to_owned());
    let is_plain =
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    let begins_well = name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit());
    if !is_plain || !begins_well || name.len() > LONGEST_NAME || name.starts_with("pg_") {
        from.complain(format!(
            "DATABASE_SCHEMA: `{name}` is not a name of a schema: at most {LONGEST_NAME} of a-z, 0-9 and _, \
             no digit first, not beginning with pg_"
        ));
    }
    name
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::config::Settings;

    fn read(pairs: &[(&str, &str)]) -> Result<Option<DatabaseSettings>, String> {
        // Where there is no table inside, the built-in models want theirs.
        let table = ("EMBEDDER_DIR", "/opt/embedder");
        let map: HashMap<&str, &str> = pairs.iter().copied().chain([table]).collect();
        Settings::read(|name| map.get(name).map(|value| (*value).to_owned()))
            .map(|settings| settings.database)
            .map_err(|wrong| wrong.to_string())
    }

    fn url(url: &str) -> DatabaseSettings {
        read(&[("DATABASE_URL", url)]).unwrap().unwrap()
    }

    #[test]
    fn without_a_url_there_is_no_database() {
        assert_eq!(read(&[("DATABASE_SCHEMA", "other")]), Ok(None));
    }

    #[test]
    fn a_url_alone_gives_the_documented_defaults() {
        let database = url("postgres://rag:p%40ss@db.example:6543/documents");
        assert_eq!(database.place(), "db.example:6543/documents");
        assert_eq!(database.server.get_password(), Some(&b"p@ss"[..]));
        assert_eq!((database.schema.as_str(), database.max_connections), ("ragctl", 8));
        let limits =
            [database.connect_timeout, database.statement_timeout, database.startup_timeout];
        assert_eq!(limits.map(|limit| limit.as_secs()), [5, 30, 30]);
        assert_eq!(database.tls, TlsMode::Prefer);
        assert_eq!(url("postgresql://rag@db.example").place(), "db.example:5432/rag");
    }

    #[test]
    fn a_url_says_how_it_is_protected_beside_its_other_parameters() {
        let database = url("postgres://u@h/d?sslmode=verify-full&application_name=x");
        assert_eq!(database.tls, TlsMode::VerifyFull);
        assert_eq!(database.server.get_application_name(), Some("x"));
        let pairs = [("DATABASE_URL", "postgres://u@h/d"), ("DATABASE_CA_FILE", "/ca.pem")];
        assert_eq!(read(&pairs).unwrap().unwrap().tls, TlsMode::VerifyFull);
    }

    #[test]
    fn what_is_wrong_is_told_without_the_password() {
        let wrong = |pairs: &[(&str, &str)]| read(pairs).unwrap_err();
        for url in ["mysql://u:secret@h/d", "postgres://u:secret@h:many/d", "postgres://", "secret"]
        {
            insta::allow_duplicates! {
                insta::assert_snapshot!(wrong(&[("DATABASE_URL", url)]), @"DATABASE_URL: it is not a URL such as postgres://user:password@host:5432/database");
            }
        }
        let url = ("DATABASE_URL", "postgres://u:secret@h/d?sslmode=verify-ca");
        insta::assert_snapshot!(wrong(&[url, ("DATABASE_SCHEMA", "Mine; DROP"), ("DATABASE_MAX_CONNECTIONS", "0")]), @"
        DATABASE_URL: sslmode is not one of disable, prefer, require, verify-full
        DATABASE_SCHEMA: `Mine; DROP` is not a name of a schema: at most 63 of a-z, 0-9 and _, no digit first, not beginning with pg_
        DATABASE_MAX_CONNECTIONS: `0` is not a number from 1 to 1000
        ");
        let printed = format!("{:?}", super::tests::url("postgres://u:secret@h/d"));
        assert!(!printed.contains("secret"), "{printed}");
    }

    #[test]
    fn the_settings_of_lightrag_name_a_server_too() {
        let database = read(&[
            ("POSTGRES_HOST", "db"),
            ("POSTGRES_USER", "rag"),
            ("POSTGRES_PASSWORD", "a:b@c"),
            ("POSTGRES_DATABASE", "lightrag"),
            ("POSTGRES_SSL_MODE", "require"),
            ("POSTGRES_MAX_CONNECTIONS", "12"),
        ]);
        let database = database.unwrap().unwrap();
        assert_eq!(
            (database.place().as_str(), database.tls),
            ("db:5432/lightrag", TlsMode::Require)
        );
        assert_eq!(database.server.get_password(), Some(&b"a:b@c"[..]));
        assert_eq!(database.max_connections, 12);
        let storage = |name| ("LIGHTRAG_VECTOR_STORAGE", name);
        let alone = read(&[storage("PGVectorStorage")]).unwrap().unwrap();
        assert_eq!(alone.place(), "localhost:5432/postgres");
        let other = [storage("NanoVectorDBStorage"), ("POSTGRES_HOST", "db")];
        assert_eq!(read(&other), Ok(None));
        let both = [("POSTGRES_HOST", "db"), ("DATABASE_URL", "postgres://u@h/d")];
        assert_eq!(read(&both).unwrap().unwrap().place(), "h:5432/d");
    }
}
