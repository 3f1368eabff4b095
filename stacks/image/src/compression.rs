//! How layers are packed.

use std::io::Write;

use flate2::{Compression as Level, GzBuilder};
use ragctl_stacks::stack::Compression;

/// Of gzip's levels, the one that packs the most: an image is packed once, and pulled at every start.
const GZIP_LEVEL: u32 = 9;

/// Of zstd's levels, the highest one that whoever unpacks needs no extra memory for.
const ZSTD_LEVEL: i32 = 19;

/// In gzip's header: not said. It would differ from machine to machine.
const NO_SYSTEM: u8 = 255;

/// What packing is, in an image.
pub(crate) trait Packing {
    /// What a layer is that is packed so.
    fn media_type(self) -> &'static str;

    /// What identifies the way in which it packs: the same way makes the same bytes.
    fn way(self) -> String;

    /// Packs `content`.
    fn packed(self, content: &[u8]) -> Vec<u8>;
}

impl Packing for Compression {
    /// Source: <https://github.com/opencontainers/image-spec/blob/v1.1.1/media-types.md>
    fn media_type(self) -> &'static str {
        match self {
            Self::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }

    fn way(self) -> String {
        let level = match self {
            Self::Gzip => i64::from(GZIP_LEVEL),
            Self::Zstd => i64::from(ZSTD_LEVEL),
        };
        format!("{}-{level}-{}", self.as_str(), env!("CARGO_PKG_VERSION"))
    }

    fn packed(self, content: &[u8]) -> Vec<u8> {
        match self {
            Self::Gzip => {
                let mut to = GzBuilder::new()
                    .mtime(0)
                    .operating_system(NO_SYSTEM)
                    .write(Vec::new(), Level::new(GZIP_LEVEL));
                let done = to.write_all(content).and_then(|()| to.finish());
                done.expect("memory can be written")
            }
            Self::Zstd => zstd::encode_all(content, ZSTD_LEVEL).expect("memory can be written"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn what_is_packed_comes_out_again_and_is_packed_alike() {
        let content: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let gzip = Compression::Gzip.packed(&content);
        let mut out = Vec::new();
        flate2::read::GzDecoder::new(&gzip[..]).read_to_end(&mut out).unwrap();
        assert_eq!(out, content);
        let zstd = Compression::Zstd.packed(&content);
        assert_eq!(zstd::decode_all(&zstd[..]).unwrap(), content);
        assert_eq!(gzip, Compression::Gzip.packed(&content));
        assert_eq!(zstd, Compression::Zstd.packed(&content));
    }
}
