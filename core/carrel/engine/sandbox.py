"""Jinja's immutable sandbox made small: a chat template can neither reach out nor fill the memory.

Jinja's own sandbox keeps templates away from Python's insides. It does not stop one from building a
text of ten gigabytes in a single operation, which no time limit interrupts. So what can make texts,
lists or numbers grow is bounded here, and filters and text methods that no chat template needs are
absent.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from jinja2 import TemplateError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

MAX_TEXT = 1_000_000
MAX_ITEMS = 100_000
MAX_BITS = 4_096
# The day that templates are told is today: a fixed one, so that the same chat gives the same tokens
# tomorrow. It is the day that Llama 3 templates name when nobody tells them one.
TODAY = datetime.datetime(2024, 7, 26)

# fmt: off
_FILTERS = frozenset((
    "abs", "capitalize", "count", "d", "default", "dictsort", "e", "escape", "first", "float",
    "int", "items", "last", "length", "list", "lower", "map", "max", "min", "reject",
    "rejectattr", "reverse", "round", "safe", "select", "selectattr", "sort", "string", "title",
    "trim", "unique", "upper",
))
# fmt: on
# fmt: off
_TEXT_METHODS = frozenset((
    "capitalize", "count", "endswith", "find", "index", "isalnum", "isalpha", "isdigit",
    "isspace", "isupper", "islower", "lower", "lstrip", "partition", "removeprefix",
    "removesuffix", "replace", "rfind", "rpartition", "rsplit", "rstrip", "split", "splitlines",
    "startswith", "strip", "title", "upper", "join",
))
# fmt: on


def environment() -> Sandbox:
    """A fresh sandbox with the functions and filters that chat templates use."""
    sandbox = Sandbox(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.loopcontrols", _Generation],
    )
    sandbox.filters = {k: v for k, v in sandbox.filters.items() if k in _FILTERS}
    sandbox.filters.update(tojson=_to_json, indent=_indent, join=_join, replace=_replace)
    sandbox.globals.update(_functions())
    return sandbox


class _Generator(CodeGenerator):
    """Compiles `a ~ b` to a bounded join; Jinja offers no other place to bound it."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self.write("environment.concat((str(v) for v in (")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write(")))")


class Sandbox(ImmutableSandboxedEnvironment):
    """The sandbox; every operation that could make a value grow is bounded."""

    code_generator_class = _Generator
    intercepted_binops = frozenset(["+", "*", "**", "%"])

    @staticmethod
    def concat(parts: Iterable[str]) -> str:
        """Join texts: the output of blocks and macros, and what `~` joins."""
        return _join(parts)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Compute an operator after its bounds are checked."""
        _CHECKS[operator](left, right)
        return super().call_binop(context, operator, left, right)

    def wrap_str_format(self, value: Any) -> Any:
        """Refuse `str.format`, which Jinja handles apart from other methods."""
        if getattr(value, "__name__", "") in ("format", "format_map") and isinstance(
            getattr(value, "__self__", None), str
        ):
            raise SecurityError("text formatting")
        return None

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Allow of a text's methods only those that chat templates use."""
        if isinstance(obj, str) and attr not in _TEXT_METHODS:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def call(self, context: Any, function: Any, *args: Any, **kwargs: Any) -> Any:
        """Call a function of the template; a text's growing methods are bounded."""
        text = getattr(function, "__self__", None)
        if isinstance(text, str) and function.__name__ == "join":
            return _join(args[0], text)
        if isinstance(text, str) and function.__name__ == "replace":
            return _replace(text, *args, **kwargs)
        return super().call(context, function, *args, **kwargs)


def _check_plus(left: Any, right: Any) -> None:
    limit = MAX_TEXT if isinstance(left, str) else MAX_ITEMS
    if hasattr(left, "__len__") and hasattr(right, "__len__") and len(left) + len(right) > limit:
        raise SecurityError("a value too large")
    _check_numbers(left, right)


def _check_times(left: Any, right: Any) -> None:
    if not (isinstance(left, int | float) and isinstance(right, int | float)):
        raise SecurityError("repeating texts or lists")
    _check_numbers(left, right)


def _check_power(left: Any, right: Any) -> None:
    if not (abs(left) < 1 << 16 and abs(right) < 64):
        raise SecurityError("a power too large")


def _check_remainder(left: Any, right: Any) -> None:
    if isinstance(left, str):
        raise SecurityError("text formatting")


def _check_numbers(left: Any, right: Any) -> None:
    bits = sum(n.bit_length() for n in (left, right) if isinstance(n, int))
    if bits > MAX_BITS:
        raise SecurityError("a number too large")


_CHECKS: Mapping[str, Callable[[Any, Any], None]] = {
    "+": _check_plus,
    "*": _check_times,
    "**": _check_power,
    "%": _check_remainder,
}


def _join(value: Iterable[Any], d: str = "", attribute: str | None = None) -> str:
    """Join texts as Jinja's filter does, up to MAX_TEXT characters."""
    parts: list[str] = []
    size = 0
    for item in value:
        part = str(item[attribute] if attribute is not None else item)
        size += len(part) + len(d)
        if size > MAX_TEXT:
            raise SecurityError("a text too large")
        parts.append(part)
    return d.join(parts)


def _replace(text: str, old: str, new: str, count: int = -1) -> str:
    """Replace as `str.replace` does, with a result of at most MAX_TEXT characters."""
    text, old, new = str(text), str(old), str(new)
    if len(text) + text.count(old) * len(new) > MAX_TEXT:
        raise SecurityError("a text too large")
    return text.replace(old, new, count if count is not None else -1)


def _to_json(value: object, indent: int | None = None, **_options: object) -> str:
    """JSON as the makers of chat templates know it: letters of all languages as they are."""
    return json.dumps(value, ensure_ascii=False, indent=indent and min(int(indent), 8))


def _indent(text: str, width: int = 4, first: bool = False, blank: bool = False) -> str:
    """Jinja's filter with a bounded width."""
    space = " " * max(0, min(int(width), 16))
    lines = [space + line if line or blank else line for line in str(text).split("\n")]
    joined = _join(lines, d="\n")
    return joined if first else joined.removeprefix(space)


def _functions() -> dict[str, Callable[..., Any]]:
    def raise_exception(message: str) -> NoReturn:
        raise TemplateError(message)

    def strftime_now(form: str) -> str:
        return TODAY.strftime(form[:100])

    return {"raise_exception": raise_exception, "strftime_now": strftime_now}


class _Generation(Extension):
    """`{% generation %}`, a mark around answers for training: it changes nothing."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Return the statements inside, as if the mark were not there."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)
