"""The retriever on disk: LanceDB tables of keyed terms and of vectors. Nothing else uses lancedb.

`folder/terms.lance` holds one row of terms a passage; `folder/vectors_<embedder>.lance` one unit
vector. Rows carry passage and document ids and no readable text. The index is derived data: when it
cannot be opened or does not agree with the catalogue it raises `IndexDamaged`, and the caller drops
and rebuilds it. LanceDB never calls fsync, so `sync` does, before the catalogue may say that a
batch is in.
"""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from carrel.library import nearest
from carrel.library.durable import FolderFlusher
from carrel.library.index_rows import (
    arrow,
    pairs,
    parts,
    rows_of,
    term_schema,
    unlike_written,
    vector_schema,
)
from carrel.library.keyed import Secret
from carrel.library.lance import (
    IndexDamaged,
    check_format,
    connect,
    count_unindexed,
    index_terms,
    index_vectors,
    reading,
    terms_query,
    trained_on,
)
from carrel.library.sealing import Seal
from carrel.process.wiping import wipe_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

OPTIMIZE_AT = 2_000  # unindexed rows; 5,000 of them slow a term search from 3.5 to 30 ms
_MERGE_AT = 50  # additions of vectors: each makes a file, and every search opens all of them
_AT_ONCE = timedelta(milliseconds=1)  # all versions but the newest: 0 would warn of the same
NO_SECRET = Secret()
Helper = Callable[[Path, str], bool]
"""Takes the index folder and a table's name, returns whether it could; see `upkeep`."""
_KEYED = re.compile(r"-[0-9a-f]{8}$")


