"""Conversations in the window: listed, searched, named, branched, kept, exported, deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from carrel.desk import conversation_requests as c
from carrel.desk.telling import Tell
from carrel.errors import UserError
from carrel.events import Changed, Message
from carrel.exports import gathering, writing
from carrel.library.forgetting import Wish
from carrel.process.rpc import Call, Handler, Reply
from carrel.store import finding

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel.store.conversations import Conversations
    from carrel.store.unsaved import UnsavedConversations


def handlers(core: Core, tell: Tell) -> dict[type[Message], Handler]:
    """What this part of the desk answers, by request."""
    talks = _Talks(core, tell)
    return {
        c.ListConversations: talks.list,
        c.SearchConversations: talks.search,
        c.OpenConversation: talks.open,
        c.RenameConversation: talks.rename,
        c.PinConversation: talks.pin,
        c.MoveConversation: talks.move,
        c.DeleteConversation: talks.delete,
        c.ChooseBranch: talks.choose,
        c.KeepConversation: talks.keep,
        c.ExportConversation: talks.export,
    }


class _Talks:
    """One method per request; ids below 0 are of no-trace conversations."""

    def __init__(self, core: Core, tell: Tell) -> None:
        self._core = core
        self._saved = core.conversations
        self._unsaved = core.assistant.unsaved
        self._tell = tell

    def list(self, request: c.ListConversations, call: Call) -> Iterator[Reply]:
        unsaved = [] if request.query.strip() else self._unsaved.listing()
        saved = finding.listing(self._saved.database, request.query)
        yield c.ConversationList(conversations=[*unsaved, *saved])

    def search(self, request: c.SearchConversations, call: Call) -> Iterator[Reply]:
        yield finding.search(self._saved.database, request.query, request.limit)

    def open(self, request: c.OpenConversation, call: Call) -> Iterator[Reply]:
        yield self._of(request.conversation_id).open(request.conversation_id)

    def rename(self, request: c.RenameConversation, call: Call) -> Iterator[Reply]:
        self._of(request.conversation_id).rename(request.conversation_id, request.title)
        return self._changed()

    def pin(self, request: c.PinConversation, call: Call) -> Iterator[Reply]:
        self._saved_one(request.conversation_id).pin(request.conversation_id, request.pinned)
        return self._changed()

    def move(self, request: c.MoveConversation, call: Call) -> Iterator[Reply]:
        self._saved_one(request.conversation_id).move(request.conversation_id, request.folder)
        return self._changed()

    def delete(self, request: c.DeleteConversation, call: Call) -> Iterator[Reply]:
        if request.conversation_id < 0:
            self._unsaved.delete(request.conversation_id)
            self._core.model.forget()
        else:
            self._core.forget(Wish(conversation_id=request.conversation_id))
        return self._changed()

    def choose(self, request: c.ChooseBranch, call: Call) -> Iterator[Reply]:
        store = self._of(request.turn_id)
        yield store.open(store.choose(request.turn_id))

    def keep(self, request: c.KeepConversation, call: Call) -> Iterator[Reply]:
        found = self._unsaved.require(request.conversation_id)
        kept = self._saved.keep(found)
        self._unsaved.delete(request.conversation_id)
        yield self._saved.open(kept)
        self._tell(Changed(kinds=["conversations"]))

    def export(self, request: c.ExportConversation, call: Call) -> Iterator[Reply]:
        """Written here, or sent as raw bytes; a PDF is printed by who asked for the HTML."""
        made = gathering.gather(
            self._of(request.conversation_id), self._core.library.catalogue,
            request.conversation_id, all_branches=request.all_branches,
        )  # fmt: skip
        data = writing.rendered(made, request.format)
        if request.path:
            yield writing.write(made, request.format, data, request.path, force=request.force)
        else:
            yield writing.account(made, request.format, data, ""), data

    def _of(self, id: int) -> Conversations | UnsavedConversations:
        """Where a conversation or a turn of this id is."""
        return self._unsaved if id < 0 else self._saved

    def _saved_one(self, id: int) -> Conversations:
        if id < 0:
            raise UserError(
                "A no-trace conversation stands in no list that lasts.", "Keep it first.", "unsaved"
            )
        return self._saved

    def _changed(self) -> Iterator[Reply]:
        self._tell(Changed(kinds=["conversations"]))
        return iter(())
