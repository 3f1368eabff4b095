//! A layer: files in an archive that is the same bytes for the same files.

use std::collections::BTreeSet;

use bytes::Bytes;
use tar::{Builder, EntryType, Header};

/// Nobody in particular: the system's own.
pub(crate) const ROOT: u32 = 0;

/// A file or a folder in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its path, without the first `/`.
    pub(crate) path: String,
    /// What is in it; `None` for a folder.
    pub(crate) content: Option<Bytes>,
    /// Its permissions.
    pub(crate) mode: u32,
    /// Whose it is.
    pub(crate) owner: u32,
}

impl Entry {
    /// A file that everybody may read, and nobody change.
    pub(crate) fn file(path: impl Into<String>, content: impl Into<Bytes>) -> Self {
        Self { path: path.into(), content: Some(content.into()), mode: 0o444, owner: ROOT }
    }

    /// A folder that everybody may look into.
    pub(crate) fn folder(path: impl Into<String>) -> Self {
        Self { path: path.into(), content: None, mode: 0o755, owner: ROOT }
    }
}

/// The archive of these entries and of the folders above them, sorted, and without times.
pub(crate) fn archive(entries: impl IntoIterator<Item = Entry>) -> Vec<u8> {
    let mut entries: Vec<Entry> = entries.into_iter().collect();
    entries.extend(above(&entries));
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let mut to = Builder::new(Vec::new());
    for entry in &entries {
        append(&mut to, entry).expect("memory can be written, and our own paths are short");
    }
    to.into_inner().expect("memory can be written")
}

/// The folders above these entries that are not among them.
fn above(entries: &[Entry]) -> Vec<Entry> {
    let there: BTreeSet<&str> = entries.iter().map(|it| it.path.as_str()).collect();
    let paths =
        entries.iter().flat_map(|it| it.path.match_indices('/').map(|(at, _)| &it.path[..at]));
    let missing: BTreeSet<&str> = paths.filter(|path| !there.contains(path)).collect();
    missing.into_iter().map(Entry::folder).collect()
}

fn append(to: &mut Builder<Vec<u8>>, entry: &Entry) -> std::io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_mode(entry.mode);
    header.set_uid(entry.owner.into());
    header.set_gid(entry.owner.into());
    header.set_mtime(0);
    let content = entry.content.clone().unwrap_or_default();
    header.set_size(content.len() as u64);
    match entry.content {
        Some(_) => to.append_data(&mut header, &entry.path, &content[..]),
        None => {
            header.set_entry_type(EntryType::Directory);
            to.append_data(&mut header, format!("{}/", entry.path), &content[..])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_entries_makes_no_difference_and_folders_come_first() {
        let file = || Entry::file("opt/embedder/a.bin", "a");
        let other = || Entry { mode: 0o1777, ..Entry::folder("tmp") };
        let archived = archive([file(), other()]);
        assert_eq!(archived, archive([other(), file()]));
        let mut read = tar::Archive::new(&archived[..]);
        let listed = read.entries().unwrap().map(|it| {
            let it = it.unwrap();
            let header = it.header();
            let path = it.path().unwrap().display().to_string();
            (path, header.mode().unwrap(), header.mtime().unwrap(), header.size().unwrap())
        });
        let expected = [
            ("opt/", 0o755, 0, 0),
            ("opt/embedder/", 0o755, 0, 0),
            ("opt/embedder/a.bin", 0o444, 0, 1),
            ("tmp/", 0o1777, 0, 0),
        ];
        let expected = expected.map(|(path, mode, time, size)| (path.to_owned(), mode, time, size));
        assert_eq!(listed.collect::<Vec<_>>(), expected);
    }
}
