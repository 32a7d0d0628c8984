"""The Settings page, generated from the declarations: one line for each, with its help."""

from __future__ import annotations

from PySide6.QtWidgets import QGridLayout, QLineEdit, QScrollArea, QWidget

from carrel.settings import Setting
from carrel_desktop import theme
from carrel_desktop.controllers.settings import SettingsController
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.card import Card
from carrel_desktop.widgets.parts import box, column, header, label
from carrel_desktop.widgets.segments import Segments

Field = Segments | QLineEdit


class SettingsPage(QWidget):
    """Choices change at once, written values with Enter or on leaving the field."""

    def __init__(self, controller: SettingsController) -> None:
        super().__init__()
        self._c = controller
        metrics = theme.current().metrics
        self.fields: dict[str, Field] = {}
        card = Card()
        grid = QGridLayout()
        grid.setVerticalSpacing(metrics.gap)
        grid.setHorizontalSpacing(metrics.gap_wide)
        for at, setting in enumerate(controller.declared()):
            field = self._field(setting)
            self.fields[setting.name] = field
            grid.addWidget(label(title(setting), "title"), at, 0)
            grid.addWidget(field, at, 1)
            grid.addWidget(label(setting.help, "sub", wrap=True), at, 2)
        grid.setColumnStretch(2, 1)
        card.content.addLayout(grid)
        inside = box()
        holder = column(card, None)
        holder.setContentsMargins(
            metrics.gap_page, metrics.gap_wide, metrics.gap_page, metrics.gap_page
        )
        inside.setLayout(holder)
        area = QScrollArea()
        area.setAccessibleName(tr("Settings"))
        area.setWidgetResizable(True)
        area.setWidget(inside)
        page = column(header(label(tr("Settings"), "title"), None), area)
        page.setStretch(1, 1)
        self.setLayout(page)
        controller.changed.connect(self._show)

    def _field(self, setting: Setting) -> Field:
        name = setting.name
        value = self._c.text(name)
        if setting.choices:
            choices = [(one, one.capitalize(), "") for one in setting.choices]
            choice = Segments(title(setting), choices)
            choice.choose(value)
            choice.chosen.connect(lambda key: self._c.set(name, key))
            return choice
        line = QLineEdit(value)
        line.setFixedWidth(theme.current().metrics.field_width)
        line.editingFinished.connect(lambda: self._c.set(name, line.text().strip()))
        line.setAccessibleName(title(setting))
        line.setAccessibleDescription(setting.help)
        return line

    def _show(self, name: str) -> None:
        field, value = self.fields[name], self._c.text(name)
        if isinstance(field, Segments):
            field.choose(value)
        else:
            field.setText(value)


def title(setting: Setting) -> str:
    """Return a setting's name as people read it."""
    return setting.name.replace("_", " ").capitalize().replace(" mb", " (MB)")
