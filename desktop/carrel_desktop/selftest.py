"""`carrel selftest --out F.json`: drives the real window end to end without a person.

A throwaway profile, two small files, one question: the window is opened, the folder dropped on it,
the question asked, the cited page opened, the privacy probe run, and the window closed, each step
through the same widgets and signals as a person's. What happened is written as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QEventLoop, QTimer

from carrel.errors import UserError
from carrel.profile import Profile
from carrel.settings import Settings
from carrel_desktop.app import App, build, child_maker, dress, take_dropped
from carrel_desktop.controllers.turn import Turn

POLL_MS = 20
SHORT, LONG = 30.0, 300.0  # seconds: for an answer of the desk; for indexing, loading, generating
FILES = {
    "lease.md": (
        "# Lease of the Lisbon office\n\n## Heating\n\nThe landlord pays for repairing the boiler. "
        "Heating failures are remedied within 48 hours of written notice.\n\n## Keys\n\n"
        "Three keys were handed over on 2 May 2023.\n"
    ),
    "garden.txt": "The apple tree is pruned in February, the hedge is cut in June.\n",
}
QUESTION = "Who pays for repairing the boiler?"


class Step(msgspec.Struct):
    """One step of the test; `detail` is what was seen, or what went wrong."""

    name: str
    ok: bool
    seconds: float
    detail: str


class Driver:
    """Runs steps one after the other over a window; the first failure ends the test."""

    def __init__(self, app: App, folder: Path, models: Path | None) -> None:
        self._app = app
        self._folder = folder
        self._models = models
        self.steps: list[Step] = []

    def run(self) -> bool:
        """Run every step; says whether all went well."""
        steps: list[tuple[str, Callable[[], str]]] = [
            ("open the window", self._open),
            ("start the desk", self._start),
            ("use the models", self._use_models),
            ("add a folder", self._add),
            ("ask a question", self._ask),
            ("open the cited place", self._cite),
            ("check the privacy", self._probe),
            ("close the window", self._close),
        ]
        return all(self._step(name, run) for name, run in steps)

    def _step(self, name: str, run: Callable[[], str]) -> bool:
        start = time.monotonic()
        try:
            detail, ok = run(), True
        except UserError as error:
            detail, ok = str(error), False
        self.steps.append(Step(name, ok, round(time.monotonic() - start, 3), detail))
        sys.stderr.write(f"{'ok  ' if ok else 'FAIL'} {name}: {detail}\n")
        return ok

    def _open(self) -> str:
        self._app.window.show()
        self._wait(self._app.window.isVisible, SHORT)
        return "on screen"

    def _start(self) -> str:
        heard: list[bool] = []
        connection = self._app.controllers.library.documents_changed
        connection.connect(lambda: heard.append(True))
        self._app.bridge.start()
        self._wait(lambda: bool(heard), SHORT)
        return "the desk answers"

    def _use_models(self) -> str:
        models = self._app.controllers.models
        self._wait(lambda: bool(models.models) or self._models is not None, SHORT)
        if self._models is not None:
            files = sorted(self._models.glob("*.gguf"))
            before = len(models.models)
            take_dropped(self._app, [str(path) for path in files])
            self._wait(lambda: len(models.models) >= before + len(files), LONG)
        return ", ".join(one.name for one in models.models)

    def _add(self) -> str:
        library = self._app.controllers.library
        self._app.window.dropped.emit([str(self._folder)])
        self._wait(lambda: self._indexed(library.documents), LONG)
        return f"{len(library.documents)} documents"

    def _indexed(self, rows: Sequence[object]) -> bool:
        settled = {"indexed", "keyword_only"}
        done = [one for one in rows if getattr(one, "status", "") in settled]
        return len(done) >= len(FILES) and not self._app.controllers.library.progress

    def _ask(self) -> str:
        composer = self._app.ask.composer
        self._app.window.open_page("ask")
        composer.field.setPlainText(QUESTION)
        composer.send.click()
        turn = self._turn()
        self._wait(lambda: not turn.running, LONG)
        if turn.in_quotes:
            self._app.ask.conversation.views[-1].write.emit()
            turn = self._turn()
            self._wait(lambda: not turn.running, LONG)
        if turn.stage != "complete":
            raise UserError(f"The answer ended early ({turn.stage}).", turn.what)
        if not turn.verbatim and not turn.answer:
            raise UserError("The files hold the answer, but nothing was found.")
        return f"{turn.result.origin if turn.result else ''}: {turn.answer[:200]}"

    def _cite(self) -> str:
        turn, source = self._turn(), self._app.controllers.source
        view = self._app.ask.conversation.views[-1]
        if turn.citations:
            view.answer.followed.emit(f"cite:{turn.citations[0].n}")
        else:
            view.quotes.opened.emit(0)
        self._wait(lambda: source.view is not None, SHORT)
        shown = source.view
        if shown is None or shown.state != "stands":
            raise UserError("The cited place does not stand.", shown.note if shown else "")
        return f"{shown.title}, {shown.kind}"

    def _probe(self) -> str:
        privacy = self._app.controllers.privacy
        self._app.window.open_page("privacy")
        self._wait(lambda: privacy.report is not None, LONG)
        if sys.platform.startswith("linux") and not privacy.confined:
            raise UserError(privacy.sentence)
        return privacy.sentence

    def _close(self) -> str:
        self._app.window.close()
        self._app.bridge.close()
        return "closed"

    def _turn(self) -> Turn:
        turns = self._app.controllers.ask.turns
        if not turns:
            raise UserError("The question was not taken.")
        return turns[-1]

    def _wait(self, done: Callable[[], bool], seconds: float) -> None:
        """Let the event loop run until `done`. Raises UserError when it takes too long."""
        loop = QEventLoop()
        deadline = time.monotonic() + seconds

        def look() -> None:
            if done() or time.monotonic() > deadline:
                loop.quit()

        timer = QTimer(loop, interval=POLL_MS)
        timer.timeout.connect(look)
        timer.start()
        loop.exec()
        if not done():
            said = [notice.text for notice in self._app.messages.history]
            raise UserError(f"Nothing came within {seconds:.0f} s.", " ".join(said[-2:]))


def main(arguments: Sequence[str]) -> int:
    """Run `selftest --out F.json [--models DIR] [--profile DIR] [--fakes]`; 0 when all is well."""
    options = _parser().parse_args([one for one in arguments if one != "selftest"])
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory(prefix="carrel-selftest-") as folder:
        root = Path(folder)
        documents = root / "documents"
        documents.mkdir()
        for name, text in FILES.items():
            (documents / name).write_text(text, encoding="utf-8")
        result = _drive(options, root, documents)
    document = json.dumps(result, indent=2)
    if options.out:
        Path(options.out).write_text(document + "\n", encoding="utf-8")
    else:
        sys.stdout.write(document + "\n")
    return 0 if result["ok"] else 1


def _drive(options: argparse.Namespace, root: Path, documents: Path) -> dict[str, object]:
    profile = Profile.at(options.profile or root / "profile")
    profile.create()
    settings = Settings(profile.settings)
    qt = dress(settings)
    more = ["--fakes"] if options.fakes else []
    app = build(child_maker(["--profile", str(profile.data), *more]), settings)
    driver = Driver(app, documents, Path(options.models) if options.models else None)
    ok = driver.run()
    app.close()
    return {
        "ok": ok,
        "platform": qt.platformName(),
        "steps": [msgspec.to_builtins(step) for step in driver.steps],
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="carrel selftest", description="Drive the window end to end without a person."
    )
    parser.add_argument("--out", help="write the result here as JSON")
    parser.add_argument("--models", help="folder of .gguf files to put on the shelf first")
    parser.add_argument("--profile", help="use this profile instead of a throwaway one")
    parser.add_argument("--fakes", action="store_true", help="scripted engine and embedder")
    return parser
