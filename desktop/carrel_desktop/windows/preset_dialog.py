"""How one model is used: sampler, context, system text, role names; what is empty takes the default
that stands in the field."""

from __future__ import annotations

from msgspec.structs import asdict
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)

from carrel.desk.shelf_requests import Preset, PresetIs
from carrel.errors import UserError
from carrel_desktop import theme
from carrel_desktop.bridge import Pending
from carrel_desktop.controllers.models import ModelsController
from carrel_desktop.controllers.preset import (
    FIELDS,
    ROLES,
    Field,
    placeholder,
    preset_from,
    title_of,
    written,
)
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.controls import Check
from carrel_desktop.widgets.parts import box, button, column, label, row, set_role, set_tip
from carrel_desktop.windows.dialogs import Dialogs


class PresetDialog(QDialog):
    """Saves on Save only; Import saves what the file says, as the desk has checked it."""

    def __init__(
        self, model_id: str, models: ModelsController, dialogs: Dialogs, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._id = model_id
        self._c = models
        self._dialogs = dialogs
        self._asked: Pending | None = None
        self._preset = Preset()
        metrics = theme.current().metrics
        title = tr("Preset of {name}", name=models.name_of(model_id))
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.resize(metrics.dialog_wide, metrics.dialog_high)
        self.fields: dict[str, QLineEdit] = {}
        self.roles: dict[str, QLineEdit] = {}
        self._vendor = label("", "sub", wrap=True)
        self.error = label("", "error", wrap=True, selectable=True)
        self.error.hide()
        self.note = label("", "muted", wrap=True, selectable=True)
        self.note.hide()
        area = QScrollArea()
        area.setAccessibleName(title)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self._form())
        layout = column(
            area, self.note, self.error, self._buttons(), gap=metrics.gap, margins=metrics.gap
        )
        layout.setStretch(0, 1)
        self.setLayout(layout)
        self._asked = models.read_preset(model_id, self.show_preset, self._failed)

    def done(self, result: int) -> None:
        """Hear nothing more of what was asked."""
        if self._asked is not None:
            self._asked.drop()
        super().done(result)

    def show_preset(self, told: PresetIs) -> None:
        """Fill the fields; defaults stand in those that are empty."""
        self._preset = told.preset
        values = asdict(told.preset)
        for field in FIELDS:
            line = self.fields[field.name]
            line.setText(written(field, values[field.name]))
            line.setPlaceholderText(placeholder(field, told))
        for key, line in self.roles.items():
            line.setText(told.preset.role_names.get(key, ""))
        self.think.setChecked(told.preset.think)
        self.system.setPlainText(told.preset.system)
        names = ", ".join(title_of(name) for name in told.vendor)
        words = tr("From the model's file: {names}.", names=names) if names else ""
        self._vendor.setText(words)
        self._vendor.setVisible(bool(words))
        self._show_note(told)
        self.save.setEnabled(True)

    def _show_note(self, told: PresetIs) -> None:
        notes = [told.note] if told.note else []
        if told.unknown:
            unknown = ", ".join(told.unknown)
            notes.append(tr("Left out of the file, unknown here: {names}.", names=unknown))
        self.note.setText(" ".join(notes))
        self.note.setAccessibleName(self.note.text())
        self.note.setVisible(bool(notes))

    def preset(self) -> Preset:
        """Return what the fields say. Raises UserError for one that is no number."""
        texts = {name: line.text() for name, line in self.fields.items()}
        roles = {name: line.text() for name, line in self.roles.items()}
        return preset_from(
            self._preset, texts, roles, self.system.toPlainText(), self.think.isChecked()
        )

    def _form(self) -> QWidget:
        metrics = theme.current().metrics
        grid = QGridLayout()
        grid.setVerticalSpacing(metrics.gap_small)
        grid.setHorizontalSpacing(metrics.gap_wide)
        grid.setColumnStretch(2, 1)
        for field in FIELDS:
            self.fields[field.name] = _line(field)
            _add(grid, tr(field.title), self.fields[field.name], tr(field.help))
        for key, title in ROLES:
            line = _line(Field(key, title, "", float))
            self.roles[key] = line
            _add(grid, tr(title), line, tr("The name of this role, where the template has names"))
        self.think = Check(tr("Let it think aloud first, where it can"))
        self.system = QPlainTextEdit()
        self.system.setAccessibleName(tr("System text"))
        self.system.setTabChangesFocus(True)
        self.system.setPlaceholderText(tr("Added to Carrel's own rules, never in their place"))
        self.system.setFixedHeight(metrics.text_height)
        set_role(self.system, "field")
        inside = box()
        layout = column(
            label(tr("System text"), "title"), self.system, self.think, grid, self._vendor, None,
            gap=metrics.gap, margins=metrics.gap_small,
        )  # fmt: skip
        inside.setLayout(layout)
        return inside

    def _buttons(self) -> QWidget:
        self.save = button(tr("Save"), self._save, "primary")
        self.save.setEnabled(False)
        self.import_button = button(tr("Import"), self._import, name=tr("Import a preset file"))
        self.export_button = button(tr("Export"), self._export, name=tr("Export to a preset file"))
        cancel = button(tr("Cancel"), self.reject)
        result = box()
        gap = theme.current().metrics.gap_small
        result.setLayout(
            row(self.import_button, self.export_button, None, cancel, self.save, gap=gap)
        )
        return result

    def _save(self) -> None:
        try:
            preset = self.preset()
        except UserError as error:
            self._failed(error)
            return
        self._asked = self._c.save_preset(
            self._id, preset, lambda _told: self.accept(), self._failed
        )

    def _import(self) -> None:
        path = self._dialogs.preset_to_read()
        if path:
            self.error.hide()
            self._asked = self._c.import_preset(self._id, path, self.show_preset, self._failed)

    def _export(self) -> None:
        path = self._dialogs.preset_to_write(self._c.name_of(self._id))
        if path:
            self.error.hide()
            self._asked = self._c.export_preset(self._id, path, self._failed)

    def _failed(self, error: UserError) -> None:
        self.error.setText(str(error))
        self.error.setAccessibleName(str(error))
        self.error.show()


def _line(field: Field) -> QLineEdit:
    line = QLineEdit()
    line.setFixedWidth(theme.current().metrics.field_width)
    line.setAccessibleName(tr(field.title))
    line.setAccessibleDescription(tr(field.help))
    if field.help:
        set_tip(line, tr(field.help))
    return line


def _add(grid: QGridLayout, title: str, field: QWidget, help: str) -> None:
    at = grid.rowCount()
    grid.addWidget(label(title, "title"), at, 0)
    grid.addWidget(field, at, 1)
    grid.addWidget(label(help, "sub", wrap=True), at, 2)
