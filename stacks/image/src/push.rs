//! Sending an image: only what is not there yet, and again where a line breaks.

use std::{fmt, pin::pin, sync::Arc};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, future::try_join_all, stream, try_join};
use oci_client::{
    errors::OciDistributionError as Refusal,
    manifest::{
        ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OciDescriptor, OciImageIndex, OciImageManifest,
    },
};
use ragctl_stacks::rounded::megabytes;
use serde::Serialize;
use tokio::time::{Duration, Instant, interval, interval_at};

use crate::{
    digest::Digest,
    layout::{Content, Layout, Parts},
    meter::Meter,
    registry::{ATTEMPTS, Registry, RegistryError, patiently},
    sbom,
};

/// Layers that are sent at once.
const AT_ONCE: usize = 4;

/// How often a layer is sent before it is given up: each time takes several calls.
const SENDS: u32 = 8;

/// How much is counted as sent at a time.
const PIECE: usize = 64 << 10;

/// How long nothing may be taken before a layer is sent again.
const STALL: Duration = Duration::from_secs(60);

/// How often it is told how far a push has come.
const TELL_EVERY: Duration = Duration::from_secs(1);

/// How far a push has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes sent so far.
    pub sent: u64,
    /// Bytes that are to be sent, as far as is known.
    pub of: u64,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} sent", megabytes(self.sent), megabytes(self.of))
    }
}

/// What was sent, and what was there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pushed {
    /// Layers, configurations and lists that were sent.
    pub sent: usize,
    /// Those that the registry had.
    pub there: usize,
    /// Bytes that were sent of them.
    pub bytes: u64,
}

impl fmt::Display for Pushed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, there, bytes } = *self;
        match (sent, there) {
            (0, _) => write!(f, "all {there} parts were there, and nothing was sent"),
            (_, 0) => write!(f, "{sent} parts sent, {}", megabytes(bytes)),
            (..) => write!(f, "{sent} parts sent, {}; {there} were there", megabytes(bytes)),
        }
    }
}

impl Registry {
    /// Sends the image in `layout`, with what is attached to it, and lets `tag` mean it. Whoever listens is told each second how
    /// far it has come.
    ///
    /// The tag moves last, so that it never means an image that is not whole. Doing it again sends nothing.
    ///
    /// # Errors
    ///
    /// [`RegistryError`] by its cause.
    pub async fn push(
        &self,
        layout: &Layout,
        tag: &str,
        tell: &(dyn Fn(Progress) + Sync),
    ) -> Result<Pushed, RegistryError> {
        let meter = Arc::new(Meter::default());
        let mut pushing = pin!(self.push_counted(layout, tag, &meter));
        let mut looks = interval_at(Instant::now() + TELL_EVERY, TELL_EVERY);
        loop {
            tokio::select! {
                pushed = &mut pushing => return pushed,
                _ = looks.tick() => tell(Progress { sent: meter.sent(), of: meter.total() }),
            }
        }
    }

    async fn push_counted(
        &self,
        layout: &Layout,
        tag: &str,
        meter: &Arc<Meter>,
    ) -> Result<Pushed, RegistryError> {
        self.log_in().await?;
        let parts = layout.parts()?;
        let mut pushed = Pushed::default();
        if self.has_all(&parts).await? {
            // What has a manifest has all that the manifest names: registries see to that.
            pushed.there = parts.blobs.len();
        } else {
            // Futures are made first and polled then: a stream that makes them cannot be sent between threads.
            let sends: Vec<_> =
                parts.blobs.iter().map(|blob| self.send(layout, blob, meter)).collect();
            let sent: Vec<u64> =
                stream::iter(sends).buffer_unordered(AT_ONCE).try_collect().await?;
            pushed.sent = sent.iter().filter(|it| **it > 0).count();
            pushed.there = sent.len() - pushed.sent;
            pushed.bytes = sent.iter().sum();
            for each in &parts.manifests {
                self.publish(each, &format!("platform-{}", each.digest.short())).await?;
            }
            self.publish(&parts.root, &format!("image-{}", parts.root.digest.short())).await?;
            for each in &parts.attached {
                self.publish(each, &format!("sbom-{}", each.digest.short())).await?;
                self.refer(each).await?;
            }
        }
        if self.digest_of(tag).await?.as_ref() != Some(&parts.root.digest) {
            self.publish(&parts.root, tag).await?;
        }
        Ok(pushed)
    }

    /// Whether the image is there, and all that is attached to it can be found from it.
    async fn has_all(&self, parts: &Parts) -> Result<bool, RegistryError> {
        let lists = parts.attached.iter().map(|it| self.leads_to(it));
        let (root, lists) =
            try_join!(self.digest_of(parts.root.digest.as_str()), try_join_all(lists))?;
        Ok(root.is_some() && lists.into_iter().all(|it| it))
    }

