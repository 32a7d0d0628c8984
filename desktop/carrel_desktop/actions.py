"""The window's commands: one list, from which menu, palette, shortcuts and tests are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog

from carrel_desktop import theme
from carrel_desktop.commands import Command, Commands
from carrel_desktop.controllers import Controllers
from carrel_desktop.i18n import tr
from carrel_desktop.windows.ask_page import AskPage
from carrel_desktop.windows.main_window import LOW_PAGES, PAGES, MainWindow
from carrel_desktop.windows.pages import library_of, models_of
from carrel_desktop.windows.palette import CommandPalette, ShortcutsDialog

if TYPE_CHECKING:
    from carrel_desktop.windows.models_page import ModelsPage


def add_commands(
    commands: Commands,
    window: MainWindow,
    controllers: Controllers,
    ask: AskPage,
    restart: Callable[[], None],
) -> None:
    """Fill the list and attach it to the window."""

    def palette() -> None:
        open_once(CommandPalette(commands, window))

    def shortcuts() -> None:
        open_once(ShortcutsDialog(commands, window))

    commands.add(*_ask_commands(window, controllers, ask))
    commands.add(*_talk_commands(window, controllers, ask))
    commands.add(*_page_commands(window, controllers))
    commands.add(*_source_commands(controllers, ask))
    commands.add(*_view_commands(controllers))
    commands.add(
        Command("help.palette", tr("Commands"), "app", palette, "Ctrl+K"),
        Command("help.shortcuts", tr("Shortcuts"), "app", shortcuts, "F1"),
        Command("desk.restart", tr("Restart the desk"), "app", restart),
        Command("app.quit", tr("Quit"), "app", lambda: _close(window), "Ctrl+Q"),
    )  # fmt: skip
    commands.attach(window)
    for one in (controllers.ask, controllers.compare):
        one.busy_changed.connect(lambda _busy: commands.refresh())
    controllers.source.passages_changed.connect(commands.refresh)
    controllers.source.viewing.connect(commands.refresh)


def open_once(dialog: QDialog) -> None:
    """Open a dialog over its window; it goes away for good when it is closed."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _close(window: MainWindow) -> None:
    window.close()


def _ask_commands(window: MainWindow, controllers: Controllers, ask: AskPage) -> list[Command]:
    def new() -> None:
        window.open_page("ask")
        controllers.ask.new()
        ask.composer.field.setFocus()

    def write() -> None:
        window.open_page("ask")
        ask.composer.field.setFocus()

    def search() -> None:
        window.open_page("ask")
        ask.list.search.setFocus()

    def copy() -> None:
        ask.conversation.views[-1].copy()

    def stop() -> None:
        controllers.ask.stop()
        controllers.compare.stop()

    def busy() -> bool:
        return controllers.ask.busy or controllers.compare.busy

    def answered() -> bool:
        return bool(controllers.ask.turns and controllers.ask.turns[-1].answer)

    return [
        Command("ask.new", tr("New conversation"), "ask", new, "Ctrl+N"),
        Command("ask.write", tr("Write a question"), "ask", write, "Ctrl+L"),
        Command("ask.stop", tr("Stop the answer"), "ask", stop, "Esc", enabled=busy),
        Command("ask.copy", tr("Copy the last answer"), "ask", copy, "Ctrl+Shift+C",
                enabled=answered),
        Command("ask.search", tr("Search all conversations"), "ask", search, "Ctrl+F"),
    ]  # fmt: skip


def _talk_commands(window: MainWindow, controllers: Controllers, ask: AskPage) -> list[Command]:
    """What is done with the conversation that is open."""
    talk = controllers.ask

    def no_trace() -> None:
        window.open_page("ask")
        talk.new(no_trace=True)
        ask.composer.field.setFocus()

    def doing(name: str) -> Callable[[], None]:
        return lambda: ask.acts.do(name, talk.conversation_id)

    def saved() -> bool:
        return talk.conversation_id > 0

    def there() -> bool:
        return talk.conversation_id != 0

    def answered() -> bool:
        return bool(talk.turns and talk.turns[-1].id) and not talk.busy

    def again() -> None:
        talk.again(talk.turns[-1])

    return [
        Command("ask.new_no_trace", tr("New no-trace conversation"), "ask", no_trace,
                "Ctrl+Shift+N"),
        Command("ask.keep", tr("Keep this no-trace conversation"), "ask", talk.keep,
                enabled=lambda: talk.conversation_id < 0),
        Command("ask.edit", tr("Edit the last question"), "ask",
                lambda: ask.conversation.edit.emit(talk.turns[-1]), "Ctrl+Up", enabled=answered),
        Command("ask.again", tr("Answer the last question again"), "ask",
                again, "Ctrl+R", enabled=answered),
        Command("talk.rename", tr("Rename this conversation"), "ask", doing("rename"),
                enabled=there),
        Command("talk.pin", tr("Pin or unpin this conversation"), "ask", doing("pin"),
                enabled=saved),
        Command("talk.move", tr("Move this conversation to a folder"), "ask", doing("move"),
                enabled=saved),
        Command("talk.export", tr("Export this conversation"), "ask", doing("export"),
                enabled=there),
        Command("talk.delete", tr("Delete this conversation"), "ask", doing("delete"),
                enabled=there),
    ]  # fmt: skip


