"""Finds definitions in languages whose blocks stand in braces.

Comments and texts in quotes are blanked first; then each opening brace is judged by the words since
the statement before it. Braces that are no definition are looked into; functions are not.
"""

from __future__ import annotations

import re

from carrel.reading.brace_languages import CONTROL, Braces
from carrel.reading.definitions import Definition, with_lead

_TOKEN = re.compile(r"[(){};]")
_CLOSERS = re.compile(r"[;,)]*(?:[ \t]*$)?", re.M)
_HEADER = 1_000  # characters before a brace that may define what it opens
_DEEPEST = 8  # classes in classes that are looked into
_MOST_FRAMES = 100_000
_CALL = re.compile(r"(?<![~\w:.$#])([~\w:.$#]*[\w$]|operator\s*\S{1,3})\s*(?:<[^()]{0,200}>\s*)?\(")
_NO_CALL = re.compile(r"[=?]|\b(?:new|return|throw|case|await|yield|else|typedef)\b|=>")
_NAMED = re.compile(
    r"(?:\b(?:func|fn|function|def|fun|sub|macro_rules!)\b\s*\*?\s*)"
    r"(?:\([^()]*\)\s*)?(?:<[^<>]*>\s*)?[\w.$:`~!<>-]+"
)
_TEMPLATE = re.compile(r"\btemplate\s*<[^<>]*(?:<[^<>]*>[^<>]*)*>")
_INITIALIZED = re.compile(r"\w(?<!\bconst)(?<!\boverride)(?<!\bfinal)(?<!\bnoexcept)\Z")
_ASSIGNED = re.compile(
    r"(?<![\w.$#])([\w.$#]+)\s*(?::[^=()]{0,200})?(?:<<?-|[:=])\s*(?:async\s*)?"
    r"(?:function\b|\\\(|(?:\([^=]*\)|[\w$]+)\s*(?::\s*[^={]{1,200})?=>)"
)


def braced(text: str, language: Braces) -> list[Definition]:
    """The definitions of a source."""
    return _Scanner(text, language).scan()


