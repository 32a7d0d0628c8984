"""The keyboard, over rebuilding what had it: the control of the same name gets it back."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QApplication, QWidget


def held_name(inside: QWidget) -> str:
    """The accessible name of what has the keyboard inside a widget, "" when it is elsewhere."""
    focus = QApplication.focusWidget()
    return focus.accessibleName() if focus is not None and inside.isAncestorOf(focus) else ""


def give_back(name: str, places: Iterable[QWidget]) -> None:
    """Give the keyboard to the first control of that name in these widgets that is not hidden."""
    if not name:
        return
    for one in (child for place in places for child in place.findChildren(QWidget)):
        if one.accessibleName() == name and not one.isHidden():
            one.setFocus()
            return
