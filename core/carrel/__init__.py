"""Carrel's public page: ask your own files, offline. Nothing but these names is promised.

    from carrel import Assistant, Library

Names are resolved when they are first used (PEP 562), so importing this page costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from carrel.assistant import Assistant
    from carrel.compose import Core
    from carrel.errors import Cancelled, CarrelError, UserError, WorkerDied
    from carrel.events import Answer, Answered, AskEvent, Citation, Hit, Verbatim
    from carrel.library.library import Library
    from carrel.profile import Profile

_WHERE = {
    "Assistant": "carrel.assistant",
    "Core": "carrel.compose",
    "Library": "carrel.library.library",
    "Profile": "carrel.profile",
    **dict.fromkeys(("CarrelError", "UserError", "Cancelled", "WorkerDied"), "carrel.errors"),
    **dict.fromkeys(
        ("Answer", "Answered", "AskEvent", "Citation", "Hit", "Verbatim"), "carrel.events"
    ),
}

__all__ = [
    "Answer",
    "Answered",
    "AskEvent",
    "Assistant",
    "Cancelled",
    "CarrelError",
    "Citation",
    "Core",
    "Hit",
    "Library",
    "Profile",
    "UserError",
    "Verbatim",
    "WorkerDied",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'carrel' has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
