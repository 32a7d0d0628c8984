"""Every window, walked: names for screen readers, keyboard focus, contrast, and plain text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QSlider,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from carrel_desktop import theme
from carrel_desktop.app import App
from carrel_desktop.theme.roles import DARK, LIGHT, PAIRS, Roles, contrast
from carrel_desktop.windows.main_window import LOW_PAGES, PAGES
from tests.desktop import samples, shelf_samples
from tests.desktop.test_ask import ask, wait_for_end

INTERACTIVE = (
    QAbstractButton, QLineEdit, QPlainTextEdit, QTextEdit, QAbstractItemView, QComboBox,
    QSlider,
)  # fmt: skip
NAMED = (*INTERACTIVE, QProgressBar, QAbstractScrollArea, QDialog)
LEAST = 4.5
_R = QPalette.ColorRole
PALETTE_PAIRS = (
    (_R.WindowText, _R.Window), (_R.Text, _R.Base), (_R.ButtonText, _R.Button),
    (_R.PlaceholderText, _R.Base), (_R.HighlightedText, _R.Highlight),
    (_R.ToolTipText, _R.ToolTipBase),
)  # fmt: skip
PAGE_KEYS = [key for key, _ in (*PAGES, *LOW_PAGES)]


@pytest.fixture
def busy_app(qtbot: QtBot, app: App) -> App:
    """The window with all pages, an answer, an open source, a message and a privacy report."""
    ask(app)
    wait_for_end(qtbot, app)
    with qtbot.waitSignal(app.controllers.source.viewing):
        app.ask.conversation.views[0].answer.cited.emit(1)
    app.messages.warning("Something happened.", "Do something.")
    for key in PAGE_KEYS:
        app.window.page_of(key)
    app.models.offer([shelf_samples.NEW, shelf_samples.BROKEN])
    app.models.show_shelf()
    app.models.shelf.show_model(samples.MODEL)
    app.window.open_page("privacy")
    qtbot.waitUntil(lambda: app.controllers.privacy.report is not None)
    qtbot.waitUntil(lambda: not app.controllers.privacy.checking)
    return app


def ours(window: QWidget, kinds: tuple[type[QWidget], ...]) -> Iterator[QWidget]:
    """Widgets of some kinds that we made: Qt's own inner ones (qt_...) and headers are left out."""
    for one in [window, *window.findChildren(QWidget)]:
        inner = one.objectName().startswith("qt_") or type(one).__name__ in (
            "QHeaderView", "QTableCornerButton", "QToolBarExtension", "QLineEditIconButton",
        )  # fmt: skip
        corner = isinstance(one.parentWidget(), QAbstractItemView)
        clearing = isinstance(one.parentWidget(), QLineEdit)  # select all and Delete do the same
        if isinstance(one, kinds) and not inner and not corner and not clearing:
            yield one


def describe(one: QWidget) -> str:
    return f"{type(one).__name__} {one.accessibleName()!r} in {type(one.parentWidget()).__name__}"


def check_walk(window: QWidget) -> int:
    named = list(ours(window, NAMED))
    assert [describe(one) for one in named if not one.accessibleName().strip()] == []
    controls = list(ours(window, INTERACTIVE))
    tabbed = {one for one in controls if one.focusPolicy() & Qt.FocusPolicy.TabFocus}
    unreachable = [
        describe(one) for one in controls if one not in tabbed and not _in_group(one, tabbed)
    ]
    assert unreachable == []
    labels = list(ours(window, (QLabel,)))
    rich = [
        describe(one)
        for one in labels
        if isinstance(one, QLabel) and one.textFormat() != Qt.TextFormat.PlainText
    ]
    assert rich == []
    return len(controls)


def test_every_control_of_the_window_has_a_name_and_the_keyboard(busy_app: App) -> None:
    assert check_walk(busy_app.window) > 40


@pytest.mark.parametrize("command", ["help.palette", "help.shortcuts"])
def test_every_control_of_a_dialog_has_a_name_and_the_keyboard(
    qtbot: QtBot, app: App, command: str
) -> None:
    app.commands.run(command)
    dialog = app.window.findChild(QDialog)
    assert check_walk(dialog) >= 1
    dialog.close()


def open_dialog(app: App, which: str) -> QDialog:
    """One of the dialogs that come over the Models page."""
    app.dialogs.sure_answer = True  # type: ignore[attr-defined]
    app.window.open_page("models")
    page = app.models
    {
        "template": lambda: page.edit_template("mistral-small-24b"),
        "preset": lambda: page.edit_preset(samples.MODEL),
        "found": page.search,
        "suggested": page.suggest,
    }[which]()
    return app.window.findChild(QDialog)


