"""One embedder's vectors in the index: what its table is called, holds and finds.

The index has one that serves and, while another embedder's vectors are made, a second one beside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from carrel.library import nearest
from carrel.library.index_rows import arrow, by_score, vector_schema
from carrel.library.keyed import Secret
from carrel.library.lance import IndexDamaged
from carrel.library.row_places import RowPlaces

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

PREFIX = "vectors_"
_KEYED = re.compile(r"-[0-9a-f]{8}$")  # a table's name under a secret
VectorRow = tuple[int, int, "NDArray[np.float32]"]
"""Passage id, document id, unit vector."""


def table_name(embedder: str, secret: Secret) -> str:
    """The table of an embedder's vectors under a secret, without the ending ".lance"."""
    name = f"{PREFIX}{re.sub(r'[^A-Za-z0-9_.-]', '_', embedder)}"
    if secret.id:
        return f"{name}-{secret.id}"
    return f"{name}_" if _KEYED.search(name) else name


def of_other_secrets(folder: Path, secret: Secret) -> list[Path]:
    """Tables of before a passphrase was set, changed or removed."""
    mark = f"-{secret.id}" if secret.id else ""
    return [
        table
        for table in folder.glob("*.lance")
        if not (table.stem.endswith(mark) if mark else not _KEYED.search(table.stem))
    ]


class Vectors:
    """The vectors of one embedder, `dimensions` long; `table` is None until the first are there.

    Whoever writes tells the index first: this only makes rows and reads them.
    """

    def __init__(self, embedder: str, dimensions: int, secret: Secret) -> None:
        self.embedder = embedder
        self.dimensions = dimensions
        self.name = table_name(embedder, secret)
        self.table: Any = None
        self.small_files = 0
        self._secret = secret
        self._fitted: Secret | None = None
        self._places = RowPlaces()

    def anew(self) -> Vectors:
        """The same without a table."""
        return Vectors(self.embedder, self.dimensions, self._secret)

    @property
    def secret(self) -> Secret:
        """How these vectors are hidden; made when it is first needed, which may take 0.1 s."""
        if self._fitted is None:
            self._fitted = self._secret.fitting(self.dimensions)
        return self._fitted

    def open(self, database: Any, folder: Path) -> None:
        """Open the table if it was ever made. Raises IndexDamaged when its columns differ."""
        if not self.embedder or not (folder / f"{self.name}.lance").is_dir():
            return
        table = database.open_table(self.name)
        if table.schema != vector_schema(self.dimensions):
            raise IndexDamaged(f"The table {self.name} has other columns than expected.")
        self.table = table

    def add(self, database: Any, data: Any) -> None:
        """Write what `data` made; the first rows make the table."""
        if self.table is None:
            self.table = database.create_table(self.name, schema=vector_schema(self.dimensions))
        self.table.add(data)
        self.small_files += 1

    def search(
        self,
        vector: NDArray[np.float32],
        limit: int,
        documents: Sequence[int] | None,
        *,
        exact: bool,
    ) -> list[tuple[int, float]]:
        """(passage id, cosine), best first."""
        stored = self.secret.hide(vector.astype(np.float32))
        rows = nearest.search(self.table, stored, limit, documents, exact=exact)
        return by_score(rows)

    def of(self, passages: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """The vectors of these passages; those without one are missing."""
        found: dict[int, NDArray[np.float32]] = {}
        for rows in self._places.fetch(self.table, passages):
            flat = rows["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
            matrix = self.secret.show(flat.reshape(-1, self.dimensions))
            found.update(zip(rows["passage_id"].to_pylist(), matrix, strict=True))
        return found

    def held(self) -> dict[int, int]:
        """The document of each passage that has a vector."""
        found: dict[int, int] = {}
        if self.table is not None:
            for batch in self.table.search().select(["passage_id", "document_id"]).to_batches():
                columns = (batch.column(name).to_pylist() for name in batch.schema.names[:2])
                found.update(zip(*columns, strict=True))
        return found

    def data(self, rows: Sequence[VectorRow]) -> Any:
        """Rows as they are stored. Raises ValueError for vectors of another length."""
        pa = arrow()
        passages, documents, vectors = zip(*rows, strict=True)
        flat = np.ascontiguousarray(np.stack(vectors), dtype=np.float32)
        if flat.shape[1] != self.dimensions:
            raise ValueError(
                f"Vectors of {flat.shape[1]} do not fit an index of {self.dimensions}."
            )
        flat = np.ascontiguousarray(self.secret.hide(flat), dtype=np.float32)
        return pa.table(
            {
                "passage_id": pa.array(passages, pa.int64()),
                "document_id": pa.array(documents, pa.int64()),
                "vector": pa.FixedSizeListArray.from_arrays(pa.array(flat.ravel()), flat.shape[1]),
            }
        )
