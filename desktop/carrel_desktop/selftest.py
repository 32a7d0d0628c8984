"""`carrel selftest --out F.json`: drives the real window end to end without a person.

A throwaway profile, two small files, one question: the window is opened, the folder dropped on it,
the question asked, the cited page opened, the conversation exported, the privacy probe run, and the
window closed, each step through the same widgets and signals as a person's. With --models the model
files of a folder are dropped on the window too, and what answers is swapped for one of them with
its adapter. What happened is written as JSON; --picture keeps a picture of the window.
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
from carrel.process.measuring import age
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

    def __init__(self, app: App, folder: Path, models: Path | None, picture: str = "") -> None:
        self._app = app
        self._folder = folder
        self._models = models
        self._picture = picture
        self._brought: list[str] = []  # ids of the chat models that were dropped on the window
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
            ("swap the model", self._swap),
            ("export the conversation", self._export),
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
        window = self._app.window
        window.show()
        self._wait(
            lambda: (handle := window.windowHandle()) is not None and handle.isExposed(), SHORT
        )
        seconds = age()
        return "on screen" + (f" {seconds:.2f} s after the start" if seconds is not None else "")

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
            files = [str(path.absolute()) for path in sorted(self._models.glob("*.gguf"))]
            self._bring(files)
            self._brought = [one.id for one in models.models if one.path in files]
        return ", ".join(one.name for one in models.models)

    def _bring(self, files: list[str]) -> None:
        """Drop files on the window, see what they are said to be, and add them all."""
        importing = self._app.controllers.importing
        take_dropped(self._app, files)
        candidates = [one for one in importing.candidates if one.path in files]
        self._wait(lambda: all(one.state != "reading" for one in candidates), SHORT)
        importing.add_all()
        self._wait(lambda: all(one.state in ("added", "failed") for one in candidates), LONG)
        for one in candidates:
            if one.state == "failed":
                raise UserError(f"{one.name}: {one.what}", one.what_to_do)

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
        turn = self._send(QUESTION)
        if turn.in_quotes:
            self._app.ask.conversation.views[-1].write.emit()
            turn = self._turn()
            self._wait(lambda: not turn.running, LONG)
        self._require_complete(turn)
        if not turn.verbatim and not turn.answer:
            raise UserError("The files hold the answer, but nothing was found.")
        return f"{turn.result.origin if turn.result else ''}: {turn.answer[:200]}"

    def _send(self, question: str) -> Turn:
        """Type a question, send it, and wait for the end of its answer."""
        composer = self._app.ask.composer
        self._app.window.open_page("ask")
        composer.field.setPlainText(question)
        before = len(self._app.controllers.ask.turns)
        composer.send.click()
        self._wait(lambda: len(self._app.controllers.ask.turns) > before, SHORT)
        turn = self._turn()
        self._wait(lambda: not turn.running, LONG)
        self._require_complete(turn)
        return turn

    def _require_complete(self, turn: Turn) -> None:
        if turn.stage != "complete":
            raise UserError(f"The answer ended early ({turn.stage}).", turn.what)

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
        if self._picture and not self._app.window.grab().save(self._picture):
            raise UserError(f"The picture {self._picture} cannot be written.")
        return f"{shown.title}, {shown.kind}"

    def _swap(self) -> str:
        """Answer once more with a model that was brought, and with its adapter."""
        if not self._brought:
            return "no other model was brought"
        models, adapters = self._app.controllers.models, self._app.controllers.adapters
        chosen = self._brought[0]
        models.use(chosen)
        self._wait(lambda: models.in_use is not None and models.in_use.id == chosen, SHORT)
        self._wait(lambda: adapters.model_id == chosen, SHORT)
        for one in adapters.for_model(chosen):
            adapters.attach(one.id, True)
        self._app.ask.composer.modes.chosen.emit("model")
        return self._answer_of_swapped([one.id for one in adapters.for_model(chosen)])

    def _answer_of_swapped(self, attached: list[str]) -> str:
        self._send(QUESTION)
        result = self._turn().result
        if result is None or result.model is None or result.model.id != self._brought[0]:
            raise UserError("Another model answered than the one that was chosen.")
        used = [one.id for one in result.model.adapters]
        if used != attached:
            raise UserError(f"The adapters {attached} were attached, {used} answered.")
        name = self._app.controllers.models.name_of(result.model.id)
        return f"{name} with {len(used)} adapters: {len(result.answer)} characters"

    def _export(self) -> str:
        turn, target = self._turn(), self._folder.parent / "conversation.html"
        self._app.controllers.exports.export(turn.conversation_id, "html", str(target))
        self._wait(lambda: target.is_file() and QUESTION in target.read_text("utf-8"), SHORT)
        return f"{target.stat().st_size} bytes of HTML"

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
    models = Path(options.models) if options.models else None
    driver = Driver(app, documents, models, options.picture)
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
    parser.add_argument("--picture", default="", help="keep a picture of the window in this file")
    parser.add_argument("--profile", help="use this profile instead of a throwaway one")
    parser.add_argument("--fakes", action="store_true", help="scripted engine and embedder")
    return parser