@pytest.mark.parametrize(
    ("which", "least"), [("template", 4), ("preset", 18), ("found", 3), ("suggested", 11)]
)
def test_dialogs_of_the_models_page_have_names_the_keyboard_and_contrast(
    qtbot: QtBot, app: App, which: str, least: int
) -> None:
    dialog = open_dialog(app, which)
    qtbot.waitUntil(lambda: len(list(ours(dialog, INTERACTIVE))) >= least)
    check_walk(dialog)
    for choice in ("light", "dark"):
        theme.current().choose(choice)  # type: ignore[arg-type]
        assert unreadable(dialog) == []
    dialog.close()
    qtbot.waitUntil(lambda: app.window.findChild(QDialog) is None)


@pytest.mark.parametrize("place", ["importing", "comparing"])
def test_tab_walks_through_the_other_places_of_the_models_page(
    qtbot: QtBot, busy_app: App, place: str
) -> None:
    app = busy_app
    app.window.open_page("models")
    shown = getattr(app.models, place)
    app.models.places.setCurrentWidget(shown)
    waiting = app.controllers.importing.candidates
    qtbot.waitUntil(lambda: all(one.state != "reading" for one in waiting))
    walk(app, "models", shown)


@pytest.mark.parametrize("key", PAGE_KEYS)
def test_tab_walks_through_every_control_of_a_page(busy_app: App, key: str) -> None:
    busy_app.window.open_page(key)
    walk(busy_app, key, busy_app.window.stack.currentWidget())


def walk(app: App, key: str, page: QWidget) -> None:
    """Press Tab until every control of a page was reached."""
    QApplication.processEvents()
    wanted = {
        one
        for one in ours(page, INTERACTIVE)
        if one.isVisible() and one.isEnabled() and not one.isHidden()
    }
    assert wanted
    app.window.activateWindow()
    app.window.rail._buttons[key].setFocus(Qt.FocusReason.TabFocusReason)
    seen: set[QWidget] = set()
    for _ in range(200):
        focus = QApplication.focusWidget()
        if focus is not None:
            seen.add(focus)
            QTest.keyClick(focus, Qt.Key.Key_Tab)
    missed = [describe(one) for one in wanted - seen if not _in_group(one, seen)]
    assert missed == []


def _in_group(one: QWidget, seen: set[QWidget]) -> bool:
    """Of exclusive buttons Tab reaches the checked one; the arrows reach the others."""
    group = one.group() if isinstance(one, QAbstractButton) else None
    return group is not None and any(button in seen for button in group.buttons())


@pytest.mark.parametrize("roles", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_every_pair_of_roles_reads(roles: Roles, ink: str, ground: str) -> None:
    assert contrast(QColor(getattr(roles, ink)), QColor(getattr(roles, ground))) >= LEAST


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_every_widget_has_a_palette_that_reads(busy_app: App, choice: theme.Choice) -> None:
    theme.current().choose(choice)
    assert unreadable(busy_app.window) == []


def unreadable(window: QWidget) -> list[str]:
    """The widgets of a window with a pair of palette colours that does not read."""
    poor = []
    for one in [window, *window.findChildren(QWidget)]:
        colors = one.palette()
        for ink, ground in PALETTE_PAIRS:
            under = colors.color(ground)
            painted = colors.brush(ground).style() != Qt.BrushStyle.NoBrush
            if painted and under.alpha() == 255 and contrast(colors.color(ink), under) < LEAST:
                poor.append(
                    f"{describe(one)}: {ink.name} {colors.color(ink).name()} on "
                    f"{ground.name} {under.name()}"
                )
    return poor


def test_the_contrast_of_a_widget_that_does_not_read_is_found(qtbot: QtBot) -> None:
    """The walk above can fail: grey on grey is under the limit."""
    assert contrast(QColor("#777777"), QColor("#888888")) < LEAST
    assert contrast(QColor("#000000"), QColor("#ffffff")) == pytest.approx(21)


def test_names_come_from_what_is_shown(busy_app: App) -> None:
    view = busy_app.ask.conversation.views[0]
    assert samples.QUESTION in view.accessibleName()
    first = busy_app.ask.source.list.buttons[0]
    assert first.accessibleName().startswith("Citation 1, lease-lisbon-2023.pdf p. 14: The Lessor")
