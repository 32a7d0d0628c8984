"""An embedder that remembers: the retrieval bench embeds each text once, over runs and systems."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from carrel.ports import Embedder
from carrel_models.stops import Interrupt

_BATCH = 256  # texts between two writes


class CachedEmbedder:
    """ports.Embedder over another one; vectors are kept in `folder`, by digest of the text."""

    def __init__(self, inner: Embedder, folder: Path) -> None:
        self._inner = inner
        self.id, self.sha256 = inner.id, inner.sha256
        self.dimensions, self.max_tokens = inner.dimensions, inner.max_tokens
        self._file = folder / f"{inner.id}-{inner.sha256[:12]}.npz"
        self._known: dict[str, NDArray[np.float32]] = {}
        if self._file.exists():
            with np.load(self._file) as kept:
                self._known = dict(zip(kept["digests"].tolist(), kept["vectors"], strict=True))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the embedder underneath."""
        return self._inner.count_tokens(texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the embedder underneath, which sees only texts that are new."""
        keys = [_digest("passage", text) for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        waiting = sorted(new, key=lambda key: len(new[key]))
        for at in range(0, len(waiting), _BATCH):
            some = waiting[at : at + _BATCH]
            vectors = self._inner.encode_passages([new[key] for key in some])
            self._known.update(zip(some, vectors, strict=True))
            self._keep()
        return np.stack([self._known[key] for key in keys])

    def encode_batches(
        self, texts: Sequence[str], interrupt: Interrupt
    ) -> Generator[tuple[Sequence[int], NDArray[np.float32]], None, None]:
        """All in one batch; nothing runs beside a bench that could interrupt it."""
        yield range(len(texts)), self.encode_passages(texts)

    def encode_query(self, text: str) -> NDArray[np.float32]:
        """As the embedder underneath; kept with the next passages that are written."""
        key = _digest("query", text)
        if key not in self._known:
            self._known[key] = self._inner.encode_query(text)
        return self._known[key]

    def _keep(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new.npz")
        np.savez(fresh, digests=list(self._known), vectors=np.stack(list(self._known.values())))
        fresh.replace(self._file)


def _digest(kind: str, text: str) -> str:
    return hashlib.blake2b(f"{kind}\0{text}".encode(), digest_size=16).hexdigest()
