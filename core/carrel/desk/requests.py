"""The line between the window and the desk: what the window may ask for, and what it gets back.

Every request is answered by zero or more messages with the request's id, then `Done` or `Failed`
(carrel.process.rpc). Messages with id 0 come unasked: Changed, IndexProgress, WorkerState. Models,
adapters and presets have a file of their own, carrel.desk.shelf_requests, and so has keeping the
library: carrel.desk.library_requests. Conversations: carrel.desk.conversation_requests. The lab:
carrel.desk.lab_requests.
"""

from __future__ import annotations

from typing import Literal

from carrel.desk.conversation_requests import ConversationReply, ConversationRequest
from carrel.desk.lab_requests import LabReply, LabRequest
from carrel.desk.library_requests import (
    AskIndexing,
    AskLock,
    AskRecognition,
    ExportSurvey,
    Forget,
    GetRules,
    KeyFor,
    LibraryReply,
    ListLeftOut,
    ListSurveys,
    LockNow,
    Pause,
    Rebuild,
    Retry,
    SetPassphrase,
    SetRules,
    Summarize,
    Survey,
    Sync,
    Unlock,
    UnlockWithKey,
    WhatIsForgotten,
)
from carrel.desk.shelf_requests import AdapterChoice, ShelfReply, ShelfRequest
from carrel.events import (
    Added,
    AskEvent,
    Changed,
    IndexProgress,
    Message,
    Mode,
    Plain,
    WorkerState,
)

# --- requests ---------------------------------------------------------------------------------


class Overview(Message, frozen=True):
    """-> OverviewIs: counts and the model in use; asked when a window opens."""


class Ask(Message, frozen=True):
    """-> the events of carrel.events, Started to Answered or Interrupted.

    `collections` [] means all; `conversation_id` 0 starts a new conversation; with `branch_of` the
    question is asked in place of that turn, which stays as another branch. With `trace` False
    nothing is saved; with `in_memory` such a conversation can go on under the id (below 0) that
    Started tells, until the desk ends. `model` (an id or a file) and `adapters` are for this
    question only: "" and None take what is in use. With `think` a model that can think aloud does
    so first. `generated` says whether a model writes the answer from the files; "" takes the
    setting generated_text.
    """

    question: str
    mode: Mode = "auto"
    conversation_id: int = 0
    branch_of: int = 0
    collections: list[str] = []
    trace: bool = True
    in_memory: bool = False
    model: str = ""
    adapters: list[AdapterChoice] | None = None
    think: bool = False
    generated: Literal["", "auto", "always", "never"] = ""


class AddPaths(Message, frozen=True):
    """-> IndexProgress..., Added. Folders or files become (part of) collection `name`."""

    paths: list[str]
    name: str = ""


class ListCollections(Message, frozen=True):
    """-> CollectionList"""


class ListDocuments(Message, frozen=True):
    """-> DocumentList, at most `limit` rows from `offset`. Empty filters mean all; `status` may be
    "readable" or "unreadable", each for several."""

    collection: str = ""
    status: str = ""
    contains: str = ""
    offset: int = 0
    limit: int = 500


class ReadText(Message, frozen=True):
    """-> TextIs: the extracted text of an indexed document."""

    document: str


class ViewSource(Message, frozen=True):
    """-> SourceView: where a quote stands now, checked against the file as it is.

    For a PDF with boxes the frame's raw bytes are the page as PNG, `width` pixels wide.
    `page` 0 shows the page of the quote; another page is shown without checking the quote.
    """

    document: str
    start: int
    end: int
    quote: str
    page: int = 0
    width: int = 900


class RestartModel(Message, frozen=True):
    """Start the model worker again after it died."""


class Probe(Message, frozen=True):
    """-> PrivacyReport: every process tries to open sockets now and says what happened."""


class SetSetting(Message, frozen=True):
    """Change one setting; `value` in its TOML text form."""

    name: str
    value: str


class Quit(Message, frozen=True):
    """Finish what is being written, then end."""


