"""Files on their way to a shelf: what each is, and putting it there, model or adapter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from carrel.desk import models
from carrel.desk.adapters import row_of
from carrel.desk.shelf_requests import FileIs
from carrel.errors import Cancelled, UserError
from carrel_models.adapter import read_adapter
from carrel_models.files import same_file
from carrel_models.gguf import BadGguf, read_header
from carrel_models.intake import absolute
from carrel_models.kinds import kind_of
from carrel_models.stops import Progress, Stop, Stopped

if TYPE_CHECKING:
    from carrel.compose import Core

_ADAPTER = "adapter"


class Taken(NamedTuple):
    """What a file became: its id on the shelf of models, or of adapters."""

    adapter: bool
    id: str


def file_is(core: Core, path: str) -> FileIs:
    """What a file is, from its header alone; what is wrong with it is in the answer."""
    place = str(absolute(path))
    try:
        card, already = models.describe(core.registry, path)
        if card.kind == _ADAPTER:
            return _adapter_is(core, place)
    except UserError as error:
        return FileIs(path=place, problem=error.what, what_to_do=error.what_to_do)
    in_use = core.registry.in_use()
    row = models.row(
        card, core.settings.whole("context"), core.hardware.gpus(),
        in_use=in_use is not None and in_use.id == card.id,
    )  # fmt: skip
    return FileIs(path=place, already=already, model=row)


def take_in(
    core: Core,
    path: str,
    copy: bool = False,
    progress: Progress | None = None,
    cancel: Stop | None = None,
) -> Taken:
    """Put a model or an adapter on its shelf. Raises UserError with the reason, and Cancelled."""
    if not _is_adapter(path):
        return Taken(False, models.add(core.registry, path, copy, progress, cancel).id)
    try:
        return Taken(True, core.adapters.add(absolute(path), copy, progress, cancel).id)
    except (BadGguf, OSError) as error:
        raise _unusable(path, error) from error
    except Stopped as stopped:
        raise Cancelled("Stopped; nothing was added.") from stopped


def _is_adapter(path: str) -> bool:
    try:
        return kind_of(read_header(absolute(path))) == _ADAPTER
    except (BadGguf, OSError):
        return False  # adding it as a model says what is wrong with it


def _adapter_is(core: Core, path: str) -> FileIs:
    try:
        card = read_adapter(path)
    except (BadGguf, OSError) as error:
        raise _unusable(path, error) from error
    known = next((one for one in core.adapters.list() if same_file(one.path, path)), None)
    return FileIs(path=path, already=known is not None, adapter=row_of(core, known or card))


def _unusable(path: str, error: BadGguf | OSError) -> UserError:
    if isinstance(error, OSError):
        return models.unusable(path, error)
    return UserError(
        f"{Path(path).name} is not a usable adapter: {error}",
        error.what_to_do or "Take a LoRA adapter in GGUF form.",
        "bad_adapter",
    )
