//! What a client sends, kept while it comes: small in memory, else in a file without a name.
//!
//! The file is unlinked before the first byte is written: no name from a client touches the file system, and nothing
//! is left behind, whatever happens to the process.

use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use tempfile::SpooledTempFile;

use crate::ports::store::Content;

/// The most that is kept in memory, in bytes.
const IN_MEMORY: usize = 1024 * 1024;

/// What was sent.
#[derive(Debug)]
pub struct Spool {
    file: SpooledTempFile,
    folder: PathBuf,
    len: u64,
    hash: [u8; 32],
}

/// Why it was not kept.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError<E> {
    /// There are more bytes than are taken. The rest was not read.
    #[error("it is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The most that is taken.
        limit_bytes: u64,
    },
    /// Whoever sends broke off.
    #[error(transparent)]
    Broken(E),
    /// The disk does not take it.
    #[error("it cannot be kept on disk")]
    Disk(#[from] io::Error),
}

/// Makes the folder in which files without a name lie.
///
/// # Errors
///
/// What the disk says.
pub fn make(folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)
}

impl Spool {
    /// Takes what `parts` bring, up to `limit_bytes`; `folder` has to be there.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] by its cause.
    pub async fn take<E>(
        parts: impl Stream<Item = Result<Bytes, E>>,
        folder: &Path,
        limit_bytes: u64,
    ) -> Result<Self, SpoolError<E>> {
        let mut parts = std::pin::pin!(parts);
        let mut filling = Filling::new(folder);
        while let Some(part) = parts.next().await {
            let part = part.map_err(SpoolError::Broken)?;
            if filling.len + part.len() as u64 > limit_bytes {
                return Err(SpoolError::TooLarge { limit_bytes });
            }
            filling = filling.add(part).await?;
        }
        Ok(filling.whole()?)
    }

    /// How many bytes were sent.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether nothing was sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The SHA-256 of what was sent.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// The first bytes, at most `length`.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn head(&mut self, length: usize) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        self.file.rewind()?;
        Read::by_ref(&mut self.file).take(length as u64).read_to_end(&mut head)?;
        self.file.rewind()?;
        Ok(head)
    }

    /// The whole as a reader, from its beginning.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn reader(&mut self) -> io::Result<impl Read + Seek + use<'_>> {
        self.file.rewind()?;
        Ok(&mut self.file)
    }

    /// The whole as a file without a name. Blocks while what was in memory is written to it.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn into_file(mut self) -> io::Result<File> {
        self.file.rewind()?;
        let mut file = match self.file.into_inner() {
            tempfile::SpooledData::OnDisk(file) => return Ok(file),
            tempfile::SpooledData::InMemory(mut bytes) => {
                let mut file = tempfile::tempfile_in(&self.folder)?;
                io::copy(&mut bytes, &mut file)?;
                file
            }
        };
        file.rewind()?;
        Ok(file)
    }
}

impl Spool {
    /// The whole as what a store keeps.
    ///
    /// # Errors
    ///
    /// What the disk says.
    pub fn into_content(mut self) -> io::Result<Content> {
        self.file.rewind()?;
        Ok(match self.file.into_inner() {
            tempfile::SpooledData::InMemory(bytes) => Content::Bytes(bytes.into_inner().into()),
            tempfile::SpooledData::OnDisk(file) => Content::File(file),
        })
    }
}

/// What has come so far.
struct Filling {
    file: SpooledTempFile,
    folder: PathBuf,
    len: u64,
    hash: Sha256,
}

impl Filling {
    fn new(folder: &Path) -> Self {
        let (file, hash) = (tempfile::spooled_tempfile_in(IN_MEMORY, folder), Sha256::new());
        Self { file, folder: folder.to_owned(), len: 0, hash }
    }

    /// Adds a part: where files may be slow, on a thread that may block.
    async fn add(mut self, part: Bytes) -> io::Result<Self> {
        self.len += part.len() as u64;
        let in_memory = IN_MEMORY as u64;
        if self.len <= in_memory {
            self.hash.update(&part);
            self.file.write_all(&part)?;
            return Ok(self);
        }
        let writing = tokio::task::spawn_blocking(move || {
            self.hash.update(&part);
            self.file.write_all(&part).map(|()| self)
        });
        writing.await.map_err(io::Error::other)?
    }

    fn whole(self) -> io::Result<Spool> {
        let Self { mut file, folder, len, hash } = self;
        file.rewind()?;
        Ok(Spool { file, folder, len, hash: hash.finalize().into() })
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use proptest::prelude::*;

    use super::*;

    async fn taken(
        parts: &[Vec<u8>],
        folder: &Path,
        limit: u64,
    ) -> Result<Spool, SpoolError<Infallible>> {
        let parts = parts.iter().map(|part| Ok(Bytes::from(part.clone())));
        Spool::take(stream::iter(parts), folder, limit).await
    }

    fn entries(folder: &Path) -> usize {
        std::fs::read_dir(folder).unwrap().count()
    }

    #[tokio::test]
    async fn large_and_small_are_kept_whole_and_without_a_name() {
        let folder = tempfile::tempdir().unwrap();
        for length in [0, 5, IN_MEMORY, IN_MEMORY + 1, 3 * IN_MEMORY] {
            let bytes: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let parts: Vec<_> = bytes.chunks(100_000).map(<[u8]>::to_vec).collect();
            let mut spool = taken(&parts, folder.path(), length as u64).await.unwrap();
            assert_eq!(entries(folder.path()), 0);
            assert_eq!((spool.len(), spool.is_empty()), (length as u64, length == 0));
            assert_eq!(spool.hash()[..], Sha256::digest(&bytes)[..]);
            assert_eq!(spool.head(4).unwrap(), bytes[..length.min(4)]);
            let mut read = Vec::new();
            spool.reader().unwrap().read_to_end(&mut read).unwrap();
            assert!(read == bytes);
            read.clear();
            spool.into_file().unwrap().read_to_end(&mut read).unwrap();
            assert!(read == bytes);
            assert_eq!(entries(folder.path()), 0);
        }
    }

    #[tokio::test]
    async fn no_more_is_read_than_the_limit_lets() {
        let folder = tempfile::tempdir().unwrap();
        let endless = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[7; 1000])));
        let refused = Spool::take(endless, folder.path(), 2_000_500).await;
        assert!(matches!(refused, Err(SpoolError::TooLarge { limit_bytes: 2_000_500 })));
        assert_eq!(entries(folder.path()), 0);
    }

    #[tokio::test]
    async fn who_breaks_off_and_a_folder_that_is_gone_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let broken = stream::iter([Ok(Bytes::from_static(b"x")), Err("gone")]);
        let told = Spool::take(broken, folder.path(), 9).await;
        assert!(matches!(told, Err(SpoolError::Broken("gone"))));
        let none = folder.path().join("none");
        let told = taken(&[vec![7; IN_MEMORY + 1]], &none, u64::MAX).await;
        assert!(matches!(told, Err(SpoolError::Disk(_))));
    }

    proptest! {
        #[test]
        fn a_spool_holds_what_was_sent(parts in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..20)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let folder = std::env::temp_dir();
            let mut spool = runtime.block_on(taken(&parts, &folder, 10_000)).unwrap();
            let mut read = Vec::new();
            spool.reader().unwrap().read_to_end(&mut read).unwrap();
            prop_assert_eq!(read, parts.concat());
        }
    }
}