class LanceIndex:
    """ports.VectorIndex over LanceDB in an absolute local folder, created when missing.

    `embedder` names the vectors in use ("" for none), `dimensions` their length. A `read_only`
    index sees what a writer in another process adds; an `exact` one never searches approximately.
    A `helper` merges a table's files elsewhere. Searches may run in several threads; writing calls
    wait for each other. Raises IndexDamaged when the folder is not a readable index.
    """

    def __init__(
        self,
        folder: Path,
        embedder: str = "",
        dimensions: int = 384,
        *,
        read_only: bool = False,
        secret: Secret = NO_SECRET,
        exact: bool = False,
        helper: Helper | None = None,
    ) -> None:
        if not folder.is_absolute():
            raise ValueError(f"The index folder must be an absolute path, not {folder}.")
        self._folder = folder
        self._secret = secret
        self._exact = exact
        self._helper = helper
        self._read_only = read_only
        self._writing = threading.RLock()
        self._unindexed = 0
        self._small_files = 0
        self._disk = FolderFlusher(folder)
        self._seal = Seal(folder)
        check_format(self._folder, read_only=self._read_only)
        with reading("opening"):
            self._db = connect(folder, read_only=read_only)
            if not read_only:
                self._drop_others()
            self._terms = self._open(self._terms_name(), None)
        self.use(embedder, dimensions)
        if self._terms is not None:
            with reading("opening"):
                self._unindexed = count_unindexed(self._terms)

    def use(self, embedder: str, dimensions: int) -> None:
        """Switch to the vectors of another embedder; they are empty when it is new here."""
        self._embedder = embedder
        self._dimensions = dimensions
        with reading("opening"):
            self._vectors = self._open(self._vectors_name(), dimensions) if embedder else None

    # --- writing ------------------------------------------------------------------------------

    def add_terms(self, rows: Sequence[tuple[int, int, str]]) -> None:
        """Add (passage id, document id, space-joined terms); found when this returns."""
        if not rows:
            return
        pa = arrow()
        passages, documents, terms = zip(*rows, strict=True)
        data = pa.table(
            {
                "passage_id": pa.array(passages, pa.int64()),
                "document_id": pa.array(documents, pa.int64()),
                "terms": pa.array(terms, pa.string()),
            }
        )
        with self._change("adding words"):
            if self._terms is None:  # an empty table is falsy
                self._terms = self._create_terms()
            self._unindexed += len(rows)
            if self._unindexed < OPTIMIZE_AT:
                self._terms.add(data)
            else:  # until the rows are indexed, searches stay in the version before
                self._db.open_table(self._terms_name()).add(data)
                self._merge(self._terms)
                self._unindexed = 0

    def add_vectors(self, rows: Sequence[tuple[int, int, NDArray[np.float32]]]) -> None:
        """Add (passage id, document id, unit vector of `dimensions` float32)."""
        if not rows:
            return
        pa = arrow()
        passages, documents, vectors = zip(*rows, strict=True)
        flat = np.ascontiguousarray(self._secret.hide(np.stack(vectors)), dtype=np.float32)
        if flat.shape[1] != self._dimensions:
            raise ValueError(
                f"Vectors of {flat.shape[1]} do not fit an index of {self._dimensions}."
            )
        data = pa.table(
            {
                "passage_id": pa.array(passages, pa.int64()),
                "document_id": pa.array(documents, pa.int64()),
                "vector": pa.FixedSizeListArray.from_arrays(pa.array(flat.ravel()), flat.shape[1]),
            }
        )
        with self._change("adding vectors"):
            if self._vectors is None:
                name, schema = self._vectors_name(), vector_schema(self._dimensions)
                self._vectors = self._db.create_table(name, schema=schema)
            self._vectors.add(data)
            self._small_files += 1
            if self._small_files >= _MERGE_AT:
                self._merge(self._vectors)
                self._small_files = 0

    def remove(self, documents: Sequence[int]) -> None:
        """Take all rows of these documents out of every table; unknown ids are ignored."""
        if not documents:
            return
        with self._change("removing"):
            for table in self._tables():
                for part in parts(documents):
                    table.delete(f"document_id IN ({', '.join(map(str, part))})")

    def remove_terms(self, documents: Sequence[int]) -> None:
        """Take the words of these documents out; their vectors stay."""
        with self._change("removing"):
            for part in parts(documents):
                terms = self._current(self._terms_name())
                if terms is not None:
                    terms.delete(f"document_id IN ({', '.join(map(str, part))})")

    def purge(self, documents: Sequence[int]) -> None:
        """Remove these documents' rows so that no byte of them stays in any file of the index.

        A deleted row's bytes stay in its fragment, and its words in the term index: every row that
        is left is written anew, the term index is trained anew, and all old versions go.
        """
        self.remove(documents)
        with self._change("purging"):
            for table in self._tables():
                if table.count_rows() == 0:
                    continue
                table.update(where="true", values_sql={"document_id": "document_id"})
                if table is self._terms:
                    index_terms(table)
                elif trained_on(table):
                    index_vectors(table, table.count_rows())
                for _ in range(2):  # the first writes what the second leaves behind
                    table.optimize(cleanup_older_than=_AT_ONCE, delete_unverified=True)
            self._unindexed = 0
        if not any(self.counts()):
            self.drop()
        self.sync()

    def optimize(self) -> None:
        """Bring all rows into the term index and merge small files. Seconds at most; not for the
        query path: `add_terms` does it before 2,000 rows wait."""
        with self._change("optimizing"):
            for table in self._tables():
                self._merge(table)
            self._unindexed = 0

    def sync(self) -> None:
        """Wait until every file and folder of the index is safely on disk (fsync), and seal it."""
        with self._writing:
            self._disk.flush()
            self._seal.close()

    def prepare(self, secret: Secret) -> None:
        """Write the vectors of the embedder in use once more as they will be stored under another
        secret, beside those that are. They count from when the index is opened with it."""
        there = self._current(self._vectors_name())
        if there is None:
            return
        with self._change("writing vectors anew"):
            name = self._vectors_name(secret)
            made = self._db.create_table(name, schema=vector_schema(self._dimensions))
            for batch in there.search().to_batches():
                made.add(rows_of(batch, lambda v: secret.hide(self._secret.show(v))))
        self.sync()

    def drop(self) -> None:
        """Delete the whole index; it is empty and usable afterwards."""
        with self._writing:
            self._terms = self._vectors = None
            self._unindexed = 0
            self._seal = Seal(self._folder)
            shutil.rmtree(self._folder)
            check_format(self._folder, read_only=self._read_only)
            with reading("creating"):
                self._db = connect(self._folder)

    # --- searching ----------------------------------------------------------------------------

    def search_terms(
        self, terms: str, limit: int = 100, documents: Sequence[int] | None = None,
        *, every: bool = False,
    ) -> list[tuple[int, float]]:  # fmt: skip
        """Return (passage id, BM25 score), best first, of passages with any of the terms, or with
        `every` one of them. `documents` restricts the search to these ids; None means all."""
        table = self._current(self._terms_name())
        if table is None or not terms or (documents is not None and not documents):
            return []
        with reading("searching words"):
            wanted = terms_query(terms, every=every)
            query = table.search(wanted, query_type="fts").limit(limit)
            query = nearest.within(query, documents).select(["passage_id", "_score"])
            rows = query.to_arrow()
        return pairs(rows, "_score")

    def search_vectors(
        self, vector: NDArray[np.float32], limit: int = 100, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return (passage id, cosine in [-1, 1]), best first: exact where there is no approximate
        index. Cosines are exact always; new rows are found at once."""
        table = self._current(self._vectors_name())
        if table is None or (documents is not None and not documents):
            return []
        with reading("searching vectors"):
            stored = self._secret.hide(vector.astype(np.float32))
            rows = nearest.search(table, stored, limit, documents, exact=self._exact)
        return [(passage, 1.0 - distance) for passage, distance in pairs(rows, "_distance")]

    def vectors_of(self, passages: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """Return the stored vectors of these passages; those without one are missing."""
        table = self._current(self._vectors_name())
        if table is None or not passages:
            return {}
        with reading("reading vectors"):
            where = f"passage_id IN ({', '.join(map(str, passages))})"
            rows = table.search().where(where).select(["passage_id", "vector"]).to_arrow()
        flat = rows["vector"].combine_chunks().flatten().to_numpy(zero_copy_only=False)
        matrix = self._secret.show(flat.reshape(-1, self._dimensions))
        return dict(zip(rows["passage_id"].to_pylist(), matrix, strict=True))

    def counts(self) -> tuple[int, int]:
        """Return how many passages have terms, and vectors of the embedder in use."""
        with reading("counting"):
            tables = self._current(self._terms_name()), self._current(self._vectors_name())
            terms, vectors = (0 if t is None else int(t.count_rows()) for t in tables)
        return terms, vectors

    def check(self, terms: int, vectors: int, sample: Iterable[tuple[int, int, str]] = ()) -> None:
        """Raise IndexDamaged unless the row counts and the sampled rows of terms are as given.

        LanceDB returns flipped bits silently: so the caller recomputes the terms of some passages
        from the catalogue and has them compared here; their vectors must be unit vectors.
        """
        if self.counts() != (terms, vectors):
            raise IndexDamaged(f"The index has {self.counts()} rows, not {(terms, vectors)}.")
        wanted = {passage: (document, words) for passage, document, words in sample}
        if not wanted:
            return
        with reading("checking"):
            where = f"passage_id IN ({', '.join(map(str, wanted))})"
            table = self._current(self._terms_name())
            rows = table.search().where(where).limit(len(wanted)).to_list() if table else []
        found = {row["passage_id"]: (row["document_id"], row["terms"]) for row in rows}
        if found != wanted:
            raise IndexDamaged("The index does not hold the words that the catalogue says.")
        for vector in self.vectors_of(list(wanted)).values():
            if not abs(float(np.linalg.norm(vector)) - 1.0) < 1e-3:
                raise IndexDamaged("The index holds a vector that is not of length 1.")

    def read_through(self) -> None:
        """Read every row and use the index of words. Raises IndexDamaged for what is not as it was
        written, as far as the rows themselves tell."""
        with reading("reading everything"):
            for table in self._tables():
                column = "terms" if table is self._terms else "vector"
                for batch in table.search().select([column]).to_batches():
                    if unlike_written(batch):
                        raise IndexDamaged(f"Rows of {column} are not as they were written.")
            if self._terms is not None and self._terms.count_rows():
                some = self._terms.search().select(["terms"]).limit(1).to_list()[0]["terms"]
                if some and not self.search_terms(some, 1):
                    raise IndexDamaged("The index of words finds nothing.")

    # --- tables -------------------------------------------------------------------------------

    @contextmanager
    def _change(self, what: str) -> Iterator[None]:
        """While inside, files of the index come and go."""
        with self._writing, reading(what):
            self._seal.begin()
            yield

    def _merge(self, table: Any) -> None:
        """In the process that is there for it, or here when there is none."""
        merged = self._helper is not None and self._helper(self._folder, table.name)
        table.checkout_latest()
        if not merged:
            nearest.merge(table)

    def _terms_name(self) -> str:
        return f"terms{self._suffix()}"

    def _vectors_name(self, secret: Secret | None = None) -> str:
        name = re.sub(r"[^A-Za-z0-9_.-]", "_", self._embedder)
        return f"vectors_{name}{self._suffix(secret)}"

    def _suffix(self, secret: Secret | None = None) -> str:
        secret = secret or self._secret
        return f"-{secret.id}" if secret.id else ""

    def _drop_others(self) -> None:
        """Remove tables of another secret: of before a passphrase was set, changed or removed."""
        mark = self._suffix()
        others = [
            folder
            for folder in self._folder.glob("*.lance")
            if not (folder.stem.endswith(mark) if mark else not _KEYED.search(folder.stem))
        ]
        if others:
            self._seal.begin()
            for folder in others:
                wipe_folder(folder)
            self.sync()

    def _open(self, name: str, dimensions: int | None) -> Any:
        """The table, None when it was never made. Raises IndexDamaged when its columns differ."""
        if not (self._folder / f"{name}.lance").is_dir():
            return None
        table = self._db.open_table(name)
        schema = term_schema() if dimensions is None else vector_schema(dimensions)
        if table.schema != schema:
            raise IndexDamaged(f"The table {name} has other columns than expected.")
        return table

    def _current(self, name: str) -> Any:
        """The open table; a reader looks again for one that the writer has made meanwhile."""
        is_terms = name == self._terms_name()
        table = self._terms if is_terms else self._vectors
        if table is None and self._read_only and (is_terms or self._embedder):
            table = self._open(name, None if is_terms else self._dimensions)
            if is_terms:
                self._terms = table
            else:
                self._vectors = table
        return table

    def _tables(self) -> list[Any]:
        return [table for table in (self._terms, self._vectors) if table is not None]

    def _create_terms(self) -> Any:
        table = self._db.create_table(self._terms_name(), schema=term_schema())
        index_terms(table)
        return table
