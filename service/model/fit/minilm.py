"""Writes all-MiniLM-L6-v2 as signed bytes: `minilm.py WORK_FOLDER FILE`. Needs numpy alone.

The layout stands in `../README.md`.
"""

import sys
from pathlib import Path

import numpy as np

from weights import weights

VERSION = 1
LAYERS = 6
# The model card: longer input is cut off, so that later positions are never used.
POSITIONS = 256


def main(work, path):
    work, path = Path(work), Path(path)
    work.mkdir(parents=True, exist_ok=True)
    of = weights(work)
    body = b"".join(parts(of))
    body += bytes(-len(body) % 8)
    head = np.array([int.from_bytes(b"MINI", "little"), VERSION], "<u4").tobytes()
    # Renamed when whole: what is killed leaves no half of a file.
    half = path.with_name(path.name + ".half")
    half.write_bytes(head + checksum(body).tobytes() + body)
    half.rename(path)


def parts(of):
    """All that the file holds, in its order."""
    yield from packed(of["embeddings.word_embeddings.weight"])
    kind = of["embeddings.token_type_embeddings.weight"][0]
    yield (of["embeddings.position_embeddings.weight"][:POSITIONS] + kind).astype("<f4").tobytes()
    yield from norm(of, "embeddings.LayerNorm")
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}."
        attention = name + "attention."
        yield from linear(of, *(attention + f"self.{part}" for part in ("query", "key", "value")))
        yield from linear(of, attention + "output.dense")
        yield from norm(of, attention + "output.LayerNorm")
        yield from linear(of, name + "intermediate.dense")
        yield from linear(of, name + "output.dense")
        yield from norm(of, name + "output.LayerNorm")


def linear(of, *names):
    """Weights and biases, those of several names as one."""
    yield from packed(np.concatenate([of[name + ".weight"] for name in names]))
    yield np.concatenate([of[name + ".bias"] for name in names]).astype("<f4").tobytes()


def norm(of, name):
    yield of[name + ".weight"].astype("<f4").tobytes()
    yield of[name + ".bias"].astype("<f4").tobytes()


def packed(rows):
    """Signed bytes, and what each row of them is multiplied by."""
    scales = np.abs(rows).max(1) / 127
    yield np.round(rows / np.where(scales > 0, scales, 1)[:, None]).astype(np.int8).tobytes()
    yield scales.astype("<f4").tobytes()


def checksum(body):
    """Each eight bytes times their odd place, summed: no change of one of them goes unseen."""
    words = np.frombuffer(body, "<u8")
    return (words * (2 * np.arange(len(words), dtype="<u8") + 1)).sum(dtype="<u8")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
