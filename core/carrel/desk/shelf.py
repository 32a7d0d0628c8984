"""The model shelf: what the window may do with models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from carrel.desk import models
from carrel.desk import shelf_requests as s
from carrel.desk.telling import Tell
from carrel.events import Changed, Message
from carrel.process.rpc import Call, Handler, Reply

if TYPE_CHECKING:
    from carrel.compose import Core


def handlers(core: Core, tell: Tell) -> dict[type[Message], Handler]:
    """What this part of the desk answers, by request."""
    shelf = _Shelf(core, tell)
    return {
        s.ListModels: shelf.list,
        s.AddModel: shelf.add,
        s.UseModel: shelf.use,
    }


class _Shelf:
    def __init__(self, core: Core, tell: Tell) -> None:
        self._core = core
        self._tell = tell

    def list(self, request: s.ListModels, call: Call) -> Iterator[Reply]:
        yield self._rows()

    def add(self, request: s.AddModel, call: Call) -> Iterator[Reply]:
        models.add(self._core.registry, request.path)
        self._tell(Changed(kinds=["models"]))
        yield self._rows()

    def use(self, request: s.UseModel, call: Call) -> Iterator[Reply]:
        models.use(self._core.registry, request.model_id)
        self._core.model.choose("")
        self._tell(Changed(kinds=["models"]))
        yield self._rows()

    def _rows(self) -> s.ModelList:
        context = self._core.settings.whole("context")
        return s.ModelList(models=models.rows(self._core.registry, context))
