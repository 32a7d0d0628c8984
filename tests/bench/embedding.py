"""Passages embedded a second, against sentence-transformers' own encode on the same passages.

Both tokenize, embed and normalize the same texts of about 120 word-pieces. The rival runs in
float32 at the best of several batch sizes and thread counts (it sorts by length too; beside other
busy processes one thread can beat all of them). The runs take turns, so that both see the same
noise.
"""

from __future__ import annotations

import os
from functools import partial
from itertools import product
from typing import Any

from tests.bench.common import Row, paired, ratio_row, seconds

from carrel.library.embedders import STARTER, starter_folder
from carrel.library.embedding import OnnxEmbedder, load_original
from carrel.library.exporting import compare, unit
from carrel.library.parity_texts import TEXTS
from carrel.profile import shared_embedders

PASSAGES, N = 128, 7
RIVAL_BATCHES = (4, 8, 16, 32)
RIVAL_THREADS = sorted({1, os.cpu_count() or 1})
_WORDS = " ".join(TEXTS[:50]).split()  # the English ones


def rows() -> list[Row]:
    """Passages a second, the ratio, and how near the vectors are to the rival's."""
    found = measure()
    title = f"embedding, {PASSAGES} passages of {found['tokens']:.0f} word-pieces on average"
    batch, threads = found["rival_batch"], found["rival_threads"]
    rival = f"sentence-transformers float32, batch {batch}, {threads} threads"
    return [
        ratio_row(title, "passages/s", found["ours"], found["rival"], rival, N, "at least 3.0"),
        {
            "name": "embedding: mean cosine to float32", "unit": "cosine",
            "ours": found["mean_cosine"], "rival": 1.0, "rival_name": rival, "ratio": None,
            "n": PASSAGES, "goal": f"least {found['minimum_cosine']}",
        },
    ]  # fmt: skip


def measure() -> dict[str, Any]:
    """Rates in passages a second (medians of N alternating runs), the rival's best setting, and the
    cosines between both."""
    import torch

    embedder = OnnxEmbedder(shared_embedders() / STARTER)
    original = load_original(starter_folder())
    texts = passages()
    tokens = sum(embedder.count_tokens(texts)) / len(texts)
    encode = partial(original.encode, texts, show_progress_bar=False, normalize_embeddings=True)

    def tried(setting: tuple[int, int]) -> float:
        torch.set_num_threads(setting[0])
        return min(seconds(partial(encode, batch_size=setting[1])) for _ in range(2))

    threads, batch = min(product(RIVAL_THREADS, RIVAL_BATCHES), key=tried)
    torch.set_num_threads(threads)
    parity = compare(unit(encode(batch_size=batch)), embedder.encode_passages(texts))
    ours, rival = paired(
        lambda: PASSAGES / seconds(lambda: embedder.encode_passages(texts)),
        lambda: PASSAGES / seconds(lambda: encode(batch_size=batch)),
        N,
    )
    embedder.close()
    return {
        "ours": ours, "rival": rival, "ratio": ours / rival, "rival_batch": batch,
        "rival_threads": threads, "n": N, "tokens": tokens, "mean_cosine": parity.mean_cosine,
        "minimum_cosine": parity.minimum_cosine,
    }  # fmt: skip


def passages() -> list[str]:
    """Texts of 80 to 92 words, no two alike: about the sizes that chunking makes."""
    starts = range(0, len(_WORDS) - 92, (len(_WORDS) - 92) // PASSAGES)
    return [" ".join(_WORDS[at : at + 80 + at % 13]) for at in starts][:PASSAGES]
