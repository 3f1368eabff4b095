//! Addresses of HTTP servers, and paths on them.

use std::fmt;

use super::value::{FromText, ValueError, quoted, text_value};

/// The base address of an HTTP server, without a user name or password in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpUrl(String);

impl HttpUrl {
    /// The address as text, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host's name, without the port.
    pub fn host(&self) -> &str {
        let (_, rest) = self.0.split_once("://").expect("an address has a scheme");
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        if authority.starts_with('[') {
            return authority.split_inclusive(']').next().unwrap_or(authority);
        }
        authority.split(':').next().unwrap_or(authority)
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for HttpUrl {
    const EXPECTED: &'static str = "an address such as `https://api.openai.com/v1`";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let refused = || ValueError::new(format!("cannot be {}", quoted(text)), Self::EXPECTED);
        let Some((scheme, rest)) = text.split_once("://") else {
            let with_scheme = format!("https://{text}");
            let is_host = text.contains('.') && Self::from_text(&with_scheme).is_ok();
            return Err(if is_host { refused().suggest(with_scheme) } else { refused() });
        };
        if !matches!(scheme, "http" | "https") {
            return Err(refused().because("it begins with `https://` or `http://`"));
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
        if authority.contains('@') {
            // What stands before the `@` may be a password, so it is not repeated.
            return Err(ValueError::new("holds a user name or password", Self::EXPECTED)
                .because("take it out of the address and use `api_key`"));
        }
        if rest.contains(['?', '#']) {
            return Err(refused().because("a base address has no `?` or `#`"));
        }
        if !is_authority(authority) || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(refused());
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

text_value!(HttpUrl, { "pattern": "^https?://[^\\s/?#@]+(/[^\\s?#]*)?$" });

fn is_authority(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None => return false,
        },
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let inside = |c: char| c.is_alphanumeric() || "-._:".contains(c);
    !host.is_empty()
        && host.chars().all(inside)
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// A path on the service, such as `/health`. At most 1024 characters.
///
/// Source: <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HttpPath(String);

impl HttpPath {
    /// `/health`: always answers 200 and says what is ready. What the seeds ask.
    pub const HEALTH: &'static str = "/health";
    /// `/readyz`: answers 200 only when the service is warm.
    pub const READY: &'static str = "/readyz";

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path of [`Self::READY`].
    pub fn ready() -> Self {
        Self(Self::READY.to_owned())
    }
}

impl fmt::Display for HttpPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for HttpPath {
    const EXPECTED: &'static str = "a path such as `/health`";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let refused = || ValueError::new(format!("cannot be {}", quoted(text)), Self::EXPECTED);
        if !text.chars().all(|c| c.is_ascii_graphic() && c != '#') {
            return Err(refused().because("write other characters as `%20` and the like"));
        }
        if text.len() > 1024 {
            return Err(refused().because("it may have at most 1024 characters"));
        }
        if let Some((_, rest)) = text.split_once("://") {
            let path = rest.find('/').map_or("/", |slash| &rest[slash..]);
            return Err(refused().suggest(path).because("the host is known"));
        }
        if !text.starts_with('/') {
            return Err(refused().suggest(format!("/{text}")));
        }
        Ok(Self(text.to_owned()))
    }
}

text_value!(HttpPath, { "pattern": "^/", "maxLength": 1024 });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_what_is_none() {
        for (text, host) in [
            ("https://api.openai.com/v1", "api.openai.com"),
            ("http://localhost:11434/v1/", "localhost"),
            ("http://127.0.0.1:9", "127.0.0.1"),
            ("http://[::1]:8080/v1", "[::1]"),
        ] {
            assert_eq!(HttpUrl::from_text(text).unwrap().host(), host);
        }
        for text in [
            "",
            "api.openai.com/v1",
            "ftp://a",
            "https://",
            "https:///v1",
            "https://a:0",
            "https://a:99999",
            "https://u:p@a",
            "https://a b",
            "https://a/?key=1",
        ] {
            assert!(HttpUrl::from_text(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_repeated() {
        let error = HttpUrl::from_text("https://me:canary@host").unwrap_err();
        assert!(!error.to_string().contains("canary"));
    }

    #[test]
    fn a_path_begins_with_a_slash() {
        assert!(HttpPath::from_text("/health?deep=1").is_ok());
        let suggested = |text| HttpPath::from_text(text).unwrap_err().suggestion;
        assert_eq!(suggested("health").as_deref(), Some("/health"));
        assert_eq!(suggested("http://a/health").as_deref(), Some("/health"));
        assert_eq!(suggested("/a b"), None);
    }
}
