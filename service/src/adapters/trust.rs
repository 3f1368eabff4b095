//! Whom TLS trusts: the public authorities that are in the program, or those of a file instead.
//!
//! It is said once, before the first client is made, and holds for the whole process.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// What was said; nothing: the public authorities.
static SAID: OnceLock<Trusted> = OnceLock::new();

/// Why nobody of a file can be trusted.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It cannot be read.
    #[error("the certificates of {} (SSL_CERT_FILE) cannot be read", path.display())]
    Unreadable {
        /// Where it was looked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is no certificate in it, or none that can be read.
    #[error("{} (SSL_CERT_FILE) holds no certificate that can be used", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// The authorities of a file.
#[derive(Debug)]
struct Trusted {
    path: PathBuf,
    roots: RootCertStore,
    /// Certificates that cannot be read.
    skipped: usize,
}

/// Trusts the authorities of `file` instead of the public ones, from now on. What comes first holds.
///
/// # Errors
///
/// [`TrustError`] when the file cannot be read, or holds no certificate that can be used. One is enough: a system's file has
/// a hundred and more, and an odd one among them must not end the start.
pub fn trust_only(file: &Path) -> Result<(), TrustError> {
    let trusted = read(file)?;
    SAID.get_or_init(|| trusted);
    Ok(())
}

/// Logs how many certificates of the file were passed over.
pub(crate) fn tell_what_was_skipped() {
    if let Some(Trusted { path, roots, skipped }) = SAID.get().filter(|it| it.skipped > 0) {
        let (file, trusted) = (path.display(), roots.len());
        tracing::warn!(%file, skipped, trusted, "certificates that cannot be read are not trusted");
    }
}

/// The authorities that are trusted.
pub(super) fn roots() -> RootCertStore {
    match SAID.get() {
        Some(trusted) => trusted.roots.clone(),
        None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
    }
}

fn read(path: &Path) -> Result<Trusted, TrustError> {
    let pem = fs::read(path)
        .map_err(|source| TrustError::Unreadable { path: path.to_owned(), source })?;
    let mut trusted = Trusted { path: path.to_owned(), roots: RootCertStore::empty(), skipped: 0 };
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let added = certificate.is_ok_and(|it| trusted.roots.add(it).is_ok());
        trusted.skipped += usize::from(!added);
    }
    if trusted.roots.is_empty() {
        return Err(TrustError::Empty { path: trusted.path });
    }
    Ok(trusted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -days 36500 -subj /CN=tests`.
    const ONE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBdjCCAR2gAwIBAgIUBEIWjPh7P2z+TzNzfQlegYvVnpMwCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFdGVzdHMwIBcNMjYxMTI3MDcyNzIyWhgPMjEyNjExMDMwNzI3
MjJaMBAxDjAMBgNVBAMMBXRlc3RzMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
Z8KLvV9kThXIZUz2osASn207n3cuYloho10GQKaUWAUinggstQsELHNZu9/k+zoH
JN5cf6cIZ978HVwyeO8BnqNTMFEwHQYDVR0OBBYEFHl5f5n9ZolG4ojOMpxh452b
zFq4MB8GA1UdIwQYMBaAFHl5f5n9ZolG4ojOMpxh452bzFq4MA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgPtjBk0jQNKfoupq2rNt2b56XpXnZYcD7
VXxdJUyGkqoCIDqd+d5nE8ytiWrSsWe+oS09CkUT9/Wnmuz79q+dBRXy
-----END CERTIFICATE-----
";

    /// PEM, but no certificate in it.
    const ODD: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    /// Not even PEM within its marks.
    const BROKEN: &str = "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n";

    fn read_text(text: &str) -> Result<(usize, usize), TrustError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        fs::write(&path, text).unwrap();
        read(&path).map(|trusted| (trusted.roots.len(), trusted.skipped))
    }

    #[test]
    fn an_odd_certificate_among_sound_ones_is_passed_over() {
        assert_eq!(read_text(ONE).unwrap(), (1, 0));
        assert_eq!(read_text(&[ONE, ODD, BROKEN, ONE].concat()).unwrap(), (2, 2));
        assert_eq!(read_text(&["# a comment\n", ONE].concat()).unwrap(), (1, 0));
        assert_eq!(read_text(&ONE.replace('\n', "\r\n")).unwrap(), (1, 0));
    }

    #[test]
    fn a_file_without_a_certificate_of_use_is_refused() {
        for text in ["", "words", ODD, BROKEN, &ONE[..ONE.len() / 2]] {
            let error = read_text(text).unwrap_err();
            assert!(matches!(error, TrustError::Empty { .. }), "{text}: {error}");
        }
        let error = read(Path::new("/nowhere/ca.pem")).unwrap_err();
        let told = "the certificates of /nowhere/ca.pem (SSL_CERT_FILE) cannot be read";
        assert_eq!(error.to_string(), told);
    }
}
