"""Data with keys (JSON, YAML, TOML, XML) as a tree over its own text, and the blocks of that tree.

The text stays as it is written. A container that is large enough stands under its own key path; the
elements of a list stay whole, so that a record is read together; small things stay with their
neighbours. So a passage carries the path of its keys and is still no sliver.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from carrel.reading.decoding import one_line
from carrel.reading.layout import sections, trimmed
from carrel.reading.messages import Block, BlockKind, Extract, Extracted, Section
from carrel.reading.text import MAX_BYTES, paragraphs, read_text

LARGEST = 8_000_000  # characters; a longer text is read line by line, without its structure
OWN = 64  # characters: a container of fewer, among others, gets no path of its own
RECORD = (
    400  # characters: an element of a list up to this is kept whole; a passage holds about so many
)
LONG = 300  # characters: a value of more is prose, cut at its sentences
TOGETHER = 160  # characters: neighbours that are shorter are one stretch
DEEPEST = 64  # levels that are followed; what is deeper belongs to the last one
_SHOWN = 6  # entries of a path: the outermost and the innermost
_LABEL = 80  # characters of an entry
NAMES = frozenset(("name", "id", "title", "key", "label"))
"""Keys whose value names the element that they stand in."""


class Node:
    """A stretch [start, end) of the text: a value, or a container when it has children.

    `label` is its key; `name` what it calls itself by one of `NAMES`; `is_element` that it is one
    of many alike, which the label does not tell apart.
    """

    __slots__ = ("children", "end", "is_element", "label", "name", "start")

    def __init__(self, label: str, start: int, is_element: bool = False) -> None:
        self.label, self.start, self.end = label, start, start
        self.is_element, self.name = is_element, ""
        self.children: list[Node] = []


class Builder:
    """Grows a tree while a scanner walks the text."""

    def __init__(self) -> None:
        self.root = Node("", 0)
        self.stack = [self.root]
        self.skipped = 0  # containers that are open and deeper than is followed

    @property
    def top(self) -> Node:
        """The innermost container that is open."""
        return self.stack[-1]

    def open(self, label: str, start: int, is_element: bool = False) -> None:
        """A container, or what may become one, begins."""
        if len(self.stack) > DEEPEST:
            self.skipped += 1
        else:
            self.stack.append(Node(label, start, is_element))

    def close(self, end: int) -> None:
        """The innermost container ends; the root never does."""
        if self.skipped:
            self.skipped -= 1
        elif len(self.stack) > 1:
            node = self.stack.pop()
            node.end = max(end, node.start)
            self.add(node)

    def close_to(self, depth: int, end: int) -> None:
        """All containers end but the outermost `depth`, the root among them."""
        self.skipped = 0
        while len(self.stack) > max(depth, 1):
            self.close(end)

    def leaf(self, label: str, start: int, end: int, value: str = "") -> None:
        """A value stands here."""
        if value and label.casefold() in NAMES:
            self.call(value)
        node = Node(label, start)
        node.end = end
        self.add(node)

    def call(self, name: str) -> None:
        """The innermost container calls itself so; the first name counts."""
        self.top.name = self.top.name or one_line(name, _LABEL)

    def name_holder(self, key: str, value: str) -> None:
        """The key that was opened last may name what it stands in."""
        if key.casefold() in NAMES and not self.skipped and len(self.stack) > 2:
            holder = self.stack[-2]
            holder.name = holder.name or one_line(value, _LABEL)

    def add(self, node: Node) -> None:
        """Short values and short records that follow each other become one node: a tree of each
        number of a large table would not fit the memory."""
        if self.skipped:
            return
        siblings = self.top.children
        last = siblings[-1] if siblings else None
        if last is not None and node.end - last.start <= TOGETHER:
            values = not node.children and not last.children
            if values or (node.is_element and last.is_element):
                last.end, last.label, last.name = node.end, "", ""
                return
        siblings.append(node)


def read_keyed(
    request: Extract, fd: int, cancel: threading.Event, grow: Callable[[str], Node]
) -> Iterator[Section | Extracted]:
    """Yield the source, with the key paths of the tree that `grow` finds in it.

    What is not in order costs its structure, never its text. Raises what `read_text` raises.
    """
    text = read_text(fd, MAX_BYTES)
    found = blocks(text, grow(text)) if len(text) <= LARGEST else paragraphs(text, "code")
    for section in sections(text, found):
        if cancel.is_set():
            return
        yield section
    yield Extracted(title="", pages=None, engine=request.format)


def blocks(text: str, root: Node) -> Iterator[Block]:
    """The blocks of a tree over `text`; together they are all of it but white space."""
    layout = _Layout(text)
    layout.divide(root, [])
    ends = [start for start, _, _ in layout.stretches[1:]]
    for (start, kind, path), end in zip(layout.stretches, [*ends, len(text)], strict=True):
        first, last = trimmed(text, start, end)
        if first < last:
            yield Block(kind=kind, start=first, end=last, headings=path)


class _Layout:
    """Where stretches of the text begin, with their kinds and paths."""

    def __init__(self, text: str) -> None:
        self.stretches: list[tuple[int, BlockKind, list[str]]] = []
        self._text = text
        self._pending: int | None = 0  # openers of containers in which nothing began yet

    def divide(self, node: Node, path: list[str]) -> None:
        """Lay out a container: what it holds begins stretches, itself begins none."""
        if self._pending is None:
            self._pending = node.start
        running = False  # the last stretch is one of this container's values
        for number, child in enumerate(node.children, start=1):
            alone = len(node.children) == 1
            size = child.end - child.start
            below = [*path, entry] if (entry := _entry(child, number)) else path
            if child.children and not _stays_whole(child, size, alone):
                self.divide(child, below)
                running = False
            elif child.children or child.is_element:
                self._begin(child.start, "record", path)
                running = False
            elif size > LONG or alone:
                self._begin(child.start, "paragraph" if size > LONG else "code", below)
                running = False
            elif not running or self._line_is_long(child.start):
                self._begin(child.start, "code", path)
                running = True
        if self._pending is not None and not self.stretches:
            self._begin(node.start, "code", path)

    def _begin(self, start: int, kind: BlockKind, path: list[str]) -> None:
        start = start if self._pending is None else self._pending
        self._pending = None
        shown = path if len(path) <= _SHOWN else [path[0], *path[1 - _SHOWN :]]
        self.stretches.append((start, kind, shown))

    def _line_is_long(self, at: int) -> bool:
        """Whether the stretch is one long line so far: a file without line breaks."""
        start = self.stretches[-1][0]
        return at - start > TOGETHER and self._text.find("\n", start, at) < 0


def _stays_whole(node: Node, size: int, alone: bool) -> bool:
    return size <= RECORD if node.is_element else size < OWN and not alone


def _entry(node: Node, number: int) -> str:
    """What a node adds to the path: its key, and for one of many its name or number."""
    called = node.name or next((c.name for c in node.children if c.label == "metadata"), "")
    own = (called or str(number)) if node.is_element else ""
    own = "" if node.label.endswith(own) else own  # one of many that was not known to be
    return one_line(f"{node.label} {own}", _LABEL)
