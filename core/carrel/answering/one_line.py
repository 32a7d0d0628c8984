"""One line by the model about one document: for the rows of a survey, beside the quote."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from carrel.answering import citations, prompt
from carrel.answering.stream import STOPS, AnswerStream
from carrel.answering.usage import usage
from carrel.engine.messages import Generate, Piece
from carrel.sentences import sentences

if TYPE_CHECKING:
    from carrel.engine.holder import ModelHolder
    from carrel.events import Hit
    from carrel.library.library import Library
    from carrel.settings import Settings

PASSAGES = 2
"""Passages that the model reads of a document: a survey reads hundreds of documents."""
TOKENS = 60


class OneLiner:
    """Answers a question about one document in a sentence that its passages support."""

    def __init__(self, library: Library, model: ModelHolder, settings: Settings) -> None:
        self._library = library
        self._model = model
        self._settings = settings

    def __call__(self, question: str, hits: Sequence[Hit], cancel: threading.Event) -> str:
        """The first sentence of the model's answer; "" when it declines, when no passage supports
        what it says, or when `cancel` was set. Raises UserError when the model cannot be loaded."""
        shown = list(hits[:PASSAGES])
        first = self._first_sentence(self._said(question, shown, cancel))
        if not first or cancel.is_set() or citations.is_refusal(first):
            return ""
        checked = citations.attach(first, shown, self._library.ready_embedder(), question)
        return first if checked.citations and not checked.unsupported else ""

    def _said(self, question: str, hits: Sequence[Hit], cancel: threading.Event) -> str:
        for _ in self._model.ensure(cancel):
            pass
        manner = usage(self._model.preset(), self._model.vendor_sampling(), self._settings)
        system = prompt.system_text(manner.system, "files")
        request = Generate(
            messages=prompt.build(question, hits, [], "files", system, False),
            sampling=manner.sampling, role_names=manner.role_names, stop=list(STOPS),
            max_tokens=TOKENS, think=False,
        )  # fmt: skip
        cleaner = AnswerStream()
        said = [
            cleaner.feed(event.text)
            for event in self._model.stream(request, cancel)
            if isinstance(event, Piece)
        ]
        return "".join([*said, cleaner.finish()]).strip()

    @staticmethod
    def _first_sentence(text: str) -> str:
        first = next(iter(sentences(text)), None)
        return " ".join(text[first[0] : first[1]].split()) if first else ""
