"""The messages that cross process lines and come out of `Assistant.ask`, in their order.

All are frozen msgspec structs with a `type` tag, so that one decoder reads a whole line. Offsets
are character offsets (Python str): `start`/`end` into a document's extracted text, `answer_start`/
`answer_end` into the answer. Pages count from 1 and are None where a format has none.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Mode = Literal["auto", "files", "model", "both"]
Origin = Literal["files", "model", "both", "none"]
Verdict = Literal["answered", "not_found", "from_model"]


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    """A value inside messages; it has no tag of its own."""


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower):
    """A message of a line; the tag is the class name in lower case."""


# --- values -----------------------------------------------------------------------------------


class Signals(Plain, frozen=True):
    """Why a passage was found: ranks count from 1, cosine is in [-1, 1]; None where absent."""

    keyword_rank: int | None = None
    vector_rank: int | None = None
    cosine: float | None = None


class Hit(Plain, frozen=True):
    """A passage found for a question; `text == document_text[start:end]`."""

    rank: int
    score: float
    passage_id: int
    document: str
    title: str
    headings: list[str]
    page: int | None
    start: int
    end: int
    text: str
    signals: Signals


class Verbatim(Plain, frozen=True):
    """A sentence of a document, word for word."""

    document: str
    page: int | None
    text: str
    start: int
    end: int
    passage_id: int = 0
    score: float = 0.0


class Citation(Plain, frozen=True):
    """A quote that supports a span of the answer. `n` counts distinct quotes from 1."""

    n: int
    passage_id: int
    document: str
    page: int | None
    quote: str
    start: int
    end: int
    answer_start: int
    answer_end: int
    support: float


class AdapterUse(Plain, frozen=True):
    id: str
    sha256: str
    scale: float = 1.0


class ModelUse(Plain, frozen=True):
    """Which model answered, by content."""

    id: str
    sha256: str
    adapters: list[AdapterUse] = []


class Timings(Plain, frozen=True):
    """Milliseconds from Enter, token counts, and the generation rate in tokens per second."""

    search_ms: float | None = None
    verbatim_ms: float | None = None
    first_token_ms: float | None = None
    total_ms: float | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    generated_tokens: int | None = None
    tokens_per_s: float | None = None


class LeftOut(Plain, frozen=True):
    """Something that did not fit the prompt: a passage, a turn, part of the question."""

    kind: Literal["passage", "turn", "question"]
    id: int
    tokens: int


class Answer(Plain, frozen=True):
    """A finished answer, as `carrel ask --json` prints it.

    `offered` says that it is made of the files' own sentences because the model's text cannot be
    relied on, and that the model can be asked to write one all the same.
    """

    answer: str
    origin: Origin
    verdict: Verdict
    citations: list[Citation] = []
    unsupported: list[tuple[int, int]] = []
    verbatim: list[Verbatim] = []
    passages: list[Hit] = []
    model: ModelUse | None = None
    timings: Timings = Timings()
    left_out: list[LeftOut] = []
    thinking: str = ""
    offered: bool = False


# --- the events of one question, in order -----------------------------------------------------


class Started(Message, frozen=True):
    """The question is saved and the search begins. Ids are 0 where nothing is kept, and below 0 in
    a no-trace conversation, which is kept in memory only.

    `branches` are the turns in this place, itself among them. `survey` tells that it asks about all
    documents, which a survey answers better than passages.
    """

    conversation_id: int
    turn_id: int
    question: str
    survey: bool = False
    branches: list[int] = []


class PassagesFound(Message, frozen=True):
    hits: list[Hit]
    documents_searched: int
    milliseconds: float


class Evidence(Message, frozen=True):
    """What the evidence says before any generation, and the mode that follows from it.

    `closest` is the best cosine similarity, None without vectors; `score` is the calibrated
    probability that the files hold the answer, in [0, 1], None where the embedder has no
    calibration; `reason` is one sentence.
    """

    found: Literal["yes", "doubtful", "no"]
    closest: float | None
    mode: Mode
    reason: str
    score: float | None = None


class Quoted(Message, frozen=True):
    """The best sentences, word for word, best first."""

    verbatim: list[Verbatim]
    milliseconds: float


class ContextUsed(Message, frozen=True):
    """How the prompt's tokens are spent, and what had to be left out.

    `seconds` is the expected wait for the first word, None where nobody measured how fast the model
    reads."""

    window: int
    system: int
    history: int
    passages: int
    question: int
    reply: int
    left_out: list[LeftOut]
    seconds: float | None = None


class ModelLoading(Message, frozen=True):
    """The model is being read from disk; `fraction` in [0, 1]."""

    model_id: str
    fraction: float


class Token(Message, frozen=True):
    """A piece of the answer as it is generated."""

    text: str


class Thinking(Message, frozen=True):
    """A piece of what the model thinks aloud; shown apart, and never part of a later prompt."""

    text: str


class Cited(Message, frozen=True):
    citations: list[Citation]


class Checked(Message, frozen=True):
    """Spans of the answer that no passage supports."""

    unsupported: list[tuple[int, int]]


class Answered(Message, frozen=True):
    """The last event: the whole answer, saved (turn_id 0 when no trace was wanted)."""

    turn_id: int
    result: Answer


class Interrupted(Message, frozen=True):
    """The last event when an answer ended early: the partial answer is kept and marked.

    `why` is "stopped" (by the user), "died" (the model process ended) or "failed".
    """

    turn_id: int
    why: Literal["stopped", "died", "failed"]
    what: str
    what_to_do: str
    partial: Answer


# --- events outside a question ----------------------------------------------------------------


class SkippedFile(Plain, frozen=True):
    path: str
    code: str
    reason: str


class IndexProgress(Message, frozen=True):
    """Indexing of one collection: counts of documents, rates per second, seconds left. While text
    is recognized in pictures, `documents_done` and `documents_total` count pages."""

    collection: str
    stage: Literal["scanning", "reading", "words", "meaning", "recognizing", "done"]
    documents_done: int
    documents_total: int
    passages: int
    passages_by_meaning: int
    per_second: float
    seconds_left: float | None
    current: str = ""


class Added(Message, frozen=True):
    """The result of `add`, as `carrel add --json` prints it."""

    collection: str
    documents: int
    passages: int
    skipped: list[SkippedFile]
    seconds: float
    searchable_seconds: float


class Changed(Message, frozen=True):
    """Something the screens may show has changed: kinds among collections, documents,
    conversations, models, settings."""

    kinds: list[str]


class WorkerState(Message, frozen=True):
    """A worker's life in words: "starting", "ready", "died", "restarting", "stopped"."""

    worker: str
    state: Literal["starting", "ready", "died", "restarting", "stopped"]
    words: str = ""


AskEvent = (
    Started
    | PassagesFound
    | Evidence
    | Quoted
    | ContextUsed
    | ModelLoading
    | Token
    | Thinking
    | Cited
    | Checked
    | Answered
    | Interrupted
)
