"""Boxes of words on a drawn page, joined to one box per line."""

from __future__ import annotations

from typing import NamedTuple

_SAME_LINE = 0.6  # share of the lesser height by which two boxes of one line overlap
_WORD_GAP = 1.5  # heights between two words of one line


class Box(NamedTuple):
    """A rectangle in pixels of the image, origin at its top left."""

    left: float
    top: float
    right: float
    bottom: float


def merge_lines(boxes: list[Box]) -> list[Box]:
    """Join boxes that stand beside each other in one line; order is kept."""
    merged: list[Box] = []
    for box in boxes:
        if merged and _in_one_line(merged[-1], box):
            last = merged[-1]
            box = Box(
                min(last.left, box.left), min(last.top, box.top),
                max(last.right, box.right), max(last.bottom, box.bottom),
            )  # fmt: skip
            merged[-1] = box
        else:
            merged.append(box)
    return merged


def _in_one_line(a: Box, b: Box) -> bool:
    height = min(a.bottom - a.top, b.bottom - b.top)
    overlap = min(a.bottom, b.bottom) - max(a.top, b.top)
    gap = max(a.left, b.left) - min(a.right, b.right)
    lying = a.right - a.left >= height / 2 and b.right - b.left >= height / 4
    return lying and overlap >= _SAME_LINE * height and gap <= _WORD_GAP * height
