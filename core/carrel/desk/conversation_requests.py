"""What the window may ask about conversations: a part of carrel.desk.requests.

Conversations with an id below 0 are no-trace ones: they are in the desk's memory, in no file.
"""

from __future__ import annotations

from typing import Literal

from carrel.events import Answer, Message, Mode, Plain

ExportFormat = Literal["markdown", "html", "json", "pdf"]

# --- requests ---------------------------------------------------------------------------------


class ListConversations(Message, frozen=True):
    """-> ConversationList, newest first; `query` searches titles, questions and answers."""

    query: str = ""


class SearchConversations(Message, frozen=True):
    """-> ConversationsFound: every place that holds all words of `query`, at most `limit`."""

    query: str
    limit: int = 100


class OpenConversation(Message, frozen=True):
    """-> ConversationIs"""

    conversation_id: int


class RenameConversation(Message, frozen=True):
    conversation_id: int
    title: str


class PinConversation(Message, frozen=True):
    """Let it stand above the others, or no longer."""

    conversation_id: int
    pinned: bool


class MoveConversation(Message, frozen=True):
    """Put it into a folder, which is there as long as it holds a conversation; "" is none."""

    conversation_id: int
    folder: str


class DeleteConversation(Message, frozen=True):
    """Remove it so that none of its bytes stay on the disk."""

    conversation_id: int


class ChooseBranch(Message, frozen=True):
    """-> ConversationIs, whose path goes through this turn now."""

    turn_id: int


class KeepConversation(Message, frozen=True):
    """-> ConversationIs: a no-trace conversation, saved from now on, under an id of its own."""

    conversation_id: int


class ExportConversation(Message, frozen=True):
    """-> ConversationExported. Write a conversation to the file `path`, which must not exist unless
    with `force`; with `path` "" the export comes as the frame's raw bytes. The desk makes no PDF:
    that is printed from the HTML."""

    conversation_id: int
    format: ExportFormat
    path: str = ""
    force: bool = False
    all_branches: bool = False


# --- answers ----------------------------------------------------------------------------------


class ConversationHit(Plain, frozen=True):
    """A place that a search found. `turn_id` is 0 for a title. [start, end) are the offsets of the
    first word found in the title, question or answer; `snippet` is its text from `snippet_start`,
    on one line, and `marks` the offsets in `snippet` of all words found there."""

    conversation_id: int
    title: str
    turn_id: int
    part: Literal["title", "question", "answer"]
    start: int
    end: int
    snippet: str
    snippet_start: int
    marks: list[tuple[int, int]]


class ConversationsFound(Message, frozen=True):
    """As `carrel conversations search --json` prints it."""

    query: str
    hits: list[ConversationHit]
    milliseconds: float


class ConversationRow(Plain, frozen=True):
    """A conversation as `carrel conversations --json` prints it; `turns` counts all branches.
    `found` is the best place of a search."""

    id: int
    title: str
    updated: float
    turns: int
    folder: str = ""
    pinned: bool = False
    found: ConversationHit | None = None


class ConversationList(Message, frozen=True):
    conversations: list[ConversationRow]


class TurnRow(Plain, frozen=True):
    """A saved turn. `state`: "complete", "streaming" (running now), or why it ended early.

    `parent` is the turn that it follows (0 for a first one), `branches` are the turns in its place,
    itself among them, in the order in which they were asked.
    """

    id: int
    question: str
    mode: Mode
    state: Literal["complete", "streaming", "stopped", "died", "failed"]
    note: str
    asked: float
    result: Answer
    parent: int = 0
    branches: list[int] = []


class ConversationIs(Message, frozen=True):
    """A conversation as `carrel conversations show --json` prints it: the path that is read."""

    id: int
    title: str
    turns: list[TurnRow]
    folder: str = ""
    pinned: bool = False
    created: float = 0.0
    updated: float = 0.0


class ConversationExported(Message, frozen=True):
    """As `carrel conversations export --json` prints it; `sha256` is of the bytes."""

    path: str
    format: ExportFormat
    turns: int
    bytes: int
    sha256: str


ConversationRequest = (
    ListConversations
    | SearchConversations
    | OpenConversation
    | RenameConversation
    | PinConversation
    | MoveConversation
    | DeleteConversation
    | ChooseBranch
    | KeepConversation
    | ExportConversation
)
ConversationReply = ConversationList | ConversationsFound | ConversationIs | ConversationExported
