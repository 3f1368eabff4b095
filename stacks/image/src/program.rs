//! A program for an image: what its bytes say of it, whether or not it can be run here.

use std::{fs, path::Path};

use auditable_info::{Limits, audit_info_from_slice};
use bytes::Bytes;
use object::{
    Architecture as Processor, Endianness, Object, ObjectSection, elf,
    read::elf::{ElfFile64, ProgramHeader},
};
use ragctl_stacks::stack::Architecture;
use serde::Deserialize;

/// What a program says of itself begins with this.
const MARK: &[u8] = b"rag-service-bundle:";

/// More than what a program says of itself has.
const LONGEST_MARK: usize = 256;

/// What the data of a program's crates may have at most, unpacked.
const LIMITS: Limits = Limits { input_file_size: 1 << 30, decompressed_json_size: 8 << 20 };

/// A program for an image.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    pub(crate) architecture: Architecture,
    pub(crate) content: Bytes,
    pub(crate) about: About,
    /// The crates that it is made of; none where it was not built to say so.
    pub(crate) crates: Vec<Crate>,
}

/// What a program says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct About {
    /// Its version.
    pub version: String,
    /// Where the embedder's table is.
    pub table: Table,
}

/// Where the embedder's table is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Table {
    /// In the program.
    Inside,
    /// In a file beside it.
    File,
}

/// A crate that a program is made of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Crate {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Whether it is from crates.io.
    pub(crate) is_public: bool,
    /// Indexes of the crates that it needs.
    pub(crate) needs: Vec<usize>,
    pub(crate) is_root: bool,
}

/// Why a program cannot go into an image.
#[derive(Debug, thiserror::Error)]
pub enum ProgramFlaw {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] std::io::Error),
    /// It is no program for Linux.
    #[error("it is no 64-bit program for Linux")]
    NoProgram,
    /// It is for other processors.
    #[error("it is built for {found}, not for {wanted}")]
    OtherProcessor {
        /// Those that it is for.
        found: String,
        /// Those of its folder.
        wanted: Architecture,
    },
    /// It needs what the image does not have.
    #[error("it is not static: it needs {0}, which the image does not have")]
    Dynamic(String),
    /// It does not say what it is.
    #[error("it is not the service, or one of before there were images")]
    NotTheService,
}

impl Program {
    /// Reads the program at `path`, which must be a static one of the service for `wanted`.
    pub(crate) fn read(path: &Path, wanted: Architecture) -> Result<Self, ProgramFlaw> {
        Self::of(fs::read(path)?.into(), wanted)
    }

    fn of(content: Bytes, wanted: Architecture) -> Result<Self, ProgramFlaw> {
        let file =
            ElfFile64::<Endianness>::parse(&content[..]).map_err(|_| ProgramFlaw::NoProgram)?;
        let found = match file.architecture() {
            Processor::X86_64 => Some(Architecture::X86_64),
            Processor::Aarch64 => Some(Architecture::Arm64),
            _ => None,
        };
        if found != Some(wanted) {
            let found =
                found.map_or_else(|| format!("{:?}", file.architecture()), |it| it.to_string());
            return Err(ProgramFlaw::OtherProcessor { found, wanted });
        }
        if let Some(loader) = loader(&file) {
            return Err(ProgramFlaw::Dynamic(loader));
        }
        let about = about(&content).ok_or(ProgramFlaw::NotTheService)?;
        let crates = crates(&content);
        Ok(Self { architecture: wanted, content, about, crates })
    }

    /// Whether it carries names for debuggers, which an image has no use for.
    pub(crate) fn has_symbols(&self) -> bool {
        ElfFile64::<Endianness>::parse(&self.content[..])
            .is_ok_and(|it| it.section_by_name(".symtab").is_some_and(|section| section.size() > 0))
    }
}

/// The program that would have to load it.
fn loader(file: &ElfFile64<'_, Endianness>) -> Option<String> {
    let endian = file.endian();
    let header =
        file.elf_program_headers().iter().find(|it| it.p_type(endian) == elf::PT_INTERP)?;
    let path = header.data(endian, file.data()).unwrap_or_default();
    Some(String::from_utf8_lossy(path).trim_end_matches('\0').to_owned())
}

/// What the program says of itself, in the one line that it holds for this.
fn about(content: &[u8]) -> Option<About> {
    memchr::memmem::find_iter(content, MARK).find_map(|at| {
        let rest = &content[at + MARK.len()..];
        let rest = &rest[..rest.len().min(LONGEST_MARK)];
        let end = rest.iter().position(|&it| it == b'}')?;
        serde_json::from_slice(&rest[..=end]).ok()
    })
}

fn crates(content: &[u8]) -> Vec<Crate> {
    let Ok(info) = audit_info_from_slice(content, LIMITS.decompressed_json_size) else {
        return Vec::new();
    };
    let packages = info.packages.into_iter();
    let crates = packages.map(|it| Crate {
        is_public: String::from(it.source) == "crates.io",
        name: it.name,
        version: it.version.to_string(),
        needs: it.dependencies,
        is_root: it.root,
    });
    crates.collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A program that says what it is and does nothing else: the head of an ELF file, for `machine`.
    pub(crate) fn program(machine: u16, loader: Option<&str>, table: &str) -> Vec<u8> {
        let mut file = b"\x7fELF\x02\x01\x01".to_vec();
        file.resize(16, 0);
        let halves =
            |to: &mut Vec<u8>, all: &[u16]| to.extend(all.iter().flat_map(|it| it.to_le_bytes()));
        let longs =
            |to: &mut Vec<u8>, all: &[u64]| to.extend(all.iter().flat_map(|it| it.to_le_bytes()));
        halves(&mut file, &[2, machine, 1, 0]);
        longs(&mut file, &[0, 64, 0]);
        file.extend([0; 4]);
        halves(&mut file, &[64, 56, u16::from(loader.is_some()), 64, 0, 0]);
        if let Some(loader) = loader {
            let length = loader.len() as u64;
            file.extend(elf::PT_INTERP.0.to_le_bytes());
            file.extend([0; 4]);
            longs(&mut file, &[120, 0, 0, length, length, 1]);
            file.extend(loader.bytes());
        }
        let about = format!("rag-service-bundle:{{\"version\":\"0.1.0\",\"table\":\"{table}\"}}\n");
        file.extend(about.bytes());
        file
    }

    const X86_64: u16 = 62;
    const ARM64: u16 = 183;

    #[test]
    fn a_program_is_told_by_its_bytes() {
        let read = |machine, wanted| Program::of(program(machine, None, "file").into(), wanted);
        let it = read(ARM64, Architecture::Arm64).unwrap();
        assert_eq!(it.about, About { version: "0.1.0".to_owned(), table: Table::File });
        assert!(it.crates.is_empty() && !it.has_symbols());
        let error = read(ARM64, Architecture::X86_64).unwrap_err();
        assert_eq!(error.to_string(), "it is built for arm64, not for x86_64");
    }

    #[test]
    fn what_cannot_run_in_an_empty_image_is_refused() {
        let refused = |content: Vec<u8>| {
            Program::of(content.into(), Architecture::X86_64).unwrap_err().to_string()
        };
        let dynamic = refused(program(X86_64, Some("/lib64/ld.so\0"), "file"));
        assert_eq!(
            dynamic,
            "it is not static: it needs /lib64/ld.so, which the image does not have"
        );
        assert_eq!(refused(b"#!/bin/sh\n".to_vec()), "it is no 64-bit program for Linux");
        let mut other = program(X86_64, None, "file");
        other.truncate(64);
        assert!(refused(other).starts_with("it is not the service"));
    }
}
