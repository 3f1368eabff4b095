//! Who may ask what: the API key, the paths that need none, the web pages of other sites.

use axum::http::HeaderValue;

use super::{Secret, read::Reader};

/// Who may ask what.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Access {
    /// What a request has to show; none: nothing. `LIGHTRAG_API_KEY`.
    pub key: Option<Secret>,
    /// The paths that need no key. `WHITELIST_PATHS`, default `/health`.
    pub whitelist: Whitelist,
    /// Other sites whose pages may ask, from a browser. `CORS_ORIGINS`, none by default.
    pub origins: Origins,
}

/// Paths, and beginnings of paths.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whitelist(Vec<String>);

/// Sites, as browsers name them in the header `Origin`.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Origins {
    /// None but the service's own pages.
    #[default]
    Own,
    /// These.
    These(Vec<HeaderValue>),
    /// All.
    Any,
}

impl Access {
    pub(super) fn read<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> Self {
        Self {
            key: from.text("LIGHTRAG_API_KEY").map(Secret::new),
            whitelist: Whitelist::read(from),
            origins: Origins::read(from),
        }
    }
}

impl Whitelist {
    fn read<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> Self {
        let list = from.text("WHITELIST_PATHS").unwrap_or_else(|| "/health".to_owned());
        let paths: Vec<String> = items(&list).map(ToOwned::to_owned).collect();
        for path in &paths {
            if !path.starts_with('/') || path.trim_end_matches('*').contains('*') {
                from.complain(format!(
                    "WHITELIST_PATHS: `{path}` is neither a path such as /health nor one with /* at its end"
                ));
            }
        }
        Self(paths)
    }

    /// Whether `path` is among them. `/api/*` has all below `/api/`, and `/api` itself.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.0.iter().any(|known| match known.strip_suffix("/*") {
            Some(above) => path
                .strip_prefix(above)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/')),
            None => known == path,
        })
    }
}

impl Origins {
    fn read<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) -> Self {
        let Some(list) = from.text("CORS_ORIGINS") else { return Self::Own };
        if list == "*" {
            return Self::Any;
        }
        let mut origins = Vec::new();
        for origin in items(&list) {
            let is_site = origin.split_once("://").is_some_and(|(scheme, host)| {
                matches!(scheme, "http" | "https") && !host.is_empty() && !host.contains('/')
            });
            match HeaderValue::try_from(origin) {
                Ok(value) if is_site => origins.push(value),
                _ => from.complain(format!(
                    "CORS_ORIGINS: `{origin}` is not a site such as https://example.com, nor `*` alone"
                )),
            }
        }
        Self::These(origins)
    }
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// Settings of LightRAG without which somebody would be less safe than they think, or could not be reached.
pub(super) fn refuse_what_would_be_missed<L: Fn(&str) -> Option<String>>(from: &mut Reader<L>) {
    for (name, instead) in [
        (
            "AUTH_ACCOUNTS",
            "there are no accounts; set LIGHTRAG_API_KEY, and log in people in front of it",
        ),
        (
            "LIGHTRAG_API_PREFIX",
            "the routes are at the root; let the load balancer take the prefix off",
        ),
    ] {
        if from.text(name).is_some() {
            from.complain(format!("{name}: {instead}"));
        }
    }
    if from.text("SSL").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        from.complain("SSL: TLS ends at the load balancer; leave it out".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_all_below() {
        let list = Whitelist(vec!["/health".into(), "/api/*".into()]);
        for path in ["/health", "/api", "/api/", "/api/chat", "/api/a/b"] {
            assert!(list.has(path), "{path}");
        }
        for path in ["/healthy", "/health/", "/apix", "/query", "/", ""] {
            assert!(!list.has(path), "{path}");
        }
        assert!(Whitelist(vec!["/*".into()]).has("/query"));
    }
}
