"""A run: every question in every way, one model after the other, each answer kept at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from carrel.errors import Cancelled, UserError, WorkerDied
from carrel.lab.saved import Failed, Peak, RunFolder
from carrel.process.measuring import EnergyMeter, forget_peak, peak_memory

if TYPE_CHECKING:
    from carrel.compose import Core
    from carrel.lab.arms import Way
    from carrel.lab.asking import Asker
    from carrel.lab.questions import Question

GIVEN_UP = 3
"""Failures one after the other after which a way is given up."""
Tell = Callable[[str, float], None]


def run(
    core: Core,
    asker: Asker,
    folder: RunFolder,
    questions: Sequence[Question],
    ways: Sequence[Way],
    collections: Sequence[str],
    cancel: threading.Event,
    tell: Tell,
) -> None:
    """Ask what `folder` does not have yet. `tell` gets a way's name and the share of it done.

    A model that cannot be loaded, or fails three times one after the other, is given up with its
    reason, and the other ways go on. Raises Cancelled when `cancel` was set; what is answered
    stays.
    """
    for way in ways:
        waiting = folder.missing(way.name, questions)
        if not waiting:
            continue
        try:
            _load(core, way, cancel)
            _ask_all(core, asker, folder, waiting, way, collections, cancel, tell)
        except (UserError, WorkerDied) as error:
            folder.add(Failed(way=way.name, reason=str(error)))


def _load(core: Core, way: Way, cancel: threading.Event) -> None:
    for _ in core.model.ensure(cancel, way.model_choice, way.adapter_choices):
        pass
    if cancel.is_set():
        raise Cancelled("Stopped while loading.")


def _ask_all(
    core: Core,
    asker: Asker,
    folder: RunFolder,
    waiting: Sequence[Question],
    way: Way,
    collections: Sequence[str],
    cancel: threading.Event,
    tell: Tell,
) -> None:
    child = core.workers().get("model")
    if child is not None and child.pid is not None:
        forget_peak(child.pid)
    meter = EnergyMeter()
    failures = 0
    for done, question in enumerate(waiting):
        tell(way.name, done / len(waiting))
        before = meter.read()
        given = asker.ask(question, way, collections, cancel)
        if cancel.is_set():
            raise Cancelled(f"Stopped in {way.name} after {done:,} questions.")
        after = meter.read()
        if before is not None and after is not None:
            given = msgspec.structs.replace(given, joules=round(after - before, 2))
        folder.add(given)
        failures = failures + 1 if given.error else 0
        if failures == GIVEN_UP:
            raise UserError(f"Given up after {GIVEN_UP} failures in a row: {given.error}")
    tell(way.name, 1.0)
    peak = peak_memory(child.pid) if child is not None and child.pid is not None else None
    if peak is not None:
        folder.add(Peak(way=way.name, bytes=peak))
