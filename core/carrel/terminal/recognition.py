"""`carrel ocr`: whether the text in pictures is recognized, and recognizing what waits."""

from __future__ import annotations

import argparse
import threading
from typing import TYPE_CHECKING

from carrel.errors import Cancelled, UserError
from carrel.reading import languages
from carrel.terminal.asking import stopping
from carrel.terminal.output import Output

if TYPE_CHECKING:
    from carrel.compose import Core


def ocr(core: Core, arguments: argparse.Namespace, output: Output) -> int:
    """Show or set whether text is recognized; `on` recognizes what waits. Raises UserError when it
    is switched on and cannot work."""
    if arguments.action != "status":
        if arguments.languages is not None:
            languages.choose(arguments.languages, core.recognizer.languages())
            core.settings.set("ocr_languages", arguments.languages)
        core.settings.set("ocr", arguments.action)
    if arguments.action == "on":
        core.recognizer.languages()
        if not _recognize(core, output):
            return 130
    return _show(core, output)


def _recognize(core: Core, output: Output) -> bool:
    cancel = threading.Event()
    try:
        with stopping(cancel), output.progress() as bar:
            core.library.recognize(bar, cancel)
    except Cancelled as stopped:
        output.note(str(stopped))
        return False
    return True


def _show(core: Core, output: Output) -> int:
    state = core.library.recognition()
    installed: list[str] = []
    problem = state.problem
    try:
        installed = core.recognizer.languages()
    except UserError as error:
        problem = problem or str(error)
    if output.json:
        output.document(
            {
                "ocr": state.setting, "installed": state.installed, "languages": installed,
                "documents": state.documents, "pages": state.pages, "problem": problem,
            }
        )  # fmt: skip
        return 0
    output.line(f"Text recognition: {state.setting}")
    output.line(f"Languages installed: {' '.join(installed) or 'none'}")
    output.line(f"Waiting: {state.documents} documents, {state.pages} pages")
    if problem:
        output.line(problem)
    return 0
