//! Sending an image: only what is not there yet, and again where a line breaks.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use oci_client::{
    errors::OciDistributionError as Refusal,
    manifest::{
        ImageIndexEntry, OCI_IMAGE_INDEX_MEDIA_TYPE, OciDescriptor, OciImageIndex, OciImageManifest,
    },
};
use serde::Serialize;
use tokio::time::{Duration, interval};

use crate::{
    digest::Digest,
    layout::{Content, Layout},
    meter::Meter,
    registry::{Registry, RegistryError, may_pass},
    sbom,
};

/// Layers that are sent at once.
const AT_ONCE: usize = 4;

/// How often a layer is sent before it is given up.
const ATTEMPTS: u32 = 8;

/// Before the second try; each further one waits twice as long, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How much is counted as sent at a time.
const PIECE: usize = 64 << 10;

/// How long nothing may be taken before a layer is sent again.
const STALL: Duration = Duration::from_secs(60);

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

impl Registry {
    /// Sends the image in `layout`, with what is attached to it, and lets `tag` mean it.
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
        meter: &Arc<Meter>,
    ) -> Result<Pushed, RegistryError> {
        self.log_in().await?;
        let parts = layout.parts()?;
        let mut pushed = Pushed::default();
        let manifests = [&parts.root].into_iter().chain(&parts.attached);
        // Futures are made first and polled then: a stream that makes them cannot be sent between threads.
        let looks: Vec<_> = manifests.map(|it| self.has(&it.digest)).collect();
        let there: Vec<bool> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
        match there.iter().all(|it| *it) {
            // What has a manifest has all that the manifest names: registries see to that.
            true => pushed.there = parts.blobs.len(),
            false => {
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
        }
        if self.digest_of(tag).await?.as_ref() != Some(&parts.root.digest) {
            self.publish(&parts.root, tag).await?;
        }
        Ok(pushed)
    }

    async fn has(&self, digest: &Digest) -> Result<bool, RegistryError> {
        Ok(self.digest_of(digest.as_str()).await?.is_some())
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
        let is_there = crate::registry::patiently(asked).await;
        if is_there.map_err(|it| self.failed(it, "take", what))? {
            return Ok(0);
        }
        let named: Digest = digest.parse().expect("a layout's digests are some");
        let content = layout.read(&named)?;
        let size = content.len() as u64;
        meter.expect(size);
        let mut pause = FIRST_PAUSE;
        for attempt in 1.. {
            let counted = Arc::new(Meter::default());
            let pieces = pieces(content.clone(), Arc::clone(meter), Arc::clone(&counted));
            let sending = self.client.push_blob_stream(&reference, pieces, digest, Some(size));
            let refusal = tokio::select! {
                sent = sending => match sent {
                    Ok(_) => return Ok(size),
                    Err(refusal) => refusal,
                },
                () = stalled(&counted) => {
                    let reason = format!("nothing was taken for {} s", STALL.as_secs());
                    Refusal::IoError(std::io::Error::other(reason))
                }
            };
            meter.take_back(counted.sent());
            if attempt == ATTEMPTS || !may_pass(&refusal) {
                return Err(self.failed(refusal, "take", what));
            }
            tokio::time::sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
        unreachable!("the last try returns")
    }

    /// Sends a manifest under `tag`. By its digest alone it would do as well, but some registries do not say then where they
    /// have put it, which the client takes for a failure.
    async fn publish(&self, it: &Content, tag: &str) -> Result<(), RegistryError> {
        let kind = it.media_type.parse().expect("our own types are headers");
        let reference = self.reference(tag);
        let call =
            || self.client.push_manifest_raw(&reference, it.bytes.clone(), Clone::clone(&kind));
        let sent = crate::registry::patiently(call).await;
        sent.map_err(|refusal| self.failed(refusal, "take", it.digest.as_str()))?;
        Ok(())
    }

    /// Lets what is attached be found from the image that it belongs to. Registries do that by themselves; for older ones, a
    /// tag leads there.
    ///
    /// Source: <https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema>
    async fn refer(&self, it: &Content) -> Result<(), RegistryError> {
        let manifest: OciImageManifest =
            serde_json::from_slice(&it.bytes).expect("a layout's manifests are some");
        let Some(subject) = manifest.subject.and_then(|it| it.digest.parse::<Digest>().ok()) else {
            return Ok(());
        };
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
