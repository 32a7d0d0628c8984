"""The model shelf: what the window may do with models and model files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from carrel.desk import models
from carrel.desk import shelf_requests as s
from carrel.desk.adding import file_is, take_in
from carrel.desk.identifying import Identifier
from carrel.desk.telling import Tell
from carrel.desk.working import in_steps
from carrel.events import Changed, Message
from carrel.process.rpc import Call, Handler, Reply
from carrel_models.discovery import discover, places

if TYPE_CHECKING:
    from carrel.compose import Core


def handlers(core: Core, tell: Tell) -> dict[type[Message], Handler]:
    """What this part of the desk answers, by request."""
    shelf = _Shelf(core, tell)
    return {
        s.ListModels: shelf.list,
        s.DescribeFile: shelf.describe,
        s.AddModel: shelf.add,
        s.UseModel: shelf.use,
        s.RemoveModel: shelf.remove,
        s.FindModels: shelf.find,
        s.SuggestModels: shelf.suggest,
    }


class _Shelf:
    def __init__(self, core: Core, tell: Tell) -> None:
        self._core = core
        self._tell = tell
        self._identifier = Identifier(core.registry, tell)

    def list(self, request: s.ListModels, call: Call) -> Iterator[Reply]:
        yield self._rows()

    def describe(self, request: s.DescribeFile, call: Call) -> Iterator[Reply]:
        yield file_is(self._core, request.path)

    def add(self, request: s.AddModel, call: Call) -> Iterator[Reply]:
        taken = yield from in_steps(
            request.path,
            "copying" if request.copy else "checking",
            call.cancel,
            lambda progress, stop: take_in(self._core, request.path, request.copy, progress, stop),
        )
        self._tell(Changed(kinds=["models", "adapters"] if taken.adapter else ["models"]))
        yield self._rows()

    def use(self, request: s.UseModel, call: Call) -> Iterator[Reply]:
        models.use(self._core.registry, request.model_id)
        self._core.model.choose("")
        self._tell(Changed(kinds=["models"]))
        yield self._rows()

    def remove(self, request: s.RemoveModel, call: Call) -> Iterator[Reply]:
        models.remove(self._core.registry, request.model_id)
        self._tell(Changed(kinds=["models"]))
        yield self._rows()

    def find(self, request: s.FindModels, call: Call) -> Iterator[Reply]:
        found = discover(places(), call.cancel)
        yield s.FoundList(found=models.offered(found, self._core.registry), searched=found.searched)

    def suggest(self, request: s.SuggestModels, call: Call) -> Iterator[Reply]:
        yield s.SuggestionList(suggestions=models.suggested())

    def _rows(self) -> s.ModelList:
        context = self._core.settings.whole("context")
        rows = models.rows(self._core.registry, context, self._core.hardware.gpus())
        if any(not row.sha256 for row in rows):
            self._identifier.start()
        return s.ModelList(models=rows)
