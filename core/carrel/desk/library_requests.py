"""The part of the line between window and desk that is about keeping the library: sync, pause,
rules, what is left out, retry, forget, survey, summary, and the lock.

`carrel.desk.requests` joins these with the others; see there for how requests are answered.
"""

from __future__ import annotations

from typing import Literal

from carrel.events import Message, Plain

Waiting = Literal["", "paused", "question", "battery", "load", "disk"]
"""Why indexing waits: the user paused it, a question runs, on battery, under load, full disk."""


class Rules(Plain, frozen=True):
    """What of a collection's folders is left out. `patterns` are gitignore lines; `largest_mb` 0
    takes the setting."""

    patterns: list[str] = []
    gitignore: bool = True
    hidden: bool = False
    largest_mb: int = 0


# --- requests ---------------------------------------------------------------------------------


class Sync(Message, frozen=True):
    """-> IndexProgress..., Synced. Bring collections ([] means all) up to date now."""

    collections: list[str] = []


class Pause(Message, frozen=True):
    """-> IndexingIs. Pause or go on indexing; kept over a restart."""

    paused: bool


class AskIndexing(Message, frozen=True):
    """-> IndexingIs"""


class GetRules(Message, frozen=True):
    """-> RulesAre"""

    collection: str


class SetRules(Message, frozen=True):
    """-> RulesAre; the collection is brought up to date in the background."""

    collection: str
    rules: Rules


class AskRecognition(Message, frozen=True):
    """-> RecognitionIs"""


class ListLeftOut(Message, frozen=True):
    """-> LeftOutList: files and folders that are not documents, and why."""

    collection: str = ""
    contains: str = ""
    offset: int = 0
    limit: int = 500


class Retry(Message, frozen=True):
    """-> IndexProgress..., Synced. Read these documents again, whatever became of them before."""

    documents: list[str]


class Rebuild(Message, frozen=True):
    """-> IndexProgress..., Synced. Build the index of all documents again from the database."""


class WhatIsForgotten(Message, frozen=True):
    """-> ForgetPlan: what `Forget` with the same fields would remove; nothing is changed.

    Exactly one of `paths` (documents or folders), `collection`, `conversation_id` and `everything`
    is given.
    """

    paths: list[str] = []
    collection: str = ""
    conversation_id: int = 0
    everything: bool = False


class Forget(Message, frozen=True):
    """-> Forgotten. Remove for good; quotes in conversations too, unless `keep_quotes`."""

    paths: list[str] = []
    collection: str = ""
    conversation_id: int = 0
    everything: bool = False
    keep_quotes: bool = False


class Survey(Message, frozen=True):
    """-> SurveyRow..., SurveyIs: one question to every document in scope, none skipped.

    `survey_id` goes on with one that was stopped; `answers` adds a one-line answer by the model.
    """

    question: str
    collections: list[str] = []
    answers: bool = False
    survey_id: int = 0


class ListSurveys(Message, frozen=True):
    """-> SurveyList, newest first"""


class ExportSurvey(Message, frozen=True):
    """-> SurveyIs. Write a survey's rows as CSV to `path`."""

    survey_id: int
    path: str


class Summarize(Message, frozen=True):
    """-> SummaryLine..., SummaryIs: a document's sections in order, each line with its place."""

    document: str


class AskLock(Message, frozen=True):
    """-> LockIs"""


class Unlock(Message, frozen=True):
    """-> LockIs. Raises UserError("wrong_key") for a wrong passphrase."""

    passphrase: str


class SetPassphrase(Message, frozen=True):
    """-> LockIs. "" as `new` removes the lock; "" as `old` where there was none."""

    old: str
    new: str


class UnlockWithKey(Message, frozen=True):
    """-> LockIs. `key` is hexadecimal. Raises UserError("stale_key") when it opens no more."""

    key: str


class KeyFor(Message, frozen=True):
    """-> ProfileKey, for the system keyring. Raises UserError "wrong_key", "no_lock"."""

    passphrase: str


class LockNow(Message, frozen=True):
    """-> LockIs. Forget the key; nothing can be asked before Unlock."""


# --- answers ----------------------------------------------------------------------------------


class Synced(Message, frozen=True):
    """What a sync did, in documents. `away` names collections whose drive or share is not there."""

    new: int
    changed: int
    moved: int
    missing: int
    unchanged: int
    documents: int
    passages: int
    seconds: float
    away: list[str] = []


class IndexingIs(Message, frozen=True):
    """What indexing does now; also told to everybody when `waiting` changes."""

    paused: bool
    waiting: Waiting = ""
    words: str = ""
    """Why it waits, in one sentence; "" when it does not."""


class RulesAre(Message, frozen=True):
    collection: str
    rules: Rules


class RecognitionIs(Message, frozen=True):
    """Text recognition in pictures: the setting `ocr`, whether tesseract is installed, how many
    documents and pages wait for it. `words` says in a sentence what can be done about them, and
    `problem` why it does not work."""

    setting: str
    installed: bool
    documents: int
    pages: int
    words: str = ""
    problem: str = ""


class LeftOutRow(Plain, frozen=True):
    """`code`: hidden, ignored, pattern, too_large, link, special, name, unreadable_folder, ..."""

    path: str
    code: str
    reason: str
    collection: str


class LeftOutList(Message, frozen=True):
    rows: list[LeftOutRow]
    total: int


class ForgetPlan(Message, frozen=True):
    """What would be removed. `words` says it in one or two sentences, numbers included."""

    documents: int
    passages: int
    conversations: int
    quotes: int
    words: str


class Forgotten(Message, frozen=True):
    documents: int
    passages: int
    conversations: int
    quotes: int
    seconds: float


class SurveyRow(Message, frozen=True):
    """One document of a survey: its best verbatim sentence and where it stands, or nothing found.

    `verdict` is "found", "doubtful", "nothing found" or "no text" (with `reason`).
    """

    survey_id: int
    document: str
    title: str
    verdict: Literal["found", "doubtful", "nothing found", "no text"]
    quote: str = ""
    page: int | None = None
    start: int = 0
    end: int = 0
    score: float | None = None
    answer: str = ""
    reason: str = ""


class SurveyIs(Message, frozen=True):
    """A survey as it stands."""

    id: int
    question: str
    collections: list[str]
    created: float
    documents: int
    done: int
    found: int
    complete: bool


class SurveyList(Message, frozen=True):
    surveys: list[SurveyIs]


class SummaryLine(Message, frozen=True):
    """One line of a summary: a sentence of the document, word for word, and where it stands."""

    document: str
    headings: list[str]
    text: str
    page: int | None
    start: int
    end: int


class SummaryIs(Message, frozen=True):
    document: str
    title: str
    sections: int
    lines: int


class LockIs(Message, frozen=True):
    """`encrypted`: a passphrase is set; `locked`: the key is not in memory now."""

    encrypted: bool
    locked: bool
    words: str = ""


class ProfileKey(Message, frozen=True):
    """The key of carrel.db, hexadecimal; the same that the passphrase leads to."""

    key: str


LibraryReply = (
    Synced
    | IndexingIs
    | RulesAre
    | RecognitionIs
    | LeftOutList
    | ForgetPlan
    | Forgotten
    | SurveyRow
    | SurveyIs
    | SurveyList
    | SummaryLine
    | SummaryIs
    | LockIs
    | ProfileKey
)
