"""Presets and templates: how a model is used, and what it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrel.desk.telling import Tell
from carrel.events import Message
from carrel.process.rpc import Handler

if TYPE_CHECKING:
    from carrel.compose import Core


def handlers(core: Core, tell: Tell) -> dict[type[Message], Handler]:
    """What this part of the desk answers, by request."""
    return {}
