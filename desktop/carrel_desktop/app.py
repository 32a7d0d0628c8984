"""Starts the window. What happens, in order:

1. The process gives up the network (every socket family but AF_UNIX), before anything else.
2. The command line is read: `--profile DIR`, `--fakes`.
3. Qt starts, without any engine library: this process imports none, ever.
4. The profile's lock is taken. When another window holds it, that one is raised and this one ends.
5. `build` makes everything: the bridge, the controllers, the Ask page, the window, the commands.
   The other pages are imported and made when they are first opened.
6. The window is shown; only then is the desk process started, so nothing of it delays the window.
7. The desk says hello by answering the first lists; the pages fill themselves.
8. At the end the window is hidden first, then the desk is given time to finish what it writes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMenu, QMessageBox

from carrel.errors import UserError
from carrel.events import Message, WorkerState
from carrel.keyring.client import Keyring
from carrel.process.child import Child
from carrel.process.frames import Frame
from carrel.process.instance import Instance, raise_first
from carrel.profile import Profile
from carrel.settings import Settings
from carrel_desktop import reports, theme
from carrel_desktop.actions import add_commands
from carrel_desktop.bridge import Bridge, DeskProcess, MakeDesk
from carrel_desktop.commands import Commands
from carrel_desktop.controllers import Controllers
from carrel_desktop.controllers.adapters import AdaptersController
from carrel_desktop.controllers.ask import AskController
from carrel_desktop.controllers.compare import CompareController
from carrel_desktop.controllers.conversations import ConversationsController
from carrel_desktop.controllers.embedders import EmbeddersController
from carrel_desktop.controllers.exporting import ExportController
from carrel_desktop.controllers.importing import ImportController
from carrel_desktop.controllers.keeping import KeepingController
from carrel_desktop.controllers.keyring import KeyringDoor
from carrel_desktop.controllers.lab import LabController
from carrel_desktop.controllers.library import LibraryController
from carrel_desktop.controllers.locking import LockController
from carrel_desktop.controllers.models import ModelsController
from carrel_desktop.controllers.privacy import PrivacyController
from carrel_desktop.controllers.recognition import RecognitionController
from carrel_desktop.controllers.settings import SettingsController
from carrel_desktop.controllers.source import SourceController
from carrel_desktop.controllers.surveying import SurveyController
from carrel_desktop.messages import Messages
from carrel_desktop.widgets.message_bar import MessageBar
from carrel_desktop.windows.ask_page import AskPage
from carrel_desktop.windows.dialogs import Dialogs
from carrel_desktop.windows.main_window import MainWindow
from carrel_desktop.windows.pages import library_of, models_of, page_makers, settings_of

if TYPE_CHECKING:
    from carrel_desktop.windows.library_page import LibraryPage
    from carrel_desktop.windows.models_page import ModelsPage
    from carrel_desktop.windows.settings_page import SettingsPage


@dataclass(frozen=True)
class App:
    """Everything that `build` made, by name."""

    bridge: Bridge
    messages: Messages
    controllers: Controllers
    commands: Commands
    window: MainWindow
    ask: AskPage
    dialogs: Dialogs

    @property
    def library(self) -> LibraryPage:
        """The Library page, made now if need be."""
        return library_of(self.window)

    @property
    def models(self) -> ModelsPage:
        """The Models page, made now if need be."""
        return models_of(self.window)

    @property
    def settings(self) -> SettingsPage:
        """The Settings page, made now if need be."""
        return settings_of(self.window)

    def close(self) -> None:
        """End the desk and let the window go."""
        self.controllers.lock.keyring.close()
        self.bridge.close()
        self.window.close()
        self.window.deleteLater()


def build(
    make_desk: MakeDesk,
    settings: Settings,
    dialogs: Dialogs | None = None,
    keyring: KeyringDoor | None = None,
) -> App:
    """Make the window and everything behind it; nothing is started and nothing shown."""
    messages = Messages()
    bridge = Bridge(make_desk)
    models = ModelsController(bridge, messages, bridge)
    adapters = AdaptersController(bridge, messages, models, bridge)
    chosen = SettingsController(bridge, settings, bridge)
    controllers = Controllers(
        ask=AskController(bridge, bridge),
        conversations=ConversationsController(bridge, bridge),
        library=LibraryController(bridge, messages, bridge),
        keeping=KeepingController(bridge, messages, bridge),
        surveys=SurveyController(bridge, messages, bridge),
        lock=LockController(bridge, keyring, bridge),
        models=models,
        adapters=adapters,
        importing=ImportController(bridge, models, adapters, bridge),
        compare=CompareController(bridge, bridge),
        source=SourceController(bridge, bridge),
        privacy=PrivacyController(bridge, bridge),
        settings=chosen,
        recognition=RecognitionController(bridge, chosen, bridge),
        exports=ExportController(bridge, messages, bridge),
        lab=LabController(bridge, messages, chosen, bridge),
        embedders=EmbeddersController(bridge, messages, bridge),
    )
    commands = Commands(bridge)
    dialogs = dialogs or Dialogs()
    ask = AskPage(controllers, messages, dialogs, "Ctrl+N")
    menu = QMenu()
    window = MainWindow(page_makers(ask, controllers, dialogs), MessageBar(messages), menu)
    menu.setParent(window, menu.windowFlags())
    dialogs.parent = window
    add_commands(commands, window, controllers, ask, bridge.restart)
    commands.fill(menu)
    menu.aboutToShow.connect(commands.refresh)
    app = App(bridge, messages, controllers, commands, window, ask, dialogs)
    _connect(app)
    theme.current().complete()
    return app


def _connect(app: App) -> None:
    bridge, messages, settings = app.bridge, app.messages, app.controllers.settings
    bridge.failed.connect(lambda error: tell_failure(app, error))
    app.controllers.lock.closed.connect(lambda: lock_window(app))
    app.controllers.lock.opened.connect(lambda: unlock_window(app))
    bridge.lost.connect(lambda words: messages.lost(words, bridge.restart))
    app.window.dropped.connect(lambda paths: take_dropped(app, paths))
    app.ask.composer.models_wanted.connect(lambda: app.window.open_page("models"))
    app.ask.conversation.compare.connect(lambda question: compare(app, question))
    app.ask.conversation.survey.connect(lambda question: app.library.open_survey(question))
    bridge.unasked.connect(lambda message: tell_trouble(messages, message))
    settings.changed.connect(lambda name: apply_setting(app, name))
    apply_setting(app, "mode")
    apply_setting(app, "lock_after_minutes")
    if settings.note:
        messages.warning(settings.note)


def tell_trouble(messages: Messages, message: Message) -> None:
    """Say what a worker has to say; a model that died is said in its conversation."""
    if isinstance(message, WorkerState) and message.words and message.worker != "model":
        messages.warning(message.words)


def tell_failure(app: App, error: UserError) -> None:
    """Say what failed; that the profile is locked is shown by the lock itself."""
    if not app.controllers.lock.refused(error):
        app.messages.error(error)


def lock_window(app: App) -> None:
    """Show the lock and let go of everything else."""
    from carrel_desktop.windows.lock_page import LockPage

    for dialog in app.window.findChildren(QDialog):
        dialog.close()
    found = app.window.findChild(LockPage)
    app.window.cover(found or LockPage(app.controllers.lock))
    app.controllers.clear()


def unlock_window(app: App) -> None:
    """Show the pages again; they ask anew for what they show."""
    app.window.uncover()
    app.bridge.started.emit()
    app.ask.composer.field.setFocus()


def apply_setting(app: App, name: str) -> None:
    """Put a setting of the window into force."""
    text = app.controllers.settings.text(name)
    if name == "theme":
        theme.current().choose(cast(theme.Choice, text))
    elif name == "zoom":
        theme.current().set_zoom(float(text))
    elif name == "lock_after_minutes":
        app.controllers.lock.lock_when_idle(int(text))
    elif name == "mode":
        app.controllers.ask.mode = text  # type: ignore[assignment]
        app.ask.composer.modes.choose(text)


def compare(app: App, question: str = "") -> None:
    """Go where one question is asked of two settings."""
    app.window.open_page("models")
    app.models.compare(question)


def take_dropped(app: App, paths: Sequence[str]) -> None:
    """Say what dropped models are, and put everything else into the library."""
    models = [path for path in paths if path.lower().endswith(".gguf") and Path(path).is_file()]
    others = [path for path in paths if path not in models]
    if models:
        app.models.offer(models)
    app.controllers.library.add(others)
    app.window.open_page("models" if models else "library")


def child_maker(arguments: Sequence[str]) -> MakeDesk:
    """Return what makes the real desk process."""

    def make(on_event: Callable[[Frame], None], on_end: Callable[[], None]) -> DeskProcess:
        return Child("desk", arguments, line="pipe", on_event=on_event, on_end=on_end)

    return make


def dress(settings: Settings) -> QApplication:
    """Start Qt and put on the theme of the settings."""
    qt = QApplication.instance() or QApplication(["carrel"])
    if not isinstance(qt, QApplication):
        raise RuntimeError("Qt runs without widgets in this process.")
    qt.setApplicationName("carrel")
    qt.setApplicationDisplayName("Carrel")
    qt.setDesktopFileName("carrel")
    choice = cast(theme.Choice, settings.text("theme"))
    theme.current().install(qt, choice, settings.number("zoom"), sheet=False)
    return qt


def watch(instance: Instance, app: App) -> QSocketNotifier | None:
    """Come forward when a second window was started on this profile.

    Disable what is returned before the instance is closed; None where the system cannot tell.
    """
    if instance.raise_fd < 0:
        return None
    notifier = QSocketNotifier(instance.raise_fd, QSocketNotifier.Type.Read, app.bridge)

    def come() -> None:
        files = instance.drain()
        app.window.come_forward()
        if files:
            take_dropped(app, files)

    notifier.activated.connect(come)
    return notifier


def tell_at_start(error: UserError) -> int:
    """Say why there can be no window, in a box where nobody would read standard error; 1."""
    sys.stderr.write(f"{error}\n")
    if not sys.stderr.isatty() and has_display():
        qt = QApplication.instance() or QApplication(["carrel"])
        box = QMessageBox(
            QMessageBox.Icon.Critical, "Carrel", f"{error.what}\n\n{error.what_to_do}"
        )
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.exec()
        del qt
    return 1


def has_display() -> bool:
    """Whether somebody could see and close a box: without a display Qt would end the process."""
    if os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        return False
    named = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(named) or sys.platform in ("win32", "darwin")


def begin(app: App, files: Sequence[str]) -> None:
    """Start the desk, and offer the files that the window was opened with."""
    app.bridge.start()
    if files:
        take_dropped(app, files)


def run(profile_folder: str | None, fakes: bool, files: Sequence[str] = ()) -> int:
    """Open the window and stay until it is closed; returns the exit status. Model `files` are
    offered on the Models page, by the window that is open already if there is one."""
    profile = Profile.at(profile_folder)
    try:
        profile.create()
    except UserError as error:
        return tell_at_start(error)
    instance = Instance.acquire(profile.data)
    if instance is None:
        raise_first(profile.data, files)
        return 0
    settings = Settings(profile.settings)
    qt = dress(settings)
    arguments = ["--profile", profile_folder] if profile_folder else []
    desk = child_maker([*arguments, *(["--fakes"] if fakes else [])])
    app = build(desk, settings, keyring=Keyring(profile.keyring))
    before = reports.install(app.messages, profile.logs)
    app.window.fit(app.window.screen().availableSize())
    app.window.show()
    app.ask.composer.field.setFocus()
    notifier = watch(instance, app)
    QTimer.singleShot(0, lambda: begin(app, files))
    status = qt.exec()
    if notifier is not None:
        notifier.setEnabled(False)
    app.close()
    sys.excepthook = before
    instance.close()
    return status
