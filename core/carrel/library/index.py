"""The retriever on disk: LanceDB tables of keyed terms and of vectors. Nothing else uses lancedb.

`folder/terms.lance` holds one row of terms a passage; `folder/vectors_<embedder>.lance` one unit
vector. Rows carry passage and document ids and no readable text. The index is derived data: when it
cannot be opened or does not agree with the catalogue it raises `IndexDamaged`, and the caller drops
and rebuilds it. LanceDB never calls fsync, so `sync` does, before the catalogue may say that a
batch is in.
"""

from __future__ import annotations

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
    by_score,
    parts,
    rows_of,
    term_rows,
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
from carrel.library.vectors import PREFIX, VectorRow, Vectors, of_other_secrets
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


class LanceIndex:
    """ports.VectorIndex over LanceDB in an absolute local folder, created when missing.

    `embedder` names the vectors in use ("" for none), `dimensions` their length; `beside` names
    those that are being made. A `read_only` index sees what a writer in another process adds; an
    `exact` one never searches approximately. A `helper` merges a table's files elsewhere. Searches
    may run in several threads; writing calls wait for each other. Raises IndexDamaged when the
    folder is not a readable index.
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
        beside: tuple[str, int] | None = None,
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
        self._disk = FolderFlusher(folder)
        self._seal = Seal(folder)
        check_format(self._folder, read_only=self._read_only)
        with reading("opening"):
            self._db = connect(folder, read_only=read_only)
            if not read_only:
                self._wipe(of_other_secrets(folder, secret))
            self._terms = self._open_terms()
            if self._terms is not None:
                self._unindexed = count_unindexed(self._terms)
        self._beside: Vectors | None = None
        self.use(embedder, dimensions)
        if beside is not None and not read_only:
            self.begin_beside(*beside)

    def use(self, embedder: str, dimensions: int) -> None:
        """Switch to the vectors of another embedder; they are empty when it is new here."""
        self._vectors = self._vectors_of(embedder, dimensions)

    def begin_beside(self, embedder: str, dimensions: int) -> None:
        """Make this embedder's vectors beside those that serve, or go on with that."""
        if self._beside is None or self._beside.embedder != embedder:
            self._beside = self._vectors_of(embedder, dimensions)

    def add_beside(self, rows: Sequence[VectorRow]) -> None:
        """As `add_vectors`, to those that are made beside."""
        if self._beside is not None:
            self._add(self._beside, rows)

    def beside(self) -> dict[int, int]:
        """The passages that have a vector beside already, and the document of each."""
        with reading("reading vectors"):
            return {} if self._beside is None else self._beside.held()

    def clear_beside(self) -> None:
        """Begin anew with what is made beside."""
        if self._beside is not None:
            self._beside = self._beside.anew()
            self._wipe(list(self._folder.glob(f"{self._beside.name}.lance")))

    def merge_beside(self) -> None:
        """Merge the files of what was made beside, and index it where that pays. Takes seconds."""
        if self._beside is not None and self._beside.table is not None:
            with self._change("optimizing"):
                self._merge(self._beside.table)
                self.sync()

    def serve_beside(self) -> None:
        """What was made beside serves from now on; `drop_unused` takes the others away."""
        if self._beside is not None:
            self._vectors, self._beside = self._beside, None

    def drop_unused(self) -> None:
        """Remove the vectors of embedders that neither serve nor are made beside."""
        used = self._vectors.name, self._beside.name if self._beside is not None else ""
        self._wipe([f for f in self._folder.glob(f"{PREFIX}*.lance") if f.stem not in used])

    # --- writing ------------------------------------------------------------------------------

    def add_terms(self, rows: Sequence[tuple[int, int, str]]) -> None:
        """Add (passage id, document id, space-joined terms); found when this returns."""
        if not rows:
            return
        data = term_rows(rows)
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

    def add_vectors(self, rows: Sequence[VectorRow]) -> None:
        """Add (passage id, document id, unit vector of `dimensions` float32)."""
        self._add(self._vectors, rows)

    def _add(self, vectors: Vectors, rows: Sequence[VectorRow]) -> None:
        if not rows:
            return
        data = vectors.data(rows)
        with self._change("adding vectors"):
            vectors.add(self._db, data)
            if vectors.small_files >= _MERGE_AT:
                self._merge(vectors.table)
                vectors.small_files = 0

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
                terms = self._current_terms()
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
        vectors = self._vectors
        if vectors.table is None:
            return
        with self._change("writing vectors anew"):
            anew = Vectors(vectors.embedder, vectors.dimensions, secret)
            made = self._db.create_table(anew.name, schema=vector_schema(vectors.dimensions))
            for batch in vectors.table.search().to_batches():
                made.add(rows_of(batch, lambda v: anew.secret.hide(vectors.secret.show(v))))
        self.sync()

    def drop(self) -> None:
        """Delete the whole index; it is empty and usable afterwards."""
        with self._writing:
            self._terms = self._vectors.table = None
            self._beside = self._beside and self._beside.anew()
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
        table = self._current_terms()
        if table is None or not terms or (documents is not None and not documents):
            return []
        with reading("searching words"):
            wanted = terms_query(terms, every=every)
            query = table.search(wanted, query_type="fts").limit(limit)
            query = nearest.within(query, documents).select(["passage_id", "_score"])
            rows = query.to_arrow()
        return by_score(rows)

    def search_vectors(
        self, vector: NDArray[np.float32], limit: int = 100, documents: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return (passage id, cosine in [-1, 1]), best first: exact where there is no approximate
        index. Cosines are exact always; new rows are found at once."""
        vectors = self._current_vectors()
        if vectors.table is None or (documents is not None and not documents):
            return []
        with reading("searching vectors"):
            return vectors.search(vector, limit, documents, exact=self._exact)

    def vectors_of(self, passages: Sequence[int]) -> dict[int, NDArray[np.float32]]:
        """Return the stored vectors of these passages; those without one are missing."""
        vectors = self._current_vectors()
        if vectors.table is None or not passages:
            return {}
        with reading("reading vectors"):
            return vectors.of(passages)

    def counts(self) -> tuple[int, int]:
        """Return how many passages have terms, and vectors of the embedder in use."""
        with reading("counting"):
            tables = self._current_terms(), self._current_vectors().table
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
            table = self._current_terms()
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
                if wrong := unlike_written(table):
                    raise IndexDamaged(f"Rows of {wrong} are not as they were written.")
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
        return f"terms-{self._secret.id}" if self._secret.id else "terms"

    def _wipe(self, tables: Sequence[Path]) -> None:
        if tables:
            self._seal.begin()
            for folder in tables:
                wipe_folder(folder)
            self.sync()

    def _open_terms(self) -> Any:
        """The table, None when it was never made. Raises IndexDamaged when its columns differ."""
        name = self._terms_name()
        if not (self._folder / f"{name}.lance").is_dir():
            return None
        table = self._db.open_table(name)
        if table.schema != term_schema():
            raise IndexDamaged(f"The table {name} has other columns than expected.")
        return table

    def _vectors_of(self, embedder: str, dimensions: int) -> Vectors:
        vectors = Vectors(embedder, dimensions, self._secret)
        with reading("opening"):
            vectors.open(self._db, self._folder)
        return vectors

    def _current_terms(self) -> Any:
        """The open table; a reader looks again for one that the writer has made meanwhile."""
        if self._terms is None and self._read_only:
            self._terms = self._open_terms()
        return self._terms

    def _current_vectors(self) -> Vectors:
        """As `_current_terms`, of the vectors that serve."""
        if self._vectors.table is None and self._read_only:
            self._vectors.open(self._db, self._folder)
        return self._vectors

    def _tables(self) -> list[Any]:
        vectors = [one.table for one in (self._vectors, self._beside) if one is not None]
        return [table for table in (self._terms, *vectors) if table is not None]

    def _create_terms(self) -> Any:
        table = self._db.create_table(self._terms_name(), schema=term_schema())
        index_terms(table)
        return table