def _page_commands(window: MainWindow, controllers: Controllers) -> list[Command]:
    def opening(key: str) -> Callable[[], None]:
        return lambda: window.open_page(key)

    pages = [
        Command(
            f"page.{key}", tr("Go to {page}", page=tr(title)), "pages", opening(key), f"Ctrl+{at}"
        )
        for at, (key, title) in enumerate((*PAGES, *LOW_PAGES), start=1)
    ]
    return [
        *pages,
        Command("library.add_folder", tr("Add a folder"), "add",
                lambda: library_of(window).choose_folder(), "Ctrl+O"),
        Command("library.add_files", tr("Add files"), "add",
                lambda: library_of(window).choose_files()),
        Command("library.survey", tr("Ask every document (survey)"), "add",
                lambda: library_of(window).open_survey()),
        Command("lock", tr("Lock now"), "pages", controllers.lock.lock, "Ctrl+Shift+L",
                enabled=lambda: controllers.lock.state.encrypted),
        Command("models.add", tr("Add a model"), "add", lambda: _models(window).choose()),
        Command("models.find", tr("Find models on this disk"), "add",
                lambda: _models(window).search()),
        Command("models.suggest", tr("Models worth having"), "add",
                lambda: _models(window).suggest()),
        Command("models.compare", tr("Compare two models"), "add",
                lambda: _models(window).compare()),
        Command("models.embedders", tr("Embedders"), "pages",
                lambda: _models(window).show_embedders()),
    ]  # fmt: skip


def _models(window: MainWindow) -> ModelsPage:
    window.open_page("models")
    return models_of(window)


def _source_commands(controllers: Controllers, ask: AskPage) -> list[Command]:
    source = controllers.source

    def paged() -> bool:
        return source.view is not None and source.view.page is not None

    def several() -> bool:
        return bool(source.passages)

    return [
        Command("source.toggle", tr("Show or hide the source"), "source", ask.toggle_source, "F9"),
        Command("source.next", tr("Next passage"), "source", lambda: source.step(1), "Alt+Down",
                enabled=several),
        Command("source.previous", tr("Previous passage"), "source", lambda: source.step(-1),
                "Alt+Up", enabled=several),
        Command("source.next_page", tr("Next page"), "source", lambda: source.turn_page(1),
                "Alt+PgDown", enabled=paged),
        Command("source.previous_page", tr("Previous page"), "source",
                lambda: source.turn_page(-1), "Alt+PgUp", enabled=paged),
        Command("source.outside", tr("Open the source in its application"), "source",
                ask.source.open_outside, enabled=lambda: source.current is not None),
    ]  # fmt: skip


def _view_commands(controllers: Controllers) -> list[Command]:
    settings = controllers.settings

    def zoom(steps: int) -> Callable[[], None]:
        def run() -> None:
            settings.set("zoom", str(theme.current().zoom_after(steps)))

        return run

    def choose(choice: str) -> Callable[[], None]:
        return lambda: settings.set("theme", choice)

    return [
        Command("view.larger", tr("Larger text"), "view", zoom(1), "Ctrl++", "Ctrl+="),
        Command("view.smaller", tr("Smaller text"), "view", zoom(-1), "Ctrl+-"),
        Command("view.normal", tr("Normal text"), "view", zoom(0), "Ctrl+0"),
        Command("theme.system", tr("Colours as the system"), "view", choose("system")),
        Command("theme.light", tr("Light colours"), "view", choose("light")),
        Command("theme.dark", tr("Dark colours"), "view", choose("dark")),
    ]
