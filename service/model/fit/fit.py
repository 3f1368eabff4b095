"""Fits the static table to all-MiniLM-L6-v2: `fit.py WORK_FOLDER TABLE`.

Each row is a word piece's vector; a text's vector is the sum of its rows. The rows are those by which
these sums come nearest to the model's own vectors, by ridge regression, drawn towards what the model says of the piece
alone. What takes long, the model's vectors, stays in the work folder.
"""

import sys
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

import table
from teacher import CLS, SEP, Teacher
from texts import texts

DIMENSION = 256
# How strongly a row is drawn to its start: a piece that few texts use stays near it.
RIDGE = 0.03
# Rounds in which a text's own length is fitted too: only the direction of a vector matters.
ROUNDS = 3
# One text of so many is kept from the fit, to see how well it does.
KEPT_OUT = 50
# Smooth inverse frequency, as model2vec has it: the commonest pieces begin small.
COMMON = 1e-4
# Texts whose vectors are kept together.
PART = 8192
# [PAD], [UNK], [CLS], [SEP], [MASK]: no text is about them.
SPECIAL = [0, 100, 101, 102, 103]


def main(work, path):
    work = Path(work)
    work.mkdir(parents=True, exist_ok=True)
    teacher = Teacher(work)
    pieces, sentences, vectors, alone = taught(work, teacher)
    kept = np.arange(len(pieces)) % KEPT_OUT == 0
    used = bag(pieces, len(alone))
    mean = vectors[~kept].mean(0)
    base = np.linalg.svd(sample(vectors[~kept]) - mean, full_matrices=False)[2][:DIMENSION].T
    wanted = (vectors - mean) @ base
    rows = fit(used[~kept], wanted[~kept], start(alone, base))
    rows[SPECIAL] = 0
    told(used, wanted, rows, kept & (np.arange(len(pieces)) < sentences))
    table.write(path, rows, teacher.vocabulary())


def taught(work, teacher):
    """The texts and how many are sentences, their vectors, and those of each piece alone."""
    pieces, sentences = texts(work, teacher)
    print(f"{sentences} sentences, {len(pieces)} texts, {sum(map(len, pieces))} word pieces", flush=True)
    alone = [[CLS, piece, SEP] for piece in range(len(teacher.vocabulary()))]
    return pieces, sentences, embedded(work, "texts", teacher, pieces), embedded(work, "alone", teacher, alone)


def embedded(work, name, teacher, pieces):
    """The model's vectors. Each part is kept, so that what is stopped goes on from there."""
    parts = []
    for start in range(0, len(pieces), PART):
        path = work / f"{name}-{start}.npy"
        if not path.exists():
            np.save(path, teacher.embed_pieces(pieces[start : start + PART]))
            print(f"{name}: {min(start + PART, len(pieces))} of {len(pieces)}", flush=True)
        parts.append(np.load(path))
    return np.concatenate(parts)


def bag(pieces, count):
    """The pieces of each text, a row a text; long texts do not count for more than short ones."""
    rows = np.repeat(np.arange(len(pieces)), [len(text) - 2 for text in pieces])
    columns = np.concatenate([text[1:-1] for text in pieces])
    cells = np.concatenate([np.full(len(text) - 2, (len(text) - 2) ** -0.5) for text in pieces])
    return sparse.csr_matrix((cells.astype(np.float32), (rows, columns)), (len(pieces), count))


def sample(vectors):
    return vectors[np.random.RandomState(0).permutation(len(vectors))[:30_000]]


def start(alone, base):
    """Where each row begins: what the model says of the piece alone, the common ones small."""
    share = 1 / np.arange(2, len(alone) + 2)
    share /= share.sum()
    return ((alone - alone.mean(0)) @ base * (COMMON / (COMMON + share))[:, None]).astype(np.float32)


def fit(used, wanted, begin):
    """Rows whose sums point where `wanted` does."""
    rows = ridge(used, wanted, begin)
    for _ in range(ROUNDS):
        sums = used @ rows
        length = (sums * wanted).sum(1) / ((sums * sums).sum(1) + 1e-9)
        rows = ridge(sparse.diags(length.clip(0.3, 3)) @ used, wanted, begin)
    return rows


def ridge(used, wanted, begin):
    """Least squares of `used @ rows - wanted` and `RIDGE` times `rows - begin`, by conjugate gradients."""
    used = used.tocsr().astype(np.float32)
    back = used.T.tocsr()
    near = 1 / (np.asarray(used.multiply(used).sum(0)).ravel() + RIDGE)[:, None].astype(np.float32)
    left = back @ (wanted - used @ begin).astype(np.float32)
    enough = 1e-4 * np.linalg.norm(left)
    change = np.zeros_like(begin)
    step = near * left
    slope = (left * step).sum(0)
    for _ in range(60):
        product = back @ (used @ step) + np.float32(RIDGE) * step
        length = slope / ((step * product).sum(0) + 1e-12)
        change += length * step
        left -= length * product
        if np.linalg.norm(left) < enough:
            break
        nearer = near * left
        slope, before = (left * nearer).sum(0), slope
        step = nearer + slope / (before + 1e-12) * step
    return begin + change


def told(used, wanted, rows, kept):
    """Says how near the sums come to the model, for sentences that were kept from the fit."""
    found, wanted = used[kept] @ rows, wanted[kept]
    cosines = (found * wanted).sum(1) / np.linalg.norm(found, axis=1).clip(1e-9) / np.linalg.norm(wanted, axis=1)
    print(f"{kept.sum()} sentences kept from the fit: mean cosine {cosines.mean():.3f}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
