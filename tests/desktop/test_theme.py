"""The theme is the only place of colours and sizes, and follows the system."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

import carrel_desktop
from carrel_desktop import theme
from carrel_desktop.theme.icons import icon, names
from carrel_desktop.theme.metrics import ZOOMS, Metrics
from carrel_desktop.theme.roles import DARK, LIGHT
from carrel_desktop.theme.stylesheet import stylesheet

HOUSE = Path(carrel_desktop.__file__).parent
LITERALS = re.compile(
    r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b|\b\d+px\b|QColor\(\s*[\d\"']|setStyleSheet|"
    r"(setFixed|setMinimum|setMaximum)(Width|Height|Size)\(\s*\d{2,}"
)


def test_no_colour_or_size_is_written_outside_the_theme() -> None:
    found = [
        f"{path.relative_to(HOUSE)}: {match.group()}"
        for path in HOUSE.rglob("*.py")
        if path.parent.name != "theme"
        for match in LITERALS.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_the_search_for_literals_finds_them() -> None:
    for text in ('"#FAF9F6"', "12px", "QColor(1, 2, 3)", "setFixedWidth(64)"):
        assert LITERALS.search(text)


@pytest.mark.parametrize("roles", [LIGHT, DARK])
def test_the_stylesheet_has_no_open_places(roles: object) -> None:
    sheet = stylesheet(roles, Metrics())  # type: ignore[arg-type]
    assert "@" not in sheet
    assert "$" not in sheet


def test_the_theme_follows_the_system_only_when_asked(qapp: QApplication) -> None:
    now = theme.current()
    hints = qapp.styleHints()
    now.choose("system")
    hints.setColorScheme(Qt.ColorScheme.Dark)
    assert now.roles.dark == (hints.colorScheme() == Qt.ColorScheme.Dark)
    now.choose("light")
    assert now.roles is LIGHT
    now.choose("dark")
    assert now.roles is DARK
    hints.unsetColorScheme()


def test_zoom_scales_lengths_but_not_the_window() -> None:
    double = Metrics().scaled(2.0)
    assert (double.font, double.rail, double.window_width) == (30, 128, 1440)
    assert min(ZOOMS) < 1.0 < max(ZOOMS)


def test_every_icon_draws_something(qapp: QApplication) -> None:
    for name in names():
        image = icon(name, LIGHT, 20).pixmap(20, 20).toImage()
        inked = sum(image.pixelColor(x, y).alpha() > 0 for x in range(20) for y in range(20))
        assert inked > 10, name
