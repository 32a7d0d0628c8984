"""`carrel search` and `carrel ask`, one question or a batch."""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import msgspec
from rich.markup import escape

from carrel.desk.requests import Ask
from carrel.errors import CarrelError, UserError
from carrel.events import (
    Answered,
    AskEvent,
    Hit,
    Interrupted,
    Message,
    Started,
)
from carrel.terminal.adapters import choices
from carrel.terminal.output import Output, one_line, where, without_type
from carrel.terminal.telling import Telling

if TYPE_CHECKING:
    from carrel.compose import Core

_CANCELLED = 130


class BatchLine(msgspec.Struct):
    """A line of a batch file."""

    id: str | int
    question: str
    collection: str = ""
    mode: str = ""


class SearchResult(Message, frozen=True):
    """What `carrel search --json` prints."""

    query: str
    hits: list[Hit]
    milliseconds: float


def search(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Show the best passages for a question."""
    if arguments.batch:
        return _batch(
            arguments, lambda line: _search(core, line.question, arguments.k, line.collection)
        )
    result = _search(core, _question(arguments), arguments.k, arguments.collection)
    if output.json:
        output.document(result)
        return 0
    for hit in result.hits:
        place = where(hit.document, hit.page, hit.headings)
        output.styled(f"[bold]{hit.rank}[/bold]  [cyan]{escape(place)}[/cyan]")
        output.line(f"   {one_line(hit.text)}\n")
    if not result.hits:
        output.line("Nothing was found. Try other words, or see carrel documents.")
    output.note(f"{len(result.hits)} passages in {result.milliseconds:.0f} ms")
    return 0


def ask(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Answer a question, streamed; under --json one document at the end."""
    if arguments.batch:
        return _batch(arguments, lambda line: _batch_answer(core, arguments, line))
    mode = arguments.mode or core.settings.text("mode")
    request = _request(arguments, _question(arguments), mode, arguments.collection)
    if core.library.read_only and request.trace:
        output.note("The profile is in use, so this question is not saved.")
        request = msgspec.structs.replace(request, trace=False)
    cancel = threading.Event()
    told = Telling(output, think=request.think)
    with stopping(cancel):
        events = core.assistant.ask(request, cancel)
        begun = next(events)
        end = _follow(chain([begun], events), told)
    if isinstance(end, Interrupted):
        return _interrupted(end, output)
    if output.json:
        talk = begun.conversation_id if isinstance(begun, Started) and end.turn_id else None
        place = {"conversation": talk, "turn": end.turn_id or None}
        output.document({**without_type(end.result), **place})
    else:
        told.sources(end.result)
    return 0


def _follow(events: Iterator[AskEvent], told: Telling) -> Answered | Interrupted:
    """Follow a question to its end, telling what comes."""
    for event in events:
        if isinstance(event, Answered | Interrupted):
            return event
        told.hear(event)
    raise CarrelError("A question ended without an answer.")


def _search(core: Core, question: str, k: int, collection: str) -> SearchResult:
    start = time.monotonic()
    hits = core.library.search(question, k=k, collections=[collection] if collection else [])
    spent = round((time.monotonic() - start) * 1000, 1)
    return SearchResult(query=question, hits=hits, milliseconds=spent)


def _request(arguments: argparse.Namespace, question: str, mode: str, collection: str) -> Ask:
    return Ask(
        question=question, mode=mode,  # type: ignore[arg-type]
        conversation_id=arguments.conversation, branch_of=arguments.branch_of,
        collections=[collection] if collection else [], trace=not arguments.no_trace,
        adapters=choices(arguments.adapter), think=arguments.think,
        generated=arguments.generated or ("always" if arguments.model else ""),
    )  # fmt: skip


def _interrupted(end: Interrupted, output: Output) -> int:
    if end.why == "stopped":
        output.note("Stopped.")
        return _CANCELLED
    output.error(UserError(end.what, end.what_to_do))
    return 1


# --- batches ---


def _batch_answer(core: Core, arguments: argparse.Namespace, line: BatchLine) -> Any:
    mode = line.mode or arguments.mode or core.settings.text("mode")
    request = _request(arguments, line.question, mode, line.collection or arguments.collection)
    request = msgspec.structs.replace(request, trace=False)
    for event in core.assistant.ask(request):
        if isinstance(event, Answered):
            return event.result
        if isinstance(event, Interrupted):
            raise UserError(event.what, event.what_to_do)
    raise CarrelError("A question ended without an answer.")


def _batch(arguments: argparse.Namespace, run: Callable[[BatchLine], Any]) -> int:
    """Answer every line in order; a bad line gets its id and an error, and the rest goes on."""
    if not arguments.out:
        raise UserError("A batch needs a file to write to.", "Name it with --out OUT.jsonl.")
    lines = _lines(Path(arguments.batch))
    temporary = Path(f"{arguments.out}.part")
    with open(temporary, "wb") as out:
        for line in lines:
            out.write(msgspec.json.encode(_batch_line(line, run)) + b"\n")
            out.flush()
    os.replace(temporary, arguments.out)
    return 0


def _lines(path: Path) -> list[bytes]:
    try:
        return [line for line in path.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.", "Check the path.") from error


def _batch_line(data: bytes, run: Callable[[BatchLine], Any]) -> dict[str, Any]:
    number: str | int | None = None
    try:
        number = msgspec.json.decode(data, type=dict[str, Any]).get("id")
        line = msgspec.json.decode(data, type=BatchLine)
        return {"id": line.id, **without_type(run(line))}
    except msgspec.DecodeError as error:
        what, what_to_do = f"The line is not a question: {error}", "Give it id and question."
    except UserError as error:
        what, what_to_do = error.what, error.what_to_do
    return {"id": number, "error": {"what": what, "what_to_do": what_to_do}}


def _question(arguments: argparse.Namespace) -> str:
    if not arguments.question:
        raise UserError("There is no question.", 'Type one: carrel ask "…".', "empty_question")
    return " ".join(arguments.question)


class stopping:
    """Ctrl+C sets the event; a second one ends the command at once."""

    def __init__(self, cancel: threading.Event) -> None:
        self._cancel = cancel

    def __enter__(self) -> None:
        self._before = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._stop)

    def __exit__(self, *_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, self._before)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self._cancel.is_set():
            raise KeyboardInterrupt
        self._cancel.set()
