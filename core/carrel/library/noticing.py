"""Notices a collection that is mostly in a language which the embedder was not made for.

Then its vectors say little, so words get the weight in a search, and the user is told. A sample of
passages is looked at, when somebody asks: some milliseconds, once for every tenth that is added.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from carrel.library.languages import NAMES, language_of, reads

if TYPE_CHECKING:
    from carrel.library.switching import Serving, Shelf
    from carrel.store.catalogue import Catalogue

MOSTLY = 0.5
"""Share of the passages whose language is known from which a collection counts as foreign."""
FOREIGN_MEANING = 0.2
"""The factor on the weight of meaning there: what words find comes first, and what they do not
find at all still follows by its cosine. Chosen, not measured."""
_DOCUMENTS, _PASSAGES = 60, 120  # looked at, evenly over all there are
_GROWN = 1.1  # times the passages of the last look


class _Look(NamedTuple):
    highest: int  # passage id at the time
    documents: int
    weights: Counter[str]  # passages by language


class Noticing:
    """For one library. Threads may share it."""

    def __init__(self, catalogue: Catalogue, serving: Serving, shelf: Shelf | None) -> None:
        self._catalogue = catalogue
        self._serving = serving
        self._shelf = shelf
        self._looks: dict[tuple[str, ...], _Look] = {}
        self._lock = threading.Lock()

    def language(self, collections: Sequence[str]) -> str:
        """The code of the language that most passages of these collections (() is all) are in and
        the embedder does not read; "" when it reads most, or when that is not known."""
        made_for = [] if self._shelf is None else self._shelf.languages(self._serving.source.id)
        if not made_for:
            return ""
        weights = self._look(tuple(collections)).weights
        foreign = Counter({c: n for c, n in weights.items() if not reads(made_for, c)})
        if foreign.total() <= MOSTLY * weights.total():
            return ""
        return foreign.most_common(1)[0][0]

    def meaning_weight(self, collections: Sequence[str]) -> float:
        """A factor on the weight of meaning in these collections, 1 as a rule."""
        return FOREIGN_MEANING if self.language(collections) else 1.0

    def note(self, collection: str) -> str:
        """A sentence for the user, "" when there is nothing to tell."""
        code = self.language((collection,))
        if not code:
            return ""
        return (
            f"Most of this collection is in {NAMES.get(code, code)}, which the embedder"
            f" {self._serving.source.id} was not made for: search goes by words first. A"
            " multilingual embedder can be added: carrel embedders add DIR."
        )

    def _look(self, collections: tuple[str, ...]) -> _Look:
        highest, documents = self._catalogue.size()
        with self._lock:
            known = self._looks.get(collections)
        if (
            known is not None
            and known.highest <= highest <= _GROWN * known.highest
            and known.documents <= documents <= _GROWN * known.documents
        ):
            return known
        made = _Look(highest, documents, self._weigh(collections))
        with self._lock:
            self._looks[collections] = made
        return made

    def _weigh(self, collections: tuple[str, ...]) -> Counter[str]:
        scope = self._catalogue.scope(collections)
        known = self._catalogue.with_words()
        if scope is not None:
            inside = set(scope)
            known = [one for one in known if one in inside]
        some = known[:: max(1, -(-len(known) // _DOCUMENTS))]
        weights: Counter[str] = Counter()
        for document in some:
            texts, all_there_are = self._catalogue.heads(document, -(-_PASSAGES // len(some)))
            for text in texts:
                if code := language_of(text):
                    weights[code] += all_there_are / len(texts)  # type: ignore[assignment]
        return weights
