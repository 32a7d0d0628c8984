"""Asks one question in one way, as Carrel would, and notes everything that a score needs.

All ways get the same passages, temperature 0 and the same seed, whatever presets and vendors say.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, cast

import msgspec

from carrel.answering import citations, routing
from carrel.answering.preparing import prepared
from carrel.answering.stream import STOPS, AnswerStream
from carrel.answering.usage import usage
from carrel.assistant import Assistant
from carrel.desk.requests import Ask
from carrel.engine.messages import Generate, Generated, LabelScores, Piece, ScoreLabels
from carrel.errors import UserError, WorkerDied
from carrel.events import (
    Answer,
    Answered,
    Evidence,
    Hit,
    Interrupted,
    Message,
    Mode,
    Plain,
    Timings,
    Token,
)
from carrel.lab.prompts import hit_of
from carrel.settings import Settings, Value

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel.engine.holder import ModelHolder
    from carrel.lab.arms import Way
    from carrel.lab.questions import Question
    from carrel_models.card import ModelCard
    from carrel_models.preset import Preset

RefusedBy = Literal["", "search", "model", "check"]
MOST_LABELS_TOLD = 40


class Source(Plain, frozen=True):
    """A quote that stands behind an answer."""

    document: str
    page: int | None
    quote: str
    support: float


class Read(Plain, frozen=True):
    """A passage that the model read."""

    document: str
    page: int | None
    start: int
    end: int


class Given(Message, frozen=True):
    """One answer. `said` is what the model wrote, `answer` what Carrel would show of it ("" when it
    says that the files do not hold it); `refused_by` tells who declined: the search before any
    model, the model, or the check (no passage supports what the model said). `unsupported` counts
    spans without support; `joules` is None where nothing measures them; `error` is a sentence when
    there is no answer at all."""

    way: str
    id: str
    answer: str = ""
    said: str = ""
    refused_by: RefusedBy = ""
    evidence: str | None = None
    sources: list[Source] = []
    unsupported: int = 0
    read: list[Read] = []
    timings: Timings = Timings()
    joules: float | None = None
    error: str = ""


class PinnedSettings(Settings):
    """The settings of a profile, some of them held."""

    def __init__(self, base: Settings, **held: Value) -> None:
        self._base = base
        self._held = held

    def __getitem__(self, name: str) -> Value:
        return self._held.get(name, self._base[name])


class _Steady:
    """A model holder whose presets are the same for all: no chance, no questions of their own."""

    def __init__(self, holder: ModelHolder, reply_tokens: int) -> None:
        self._holder = holder
        self._reply = reply_tokens

    def __getattr__(self, name: str) -> object:
        return getattr(self._holder, name)

    def preset(self, card: ModelCard | None = None) -> Preset:
        return msgspec.structs.replace(
            self._holder.preset(card), temperature=0.0, seed=0, reply_tokens=self._reply, answers=[]
        )


class Asker:
    """Asks. `labels` are the choices of label questions that name none themselves; `prompt_tokens`
    is the room for passages."""

    def __init__(
        self, core: Core, labels: Sequence[str], prompt_tokens: int, reply_tokens: int
    ) -> None:
        self._core = core
        self._labels = list(labels)
        self._settings = PinnedSettings(
            core.settings, temperature=0.0, seed=0, prompt_tokens=prompt_tokens,
            reply_tokens=reply_tokens,
        )  # fmt: skip
        self._model = cast("ModelHolder", _Steady(core.model, reply_tokens))
        self._assistant = Assistant(core.library, self._model, None, self._settings)

    def ask(
        self, question: Question, way: Way, collections: Sequence[str], cancel: threading.Event
    ) -> Given:
        """The answer; what fails is its `error`. The model of the way is loaded already."""
        scope = [question.collection] if question.collection else list(collections)
        try:
            if question.kind == "label":
                return self._label(question, way, scope, cancel)
            if question.passages and way.files:
                return self._from_given(question, way, cancel)
            return self._from_library(question, way, scope, cancel)
        except (UserError, WorkerDied) as error:
            return Given(way=way.name, id=question.id, error=str(error))

    def _from_library(
        self, question: Question, way: Way, scope: list[str], cancel: threading.Event
    ) -> Given:
        request = Ask(
            question=question.question, mode="files" if way.files else "model", collections=scope,
            trace=False, model=way.model_choice, adapters=way.adapter_choices, generated="always",
        )  # fmt: skip
        said, found = "", None
        for event in self._assistant.ask(request, cancel):
            if isinstance(event, Token):
                said += event.text
            elif isinstance(event, Evidence):
                found = event.found
            elif isinstance(event, Interrupted):
                return Given(
                    way=way.name, id=question.id, said=said,
                    error=f"{event.what} {event.what_to_do}".strip(),
                )  # fmt: skip
            elif isinstance(event, Answered):
                return _given(way, question, event.result, said, found)
        raise WorkerDied("model", "gave no answer.")

    def _from_given(self, question: Question, way: Way, cancel: threading.Event) -> Given:
        """As the assistant answers from passages that a search found and judged worth asking."""
        begun = time.monotonic()
        hits = [hit_of(one, place) for place, one in enumerate(question.passages)]
        manner = usage(self._model.preset(), self._model.vendor_sampling(), self._settings)
        made = prepared(question.question, hits, [], "files", manner, self._model, self._settings)
        request = Generate(
            messages=made.messages, sampling=manner.sampling, role_names=manner.role_names,
            stop=list(STOPS), max_tokens=manner.reply_tokens, think=manner.think,
        )  # fmt: skip
        cleaner, said, first, ended = AnswerStream(), "", None, None
        for event in self._model.stream(request, cancel):
            if isinstance(event, Piece):
                said += cleaner.feed(event.text)
                first = first if first is not None or not said else _since(begun)
            elif isinstance(event, Generated):
                ended = event
        said = (said + cleaner.finish()).strip()
        refused = citations.is_refusal(said)
        checked = citations.attach(
            said, made.sent, self._core.library.ready_embedder(), question.question
        )
        _, verdict = routing.origin_and_verdict(
            "files", checked.citations, answer=said, refused=refused,
            unsupported=checked.unsupported,
        )  # fmt: skip
        shown = verdict == "answered"
        answer = Answer(
            answer=said if shown else "", origin="files", verdict=verdict,
            citations=checked.citations if shown else [],
            unsupported=checked.unsupported if shown else [], passages=made.sent,
            timings=_timings(ended, first, _since(begun)),
        )  # fmt: skip
        return _given(way, question, answer, said, None)

    def _label(
        self, question: Question, way: Way, scope: list[str], cancel: threading.Event
    ) -> Given:
        """One of the labels, by the probability that the model gives each: no text to parse."""
        begun = time.monotonic()
        mode: Mode = "files" if way.files else "model"
        labels = question.labels or self._labels
        asked = question.question.strip()
        if len(labels) <= MOST_LABELS_TOLD:
            asked += f"\n\nAnswer with one of these labels only: {', '.join(labels)}."
        hits: list[Hit] = []
        if way.files and question.passages:
            hits = [hit_of(one, place) for place, one in enumerate(question.passages)]
        elif way.files:
            k = self._settings.whole("passages")
            hits = self._core.library.search(question.question, k=k, collections=scope)
        manner = usage(self._model.preset(), self._model.vendor_sampling(), self._settings)
        made = prepared(asked, hits, [], mode, manner, self._model, self._settings)
        by: Literal["whole", "step"] = "step" if way.adapters else "whole"
        request = ScoreLabels(chats=[made.messages], labels=labels, best=1, by=by)
        best = ""
        for reply in self._model.score(request, cancel):
            if isinstance(reply, LabelScores) and reply.scores:
                best = labels[reply.scores[0].labels[0]]
        answer = Answer(
            answer=best, origin="model", verdict="from_model", passages=made.sent if hits else [],
            timings=Timings(total_ms=_since(begun)),
        )  # fmt: skip
        return _given(way, question, answer, best, None)


def _given(way: Way, question: Question, answer: Answer, said: str, found: str | None) -> Given:
    said = said.strip()
    refused: RefusedBy = ""
    if way.files and answer.verdict == "not_found":
        refused = "search" if not said else "model" if citations.is_refusal(said) else "check"
    elif citations.is_refusal(answer.answer):
        refused = "model"
    return Given(
        way=way.name, id=question.id, answer=answer.answer, said=said, refused_by=refused,
        evidence=found, unsupported=len(answer.unsupported), timings=answer.timings,
        sources=[
            Source(document=c.document, page=c.page, quote=c.quote, support=c.support)
            for c in answer.citations
        ],
        read=[
            Read(document=h.document, page=h.page, start=h.start, end=h.end)
            for h in answer.passages
        ] if way.files and said else [],
    )  # fmt: skip


def _timings(ended: Generated | None, first: float | None, total: float) -> Timings:
    if ended is None:
        return Timings(total_ms=total)
    return Timings(
        first_token_ms=first, total_ms=total, prompt_tokens=ended.prompt_tokens,
        cached_tokens=ended.cached_tokens, generated_tokens=ended.generated_tokens,
        tokens_per_s=ended.tokens_per_s,
    )  # fmt: skip


def _since(begun: float) -> float:
    return round((time.monotonic() - begun) * 1000, 1)
