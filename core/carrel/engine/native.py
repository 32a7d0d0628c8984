"""The low-level llama.cpp library, as the engine uses it: opened late, its log kept, a stop flag.

Importing this module loads nothing; `library()` does. llama.cpp has one log for the whole process:
its last lines are kept here so that a failure can be told with llama.cpp's own reason.
"""

from __future__ import annotations

import ctypes
import os
import re
import sys
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

# Names a folder with another build of llama-cpp-python, to be used in place of the installed one.
ENGINE_SITE = "CARREL_ENGINE_SITE"
# Levels of ggml.h (the comment in llama-cpp-python's _logger.py numbers them differently).
_WARNING, _ERROR, _CONTINUED = 3, 4, 5
_KEPT_LINES = 60
_log: deque[tuple[int, str]] = deque(maxlen=_KEPT_LINES)
_recordings: list[list[str]] = []


@cache
def library() -> Any:
    """The ctypes module of llama.cpp, with its log captured and its backends started."""
    # An abort inside ggml would call a debugger for a stack trace, which takes seconds.
    os.environ.setdefault("GGML_NO_BACKTRACE", "1")
    if site := os.environ.get(ENGINE_SITE):
        sys.path.insert(0, os.path.abspath(site))
    from llama_cpp import llama_cpp

    llama_cpp.llama_log_set(_log_callback(llama_cpp), ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    return llama_cpp


@cache
def _log_callback(llama_cpp: Any) -> Any:
    """The callback that keeps log lines; cached, because llama.cpp calls it as long as it lives."""

    def keep(level: int, text: bytes, _data: object) -> None:
        line = text.decode("utf-8", "replace")
        for recording in _recordings:
            recording.append(line)
        if level == _CONTINUED and _log:
            last_level, last = _log.pop()
            _log.append((last_level, last + line))
        else:
            _log.append((level, line))

    return llama_cpp.llama_log_callback(keep)


@contextmanager
def recorded() -> Iterator[list[str]]:
    """While inside, all that llama.cpp says, of every level, is put into the list given."""
    lines: list[str] = []
    _recordings.append(lines)
    try:
        yield lines
    finally:
        _recordings.remove(lines)


def clear_log() -> None:
    """Forget the log lines so far, before something whose reason may be asked for."""
    _log.clear()


def reason_from_log() -> str:
    """The most telling line of the log in one sentence, "" when nothing was said.

    llama.cpp reports from the inside out: the first error names the cause, later ones only say that
    something could not be done.
    """
    errors = [_tidied(line) for level, line in _log if level == _ERROR]
    warnings = [_tidied(line) for level, line in _log if level == _WARNING]
    telling = [line for line in errors if line and not _is_consequence(line)]
    for line in telling or errors or warnings[-1:]:
        if line:
            return line[:300]
    return ""


def _is_consequence(line: str) -> bool:
    return line.startswith(("failed to load model", "failed to initialize the context"))


def _tidied(line: str) -> str:
    """A log line without the C++ function names and the phrases that only wrap the reason."""
    text = " ".join(line.split())
    return re.sub(r"^(?:(?:[a-z_0-9]+|error loading model(?: \w+)?): )+", "", text)


class StopFlag:
    """A flag that llama.cpp tests between operations without asking Python.

    The abort callback is C's `strlen` on a two-byte buffer: an empty string means go on, one
    character means stop. No Python code runs in llama.cpp's threads.
    """

    def __init__(self) -> None:
        self._buffer = ctypes.create_string_buffer(2)

    def install(self, context: Any) -> None:
        """Make llama.cpp test this flag while it computes on `context`."""
        lib = library()
        callback = ctypes.cast(_c_library().strlen, lib.ggml_abort_callback)
        lib.llama_set_abort_callback(context, callback, self._buffer)

    def set(self) -> None:
        self._buffer[0] = b"\x01"

    def clear(self) -> None:
        self._buffer[0] = b"\x00"

    def is_set(self) -> bool:
        return bool(self._buffer[0] != b"\x00")


@cache
def _c_library() -> ctypes.CDLL:
    return ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