    /// Whether what is attached is found from the image that it belongs to.
    async fn leads_to(&self, it: &Content) -> Result<bool, RegistryError> {
        let Some(subject) = subject(it) else { return Ok(true) };
        let known = self.attached(&subject).await?;
        Ok(known.iter().any(|entry| entry.digest == it.digest.as_str()))
    }

    /// Sends a blob that is not there; how many bytes that were.
    async fn send(
        &self,
        layout: &Layout,
        blob: &OciDescriptor,
        meter: &Arc<Meter>,
    ) -> Result<u64, RegistryError> {
        let reference = self.reference("latest");
        let (digest, what) = (&blob.digest, blob.digest.as_str());
        let asked = || self.client.blob_exists(&reference, digest);
        let is_there = patiently(ATTEMPTS, asked).await;
        if is_there.map_err(|it| self.failed(it, "take", what))? {
            return Ok(0);
        }
        let named: Digest = digest.parse().expect("a layout's digests are some");
        let content = layout.read(&named)?;
        let size = content.len() as u64;
        meter.expect(size);
        let send = || async {
            let counted = Arc::new(Meter::default());
            let pieces = pieces(content.clone(), Arc::clone(meter), Arc::clone(&counted));
            let sending = self.client.push_blob_stream(&reference, pieces, digest, Some(size));
            let sent = tokio::select! {
                sent = sending => sent,
                () = stalled(&counted) => {
                    let reason = format!("nothing was taken for {} s", STALL.as_secs());
                    Err(Refusal::IoError(std::io::Error::other(reason)))
                }
            };
            sent.inspect_err(|_| meter.take_back(counted.sent()))
        };
        patiently(SENDS, send).await.map_err(|it| self.failed(it, "take", what))?;
        Ok(size)
    }

    /// Sends a manifest under `tag`. By its digest alone it would do as well, but some registries do not say then where they
    /// have put it, which the client takes for a failure.
    async fn publish(&self, it: &Content, tag: &str) -> Result<(), RegistryError> {
        let kind = it.media_type.parse().expect("our own types are headers");
        let reference = self.reference(tag);
        let call =
            || self.client.push_manifest_raw(&reference, it.bytes.clone(), Clone::clone(&kind));
        let sent = patiently(ATTEMPTS, call).await;
        sent.map_err(|refusal| self.failed(refusal, "take", it.digest.as_str()))?;
        Ok(())
    }

    /// Lets what is attached be found from the image that it belongs to. Registries do that by themselves; for older ones, a
    /// tag leads there.
    ///
    /// Source: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema>
    async fn refer(&self, it: &Content) -> Result<(), RegistryError> {
        let Some(subject) = subject(it) else { return Ok(()) };
        let mut known = self.attached(&subject).await?;
        if known.iter().any(|entry| entry.digest == it.digest.as_str()) {
            return Ok(());
        }
        known.push(ImageIndexEntry {
            media_type: it.media_type.clone(),
            digest: it.digest.to_string(),
            size: i64::try_from(it.bytes.len()).expect("a manifest is small"),
            platform: None,
            annotations: None,
            artifact_type: Some(sbom::MEDIA_TYPE.to_owned()),
        });
        let index = OciImageIndex {
            schema_version: 2,
            media_type: Some(OCI_IMAGE_INDEX_MEDIA_TYPE.to_owned()),
            manifests: known,
            artifact_type: None,
            annotations: None,
        };
        let bytes = Bytes::from(serde_json::to_vec(&index).expect("an index is JSON"));
        let digest = Digest::of(&bytes);
        let index = Content { digest, media_type: OCI_IMAGE_INDEX_MEDIA_TYPE.to_owned(), bytes };
        self.publish(&index, &subject.as_str().replace(':', "-")).await
    }
}

/// What something attached belongs to.
fn subject(it: &Content) -> Option<Digest> {
    let manifest: OciImageManifest =
        serde_json::from_slice(&it.bytes).expect("a layout's manifests are some");
    manifest.subject?.digest.parse().ok()
}

/// `content` in pieces, each counted as it is taken.
fn pieces(
    content: Bytes,
    meter: Arc<Meter>,
    counted: Arc<Meter>,
) -> impl futures_util::Stream<Item = Result<Bytes, Refusal>> + Send + 'static {
    stream::unfold(content, move |mut rest| {
        let (meter, counted) = (Arc::clone(&meter), Arc::clone(&counted));
        async move {
            if rest.is_empty() {
                return None;
            }
            let piece = rest.split_to(PIECE.min(rest.len()));
            meter.add(piece.len() as u64);
            counted.add(piece.len() as u64);
            Some((Ok(piece), rest))
        }
    })
}

/// Ends when nothing was taken for too long.
async fn stalled(counted: &Meter) {
    let mut looks = interval(Duration::from_secs(1));
    while counted.silence() < STALL {
        looks.tick().await;
    }
}
