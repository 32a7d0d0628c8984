"""`carrel lab`: question sets, prompts, runs and what came of them."""

from __future__ import annotations

import argparse
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from carrel.errors import Cancelled, UserError, disk_full
from carrel.events import Message
from carrel.lab.prompts import Prompter, Sample, rendered
from carrel.lab.questions import Question, read_questions
from carrel.terminal.asking import stopping
from carrel.terminal.lab_results import HOLDS_TEXT
from carrel.terminal.output import Output

if TYPE_CHECKING:
    from carrel.compose import Core


class PromptsResult(Message, frozen=True):
    """What `carrel lab prompts --json` prints: `refused` are samples that Carrel would answer with
    "not in your files" without asking a model."""

    out: str
    samples: int
    refused: int


def lab(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Do one action of the lab."""
    from carrel.terminal import lab_results, lab_run

    actions = {
        "prompts": _prompts,
        "run": lab_run.run,
        "show": lab_results.show,
        "compare": lab_results.compare,
        "use": lab_results.use,
    }
    return actions[arguments.action](core, arguments, output)


def _prompts(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    found = read_questions(arguments.questions)
    if arguments.n_passages is not None and not 1 <= arguments.n_passages <= 100:
        raise UserError("--n-passages must be between 1 and 100.", "", "usage")
    out = Path(arguments.out).expanduser()
    if out.exists() and not arguments.force:
        raise UserError(f"{out} exists already.", "Choose another name, or say --force.", "exists")
    prompter = Prompter(core, arguments.mode, arguments.n_passages)
    template = core.model.card().path if arguments.rendered else ""
    collections = [arguments.collection] if arguments.collection else []
    core.library.require(collections)
    cancel = threading.Event()
    refused = 0
    part = Path(f"{out}.part")
    with stopping(cancel), output.bar("Writing prompts …") as bar, _opened(part) as file:
        for done, one in enumerate(found.questions):
            made = _sample(prompter, one, collections, template, cancel)
            refused += made.evidence == "no"
            file.write(msgspec.json.encode(made) + b"\n")
            bar((done + 1) / len(found.questions))
    os.replace(part, out)
    result = PromptsResult(out=str(out), samples=len(found.questions), refused=refused)
    if output.json:
        output.document(result)
        return 0
    output.line(f"{result.samples:,} prompts are in {out}.")
    if refused:
        output.line(f"For {refused:,} of them nothing was found: Carrel would ask no model.")
    output.note(HOLDS_TEXT)
    return 0


def _sample(
    prompter: Prompter,
    question: Question,
    collections: list[str],
    template: str,
    cancel: threading.Event,
) -> Sample:
    made = prompter.sample(question, collections, cancel)
    if cancel.is_set():
        raise Cancelled("Stopped.")
    if not template:
        return made
    return msgspec.structs.replace(made, rendered=rendered(made.messages, template))


class _opened:
    """A file that is written and taken away again when it is not finished. Raises UserError."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> _opened:
        try:
            self._file = open(self._path, "wb")
        except OSError as error:
            raise UserError(
                f"{self._path} cannot be written: {error.strerror}.", "Choose another place.",
                "cannot_write",
            ) from error  # fmt: skip
        return self

    def write(self, data: bytes) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise disk_full(error) or error from error

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind is not None:
            self._path.unlink()
