"""The Models page: the shelf, and the places one goes to from it: adding, comparing, embedders."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QStackedWidget, QWidget

from carrel_desktop.controllers import Controllers
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.parts import column
from carrel_desktop.windows.compare_page import ComparePage
from carrel_desktop.windows.dialogs import Dialogs
from carrel_desktop.windows.embedders_page import EmbeddersPage
from carrel_desktop.windows.found_dialog import FoundDialog, SuggestionsDialog
from carrel_desktop.windows.import_page import ImportPage
from carrel_desktop.windows.preset_dialog import PresetDialog
from carrel_desktop.windows.shelf_page import ShelfPage
from carrel_desktop.windows.template_dialog import TemplateDialog


class ModelsPage(QWidget):
    """One of three places at a time; dialogs for one model come over it."""

    def __init__(self, controllers: Controllers, dialogs: Dialogs) -> None:
        super().__init__()
        self._c = controllers
        self._dialogs = dialogs
        self.shelf = ShelfPage(controllers, dialogs)
        self.importing = ImportPage(controllers.importing)
        self.comparing = ComparePage(controllers, controllers.compare)
        self.embedders = EmbeddersPage(controllers.embedders, dialogs)
        self.places = QStackedWidget()
        for place in (self.shelf, self.importing, self.comparing, self.embedders):
            self.places.addWidget(place)
        self.setLayout(column(self.places))
        self.shelf.add.connect(self.choose)
        self.shelf.compare.connect(self.compare)
        self.shelf.search.connect(self.search)
        self.shelf.suggest.connect(self.suggest)
        self.shelf.template.connect(self.edit_template)
        self.shelf.preset.connect(self.edit_preset)
        self.importing.more.connect(self.choose)
        self.importing.closed.connect(self.show_shelf)
        self.comparing.closed.connect(self.show_shelf)
        self.shelf.embedders.connect(self.show_embedders)
        self.embedders.closed.connect(self.show_shelf)

    def show_shelf(self) -> None:
        """Go back to the shelf."""
        self.places.setCurrentWidget(self.shelf)
        self.shelf.add_button.setFocus()

    def choose(self) -> None:
        """Let the user choose files, and say what they are."""
        self.offer(self._dialogs.models())

    def offer(self, paths: Sequence[str]) -> None:
        """Say what files are, so that the user can add them; nothing is added by this."""
        if paths:
            self._c.importing.offer(paths)
            self.places.setCurrentWidget(self.importing)

    def compare(self, question: str = "") -> None:
        """Ask one question of two settings."""
        self.places.setCurrentWidget(self.comparing)
        self.comparing.begin(question)

    def show_embedders(self) -> None:
        """Go to what searches by meaning."""
        self.places.setCurrentWidget(self.embedders)
        self.embedders.back.setFocus()

    def search(self) -> None:
        """Look for models of other programs, if the user says so."""
        what = tr(
            "Carrel looks for model files in the folders of LM Studio, Ollama, GPT4All and Jan, in "
            "the Hugging Face cache, and in Downloads. Only names and headers are read; nothing "
            "is added, moved or changed."
        )
        if self._dialogs.sure(tr("Look for models on this disk?"), what, tr("Look")):
            self._open(FoundDialog(self._c.models, self._c.importing, self.window()))

    def suggest(self) -> None:
        """Show the models that are worth fetching by hand."""
        self._open(SuggestionsDialog(self._c.models, self.window()))

    def edit_template(self, model_id: str) -> None:
        """Show a model's templates."""
        self._open(TemplateDialog(model_id, self._c.models, self.window()))

    def edit_preset(self, model_id: str) -> None:
        """Show how a model is used."""
        self._open(PresetDialog(model_id, self._c.models, self._dialogs, self.window()))

    def _open(self, dialog: QDialog) -> None:
        """Open a dialog over the window; it goes away for good when it is closed."""
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
