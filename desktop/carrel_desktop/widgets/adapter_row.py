"""One adapter beneath its base: attached or not, how strongly, and why it does not fit."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSlider, QWidget

from carrel.desk.shelf_requests import AdapterRow
from carrel_desktop import theme
from carrel_desktop.controllers.adapters import SCALE_MAX
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.controls import Check
from carrel_desktop.widgets.model_words import adapter_line, fits_words
from carrel_desktop.widgets.parts import (
    box,
    button,
    column,
    label,
    row,
    set_role,
)

_STEPS = 100  # slider steps for a scale of 1


class ScaleSlider(QSlider):
    """A horizontal slider from 0 to SCALE_MAX in hundredths; the wheel belongs to the page."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, round(SCALE_MAX * _STEPS))
        self.setSingleStep(5)
        self.setPageStep(25)
        self.setFixedWidth(theme.current().metrics.slider)
        self.setAccessibleName(name)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Let the page scroll: a wheel over a slider must not change an answer."""
        event.ignore()


class AdapterLine(QWidget):
    """`attached` carries whether it is wanted, `scaled` the wanted scale. Under a model that is not
    in use it only says that it fits."""

    attached = Signal(str, bool)
    scaled = Signal(str, float)
    details = Signal(str)

    def __init__(
        self, adapter: AdapterRow, usable: bool, fits: bool, parent: QWidget | None = None
    ) -> None:
        """`usable` when the model above is the one in use, `fits` when the adapter is made for
        the model above."""
        super().__init__(parent)
        metrics = theme.current().metrics
        self.adapter = adapter
        self._usable = usable and fits
        self._fits = fits
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.switch = Check(adapter.name, tr("Attach {name}", name=adapter.name))
        self.switch.toggled.connect(lambda on: self.attached.emit(adapter.id, on))
        self.slider = ScaleSlider(tr("Scale of {name} in hundredths", name=adapter.name))
        self.slider.valueChanged.connect(self._moved)
        self.value = label("", "small")
        self.value.setFixedWidth(metrics.scale_value)
        self._pill = label("", "good")
        pill = box()
        pill.setLayout(row(self._pill, None))
        pill.setFixedWidth(metrics.adapter_state)
        words = adapter_line(adapter) if fits else fits_words(adapter)
        if self._usable and adapter.reason:
            words = f"{words} · {adapter.reason}"
        self._words = label(words, "sub", wrap=True)
        more = button(
            tr("Details"),
            lambda: self.details.emit(adapter.id),
            "link",
            name=tr("Details of {name}", name=adapter.name),
        )
        name = self.switch if self._usable else label(adapter.name, "name", wrap=True)
        for one in (name, self._words):
            one.setMinimumWidth(metrics.adapter_name)
        inset = metrics.icon_small + metrics.gap  # under the name, beside the box
        self._words.setContentsMargins(inset, 0, 0, 0)
        if not self._usable:
            name.setContentsMargins(inset, 0, 0, 0)
        what = column(name, self._words)
        layout = row(what, self.slider, self.value, pill, more, gap=metrics.gap)
        layout.setStretch(0, 1)
        layout.setContentsMargins(metrics.gap_small, metrics.gap_tiny, metrics.gap_tiny,
                                  metrics.gap_tiny)  # fmt: skip
        self.setLayout(layout)
        self.switch.setHidden(not self._usable)
        for part in (self.slider, self.value):
            part.setHidden(not self._usable)

    def show_scale(self, scale: float | None) -> None:
        """Show the scale of an attached adapter, None for one that is not."""
        on = scale is not None
        with QSignalBlocker(self.switch), QSignalBlocker(self.slider):
            self.switch.setChecked(on)
            self.slider.setEnabled(on)
            self.slider.setValue(round((1.0 if scale is None else scale) * _STEPS))
        self.value.setText(f"{scale:.2f}" if scale is not None else "")
        pill, role = self._state(on)
        self._pill.setText(pill)
        set_role(self._pill, role)
        set_role(self, "chosen" if on else "clear")

    def _state(self, on: bool) -> tuple[str, str]:
        if on:
            return tr("attached"), "good"
        return (tr("fits"), "good") if self._fits else (tr("needs another base"), "bad")

    def _moved(self, value: int) -> None:
        self.value.setText(f"{value / _STEPS:.2f}")
        self.scaled.emit(self.adapter.id, value / _STEPS)
