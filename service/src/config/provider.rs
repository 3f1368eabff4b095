//! Which provider a pool calls.

use reqwest::Url;

use super::{Secret, read::Reader};

/// Which provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// Comes with the binary: no key, no network.
    BuiltIn,
    /// Speaks OpenAI's protocol over HTTP.
    OpenAi(OpenAiBinding),
}

/// A provider that speaks OpenAI's protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAiBinding {
    /// Base URL, `https://api.openai.com/v1` by default.
    pub url: Url,
    /// Sent as a bearer token.
    pub key: Option<Secret>,
    /// Model to ask for.
    pub model: String,
}

impl Binding {
    /// Names the provider in messages: host and port, never a key.
    #[must_use]
    pub fn provider(&self) -> String {
        match self {
            Self::BuiltIn => "the built-in provider".to_owned(),
            Self::OpenAi(binding) => binding.provider(),
        }
    }

    /// What the provider is shown, when it is shown a key.
    #[must_use]
    pub fn key(&self) -> Option<&Secret> {
        match self {
            Self::BuiltIn => None,
            Self::OpenAi(binding) => binding.key.as_ref(),
        }
    }

    /// Reads `<prefix>_BINDING` and what belongs to it.
    pub(super) fn read<L: Fn(&str) -> Option<String>>(
        from: &mut Reader<L>,
        prefix: &str,
        model: &str,
    ) -> Self {
        let host = format!("{prefix}_BINDING_HOST");
        let is_openai = from.text(&host).is_some();
        let words = [("built-in", false), ("openai", true)];
        if !from.choice(&format!("{prefix}_BINDING"), is_openai, &words) {
            return Self::BuiltIn;
        }
        let url = from.base_url(&host, "https://api.openai.com/v1");
        let key = key(from, &format!("{prefix}_BINDING_API_KEY"));
        let model = from.text(&format!("{prefix}_MODEL")).unwrap_or_else(|| model.to_owned());
        Self::OpenAi(OpenAiBinding { url, key: key.map(Secret::new), model })
    }
}

impl OpenAiBinding {
    /// Host and port, for messages.
    #[must_use]
    pub fn provider(&self) -> String {
        let host = self.url.host_str().unwrap_or("the provider");
        match self.url.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }
}

/// A key that can be sent in a header.
pub(super) fn key<L: Fn(&str) -> Option<String>>(
    from: &mut Reader<L>,
    name: &str,
) -> Option<String> {
    let key = from.text(name);
    if key.as_ref().is_some_and(|key| !Secret::fits_a_header(key)) {
        from.complain(format!("{name}: the key cannot be sent in a header"));
    }
    key
}
