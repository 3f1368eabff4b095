"""The table's file: see `../README.md` for its layout."""

import struct

import numpy as np


def write(path, rows, names):
    """Writes a row for each name, as signed bytes with a scale."""
    count, dimension = rows.shape
    scales = np.abs(rows).max(1) / 127
    cells = np.round(rows / np.where(scales > 0, scales, 1)[:, None]).astype(np.int8)
    names = [name.encode() for name in names]
    order = sorted(range(count), key=lambda row: names[row])
    text = b"".join(names[row] for row in order)
    ends = np.cumsum([0] + [len(names[row]) for row in order])
    with open(path, "wb") as file:
        file.write(struct.pack("<4sIII", b"SEMB", count, dimension, len(text)))
        file.write(ends.astype("<u4").tobytes())
        file.write(np.array(order, "<u4").tobytes())
        file.write(scales.astype("<f4").tobytes())
        file.write(cells.tobytes())
        file.write(text)


def read(path):
    """The rows of a table, in the order of their ids."""
    content = open(path, "rb").read()
    magic, count, dimension, _ = struct.unpack("<4sIII", content[:16])
    assert magic == b"SEMB", "not a table"
    at = 16 + 4 * (count + 1) + 4 * count
    scales = np.frombuffer(content, "<f4", count, at)
    cells = np.frombuffer(content, np.int8, count * dimension, at + 4 * count)
    return cells.reshape(count, dimension) * scales[:, None]
