"""The Privacy page's proof: every process tries to open sockets now and is answered."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from carrel.desk.requests import PrivacyReport, ProbeRow
from carrel.errors import UserError, WorkerDied
from carrel.process import probing
from carrel.process.probing import AttemptRow, ProbeResult, ProbeSelf

if TYPE_CHECKING:
    from carrel.process.child import Child
    from carrel.profile import Profile
    from carrel.reading.tesseract import Tesseract

_TIMEOUT = 20.0


def report(
    profile: Profile, workers: Mapping[str, Child], recognizer: Tesseract | None = None
) -> PrivacyReport:
    """Probe this process, each worker (started if need be) and, where tesseract is installed, a
    process like those that it runs in, and say in words what it shows."""
    rows = _rows("desk", probing.result().rows)
    for name, child in workers.items():
        rows += _rows(name, _tries_of(child))
    if recognizer is not None and recognizer.available():
        rows += _rows("text recognition", recognizer.probe().rows)
    return summarize(profile, rows)


def _tries_of(child: Child) -> list[AttemptRow]:
    """What a worker tried just now. One that rests between two jobs, as the merging of the index
    does, may be ended in the middle; then another one is asked."""
    try:
        return _asked(child)
    except (UserError, WorkerDied):
        return _asked(child)


def _asked(child: Child) -> list[AttemptRow]:
    frames = child.ensure().call(ProbeSelf(), timeout=_TIMEOUT)
    results = [msgspec.json.decode(frame.body, type=ProbeResult) for frame in frames]
    return [row for result in results for row in result.rows]


def summarize(profile: Profile, rows: list[ProbeRow]) -> PrivacyReport:
    """The report over rows of any processes."""
    leaks = [row for row in rows if row.allowed]
    refused = sum(row.outcome == "refused by the kernel" for row in rows)
    confined = not leaks and refused > 0
    return PrivacyReport(
        confined=confined, platform=f"{platform.system()} {platform.machine()}",
        sentence=_sentence(confined, leaks), rows=rows,
        data_folder=str(profile.data), data_bytes=profile.bytes_used(),
    )  # fmt: skip


def _sentence(confined: bool, leaks: list[ProbeRow]) -> str:
    if confined:
        return "No process that sees your files can open a network connection: the kernel refuses."
    if not sys.platform.startswith("linux"):
        return (
            "This system offers Carrel no way to forbid itself the network. Carrel has no network"
            " code of its own, but here you have only our word for it."
        )
    names = ", ".join(sorted({row.process for row in leaks})) or "every process"
    return f"The network filter is not in force in: {names}. Please report this."


def _rows(process: str, rows: list[AttemptRow]) -> list[ProbeRow]:
    return [
        ProbeRow(
            process=process, attempt=row.attempt, outcome=row.outcome,
            allowed=row.allowed and row.must_refuse,
        )
        for row in rows
    ]  # fmt: skip
