"""LanceDB itself: opened without a network, its errors as ours, its indexes made. Nothing else
imports lancedb."""

from __future__ import annotations

import json
import os
import re
import socket
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from carrel.errors import CarrelError, disk_full
from carrel.library import cloud_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMAT = 1
_NEAREST = "nearest_"
_INDEX_CACHE, _METADATA_CACHE = 128 << 20, 16 << 20  # bytes; LanceDB would take 6 GB and 1 GB
_CLOUD = re.compile(r"(AWS|GOOGLE|HF|AZURE|GCS|LANCEDB)_")


class IndexDamaged(CarrelError):
    """The index cannot be read or does not agree with the catalogue: drop it and rebuild it."""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """LanceDB reports damage as RuntimeError, OSError or ValueError, depending on the file."""
    try:
        yield
    except (RuntimeError, OSError, ValueError) as error:
        if (full := disk_full(error)) is not None:
            raise full from error
        raise IndexDamaged(f"The search index could not be used ({what}): {error}") from error


def connect(folder: Path, *, read_only: bool = False) -> Any:
    """Open the folder; a `read_only` one sees what another process writes."""
    fresh = timedelta(0) if read_only else None
    lancedb = _lancedb()
    session = lancedb.Session(_INDEX_CACHE, _METADATA_CACHE)
    return lancedb.connect(str(folder), read_consistency_interval=fresh, session=session)


def check_format(folder: Path, *, read_only: bool = False) -> None:
    """Make the folder with its card, or raise IndexDamaged when it is not an index of ours."""
    card = folder / "format.json"
    if card.exists():
        with reading("format"):
            written = json.loads(card.read_text(encoding="utf-8"))
        if written != {"format": FORMAT}:
            raise IndexDamaged(f"The index was written in another format: {written}.")
    elif folder.exists() and any(folder.iterdir()):
        raise IndexDamaged("The index folder holds files but no format.json.")
    elif not read_only:
        folder.mkdir(parents=True, exist_ok=True)
        card.write_text(json.dumps({"format": FORMAT}), encoding="utf-8")


def index_terms(table: Any) -> None:
    """Index the words of the table, in place of the index that there is."""
    from lancedb.index import FTS

    config = FTS(
        base_tokenizer="whitespace", lower_case=False, stem=False, remove_stop_words=False,
        ascii_folding=False, with_position=False,
    )  # fmt: skip
    table.create_index("terms", config=config, replace=True)


def terms_query(terms: str, *, every: bool) -> Any:
    """What a search for rows with any of these words is asked with, or with every one of them."""
    from lancedb.query import FullTextOperator, MatchQuery

    operator = FullTextOperator.AND if every else FullTextOperator.OR
    return MatchQuery(terms, "terms", operator=operator)


def index_vectors(table: Any, rows: int) -> None:
    """Make an approximate index of the vectors: partitions of 8-bit codes, its size as LanceDB
    chooses. Its name tells how many rows it was trained on. Takes 3 s for 100,000 rows."""
    from lancedb.index import IvfSq

    old = [one.name for one in table.list_indices() if one.name.startswith(_NEAREST)]
    name = f"{_NEAREST}{rows}"
    table.create_index("vector", config=IvfSq(distance_type="cosine"), name=name, replace=True)
    for one in old:
        if one != name:
            table.drop_index(one)


def trained_on(table: Any) -> int:
    """How many rows the approximate index of the vectors was trained on; 0 when there is none."""
    names = (one.name for one in table.list_indices())
    return max((int(n[len(_NEAREST) :]) for n in names if n.startswith(_NEAREST)), default=0)


def count_unindexed(table: Any) -> int:
    """Rows whose words are not in the index of words yet."""
    stats = table.index_stats("terms_idx")
    if stats is None:
        raise IndexDamaged("The index of words is missing.")
    return int(stats.num_unindexed_rows)


def _lancedb() -> Any:
    """Import lancedb without giving it a network to look at or cloud settings to read."""
    socket.has_ipv6 = False  # its HTTP library binds ::1 once at import unless told so
    for name in [n for n in os.environ if _CLOUD.match(n) and not n.endswith("_OFFLINE")]:
        del os.environ[name]
    cloud_client.leave_out()
    import lancedb

    return lancedb
