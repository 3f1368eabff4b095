"""all-MiniLM-L6-v2 in numpy: the vectors that the table is fitted to."""

import numpy as np
from scipy.special import erf
from tokenizers import Tokenizer

from weights import part, weights

HEADS, LAYERS, DIMENSION = 12, 6, 384
CLS, SEP = 101, 102
# The model card: longer input is cut off.
LONGEST = 256


class Teacher:
    """The model and its tokenizer."""

    def __init__(self, work):
        self.of = weights(work)
        self.tokenizer = Tokenizer.from_str(part(work, "tokenizer.json").decode())
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()

    def pieces(self, texts, longest=LONGEST):
        """The word pieces of each text, between [CLS] and [SEP]."""
        found = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        return [ids[: longest - 1] + [SEP] if len(ids) > longest else ids for ids in found]

    def vocabulary(self):
        """The word pieces' names, by their ids."""
        names = self.tokenizer.get_vocab()
        return sorted(names, key=names.get)

    def embed(self, texts):
        """The vector of each text, of unit length."""
        return self.embed_pieces(self.pieces(texts))

    def embed_pieces(self, texts, batch=64):
        """The vector of each list of word pieces; those of about one length go together."""
        order = sorted(range(len(texts)), key=lambda text: len(texts[text]))
        vectors = np.zeros((len(texts), DIMENSION), np.float32)
        for start in range(0, len(order), batch):
            some = order[start : start + batch]
            longest = max(len(texts[text]) for text in some)
            ids = np.zeros((len(some), longest), np.int64)
            mask = np.zeros((len(some), longest), np.float32)
            for row, text in enumerate(some):
                ids[row, : len(texts[text])] = texts[text]
                mask[row, : len(texts[text])] = 1
            last = self.forward(ids, mask)
            mean = (last * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
            vectors[some] = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        return vectors

    def forward(self, ids, mask):
        """The last layer for a batch of texts of one length."""
        count, length = ids.shape
        embeddings = "embeddings."
        x = self.of[embeddings + "word_embeddings.weight"][ids]
        x = x + self.of[embeddings + "position_embeddings.weight"][:length]
        x = self.normal(x + self.of[embeddings + "token_type_embeddings.weight"][0], embeddings + "LayerNorm")
        x = x.reshape(count * length, DIMENSION)
        hidden = ((1 - mask) * -1e9).astype(np.float32)[:, None, None, :]
        for layer in range(LAYERS):
            name = f"encoder.layer.{layer}."
            heads = [
                self.linear(x, name + f"attention.self.{part}")
                .reshape(count, length, HEADS, -1)
                .transpose(0, 2, 1, 3)
                for part in ("query", "key", "value")
            ]
            query, key, value = heads
            scores = query @ key.transpose(0, 1, 3, 2) * np.float32(query.shape[-1] ** -0.5) + hidden
            scores -= scores.max(-1, keepdims=True)
            np.exp(scores, out=scores)
            scores /= scores.sum(-1, keepdims=True)
            mixed = (scores @ value).transpose(0, 2, 1, 3).reshape(count * length, DIMENSION)
            mixed = self.linear(mixed, name + "attention.output.dense")
            x = self.normal(x + mixed, name + "attention.output.LayerNorm")
            wide = self.linear(x, name + "intermediate.dense")
            wide = wide * 0.5 * (1 + erf(wide * np.float32(0.5**0.5)))
            x = self.normal(x + self.linear(wide, name + "output.dense"), name + "output.LayerNorm")
        return x.reshape(count, length, DIMENSION)

    def linear(self, x, name):
        return x @ self.of[name + ".weight"].T + self.of[name + ".bias"]

    def normal(self, x, name):
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-12)
        return x * self.of[name + ".weight"] + self.of[name + ".bias"]
