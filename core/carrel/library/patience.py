"""Why the state of this computer keeps indexing in the background waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carrel.library.reserve import LOW, free
from carrel.process.machine import on_battery, others_want_all

if TYPE_CHECKING:
    from pathlib import Path

    from carrel.desk.library_requests import Waiting
    from carrel.settings import Settings


def reason_to_wait(data: Path, settings: Settings) -> Waiting:
    """The first reason that holds, "" for none: a disk that is nearly full, the battery, other
    programs; the last two as the settings say."""
    if free(data) < LOW:
        return "disk"
    if settings.text("index_on_battery") == "no" and on_battery():
        return "battery"
    if settings.text("index_under_load") == "no" and others_want_all():
        return "load"
    return ""
