"""The vocabularies that LightRAG's server would else download when it starts: taken from the crate `tiktoken-rs`."""
import hashlib
import json
import os
import subprocess
import tempfile

CRATE = "tiktoken-rs"
VERSION = "0.12.0"
NAMES = ("o200k_base", "cl100k_base")
URL = "https://openaipublic.blob.core.windows.net/encodings/{}.tiktoken"

MANIFEST = f"""
[package]
name = "vocabularies"
version = "0.0.0"
edition = "2024"

[dependencies]
{CRATE} = {{ version = "={VERSION}", default-features = false }}
"""


def folder(work):
    """The folder for `TIKTOKEN_CACHE_DIR`, made when it is not there."""
    cache = os.path.join(work, "tiktoken")
    files = {name: os.path.join(cache, hashlib.sha1(URL.format(name).encode()).hexdigest()) for name in NAMES}
    if not all(map(os.path.exists, files.values())):
        assets = os.path.join(_source(), "assets")
        os.makedirs(cache, exist_ok=True)
        for name, path in files.items():
            with open(f"{assets}/{name}.tiktoken", "rb") as source, open(path, "wb") as target:
                target.write(source.read())
    return cache


def _source():
    """Where cargo has put the crate's source; it fetches it when it has to."""
    with tempfile.TemporaryDirectory() as package:
        with open(f"{package}/Cargo.toml", "w") as file:
            file.write(MANIFEST)
        os.mkdir(f"{package}/src")
        open(f"{package}/src/lib.rs", "w").close()
        said = subprocess.run(["cargo", "metadata", "--quiet", "--format-version", "1"], cwd=package, check=True,
                              stdout=subprocess.PIPE).stdout
    packages = json.loads(said)["packages"]
    manifest = next(it["manifest_path"] for it in packages if it["name"] == CRATE)
    return os.path.dirname(manifest)
