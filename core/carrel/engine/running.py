"""Runs a chat template, which is a program of strangers: sandboxed, for 2 seconds at most."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Mapping

from jinja2 import TemplateError
from jinja2.exceptions import SecurityError

from carrel.engine.sandbox import environment
from carrel.errors import UserError

TIME_LIMIT = 2.0
MAX_OUTPUT = 1_000_000
MAX_TEMPLATE = 1_000_000


class _TooLong(BaseException):
    """Thrown into a template that does not end; not an Exception, so that nothing catches it."""


def run_template(template: str, told: Mapping[str, object]) -> str:
    """What a template writes, told these values. Raises TemplateError when the template itself
    refuses, and UserError when it is broken, does not end or does what is not allowed.

    It runs in a thread of its own and is stopped there when its time is over.
    An exception thrown into the thread ends any loop of the template; nothing else runs in it.
    """
    result: list[str | BaseException] = []

    def work() -> None:
        try:
            result.append(_run(template, told))
        except (Exception, _TooLong) as error:  # noqa: BLE001 - raised again by the caller below
            result.append(error)

    thread = threading.Thread(target=work, name="chat template", daemon=True)
    thread.start()
    thread.join(TIME_LIMIT)
    if thread.is_alive():
        _throw(thread, _TooLong)
        thread.join(TIME_LIMIT)
    outcome = result[0] if result else _TooLong()
    if isinstance(outcome, str):
        return outcome
    raise _explained(outcome)


def _explained(error: BaseException) -> BaseException:
    if isinstance(error, _TooLong):
        return broken_template(f"it did not finish within {TIME_LIMIT:.0f} seconds")
    if isinstance(error, SecurityError):
        return broken_template(f"it tries something that is not allowed ({error})")
    if isinstance(error, TemplateError):
        return error
    return broken_template(f"{type(error).__name__}: {error}")


def _throw(thread: threading.Thread, error: type[BaseException]) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread.ident or 0), ctypes.py_object(error)
    )


def broken_template(why: str) -> UserError:
    """The error of a chat template; `why` in the middle of a sentence."""
    return UserError(
        f"The chat template of this model cannot be used: {why}.",
        "Choose another model, or a newer file of this one.",
        "template_broken",
    )


def _run(template: str, told: Mapping[str, object]) -> str:
    if len(template) > MAX_TEMPLATE:
        raise SecurityError("it is larger than 1 MB")
    compiled = environment().from_string(template)
    parts: list[str] = []
    size = 0
    for part in compiled.generate(**told):
        size += len(part)
        if size > MAX_OUTPUT:
            raise SecurityError("it writes more than 1 MB")
        parts.append(part)
    return "".join(parts)
