"""`carrel lab`: question sets, prompts, runs and what came of them."""

from __future__ import annotations

import argparse
import os
import threading
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from carrel.errors import Cancelled, UserError, disk_full
from carrel.events import Message
from carrel.lab.draft import draft
from carrel.lab.prompts import Prompter, Sample, rendered
from carrel.lab.questions import Question, read_questions, write_csv
from carrel.terminal.asking import stopping
from carrel.terminal.demo import copy_samples
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
        "draft": _draft,
        "prompts": _prompts,
        "sample": _sample_folder,
        "run": lab_run.run,
        "show": lab_results.show,
        "compare": lab_results.compare,
        "use": lab_results.use,
    }
    return actions[arguments.action](core, arguments, output)


class SampleResult(Message, frozen=True):
    """What `carrel lab sample --json` prints."""

    documents: str
    questions: str


def _sample_folder(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    folder = Path(arguments.folder).expanduser().absolute()
    documents, questions = folder / "documents", folder / "questions.csv"
    if folder.exists():
        raise UserError(f"{folder} exists already.", "Name a new folder.", "exists")
    try:
        copy_samples(documents)
        questions.write_bytes((files("carrel") / "samples" / "lab" / questions.name).read_bytes())
    except OSError as error:
        raise disk_full(error) or UserError(
            f"{folder} cannot be written: {error.strerror}.", "Choose another place.",
            "cannot_write",
        ) from error  # fmt: skip
    result = SampleResult(documents=str(documents), questions=str(questions))
    if output.json:
        output.document(result)
        return 0
    output.line("Add the documents, then ask the questions:")
    output.line(f'  carrel add "{documents}" --name "Lab sample"')
    output.line(f'  carrel lab run "{questions}" --collection "Lab sample" --out DIR')
    return 0


class DraftResult(Message, frozen=True):
    """What `carrel lab draft --json` prints: of the `questions`, `unanswerable` have no answer."""

    out: str
    questions: int
    unanswerable: int


def _draft(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    if not 1 <= arguments.n <= 10_000:
        raise UserError("-n must be between 1 and 10,000.", "", "usage")
    out = _new_file(arguments.out, arguments.force)
    made = draft(core, arguments.collection, arguments.n)
    part = Path(f"{out}.part")
    with _opened(part) as file:
        file.write(b"\xef\xbb\xbf" + write_csv(made).encode("utf-8", "backslashreplace"))
    os.replace(part, out)
    gone = sum(not one.answerable for one in made)
    if output.json:
        output.document(DraftResult(out=str(out), questions=len(made), unanswerable=gone))
        return 0
    output.line(f"{len(made):,} drafts are in {out}, {gone:,} of them without an answer.")
    output.line("Read them, correct them, and write yes under confirmed: lab run asks only those.")
    output.note(f"They were made by rule from single sentences. {HOLDS_TEXT}")
    return 0


def _new_file(name: str, force: bool) -> Path:
    out = Path(name).expanduser()
    if out.exists() and not force:
        raise UserError(f"{out} exists already.", "Choose another name, or say --force.", "exists")
    return out


def _prompts(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    found = read_questions(arguments.questions)
    if arguments.n_passages is not None and not 1 <= arguments.n_passages <= 100:
        raise UserError("--n-passages must be between 1 and 100.", "", "usage")
    out = _new_file(arguments.out, arguments.force)
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