Request = (
    Overview
    | Ask
    | AddPaths
    | ListCollections
    | ListDocuments
    | ConversationRequest
    | ReadText
    | ViewSource
    | RestartModel
    | Probe
    | SetSetting
    | Quit
    | ShelfRequest
    | LabRequest
    | Sync
    | Pause
    | AskIndexing
    | AskRecognition
    | GetRules
    | SetRules
    | ListLeftOut
    | Retry
    | WhatIsForgotten
    | Forget
    | Rebuild
    | Survey
    | ListSurveys
    | ExportSurvey
    | Summarize
    | AskLock
    | Unlock
    | SetPassphrase
    | UnlockWithKey
    | KeyFor
    | LockNow
)

# --- answers ----------------------------------------------------------------------------------


class OverviewIs(Message, frozen=True):
    documents: int
    passages: int
    collections: int
    model_name: str
    model_path: str
    profile: str
    encrypted: bool


class CollectionRow(Plain, frozen=True):
    """A collection as `carrel collections --json` prints it. `state` is "in sync", "indexing" or
    "away"; `by_words` and `by_meaning` count passages. `note` is a sentence about a language that
    the embedder does not read, "" as a rule."""

    name: str
    paths: list[str]
    documents: int
    passages: int
    by_words: int
    by_meaning: int
    unreadable: int
    state: Literal["in sync", "indexing", "away"]
    note: str = ""


class CollectionList(Message, frozen=True):
    collections: list[CollectionRow]


DocumentStatus = Literal[
    "indexed", "keyword_only", "empty", "encrypted", "failed", "missing", "quarantined", "reading"
]


class DocumentRow(Plain, frozen=True):
    """A document as `carrel documents --json` prints it; `modified` is seconds since 1970, `ocr`
    says that some of its text was recognized in pictures.

    `unseen` counts the characters that cannot be seen on its pages (white, tiny, outside of them):
    they are neither searched nor quoted.
    """

    path: str
    title: str
    status: DocumentStatus
    code: str
    reason: str
    passages: int
    size: int
    modified: float
    collections: list[str]
    ocr: bool = False
    unseen: int = 0


class DocumentList(Message, frozen=True):
    documents: list[DocumentRow]
    total: int


class PageSpan(Plain, frozen=True):
    page: int
    start: int
    end: int


class TextIs(Message, frozen=True):
    document: str
    text: str
    pages: list[PageSpan]
    unseen: int = 0


class SourceView(Message, frozen=True):
    """How a source can be shown.

    `kind` "page": the raw bytes are a PNG with `boxes` ([x, y, width, height] in its pixels) around
    the quote; "text": show `text` (the extracted text around and including the quote), marked at
    [mark_start, mark_end) of it. `state`: "stands" (quote found where it was), "moved" (found
    elsewhere, shown there), "changed" (the file changed and the quote is gone: nothing is marked),
    "missing" (the file is gone; the stored text is shown). `note` says so in one sentence. `ocr`
    says that the text of this page was recognized in a picture.
    `unseen` counts the document's characters that cannot be seen on its pages.
    """

    document: str
    title: str
    kind: Literal["page", "text"]
    state: Literal["stands", "moved", "changed", "missing"]
    note: str
    page: int | None
    pages: int | None
    text: str = ""
    mark_start: int = 0
    mark_end: int = 0
    width: int = 0
    height: int = 0
    boxes: list[tuple[float, float, float, float]] = []
    ocr: bool = False
    unseen: int = 0


class ProbeRow(Plain, frozen=True):
    """One attempt of one process: what it tried and what the kernel said."""

    process: str
    attempt: str
    allowed: bool
    outcome: str


class PrivacyReport(Message, frozen=True):
    """`confined` is True when the kernel refused every attempt that must be refused."""

    confined: bool
    platform: str
    sentence: str
    rows: list[ProbeRow]
    data_folder: str
    data_bytes: int


Reply = (
    AskEvent
    | Added
    | IndexProgress
    | Changed
    | WorkerState
    | OverviewIs
    | CollectionList
    | DocumentList
    | ConversationReply
    | TextIs
    | SourceView
    | ShelfReply
    | LabReply
    | LibraryReply
    | PrivacyReport
)
