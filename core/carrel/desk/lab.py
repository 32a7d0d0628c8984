"""The runs of the lab for the window. Making a run is a command of its own, `carrel lab run`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.desk import lab_requests as q
from carrel.desk.telling import Tell
from carrel.errors import UserError
from carrel.events import Changed, Message
from carrel.lab import recent
from carrel.lab.report import keeping_up, made_with
from carrel.lab.saved import Run, read_run
from carrel.lab.score import scores
from carrel.lab.using import best_of, use_way
from carrel.lab.words import COSTS, QUALITY, paragraph, rows
from carrel.process.rpc import Call, Handler, Reply

if TYPE_CHECKING:
    from carrel.compose import Core

_SETTINGS = ("mode", "generated_text")


def handlers(core: Core, tell: Tell) -> dict[type[Message], Handler]:
    """What this part of the desk answers, by request."""
    data = core.profile.data

    def listed(request: q.ListRuns, call: Call) -> Iterator[Reply]:
        yield q.RunList(runs=[_row(folder) for folder in recent.known(data)])

    def shown(request: q.ShowRun, call: Call) -> Iterator[Reply]:
        run = read_run(request.folder)
        recent.remember(data, Path(request.folder))
        yield _shown(run)

    def left_out(request: q.LeaveOutRun, call: Call) -> Iterator[Reply]:
        recent.leave_out(data, request.folder)
        yield q.RunList(runs=[_row(folder) for folder in recent.known(data)])

    def used(request: q.UseRun, call: Call) -> Iterator[Reply]:
        way = use_way(core, read_run(request.folder), request.way)
        tell(Changed(kinds=["models", "adapters", "settings"]))
        values = {name: core.settings.text(name) for name in _SETTINGS}
        yield q.RunUsed(way=way.name, model=way.model, settings=values)

    return {q.ListRuns: listed, q.ShowRun: shown, q.LeaveOutRun: left_out, q.UseRun: used}


def _row(folder: str) -> q.RunRow:
    try:
        run = read_run(folder)
    except UserError as problem:
        return q.RunRow(folder=folder, problem=problem.what)
    return q.RunRow(
        folder=folder, questions=len(run.questions), ways=len(run.made.ways),
        complete=recent.finished(run),
    )  # fmt: skip


def _shown(run: Run) -> q.RunShown:
    found = scores(run)
    head = ["", *(one.way.name for one in found)]
    best = best_of(found)
    report = Path(run.folder) / "report.html"
    return q.RunShown(
        folder=run.folder,
        words=paragraph(run, found),
        ways=[one.way.name for one in found if one.n],
        best=best.way.name if best is not None else "",
        tables=[
            q.RunTable(title="Scores", head=head, rows=rows(QUALITY, found)),
            q.RunTable(title="What it took", head=head, rows=rows(COSTS, found)),
        ],
        notes=[*keeping_up(run), *made_with(run)],
        report=str(report) if report.is_file() else "",
    )
