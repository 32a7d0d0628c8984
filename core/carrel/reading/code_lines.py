"""Finds definitions in languages whose blocks show by indentation, by `end`, or not at all."""

from __future__ import annotations

import re
from typing import NamedTuple

from carrel.reading.definitions import Definition, with_lead

_HASH = re.compile(r"[ \t]*[#@][^\n]*$", re.M)
_DASHES = re.compile(r"[ \t]*(?:--|/\*|\*|//)[^\n]*$", re.M)


class Lines(NamedTuple):
    """How a language's definitions look. `head` matches a definition's first line, with the groups
    `indent` and `title`, and `inner` where others may stand inside it. `close` is what ends it, in
    the indentation of its first line; "" when indentation alone does, None when the next one does.
    `apart` matches what may look like a definition and is none: strings of several lines."""

    head: re.Pattern[str]
    close: str | None
    lead: re.Pattern[str] = _HASH
    apart: re.Pattern[str] | None = None


def _head(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    return re.compile(rf"^(?P<indent>[ \t]*)(?:{pattern})", re.M | flags)


_PYTHON = Lines(
    _head(r"(?P<title>(?P<inner>class)[ \t]+\w+|(?:async[ \t]+)?def[ \t]+\w+)"), "",
    apart=re.compile(r'"""(?s:.*?)(?:"""|\Z)|\'\'\'(?s:.*?)(?:\'\'\'|\Z)|#[^\n]*'
                     r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|\'[^\'\\\n]*(?:\\.[^\'\\\n]*)*\'', re.S),
)  # fmt: skip
_RUBY = Lines(
    _head(r"(?P<title>(?P<inner>class|module)[ \t]+(?:<<[ \t]*self|[\w:]+)"
          r"|(?:(?:private|public|protected)[ \t]+)?def[ \t]+[\w.?!=\[\]<>+*/%-]+)"),
    r"end\b",
    apart=re.compile(r"^=begin\b(?s:.*?)(?:^=end\b|\Z)", re.M),
)  # fmt: skip
_LUA = Lines(
    _head(r"(?P<title>(?:local[ \t]+)?function[ \t]+[\w.:]+"
          r"|(?:local[ \t]+)?[\w.]+(?=[ \t]*=[ \t]*function\b))"),
    r"end\b", _DASHES, re.compile(r"--\[(=*)\[(?s:.*?)(?:\]\1\]|\Z)"),
)  # fmt: skip
_JULIA = Lines(
    _head(r"(?P<title>(?P<inner>module)[ \t]+\w+|(?:function|macro|(?:mutable[ \t]+)?struct)"
          r"[ \t]+[\w.!]+)"),
    r"end\b",
)  # fmt: skip
_ELIXIR = Lines(
    _head(r"(?P<title>(?P<inner>defmodule|defprotocol|defimpl)[ \t]+[\w.]+"
          r"|(?:defp?|defmacrop?)[ \t]+[\w?!]+)(?![^\n]*,[ \t]*do:)"),
    r"end\b",
)  # fmt: skip
_SHELL = Lines(
    _head(r"(?P<title>function[ \t]+[\w:.-]+|[A-Za-z_][\w:.-]*[ \t]*\([ \t]*\))"
          r"[ \t]*(?:\([ \t]*\))?[ \t]*\n?[ \t]*[{(]"),
    r"[})]",
)  # fmt: skip
_BASIC = Lines(
    _head(r"(?P<title>(?:(?:public|private|friend|protected|shared|static|partial|overrides|"
          r"overridable|mustinherit|default|readonly|async)[ \t]+)*(?:"
          r"(?P<inner>class|module|structure|interface|namespace)|sub|function|enum|"
          r"property(?:[ \t]+(?:get|let|set))?)[ \t]+\w+)", re.I),
    r"(?i:end[ \t]+(?:class|module|structure|interface|namespace|sub|function|enum|property))\b",
    re.compile(r"[ \t]*(?:'|<|rem\b)[^\n]*$", re.M | re.I),
)  # fmt: skip
_SQL = Lines(
    _head(r"(?P<title>create[ \t]+(?:or[ \t]+(?:replace|alter)[ \t]+)?"
          r"(?:(?:global|local|temp|temporary|unlogged|external|materialized|unique|definer\S*|"
          r"recursive|constraint)[ \t]+)*"
          r"(?:table|view|function|procedure|proc|trigger|index|type|schema|sequence|package"
          r"(?:[ \t]+body)?|role|domain|event|database)[ \t]+(?:if[ \t]+not[ \t]+exists[ \t]+)?"
          r"[\w.\"`\[\]$]+|alter[ \t]+table[ \t]+(?:only[ \t]+)?[\w.\"`\[\]$]+)", re.I),
    None, _DASHES, re.compile(r"/\*(?s:.*?)(?:\*/|\Z)"),
)  # fmt: skip
_LISP = Lines(
    re.compile(r"^(?P<indent>)\((?P<title>(?:def[\w*-]*|define[\w*-]*|ns)[ \t]+\(?[^\s()]+)", re.M),
    None, re.compile(r"[ \t]*;[^\n]*$", re.M),
)  # fmt: skip
_HASKELL = Lines(
    re.compile(r"^(?P<indent>)(?P<title>(?:data|newtype|class|instance|type)[ \t]+[^\n=]{1,80}"
               r"|[a-z_][\w']*(?=[ \t]*::))", re.M),
    None, _DASHES,
)  # fmt: skip
LINED: dict[str, Lines] = {
    **{one: _PYTHON for one in ("py", "pyi", "pyw")},
    "rb": _RUBY,
    "lua": _LUA,
    "jl": _JULIA,
    **{one: _ELIXIR for one in ("ex", "exs")},
    **{one: _SHELL for one in ("sh", "bash", "zsh")},
    **{one: _BASIC for one in ("vb", "bas", "vbs")},
    "sql": _SQL,
    **{one: _LISP for one in ("lisp", "el", "scm", "clj")},
    "hs": _HASKELL,
}
"""The language of each ending."""

_DEEPEST = 8  # classes in classes that are looked into
_LINE = re.compile(r"(?P<indent>[ \t]*)(?P<words>\S)[^\n]*")


def lined(text: str, language: Lines) -> list[Definition]:
    """The definitions of a source; those inside a function are its own affair."""
    bare = text
    if language.apart is not None:
        bare = language.apart.sub(lambda found: _blank(found[0]), text)
    top: list[Definition] = []
    open_ones: list[Definition] = []  # classes and the like around the place that is looked at
    ends = _Ends(bare, language)
    at, done = 0, 0
    while found := language.head.search(bare, at):
        body = _line_end(bare, found.end())
        while open_ones and open_ones[-1].end <= found.start():
            open_ones.pop()
        end = ends.of(found, body)
        inner = bool(found.groupdict().get("inner")) and len(open_ones) < _DEEPEST
        at = body if inner else max(end, body)
        if bare.find("\n", found.start(), end) < 0 and language.close is not None:
            continue  # of one line: it is its own heading
        start = with_lead(text, found.start(), language.lead, done)
        one = Definition(start, body, end, found["title"])
        (open_ones[-1].inside if open_ones else top).append(one)
        if inner:
            open_ones.append(one)
        done = at
    return top


def _blank(words: str) -> str:
    """As many characters that are nothing; lines stay lines."""
    return "\n".join("'" * len(line) for line in words.split("\n"))


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


class _Ends:
    """Where definitions end."""

    def __init__(self, text: str, language: Lines) -> None:
        self._text, self._language = text, language
        self._closed: dict[str, tuple[int, int]] = {}  # indentation -> its next closing line
        self._one_line = re.compile(rf"(?:^|[\s;])(?:{language.close})\s*;?\s*$")

    def of(self, found: re.Match[str], body: int) -> int:
        """The end of a definition whose first line ends at `body`."""
        text, language = self._text, self._language
        if language.close is None:
            following = language.head.search(text, body)
            return following.start() if following else len(text)
        if not language.close:
            return _dedent(text, body, len(found["indent"].expandtabs()))
        if self._one_line.search(text[found.end() : body]):
            return body
        indent = found["indent"]
        start, end = self._closed.get(indent, (-1, 0))
        if start < body:
            pattern = re.compile(rf"^{re.escape(indent)}{language.close}[^\n]*", re.M)
            closed = pattern.search(text, body)
            start, end = closed.span() if closed else (len(text), len(text))
            self._closed[indent] = start, end
        return end


def _dedent(text: str, body: int, column: int) -> int:
    """The end of the last line that stands farther right than `column`; the parameters' closing
    bracket does not count as a line."""
    end, at = body, body + 1
    while at < len(text):
        line = _LINE.match(text, at)
        if line is None:
            at = _line_end(text, at) + 1
            continue
        if len(line["indent"].expandtabs()) <= column and line["words"] not in ")]}'":
            break
        end = line.end()
        at = end + 1
    return end
