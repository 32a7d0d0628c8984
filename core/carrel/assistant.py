"""Ask a question of the files: the whole path, in order. Read this file first.

What happens: the question is saved; passages are searched; the evidence decides whether the files
can answer at all; the best sentences are quoted word for word; only then the model reads as much as
fits and its answer streams; afterwards code, not the model, attaches a citation to every sentence
that a passage supports and marks the others; the turn is saved. Each step is an event, so that a
window, a terminal and a test see the same thing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from carrel.answering import citations, gates, routing, verbatim, writing
from carrel.answering.everywhere import asks_every_document
from carrel.answering.own_questions import OwnQuestions
from carrel.answering.preparing import prepared
from carrel.answering.saving import Saver
from carrel.answering.stream import STOPS, AnswerStream
from carrel.answering.usage import Usage, drawn_again, usage
from carrel.desk.shelf_requests import AdapterChoice
from carrel.engine.messages import ChatMessage, Generate, Generated, LoadProgress, Piece, Thought
from carrel.errors import UserError, WorkerDied
from carrel.events import (
    Answer,
    Answered,
    AskEvent,
    Checked,
    Cited,
    Evidence,
    Hit,
    Interrupted,
    Mode,
    ModelLoading,
    PassagesFound,
    Quoted,
    Started,
    Thinking,
    Timings,
    Token,
    Verbatim,
)
from carrel.store.unsaved import UnsavedConversations

if TYPE_CHECKING:
    from carrel.desk.requests import Ask
    from carrel.engine.holder import ModelHolder
    from carrel.library.library import Library
    from carrel.settings import Settings
    from carrel.store.conversations import Conversations


class Assistant:
    """Answers questions from a library with a model; `conversations` None saves nothing.
    `unsaved` holds the no-trace conversations of this process."""

    def __init__(
        self,
        library: Library,
        model: ModelHolder,
        conversations: Conversations | None,
        settings: Settings,
    ) -> None:
        self._library = library
        self._model = model
        self._conversations = conversations
        self._settings = settings
        self._own = OwnQuestions()
        self.unsaved = UnsavedConversations()

    def ask(self, request: Ask, cancel: threading.Event | None = None) -> Iterator[AskEvent]:
        """Answer one question, as events from Started to Answered or Interrupted.

        Setting `cancel` ends it soon with Interrupted("stopped"). Raises UserError when the
        question cannot even begin: it is empty, or its conversation or collection is unknown.
        """
        if not request.question.strip():
            raise UserError("The question is empty.", "Type a question first.", "empty_question")
        self._library.require(request.collections)
        turn = _Turn(self, request, cancel or threading.Event())
        with self._library.question_first():
            yield from turn.run()


class _Turn:
    """One question under way, and what has been made of its answer so far."""

    def __init__(self, assistant: Assistant, request: Ask, cancel: threading.Event) -> None:
        self._library = assistant._library
        self._model = assistant._model
        self._settings = assistant._settings
        self._own = assistant._own
        self._request = request
        self._adapters = request.adapters
        self._cancel = cancel
        self._start = time.monotonic()
        self._answer = Answer(answer="", origin="none", verdict="not_found")
        self._kept = Saver(request, assistant._conversations, assistant.unsaved)
        self._history = self._kept.history

    def run(self) -> Iterator[AskEvent]:
        """All events; whatever ends the answer early keeps what there is."""
        yield Started(
            conversation_id=self._kept.conversation_id,
            turn_id=self._kept.turn_id,
            question=self._request.question,
            survey=asks_every_document(self._request.question),
            branches=self._kept.branches,
        )
        try:
            mode, evidence = yield from self._look()
            if self._cancel.is_set():
                yield self._interrupted("stopped", "Stopped.", "")
            elif mode == "files" and evidence is not None and evidence.found == "no":
                yield self._finished("complete")
            elif mode == "files" and not self._writes():
                yield from self._stand_on_quotes()
            else:
                yield from self._generate(mode, evidence)
        except UserError as error:
            yield self._interrupted("failed", error.what, error.what_to_do)
        except WorkerDied as error:
            yield self._interrupted("died", str(error), "Ask again: it starts anew by itself.")
        except GeneratorExit:
            self._kept.save("stopped", self._answer, "Nobody was listening any more.")
            raise
        except Exception:
            self._kept.save("failed", self._answer, "Something went wrong inside Carrel.")
            raise

    # --- before the model ---

    def _look(self) -> Generator[AskEvent, None, tuple[Mode, Evidence | None]]:
        """Search, judge the evidence, quote. Returns the mode and the evidence."""
        question, wanted = self._request.question, self._request.mode
        if wanted == "auto" and self._answers_alone():
            return "model", None
        has_files = self._library.has_passages(self._request.collections)
        first = routing.route(question, wanted, None, bool(self._history), has_files)
        if first == "model":
            return first, None
        hits = self._library.search(
            question, k=self._settings.whole("passages"), collections=self._request.collections,
            history=[turn.question for turn in self._history[-1:]],
        )  # fmt: skip
        searched = self._milliseconds()
        self._update(passages=hits, timings=Timings(search_ms=searched))
        documents = self._library.documents_searched(self._request.collections)
        yield PassagesFound(hits=hits, documents_searched=documents, milliseconds=searched)
        embedder = self._library.ready_embedder()
        best = verbatim.ranked(question, hits, embedder)
        evidence = gates.judged(question, hits, best, embedder, self._library.has_vectors())
        mode = routing.route(question, wanted, evidence, bool(self._history), has_files)
        yield msgspec.structs.replace(evidence, mode=mode)
        quotes: list[Verbatim] = []
        if mode != "model":
            quotes = [one.quote() for one in best[: verbatim.LIMIT]]
        self._update(verbatim=quotes, timings=self._timings(verbatim_ms=self._milliseconds()))
        self._kept.save("streaming", self._answer)
        yield Quoted(verbatim=quotes, milliseconds=self._milliseconds())
        return mode, evidence

    def _answers_alone(self) -> bool:
        """Whether the model or an adapter declares this question its own; takes the adapter."""
        declared = self._model.declared(self._request.model)
        if self._request.adapters is not None:
            declared = [one for one in declared if not one.adapter]
        if not declared:
            return False
        found = self._own.choose(self._request.question, declared, self._library.any_embedder())
        if found is not None and found.adapter:
            self._adapters = [AdapterChoice(id=found.id)]
        return found is not None

    def _writes(self) -> bool:
        """Whether a model writes the answer; without sentences to quote there is nobody else."""
        request = self._request
        wanted = request.generated or self._settings.text("generated_text")
        return not self._answer.verbatim or writing.writes(
            wanted, self._model, request.model, self._adapters
        )

    def _stand_on_quotes(self) -> Iterator[AskEvent]:
        """The best sentences are the answer, and the model's text is offered."""
        quoted = writing.in_quotes(verbatim.near_best(self._answer.verbatim))
        self._update(
            answer=quoted.answer, citations=quoted.citations, origin="files", verdict="answered",
            offered=True,
        )  # fmt: skip
        yield Cited(citations=quoted.citations)
        yield Checked(unsupported=[])
        yield self._finished("complete")

    # --- the model ---

    def _generate(self, mode: Mode, evidence: Evidence | None) -> Iterator[AskEvent]:
        for event in self._model.ensure(
            self._cancel, self._request.model, self._adapters, reading=mode == "files"
        ):
            if isinstance(event, LoadProgress):
                yield ModelLoading(model_id=self._model.name, fraction=event.fraction)
        self._update(model=self._model.use())
        manner = usage(self._model.preset(), self._model.vendor_sampling(), self._settings)
        made = prepared(
            self._request.question, self._answer.passages, self._history, mode, manner,
            self._model, self._settings,
        )  # fmt: skip
        yield made.used
        self._update(passages=made.sent, left_out=made.used.left_out)
        self._kept.sent(made.messages[-1].text, made.fitted.history)
        request = self._request_with(made.messages, mode, manner)
        generated = yield from self._stream(request, mode)
        if generated is None or generated.reason == "cancelled":
            yield self._interrupted("stopped", "Stopped.", "")
            return
        if generated.reason == "length" and self._answer.thinking and not self._answer.answer:
            raise UserError(
                f"The model thought for {generated.thought_tokens:,} tokens and came to no answer.",
                "Ask without thinking, or allow a longer answer in the model's preset.",
                "only_thoughts",
            )
        yield from self._check(mode, evidence, made.fitted.known)

    def _request_with(self, messages: list[ChatMessage], mode: Mode, manner: Usage) -> Generate:
        return Generate(
            messages=messages, sampling=drawn_again(manner.sampling, self._kept.again),
            role_names=manner.role_names, stop=[] if mode == "model" else list(STOPS),
            max_tokens=manner.reply_tokens, think=self._request.think or manner.think,
        )  # fmt: skip

    def _stream(self, request: Generate, mode: Mode) -> Generator[AskEvent, None, Generated | None]:
        """Pass the model's words on as they come. Returns how the generation ended."""
        cleaner = AnswerStream(markers=mode != "model")
        ended: Generated | None = None
        for event in self._model.stream(request, self._cancel):
            if isinstance(event, Piece):
                yield from self._said(cleaner.feed(event.text))
            elif isinstance(event, Thought):
                self._update(thinking=self._answer.thinking + event.text)
                self._kept.said(self._answer, event.text)
                yield Thinking(text=event.text)
            elif isinstance(event, Generated):
                ended = event
        yield from self._said(cleaner.finish())
        if ended is not None:
            self._update(
                timings=self._timings(
                    prompt_tokens=ended.prompt_tokens,
                    cached_tokens=ended.cached_tokens,
                    generated_tokens=ended.generated_tokens,
                    tokens_per_s=ended.tokens_per_s,
                )
            )
        return ended

    def _said(self, text: str) -> Iterator[AskEvent]:
        if not text:
            return
        if self._answer.timings.first_token_ms is None:
            self._update(timings=self._timings(first_token_ms=self._milliseconds()))
        self._update(answer=self._answer.answer + text)
        self._kept.said(self._answer, text)
        yield Token(text=text)

    def _check(
        self, mode: Mode, evidence: Evidence | None, hits: Sequence[Hit]
    ) -> Iterator[AskEvent]:
        """Attach citations, mark what no passage supports, and label the answer."""
        answer = self._answer.answer.strip()
        self._update(answer=answer)
        refused = mode != "model" and citations.is_refusal(answer)
        if mode != "model" and not refused:
            checked = citations.attach(
                answer, hits, self._library.ready_embedder(), self._request.question
            )
            self._update(citations=checked.citations, unsupported=checked.unsupported)
            sure = evidence is not None and evidence.found == "yes"
            if mode == "files" and sure and not checked.citations:
                self._quote_instead()
        origin, verdict = routing.origin_and_verdict(
            mode, self._answer.citations, answer=answer, refused=refused,
            unsupported=self._answer.unsupported,
        )  # fmt: skip
        self._update(origin=origin, verdict=verdict)
        if verdict == "not_found":
            self._update(answer="", citations=[], unsupported=[])
        if mode != "model":
            yield Cited(citations=self._answer.citations)
            yield Checked(unsupported=self._answer.unsupported)
        yield self._finished("complete")

    def _quote_instead(self) -> None:
        """The files hold the answer but the model's words are not theirs: quote the files.

        A small model paraphrases badly; the best sentence contains the answer twice as often.
        """
        if not self._answer.verbatim:
            return
        quote = self._answer.verbatim[0]
        checked = citations.attach(quote.text, self._answer.passages, None)
        if checked.citations:
            self._update(answer=quote.text, citations=checked.citations, unsupported=[])

    # --- keeping ---

    def _milliseconds(self) -> float:
        return round((time.monotonic() - self._start) * 1000, 1)

    def _timings(self, **changes: float | None) -> Timings:
        return msgspec.structs.replace(self._answer.timings, **changes)

    def _update(self, **changes: object) -> None:
        self._answer = msgspec.structs.replace(self._answer, **changes)

    def _finished(self, state: str) -> Answered:
        self._update(timings=self._timings(total_ms=self._milliseconds()))
        if self._answer.model is not None:
            self._update(model=self._model.identified(self._cancel))
        self._kept.save(state, self._answer)
        return Answered(turn_id=self._kept.turn_id, result=self._answer)

    def _interrupted(self, why: str, what: str, what_to_do: str) -> Interrupted:
        self._update(timings=self._timings(total_ms=self._milliseconds()))
        self._kept.save(why, self._answer, what)
        return Interrupted(
            turn_id=self._kept.turn_id, why=why, what=what, what_to_do=what_to_do,  # type: ignore[arg-type]
            partial=self._answer,
        )  # fmt: skip
