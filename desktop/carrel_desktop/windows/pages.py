"""The pages of the window: all but Ask are imported and made when they are first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QWidget

from carrel_desktop.controllers import Controllers
from carrel_desktop.windows.ask_page import AskPage
from carrel_desktop.windows.dialogs import Dialogs
from carrel_desktop.windows.main_window import MainWindow

if TYPE_CHECKING:
    from carrel_desktop.windows.library_page import LibraryPage
    from carrel_desktop.windows.models_page import ModelsPage
    from carrel_desktop.windows.settings_page import SettingsPage


def page_makers(
    ask: AskPage, controllers: Controllers, dialogs: Dialogs
) -> Mapping[str, Callable[[], QWidget]]:
    """What makes each page, by its key in main_window.PAGES and LOW_PAGES."""

    def library() -> QWidget:
        from carrel_desktop.windows.library_page import LibraryPage

        return LibraryPage(
            controllers.library, controllers.keeping, controllers.surveys,
            controllers.recognition, dialogs,
        )  # fmt: skip

    def models() -> QWidget:
        from carrel_desktop.windows.models_page import ModelsPage

        return ModelsPage(controllers, dialogs)

    def lab() -> QWidget:
        from carrel_desktop.windows.lab_page import LabPage

        return LabPage(controllers.lab, dialogs)

    def privacy() -> QWidget:
        from carrel_desktop.windows.privacy_page import PrivacyPage

        return PrivacyPage(controllers.privacy, controllers.lock)

    def settings() -> QWidget:
        from carrel_desktop.windows.settings_page import SettingsPage

        return SettingsPage(controllers.settings)

    return {
        "ask": lambda: ask,
        "library": library,
        "models": models,
        "lab": lab,
        "privacy": privacy,
        "settings": settings,
    }


def library_of(window: MainWindow) -> LibraryPage:
    """The window's Library page."""
    return cast("LibraryPage", window.page_of("library"))


def models_of(window: MainWindow) -> ModelsPage:
    """The window's Models page."""
    return cast("ModelsPage", window.page_of("models"))


def settings_of(window: MainWindow) -> SettingsPage:
    """The window's Settings page."""
    return cast("SettingsPage", window.page_of("settings"))
