//! Names of images that lie in ECR.

/// An image in ECR.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InEcr<'a> {
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    pub(crate) repository: &'a str,
    pub(crate) tag: &'a str,
    pub(crate) digest: Option<&'a str>,
}

/// The parts of an image's name, if it is in ECR: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/rag:1.4`.
pub(crate) fn in_ecr(image: &str) -> Option<InEcr<'_>> {
    let (registry, path) = image.split_once('/')?;
    let parts: Vec<&str> = registry.split('.').collect();
    let [account, "dkr", "ecr", region, "amazonaws", ..] = parts.as_slice() else { return None };
    let (path, digest) = match path.split_once('@') {
        Some((path, digest)) => (path, Some(digest)),
        None => (path, None),
    };
    let (repository, tag) = path.split_once(':').unwrap_or((path, "latest"));
    Some(InEcr { region, account, repository, tag, digest })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_in_ecr_is_taken_apart() {
        let host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
        let all = |image: &str| {
            let it = in_ecr(image)?;
            Some(format!("{} {} {:?}", it.repository, it.tag, it.digest))
        };
        assert_eq!(all(&format!("{host}/a/b:1.4")), Some("a/b 1.4 None".to_owned()));
        assert_eq!(all(&format!("{host}/a")), Some("a latest None".to_owned()));
        assert_eq!(all(&format!("{host}/a@sha256:1")), Some("a latest Some(\"sha256:1\")".into()));
        for elsewhere in ["rag", "ghcr.io/a/b:1", "localhost:5000/rag"] {
            assert_eq!(in_ecr(elsewhere), None, "{elsewhere}");
        }
    }
}
