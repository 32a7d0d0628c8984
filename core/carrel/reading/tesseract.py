"""Text recognition by tesseract, where it is installed: one confined process per page.

The desk hands over a grey picture by pipe and gets a table of words with their boxes. The process
(carrel.process.becoming) reads no file but tesseract's own, writes none, and has no network; it
ends with the page, so a picture that takes it over gains nothing and the next one meets a new one.
"""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from carrel.errors import UserError
from carrel.process.becoming import CANNOT_START, Becoming
from carrel.process.child import worker_command
from carrel.process.probing import ProbeResult
from carrel.process.running import Ran, run
from carrel.reading import pgm
from carrel.reading.recognized import RecognizedPage, page_from_table
from carrel_models.stops import Stop

PAGE_SECONDS = 60
"""Most seconds of processor time for one page: 20 times what a full page of print takes."""

MOST_SECONDS = 600.0
"""Seconds after which a page is given up however little processor time it got: others come first,
so that on a busy machine ten times as long is nothing unusual."""

INSTALL = "Install the package tesseract-ocr (and tesseract-ocr-eng, or that of your language)."
_MOST_OUTPUT = 16_000_000  # bytes of one page's table
_ASK_SECONDS = 20.0
_ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C"}
_LIBRARY = re.compile(r"(/\S+) \(0x")
_FOLDER = re.compile(r'"([^"]+)"')
# What holds the libraries of a program that cannot be asked for them.
_LIBRARY_FOLDERS = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/opt")
_BLANK = b"P5\n60 60\n255\n" + b"\xff" * 3600


class Installed(NamedTuple):
    """tesseract as it stands on this machine: the program, its data, its languages, and the files
    (libraries and folders) that it needs to read; `runnable` with its loader."""

    program: str
    data: str
    languages: list[str]
    readable: list[str]
    runnable: list[str]


class Tesseract:
    """ports.Recognizer. Looks for the program when it is first asked."""

    def __init__(self, name: str = "tesseract") -> None:
        self._name = name
        self._lock = threading.Lock()
        self._found: Installed | None = None
        self._tried = False

    def available(self) -> bool:
        """Whether the program is there; nothing is started."""
        return shutil.which(self._name) is not None

    def languages(self) -> list[str]:
        """The languages that are installed. Raises UserError("no_tesseract", "tesseract")."""
        return self._ready().languages

    def recognize(
        self, picture: bytes, languages: Sequence[str], cancel: Stop | None = None
    ) -> RecognizedPage:
        """Recognize one page, given as PGM. What is wrong with it is the page's `problem`.

        Raises UserError when tesseract itself cannot be used, Cancelled.
        """
        width, height = (int(one) for one in picture.split(b"\n", 2)[1].split())
        done = self._run(self._ready(), picture, languages, cancel)
        if done.status == 0:
            return page_from_table(done.output.decode("utf-8", "replace"), width, height)
        return RecognizedPage(width=width, height=height, problem=_why(done))

    def probe(self) -> ProbeResult:
        """Try, in a process under the same limits, what they must refuse."""
        done = self._become(self._ready(), [], probe=True)
        return msgspec.json.decode(done.output, type=ProbeResult)

    def _ready(self) -> Installed:
        """Find tesseract and try it once under its limits, on an empty page."""
        with self._lock:
            if self._found is None:
                found = find(self._name)
                language = [one for one in found.languages if one != "osd"][:1]
                if language:  # without any, who chooses one says so
                    tried = self._run(found, _BLANK, language, None)
                    if tried.status != 0:
                        raise _unusable(tried.complaint or f"it ended with {tried.status}")
                self._found = found
            return self._found

    def _run(
        self, found: Installed, picture: bytes, languages: Sequence[str], cancel: Stop | None
    ) -> Ran:
        arguments = [
            "stdin", "stdout", "--tessdata-dir", found.data, "-l", "+".join(languages),
            "--dpi", str(pgm.DPI), "--psm", "3", "-c", "tessedit_create_tsv=1",
        ]  # fmt: skip
        return self._become(found, arguments, picture, cancel)

    def _become(
        self,
        found: Installed,
        arguments: list[str],
        given: bytes = b"",
        cancel: Stop | None = None,
        *,
        probe: bool = False,
    ) -> Ran:
        wanted = Becoming(
            program=found.program, arguments=arguments, readable=found.readable,
            runnable=found.runnable, environment=_ENVIRONMENT, seconds=PAGE_SECONDS, probe=probe,
        )  # fmt: skip
        command = [*worker_command(), "become", msgspec.json.encode(wanted).decode()]
        try:
            done = run(command, given, seconds=MOST_SECONDS, most=_MOST_OUTPUT, cancel=cancel)
        except OSError as error:
            raise _unusable(error.strerror or "no process") from error
        if done.status == CANNOT_START:
            raise _unusable(done.complaint)
        return done


def find(name: str = "tesseract") -> Installed:
    """Ask tesseract for its languages and the loader for its libraries.

    Raises UserError("no_tesseract") when it is not installed, ("tesseract") when it does not run.
    """
    found = shutil.which(name)
    if found is None:
        raise UserError("The program tesseract is not installed.", INSTALL, "no_tesseract")
    program = os.path.realpath(found)
    listed = _ask([program, "--list-langs"], {})
    # tesseract 5 writes the list to standard output, older ones to standard error.
    lines = (listed.output.decode("utf-8", "replace") or listed.complaint).splitlines()
    folder = _FOLDER.search(lines[0]) if lines else None
    if listed.status != 0 or folder is None:
        raise _unusable(listed.complaint)
    libraries = libraries_of(program)
    return Installed(
        program, folder[1], [one.strip() for one in lines[1:] if one.strip()],
        [folder[1], "/etc/ld.so.cache", *(libraries or _LIBRARY_FOLDERS)],
        [program, *(one for one in libraries if Path(one).name.startswith("ld-"))],
    )  # fmt: skip


def libraries_of(program: str) -> list[str]:
    """The libraries and the loader of a program, as the loader finds them (what ldd does); []
    where it does not say."""
    traced = _ask([program], {"LD_TRACE_LOADED_OBJECTS": "1"})
    return _LIBRARY.findall(traced.output.decode("utf-8", "replace"))


def _ask(command: list[str], extra: dict[str, str]) -> Ran:
    try:
        return run(
            command, seconds=_ASK_SECONDS, most=_MOST_OUTPUT, environment={**os.environ, **extra}
        )
    except OSError as error:
        raise _unusable(error.strerror or "no process") from error


def _why(done: Ran) -> str:
    """What became of a page that tesseract did not finish, in one sentence."""
    if done.late or -done.status in _OUT_OF_TIME:
        return f"Recognizing it took longer than {PAGE_SECONDS} s of processor time."
    return f"tesseract gave it up ({done.complaint[:200] or f'status {done.status}'})."


_OUT_OF_TIME = (24,)  # SIGXCPU


def _unusable(why: str) -> UserError:
    return UserError(
        f"tesseract is installed and cannot be used: {why[:300]}",
        "Run `tesseract --list-langs` to see whether it works at all.",
        "tesseract",
    )
