"""The sides of a comparison as they are written on the command line."""

from __future__ import annotations

from typing import NamedTuple

from carrel.desk.shelf_requests import AdapterChoice
from carrel.errors import UserError
from carrel.terminal.adapters import choice

_MODES = ("auto", "files", "model", "both")


class Side(NamedTuple):
    """One side of a comparison; "" and None take what is in use."""

    model: str = ""
    adapters: list[AdapterChoice] | None = None
    mode: str = "auto"


def parse_side(text: str) -> Side:
    """Settings from "model=M,adapter=A=0.5,adapter=B,mode=files". Raises UserError.

    A comma in a file's name is kept when no known name follows it.
    """
    model, mode, adapters = "", "auto", []
    for part in _parts(text):
        name, _, value = part.partition("=")
        if name == "model" and value:
            model = value
        elif name == "mode" and value in _MODES:
            mode = value
        elif name == "adapter" and value:
            adapters.append(value)
        else:
            raise UserError(
                f"{part!r} is not a setting that can be compared.",
                f"Write model=M, adapter=A=SCALE or mode={'/'.join(_MODES)}, with commas between.",
                "compare",
            )
    chosen = [choice(one) for one in adapters if one != "none"] if adapters else None
    return Side(model, chosen, mode)


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    for piece in text.split(","):
        if parts and not piece.startswith(("model=", "adapter=", "mode=")):
            parts[-1] += f",{piece}"
        elif piece:
            parts.append(piece)
    return parts
