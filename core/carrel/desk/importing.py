"""Brings a PEFT folder onto the shelf of adapters, as a GGUF file that Carrel keeps."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from carrel.errors import UserError, disk_full
from carrel_models.digests import identifier, sha256_of
from carrel_models.files import part_name
from carrel_models.gguf import BadGguf
from carrel_models.peft import BadPeft, convert

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel_models.adapter import AdapterCard


def import_peft(core: Core, folder: str, base: str = "") -> AdapterCard:
    """Convert the PEFT adapter in `folder` for the model `base` (an id or a file; "" takes the one
    in use), and put it on the shelf. Raises UserError with the reason.
    """
    source = Path(folder).expanduser()
    if not source.is_dir():
        raise UserError(
            f"There is no folder {folder}.", "Name the folder that holds adapter_config.json.",
            "missing",
        )  # fmt: skip
    model = core.model.card(base)
    shelf = core.adapters.folder
    shelf.mkdir(parents=True, exist_ok=True)
    part = part_name(shelf / "import.gguf")
    name = source.resolve().name
    try:
        convert(source, Path(model.path), part, name)
        target = shelf / f"{identifier(name, sha256_of(part))}.gguf"
        part.replace(target)
        return core.adapters.add(target)
    except (BadPeft, BadGguf) as error:
        raise UserError(
            f"The adapter in {name} cannot be imported for {model.name}: {error}",
            "Name the model that it was made for with --base MODEL, or convert it elsewhere.",
            "bad_peft",
        ) from error
    except OSError as error:
        raise disk_full(error) or UserError(
            f"{name} cannot be read: {error.strerror}.", "Check its permissions.", "unreadable"
        ) from error
    finally:
        part.unlink(missing_ok=True)
