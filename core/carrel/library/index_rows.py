"""The rows of the index's tables: their columns, filters over them, and results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

_OFF = 1e-3  # from length 1: more than rounding makes


def arrow() -> Any:
    """pyarrow, imported when it is first needed: it takes a quarter of a second."""
    import pyarrow

    return pyarrow


def term_schema() -> Any:
    """The columns of the table of words."""
    pa = arrow()
    return pa.schema(
        [("passage_id", pa.int64()), ("document_id", pa.int64()), ("terms", pa.string())]
    )


def term_rows(rows: Sequence[tuple[int, int, str]]) -> Any:
    """Rows of (passage id, document id, terms) as they are written."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return arrow().table(columns, schema=term_schema())


def vector_schema(dimensions: int) -> Any:
    """The columns of a table of vectors."""
    pa = arrow()
    vector = pa.list_(pa.float32(), dimensions)
    return pa.schema([("passage_id", pa.int64()), ("document_id", pa.int64()), ("vector", vector)])


def id_filter(documents: Sequence[int]) -> str:
    """Return a filter for these document ids, with runs of ids written as ranges."""
    runs: list[list[int]] = []
    for document in sorted(set(documents)):
        if runs and document == runs[-1][1] + 1:
            runs[-1][1] = document
        else:
            runs.append([document, document])
    singles = [str(a) for a, b in runs if a == b]
    ranges = [f"(document_id >= {a} AND document_id <= {b})" for a, b in runs if a != b]
    if singles:
        ranges.append(f"document_id IN ({', '.join(singles)})")
    return " OR ".join(ranges)


def by_score(rows: Any) -> list[tuple[int, float]]:
    """Passage ids of a result with their scores, of vectors with their cosines, best first.

    Scores that differ by no more than rounding (a rotation of vectors moves a cosine by about
    1e-7) count as equal, and equal ones stand by their ids: else the order would be chance.
    """
    scores: list[float] = (
        [1.0 - far for far in rows["_distance"].to_pylist()]
        if "_distance" in rows.column_names
        else rows["_score"].to_pylist()
    )
    found = zip(rows["passage_id"].to_pylist(), scores, strict=True)
    return sorted(found, key=lambda pair: (-round(pair[1], 5), pair[0]))


def parts(ids: Sequence[int], size: int = 1_000) -> Iterator[Sequence[int]]:
    """The ids in parts of at most `size`: filters have a longest length."""
    for at in range(0, len(ids), size):
        yield ids[at : at + size]


def rows_of(batch: Any, change: Callable[[Any], Any]) -> Any:
    """The rows of a table of vectors with the matrix of their vectors changed."""
    import numpy as np

    pa = arrow()
    column = batch.column("vector")
    matrix = column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1)
    flat = np.ascontiguousarray(change(matrix), dtype=np.float32)
    vectors = pa.FixedSizeListArray.from_arrays(pa.array(flat.ravel()), matrix.shape[1])
    ids = [batch.column(name) for name in ("passage_id", "document_id")]
    return pa.table([*ids, vectors], names=["passage_id", "document_id", "vector"])


def unlike_written(table: Any) -> str:
    """The column of a table that has rows that are not as they were written, "" when none has:
    words without a NUL, vectors of length 1."""
    column = "terms" if "terms" in table.schema.names else "vector"
    batches = table.search().select([column]).to_batches()
    return column if any(_unlike(batch) for batch in batches) else ""


def _unlike(batch: Any) -> bool:
    import numpy as np

    column = batch.column(0)
    if column.null_count:
        return True
    if batch.schema.names[0] == "terms":
        return any("\0" in text for text in column.to_pylist())
    matrix = column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1)
    return bool(np.any(np.abs(np.linalg.norm(matrix, axis=1) - 1.0) > _OFF))
