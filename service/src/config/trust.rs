//! Whether anybody has to prove by a certificate who it is.

use std::path::Path;

use super::{Binding, Settings, TlsMode, TraceTarget};

impl Settings {
    /// The file of `SSL_CERT_FILE`, when there is anybody whose certificate is checked by it: a provider, a reranker or a
    /// collector of traces at an `https:` URL, or a server of the store with `verify-full`.
    #[must_use]
    pub fn trusted_file(&self) -> Option<&Path> {
        let providers = [&self.embedding.binding, &self.llm.binding];
        let called = providers.into_iter().filter_map(|binding| match binding {
            Binding::OpenAi(binding) => Some(&binding.url),
            Binding::BuiltIn => None,
        });
        let reranker = self.rerank.iter().map(|it| &it.binding.url);
        let collector = self.traces.iter().filter_map(|it| match &it.to {
            TraceTarget::Collector(url) => Some(url),
            TraceTarget::XRayDaemon(_) => None,
        });
        let mut urls = called.chain(reranker).chain(collector);
        let mut servers = self.database.iter();
        let is_checked = urls.any(|url| url.scheme() == "https")
            || servers.any(|server| server.tls == TlsMode::VerifyFull);
        self.ca_file.as_deref().filter(|_| is_checked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_read_only_where_one_is_checked() {
        let read = |pairs: &[(&str, &str)]| {
            let always = [("SSL_CERT_FILE", "/ca.pem"), ("EMBEDDER_DIR", "/opt/embedder")];
            let all = [&always[..], pairs].concat();
            let settings = Settings::read(|name| {
                all.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            });
            settings.unwrap().trusted_file().is_some()
        };
        let url = "postgres://one@db/two?sslmode=";
        for (name, value, is_read) in [
            ("LLM_BINDING", "built-in", false),
            ("LLM_BINDING", "openai", true),
            ("LLM_BINDING_HOST", "http://models/v1", false),
            ("EMBEDDING_BINDING_HOST", "https://models/v1", true),
            ("RERANK_BINDING", "cohere", true),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318", false),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector", true),
            ("DATABASE_URL", &format!("{url}require"), false),
            ("DATABASE_URL", &format!("{url}verify-full"), true),
        ] {
            let key = ("RERANK_BINDING_API_KEY", "key");
            assert_eq!(read(&[(name, value), key]), is_read, "{name}={value}");
        }
    }
}
