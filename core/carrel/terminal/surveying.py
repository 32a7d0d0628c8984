"""`carrel survey` and `carrel summarize`."""

from __future__ import annotations

import argparse
import os
import threading
from typing import TYPE_CHECKING

from rich.markup import escape

from carrel.answering.summarizing import summarize as summary_of
from carrel.answering.survey_csv import write_csv
from carrel.desk.library_requests import SummaryIs, SummaryLine, Survey, SurveyIs, SurveyRow
from carrel.desk.surveying import surveyor
from carrel.events import Message
from carrel.terminal.asking import stopping
from carrel.terminal.output import Output, one_line, where

if TYPE_CHECKING:
    from carrel.compose import Core

_STYLES = {"found": "green", "doubtful": "yellow", "nothing found": "dim", "no text": "red"}
_CANCELLED = 130


class Rows(Message, frozen=True):
    """What `carrel survey --json` prints; `survey` resumes it (0: it was not saved)."""

    survey: int
    complete: bool
    rows: list[SurveyRow]


class Lines(Message, frozen=True):
    """What `carrel summarize --json` prints."""

    rows: list[SummaryLine]


def survey(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Ask every document, or list the surveys that are saved."""
    asks = surveyor(core, threading.Lock())
    if arguments.list:
        return _list(asks.states(), output)
    request = Survey(
        question=" ".join(arguments.question), answers=arguments.answers,
        collections=[arguments.collection] if arguments.collection else [],
        survey_id=arguments.resume,
    )  # fmt: skip
    cancel = threading.Event()
    rows: list[SurveyRow] = []
    state: SurveyIs | None = None
    with stopping(cancel):
        for step in asks.run(request, cancel):
            if isinstance(step, SurveyIs):
                state = step
                continue
            rows.append(step)
            if not output.json:
                _show(step, output)
    assert state is not None
    if arguments.out:
        write_csv(arguments.out, rows)
    if output.json:
        output.document(Rows(survey=state.id, complete=state.complete, rows=rows))
    else:
        _close(state, rows, arguments, output)
    return 0 if state.complete else _CANCELLED


def _show(row: SurveyRow, output: Output) -> None:
    style = _STYLES[row.verdict]
    output.styled(f"[{style}]{row.verdict:<13}[/{style}] {escape(where(row.document, row.page))}")
    if row.quote:
        output.line(f"              “{one_line(row.quote)}”")
    if row.answer:
        output.line(f"              {row.answer}")
    if row.reason:
        output.line(f"              {row.reason}")


def _close(
    state: SurveyIs, rows: list[SurveyRow], arguments: argparse.Namespace, output: Output
) -> None:
    doubtful = sum(row.verdict == "doubtful" for row in rows)
    output.line()
    output.line(
        f"{state.done} of {state.documents} documents: {state.found} found, {doubtful} doubtful."
    )
    if not state.complete and state.id:
        output.note(f"Go on with: carrel survey --resume {state.id}")
    if arguments.out:
        output.note(f"Written to {arguments.out}.")


def _list(states: list[SurveyIs], output: Output) -> int:
    if output.json:
        output.document({"surveys": states})
        return 0
    for one in states:
        done = f"{one.done} of {one.documents}"
        output.line(f"{one.id:>4}  {done:<14} {one.found} found  {one_line(one.question)}")
    if not states:
        output.line('There are no surveys yet. Begin one: carrel survey "QUESTION"')
    return 0


def summarize(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """A document's sections in order, each line with its place."""
    lines: list[SummaryLine] = []
    end: SummaryIs | None = None
    for step in summary_of(core.library, os.path.abspath(os.path.expanduser(arguments.path))):
        if isinstance(step, SummaryIs):
            end = step
        else:
            lines.append(step)
    if output.json:
        output.document(Lines(rows=lines))
        return 0
    shown: list[str] | None = None
    for line in lines:
        if line.headings != shown:
            shown = line.headings
            output.styled(f"[bold]{escape(' > '.join(shown)) or '·'}[/bold]")
        page = f" (p. {line.page})" if line.page is not None else ""
        output.line(f"  - {one_line(line.text)}{page}")
    if end is not None:
        output.note(f"{end.sections} sections, {end.lines} sentences, word for word.")
    return 0
