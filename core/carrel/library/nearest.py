"""Searching vectors: exactly while they are few, through an approximate index when they are many.

The index holds 8-bit codes in partitions (IVF_SQ); what it finds is compared again with the vectors
themselves, so that cosines are exact always.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from carrel.library.index_rows import id_filter
from carrel.library.lance import index_vectors, trained_on
from carrel.process.machine import give_back_memory

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NEAREST_FROM = 20_000
"""Vectors from which the approximate index answers. On two cores with 100,000 real passages it
takes 6 ms where exact search takes 64, with the same ten best; at 20,000 about 5 ms and 13
(`python -m tests.bench reach`)."""
VECTOR = "vector"
# A reader beside us may still be in an older version, and so is the desk until it hears that the
# process that merges, which stands still during questions, is done.
_KEEP_VERSIONS = timedelta(minutes=20)
_RETRAIN = 1.25
"""Times the rows that it was trained on. Every merge in between adds a part that each search opens:
with eleven of them a search of 100,000 took 16 ms, with one 14; training takes 5 s."""
_PROBES, _REFINE = 20, 2
"""Partitions that are searched, and how many times the wanted rows are compared exactly: recall@10
was 1.000 of 150 questions at 100,000 passages; with ten partitions .9987."""


def search(
    table: Any,
    vector: NDArray[np.float32],
    limit: int,
    documents: Sequence[int] | None,
    *,
    exact: bool,
) -> Any:
    """The nearest rows of a table as `passage_id` and `_distance` (1 - cosine), best first."""
    query = table.search(vector, vector_column_name="vector").distance_type("cosine").limit(limit)
    if exact or table.count_rows() < NEAREST_FROM:
        query = query.bypass_vector_index()
    else:
        # A narrow scope may need more partitions than this to fill the list: no maximum.
        query = query.minimum_nprobes(_PROBES).maximum_nprobes(0).refine_factor(_REFINE)
    return within(query, documents).select(["passage_id", "_distance"]).to_arrow()


def within(query: Any, documents: Sequence[int] | None) -> Any:
    """The query restricted to these documents before it is searched; None means all."""
    return query if documents is None else query.where(id_filter(documents), prefilter=True)


def merge(table: Any) -> None:
    """Bring all rows of a table into its index, merge its small files, and make the approximate
    index of vectors where one is due. Takes seconds."""
    table.optimize(cleanup_older_than=_KEEP_VERSIONS)
    if VECTOR in table.schema.names:
        train(table)


def train(table: Any) -> None:
    """Make the approximate index when there are enough rows, anew when they have grown by a
    quarter; for the end of other large work on the table."""
    rows = int(table.count_rows())
    if rows >= max(NEAREST_FROM, _RETRAIN * trained_on(table)):
        index_vectors(table, rows)
    give_back_memory()
