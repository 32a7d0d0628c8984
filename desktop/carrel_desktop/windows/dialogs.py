"""Questions that need an answer before going on; tests replace this class."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from carrel_desktop.i18n import tr


class Dialogs:
    """The system's own dialogs, over one window."""

    def __init__(self) -> None:
        self.parent: QWidget | None = None

    def folder(self) -> str:
        """Return the folder that the user chose, "" for none."""
        return QFileDialog.getExistingDirectory(self.parent, tr("Add a folder to the library"))

    def files(self) -> list[str]:
        """Return the documents that the user chose."""
        return QFileDialog.getOpenFileNames(self.parent, tr("Add files to the library"))[0]

    def models(self) -> list[str]:
        """Return the model files that the user chose."""
        title, kinds = tr("Add models or adapters"), tr("Models (*.gguf);;All files (*)")
        return QFileDialog.getOpenFileNames(self.parent, title, "", kinds)[0]

    def preset_to_read(self) -> str:
        """Return the preset file that the user chose, "" for none."""
        title, kinds = tr("Import a preset"), tr("Presets (*.toml);;All files (*)")
        return QFileDialog.getOpenFileName(self.parent, title, "", kinds)[0]

    def preset_to_write(self, name: str) -> str:
        """Return where the user wants a preset written, "" for nowhere."""
        title, kinds = tr("Export the preset"), tr("Presets (*.toml)")
        return QFileDialog.getSaveFileName(self.parent, title, f"{name}.toml", kinds)[0]

    def csv_to_write(self) -> str:
        """Return where the user wants a table written, "" for nowhere."""
        title, kinds = tr("Export as CSV"), tr("Tables (*.csv)")
        return QFileDialog.getSaveFileName(self.parent, title, "survey.csv", kinds)[0]

    def export_to_write(self, name: str, ending: str) -> str:
        """Return where the user wants a conversation written, "" for nowhere. What exists there is
        asked about by the system."""
        title, kinds = tr("Export the conversation"), f"{ending.upper()} (*.{ending})"
        return QFileDialog.getSaveFileName(self.parent, title, f"{name}.{ending}", kinds)[0]

    def run_folder(self) -> str:
        """Return the folder of a run of the lab that the user chose, "" for none."""
        return QFileDialog.getExistingDirectory(self.parent, tr("Open a run of the lab"))

    def embedder_folder(self) -> str:
        """Return the model folder that the user chose, "" for none."""
        return QFileDialog.getExistingDirectory(self.parent, tr("Add an embedder"))

    def choose_folder(self, folders: Sequence[str], now: str) -> str | None:
        """Return the folder that the user chose or named, "" for none; None when cancelled."""
        listed = ["", *folders]
        answer, given = QInputDialog.getItem(
            self.parent, tr("Move to a folder"), tr("Folder (empty for none)"), listed,
            listed.index(now) if now in listed else 0, True,
        )  # fmt: skip
        return answer.strip() if given else None

    def text(self, title: str, question: str, value: str) -> str:
        """Return the line that the user wrote, "" when cancelled."""
        answer, given = QInputDialog.getText(self.parent, title, question, text=value)
        return answer if given else ""

    def sure(self, title: str, what: str, action: str) -> bool:
        """Ask before something that cannot be undone."""
        box = QMessageBox(self.parent)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setWindowTitle(title)
        box.setText(what)
        yes = box.addButton(action, QMessageBox.ButtonRole.DestructiveRole)
        # not the standard button: styles put a red cross on that, the only one in the window
        box.setDefaultButton(box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole))
        box.exec()
        return box.clickedButton() is yes
