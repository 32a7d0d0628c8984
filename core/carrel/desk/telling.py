"""How the desk's parts tell the window what it did not ask for."""

from __future__ import annotations

from collections.abc import Callable

from carrel.events import Message

Tell = Callable[[Message], None]
