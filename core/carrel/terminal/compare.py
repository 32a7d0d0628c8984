"""`carrel compare`: one question to two settings of model, adapters and mode, and both answers.

Both are asked without a trace, one after the other: two models would not fit everywhere.
"""

from __future__ import annotations

import argparse
import threading
import time
from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.panel import Panel
from rich.text import Text

from carrel.desk.requests import Ask
from carrel.errors import Cancelled, CarrelError, UserError
from carrel.events import Answer, Answered, Interrupted, ModelLoading
from carrel.terminal.asking import stopping
from carrel.terminal.output import Output, printable
from carrel.terminal.sides import Side, parse_side

if TYPE_CHECKING:
    from carrel.compose import Core


def compare(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Ask both sides and show their answers beside each other."""
    sides = parse_side(arguments.a), parse_side(arguments.b)
    question, cancel = " ".join(arguments.question), threading.Event()
    collections = [arguments.collection] if arguments.collection else []
    answers: list[tuple[Answer, float]] = []
    with stopping(cancel):
        for side in sides:
            start = time.monotonic()
            answer = _ask(core, question, collections, side, cancel, output)
            answers.append((answer, time.monotonic() - start))
    if output.json:
        seconds = {name: round(spent, 2) for name, (_, spent) in zip("ab", answers, strict=True)}
        output.document({"a": answers[0][0], "b": answers[1][0], "seconds": seconds})
        return 0
    panels = [_panel(name, *one) for name, one in zip("AB", answers, strict=True)]
    output.out.print(Columns(panels, equal=True, expand=True))
    return 0


def _ask(
    core: Core,
    question: str,
    collections: list[str],
    side: Side,
    cancel: threading.Event,
    output: Output,
) -> Answer:
    request = Ask(
        question=question, mode=side.mode, collections=collections, trace=False,  # type: ignore[arg-type]
        model=side.model, adapters=side.adapters, generated="always",
    )  # fmt: skip
    for event in core.assistant.ask(request, cancel):
        if isinstance(event, ModelLoading) and event.fraction == 0:
            output.note(f"Loading {event.model_id} …")
        if isinstance(event, Answered):
            return event.result
        if isinstance(event, Interrupted):
            if event.why == "stopped":
                raise Cancelled("Stopped.")
            raise UserError(event.what, event.what_to_do)
    raise CarrelError("A question ended without an answer.")


def _panel(name: str, answer: Answer, seconds: float) -> Panel:
    said = answer.answer or "Not in your files."
    used = "no model"
    if answer.model is not None:
        adapters = [f"{one.id} at {one.scale:g}" for one in answer.model.adapters]
        used = " + ".join([answer.model.id, *adapters])
    return Panel(Text(printable(said)), title=f"{name}: {used}", subtitle=f"{seconds:.1f} s")
