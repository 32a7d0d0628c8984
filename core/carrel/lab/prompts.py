"""Questions as the very prompts that Carrel sends, for tuning a model on them.

`sample` needs no library, no engine and no desk: it takes a question with its passages. `Prompter`
finds the passages in a library first. One sample is one line of JSON:

    {"id": "q1", "messages": [{"role": "system", "content": "…"}, {"role": "user", "content": "…"}],
     "expected": "1,450 a month", "answers": [...], "answerable": true, "mode": "files",
     "passages": [{"number": 1, "title": "Lease", "text": "…", …}], "evidence": "yes"}
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal

from carrel.answering import gates, prompt, verbatim
from carrel.answering.preparing import prepared
from carrel.answering.usage import usage
from carrel.engine.messages import ChatMessage
from carrel.events import Hit, Mode, Plain, Signals
from carrel.lab.questions import GivenPassage, Question

if TYPE_CHECKING:
    from carrel.compose import Core

FilesMode = Literal["files", "both"]


class SampleMessage(Plain, frozen=True):
    """A message in the form that training libraries take."""

    role: str
    content: str


class SamplePassage(Plain, frozen=True):
    """A passage of a prompt under its `number` there; `given` is its place from 0, best first,
    among those that were found or given."""

    number: int
    given: int
    title: str
    headings: list[str]
    page: int | None
    document: str
    text: str


class Sample(Plain, frozen=True):
    """A question as it is sent. `expected` is its first answer, what Carrel asks models to say
    where the passages hold none, or None where nobody knows. `evidence` is what the search says
    ("no": Carrel would not ask a model at all), None for given passages. `rendered` is the text
    under a model's chat template, where one was named."""

    id: str
    messages: list[SampleMessage]
    expected: str | None
    answers: list[str]
    answerable: bool
    mode: Mode
    passages: list[SamplePassage]
    evidence: str | None = None
    rendered: str | None = None


def sample(question: Question, mode: Mode = "files", own_system: str = "") -> Sample:
    """The prompt for a question with its own passages, best first (the best stands nearest the
    question, so it has the highest number). `own_system` is the model's text from its preset."""
    hits = [hit_of(one, place) for place, one in enumerate(question.passages)]
    messages = prompt.build(
        question.question, hits, mode=mode, system=prompt.system_text(own_system, mode)
    )
    return _sample(question, messages, prompt.prompt_order(hits), mode)


def hit_of(passage: GivenPassage, place: int) -> Hit:
    """A given passage as the search would have found it at this place (from 0)."""
    return Hit(
        rank=place + 1, score=0.0, passage_id=place + 1, document=passage.document,
        title=passage.title, headings=passage.headings, page=passage.page, start=0,
        end=len(passage.text), text=passage.text, signals=Signals(),
    )  # fmt: skip


def rendered(messages: Sequence[SampleMessage], model_path: str, template: str = "") -> str:
    """The text of a prompt under the template of the GGUF at `model_path` (or the named one), from
    its first control token to where the answer begins. Raises UserError when it has none."""
    from carrel.engine.templates import Manner, render

    text, bos, eos = _template(model_path, template)
    chat = [ChatMessage(role=m.role, text=m.content) for m in messages]  # type: ignore[arg-type]
    segments = render(text, chat, Manner(bos, eos)).segments
    return "".join(s.text if s.message is None else chat[s.message].text for s in segments)


@cache
def _template(model_path: str, template: str) -> tuple[str, str, str]:
    """The template of a model with its texts of begin and end; a header takes a moment to read."""
    from carrel.engine.choosing import choose
    from carrel.engine.preview import candidate

    model = candidate(model_path)
    return choose(model, template).text, model.tokens.bos, model.tokens.eos


class Prompter:
    """Makes samples with the passages that a library finds.

    `most` passages go into a prompt; None takes what Carrel would (as many as are read in the time
    of the settings), for which the model is loaded.
    """

    def __init__(self, core: Core, mode: FilesMode = "files", most: int | None = None) -> None:
        self._core = core
        self._mode = mode
        self._most = most

    def sample(
        self, question: Question, collections: Sequence[str], cancel: threading.Event
    ) -> Sample:
        """One sample. Raises UserError: a collection or a model is unknown, or the question does
        not fit the model."""
        if question.passages:
            return sample(question, self._mode, self._own_system())
        core = self._core
        scope = [question.collection] if question.collection else list(collections)
        k = self._most or core.settings.whole("passages")
        hits = core.library.search(question.question, k=k, collections=scope)
        embedder = core.library.ready_embedder()
        best = verbatim.ranked(question.question, hits, embedder)
        found = gates.judged(question.question, hits, best, embedder, core.library.has_vectors())
        made = self._fitted(question, hits, cancel)
        return _sample(question, *made, self._mode, found.found)

    def _fitted(
        self, question: Question, hits: list[Hit], cancel: threading.Event
    ) -> tuple[list[ChatMessage], list[Hit]]:
        core = self._core
        if self._most is not None:
            system = prompt.system_text(self._own_system(), self._mode)
            messages = prompt.build(question.question, hits, mode=self._mode, system=system)
            return messages, prompt.prompt_order(hits)
        for _ in core.model.ensure(cancel):
            pass
        manner = usage(core.model.preset(), core.model.vendor_sampling(), core.settings)
        made = prepared(question.question, hits, [], self._mode, manner, core.model, core.settings)
        return made.messages, made.sent

    def _own_system(self) -> str:
        return self._core.model.preset(self._core.model.card()).system


def _sample(
    question: Question,
    messages: Sequence[ChatMessage],
    sent: Sequence[Hit],
    mode: Mode,
    evidence: str | None = None,
) -> Sample:
    expected = question.answers[0] if question.answers else None
    return Sample(
        id=question.id,
        messages=[SampleMessage(role=one.role, content=one.text) for one in messages],
        expected=expected if question.answerable else prompt.NOT_FOUND,
        answers=question.answers,
        answerable=question.answerable,
        mode=mode,
        passages=[
            SamplePassage(
                number=number, given=hit.rank - 1, title=hit.title, headings=hit.headings,
                page=hit.page, document=hit.document, text=hit.text,
            )
            for number, hit in enumerate(sent, 1)
        ],
        evidence=evidence,
    )  # fmt: skip