class _Scanner:
    """One pass over brackets. A frame is an open bracket: the bracket, where the statement around
    it began, and what it defines."""

    def __init__(self, text: str, language: Braces) -> None:
        self._text, self._language = text, language
        self._bare = language.apart.sub(_blank, text)
        self._frames: list[tuple[str, int, Definition | None]] = []
        self._open: list[tuple[Definition, int]] = []  # definitions, with the frames around each
        self._closed: dict[str, int] = {}  # indentation -> its next closing line
        self._top: list[Definition] = []
        self._statement = 0  # where it began
        self._least = 0  # where the last definition ended or opened
        self._function_ends = -1  # where its closing line stands, while inside one

    def scan(self) -> list[Definition]:
        for token in _TOKEN.finditer(self._bare):
            at, sign = token.start(), token[0]
            if 0 <= self._function_ends < at:
                self._recover()
            if sign == ";":
                self._statement = at + 1
            elif sign in "({":
                if len(self._frames) >= _MOST_FRAMES:
                    break
                made = self._definition(at) if sign == "{" and self._looks() else None
                if sign == "{" and made is None and _INITIALIZED.match(self._bare, at - 1, at):
                    sign = "="  # b{1} is a value: the statement goes on
                self._frames.append((sign, self._statement, made))
                self._statement = at + 1
            else:
                self._close(sign, at)
        while self._open:
            self._end(len(self._text))
        return self._top

    def _looks(self) -> bool:
        """Whether a definition may stand here: not inside of a function."""
        return not self._open or (self._open[-1][0].body > 0 and len(self._open) < _DEEPEST)

    def _close(self, sign: str, at: int) -> None:
        frames = self._frames
        if sign == ")":
            if frames and frames[-1][0] == "(":
                self._statement = frames.pop()[1]
            return
        while frames and frames[-1][0] == "(":
            frames.pop()  # never closed
        self._statement = at + 1
        if frames:
            opened, statement, made = frames.pop()
            if opened == "=":
                self._statement = statement
            if made is not None:
                self._end(at + 1)

    def _definition(self, brace: int) -> Definition | None:
        first = max(self._statement, brace - _HEADER)
        header = self._bare[first:brace]
        title, is_function, offset = title_of(header, self._language)
        if not title or (is_function and self._is_value(header, brace)):
            return None
        # Where a semicolon ends each statement, its first word begins the definition.
        if self._language.calls and not self._language.assigned:
            offset = len(header) - len(header.lstrip())
        start = first + offset
        line = self._text.rfind("\n", first, start) + 1 or (first if first == 0 else start)
        begin = with_lead(self._text, line, self._language.lead, self._least)
        made = Definition(begin, 0 if is_function else brace, len(self._text), title)
        self._open.append((made, len(self._frames)))
        self._least = brace
        if is_function:
            indent = self._text[line:start]
            self._function_ends = self._closing(indent if indent.isspace() else "", brace)
        return made

    def _is_value(self, header: str, brace: int) -> bool:
        """Whether a brace right after a word belongs to it, not to the function: b{1}, struct{}."""
        after = self._bare.startswith("}", brace + 1) or ":" in header
        return after and _INITIALIZED.match(header, len(header) - 1) is not None

    def _closing(self, indent: str, brace: int) -> int:
        """Where a line with a closing brace in this indentation stands next, -1 when none does."""
        known = self._closed.get(indent, 0)
        if 0 <= known <= brace:
            known = self._bare.find(f"\n{indent}}}", brace)
            self._closed[indent] = known
        return known + 1 + len(indent) if known >= 0 else -1

    def _recover(self) -> None:
        """The closing line of a function was passed: some bracket in it was not what it seemed."""
        end, (_, depth) = self._function_ends, self._open[-1]
        self._statement = end + 1
        del self._frames[depth:]
        self._end(end + 1)

    def _end(self, at: int) -> None:
        made, _ = self._open.pop()
        made.end = _CLOSERS.match(self._bare, at).end()  # type: ignore[union-attr]
        self._function_ends = -1
        self._least = at
        if self._text.find("\n", made.start, at) < 0:
            return  # of one line: it is its own heading
        (self._open[-1][0].inside if self._open else self._top).append(made)


def title_of(header: str, language: Braces) -> tuple[str, bool, int]:
    """The title of what a brace opens after these words, whether it is a function, and where in
    the words it stands; "" when it defines nothing. The last that is found counts."""
    header = _TEMPLATE.sub(lambda found: " " * len(found[0]), header)
    a_type, named = _last(language.types, header), _last(_NAMED, header)
    if named and (not a_type or named.start() > a_type.start()):
        return named[0], True, named.start()
    if a_type and "=" not in header[: a_type.start()]:
        return a_type["title"], False, a_type.start()
    if language.assigned and (found := _last(_ASSIGNED, header)):
        return f"function {found[1]}", True, found.start()
    if language.calls and (found := _CALL.search(header)):
        return _called(header, found), True, found.start()
    return "", True, 0


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    last = None
    for found in pattern.finditer(text):
        last = found
    return last


def _called(header: str, found: re.Match[str]) -> str:
    """The title of a function that is defined as it is called, "" when it is a call."""
    name = found[1]
    base = name.rpartition(":")[2]
    if base in CONTROL or "." in name or _NO_CALL.search(header[: found.start()]):
        return ""
    # A macro: what it is called with tells it apart.
    return header[found.start() :] if name.isupper() else f"{name}()"


def _blank(found: re.Match[str]) -> str:
    """As many characters without brackets; lines stay lines."""
    words = found[0]
    if "\n" not in words:
        return " " * len(words)
    return "\n".join(" " * len(line) for line in words.split("\n"))
