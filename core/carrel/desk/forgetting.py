"""Forgetting from the window: what it would remove, and removing it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from carrel.desk import library_requests as l
from carrel.desk.keeping import Reporter
from carrel.desk.telling import Tell
from carrel.events import Changed, Message
from carrel.library.forgetting import Wish, full_paths
from carrel.process.rpc import Call, Handler, Reply

if TYPE_CHECKING:
    from carrel.compose import Core


def handlers(core: Core, tell: Tell) -> dict[type[Message], Handler]:
    """What this part of the desk answers, by request."""

    def plan(request: l.WhatIsForgotten, call: Call) -> Iterator[Reply]:
        yield core.library.plan_forgetting(_wish(request))

    def forget(request: l.Forget, call: Call) -> Iterator[Reply]:
        try:
            yield core.forget(_wish(request), keep_quotes=request.keep_quotes)
        finally:
            tell(Changed(kinds=["collections", "documents", "conversations"]))

    def rebuild(request: l.Rebuild, call: Call) -> Iterator[Reply]:
        report = Reporter(tell)
        try:
            yield core.library.rebuild(report, call.cancel)
        finally:
            report.changed()

    return {l.WhatIsForgotten: plan, l.Forget: forget, l.Rebuild: rebuild}


def _wish(request: l.WhatIsForgotten | l.Forget) -> Wish:
    return Wish(
        tuple(full_paths(request.paths)), request.collection, request.conversation_id,
        request.everything,
    )  # fmt: skip
