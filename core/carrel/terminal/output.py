"""What a command writes: exactly one JSON document under --json, else words for people.

Standard output carries the result; progress, notes and errors go to standard error.
"""

from __future__ import annotations

import re
import sys
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from carrel.errors import UserError
from carrel.events import IndexProgress

# Control characters but tab and newline, and those that override the direction of text.
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_STAGES = {
    "scanning": "Looking at the files",
    "reading": "Reading and indexing words",
    "words": "Indexing words",
    "meaning": "Indexing meaning",
    "recognizing": "Recognizing text in pictures",
    "done": "Done",
}


class Output:
    """Writes for one command. `json` decides between a document and words."""

    def __init__(self, json: bool) -> None:
        self.json = json
        self.out = Console(file=sys.stdout, highlight=False, soft_wrap=True)
        self.err = Console(file=sys.stderr, highlight=False, soft_wrap=True)

    def document(self, value: Any) -> None:
        """Write the result as one JSON document."""
        sys.stdout.write(msgspec.json.encode(without_type(value)).decode() + "\n")
        sys.stdout.flush()

    def line(self, text: str = "") -> None:
        """Write a line of the result; text from files is never read as markup."""
        self.out.print(escape(printable(text)))

    def styled(self, text: str) -> None:
        """Write a line with rich markup; escape what comes from files yourself."""
        self.out.print(printable(text))

    def piece(self, text: str) -> None:
        """Write streamed text as it comes."""
        sys.stdout.write(printable(text))
        sys.stdout.flush()

    def dimmed(self, text: str) -> None:
        """Write streamed text beside the result, to standard error, as it comes."""
        self.err.print(escape(printable(text)), style="dim", end="")

    def note(self, text: str) -> None:
        """Write a remark to standard error."""
        self.err.print(f"[dim]{escape(printable(text))}[/dim]")

    def error(self, error: UserError) -> None:
        """Write one sentence and what to do; under --json a document as well."""
        self.err.print(
            f"[bold red]{escape(printable(error.what))}[/bold red]"
            f" {escape(printable(error.what_to_do))}".strip()
        )
        if self.json:
            self.document({"error": {"what": error.what, "what_to_do": error.what_to_do}})

    def progress(self) -> IndexingBar:
        """A progress bar on standard error; silent where that is not a terminal."""
        return IndexingBar(self.err)

    def bar(self, words: str) -> FractionBar:
        """A bar on standard error for work that reports a fraction; silent like the other."""
        return FractionBar(self.err, words)


class FractionBar:
    """Shows a fraction in [0, 1] as a bar."""

    def __init__(self, console: Console, words: str) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(),
            console=console, transient=True, disable=not console.is_terminal,
        )  # fmt: skip
        self._task = self._progress.add_task(words, total=1.0)

    def __enter__(self) -> FractionBar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, fraction: float) -> None:
        self._progress.update(self._task, completed=fraction)


class IndexingBar:
    """Shows IndexProgress as a bar: what, how many, how long."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
            console=console, transient=True, disable=not console.is_terminal,
        )  # fmt: skip
        self._task = self._progress.add_task(_STAGES["scanning"], total=None, rate="")

    def __enter__(self) -> IndexingBar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, progress: IndexProgress) -> None:
        meaning = progress.stage == "meaning"
        self._progress.update(
            self._task, description=_STAGES[progress.stage],
            completed=progress.passages_by_meaning if meaning else progress.documents_done,
            total=progress.passages if meaning else progress.documents_total or None,
            rate=f"{progress.per_second:,.0f} a second" if progress.per_second else "",
        )  # fmt: skip


def printable(text: str) -> str:
    """Return text with every character that commands a terminal, or turns a line around, made
    visible: text and names of files are not to be obeyed."""
    return _COMMANDS.sub("\ufffd", text)


def without_type(value: Any) -> Any:
    """Builtins of a message, without the tag that lines between processes need."""
    plain = msgspec.to_builtins(value)
    return _strip(plain)


def _strip(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _strip(one) for key, one in value.items() if key != "type"}
    if isinstance(value, list):
        return [_strip(one) for one in value]
    return value


def where(document: str, page: int | None, headings: list[str] | None = None) -> str:
    """Name a place in a document for people."""
    parts = [document]
    if page is not None:
        parts.append(f"p. {page}")
    if headings:
        parts.append(" > ".join(headings))
    return " · ".join(parts)


def one_line(text: str) -> str:
    """Text of a document on one line, without the soft hyphens of a PDF's line ends."""
    return " ".join(text.replace("\u00ad", "").split())
