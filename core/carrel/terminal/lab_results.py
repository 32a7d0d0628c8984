"""`carrel lab show`, `compare` and `use`: what came of runs, and what is done with it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from carrel.events import Message
from carrel.lab.differences import Compared, Difference, compared, differences
from carrel.lab.report import right, said, side_by_side, sources
from carrel.lab.saved import Costs, Run, read_run
from carrel.lab.score import WayScores, scores
from carrel.lab.using import use_way
from carrel.lab.words import COSTS, QUALITY, costs_in, paragraph, rows
from carrel.terminal.output import Output, printable

if TYPE_CHECKING:
    from carrel.compose import Core

HOLDS_TEXT = "It holds text of your files, outside the profile: forgetting does not reach it."


class RunResult(Message, frozen=True):
    """What `carrel lab run` and `lab show` print under --json."""

    folder: str
    questions: int
    words: str
    ways: list[WayScores]
    differences: list[Difference]
    costs: Costs | None


class UseResult(Message, frozen=True):
    """What `carrel lab use --json` prints: what is in use now."""

    way: str
    mode: str
    model: str
    adapters: list[str]


def show(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Show a run, finished or not."""
    run = read_run(arguments.folder)
    status = show_run(run, output)
    if arguments.questions and not output.json:
        _show_questions(run, output)
    return status


def show_run(run: Run, output: Output) -> int:
    """Show the scores of a run; 1 when no way has an answer."""
    found = scores(run)
    answered = any(one.n for one in found)
    words = paragraph(run, found)
    if output.json:
        output.document(
            RunResult(folder=run.folder, questions=len(run.questions), words=words, ways=found,
                      differences=differences(run), costs=costs_in(run))
        )  # fmt: skip
        return 0 if answered else 1
    for table in (QUALITY, COSTS):
        output.out.print(_table([one.way.name for one in found], rows(table, found)))
    output.line()
    output.line(words)
    output.note(f"The reports are in {Path(run.folder) / 'report.html'} and report.md.")
    return 0 if answered else 1


def compare(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Show two runs against each other; 1 when a way became worse for sure."""
    found = compared(read_run(arguments.earlier), read_run(arguments.later))
    if output.json:
        output.document(found)
    else:
        _show_compared(found, output)
    if not found.worse:
        return 0
    output.note(f"Worse than before: {', '.join(found.worse)}.")
    return 1


def use(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Answer from now on as one way of a run did."""
    way = use_way(core, read_run(arguments.folder), arguments.way)
    result = UseResult(
        way=way.name, mode=core.settings.text("mode"), model=way.model,
        adapters=[f"{one.id}={one.scale:g}" for one in way.adapters],
    )  # fmt: skip
    if output.json:
        output.document(result)
        return 0
    with_adapters = f" with {', '.join(result.adapters)}" if result.adapters else ""
    output.line(f"From now on {result.model}{with_adapters} answers, in mode {result.mode}.")
    output.note("A collection has no settings of its own, so this holds for all of them.")
    return 0


def _show_questions(run: Run, output: Output) -> None:
    for question, answers in side_by_side(run):
        output.line()
        output.styled(f"[bold]{escape(question.id)}[/bold]  {escape(question.question)}")
        output.line(f"   {right(question)}")
        for way, given, point in answers:
            points = "failed" if point is None else f"{point.points:.2f}"
            output.line(f"   {way} ({points}): {said(given)}")
            for source in sources(given):
                output.line(f"      {source}")


def _show_compared(found: Compared, output: Output) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("way", "questions", "n", "later is ahead by", ""):
        table.add_column(column)
    for one in found.differences:
        ahead = one.ahead
        verdict = {1: "better", -1: "worse", 0: "cannot be said"}[one.sign()]
        if ahead.low == ahead.high == 0:
            verdict = "the same"
        table.add_row(
            escape(printable(one.a)), one.part, f"{one.n:,}",
            f"{ahead.value:+.3f} ({ahead.low:+.3f} to {ahead.high:+.3f})", verdict,
        )  # fmt: skip
    output.out.print(table)
    for way, ids in found.changed.items():
        if ids:
            more = f" and {len(ids) - 20:,} more" if len(ids) > 20 else ""
            output.line(f"{way}: other points in {', '.join(ids[:20])}{more}")


def _table(head: list[str], body: list[list[str]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("", *head):
        table.add_column(escape(printable(column)))
    for row in body:
        table.add_row(*(escape(printable(cell)) for cell in row))
    return table
