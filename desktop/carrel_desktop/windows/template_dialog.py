"""How a model is spoken to: the templates it can have, each rendered, for one to be approved."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtWidgets import QDialog, QWidget

from carrel.desk.shelf_requests import PresetIs, TemplateChoices
from carrel.engine.messages import TemplatePreview
from carrel.errors import UserError
from carrel_desktop import theme
from carrel_desktop.bridge import Pending
from carrel_desktop.controllers.models import ModelsController
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.controls import Choice
from carrel_desktop.widgets.parts import button, column, label, row, set_role
from carrel_desktop.widgets.safe_text import SafeText, Style

OWN = "own"


class TemplateDialog(QDialog):
    """Shows a template of a model as the model is sent it; Use writes it into the preset."""

    def __init__(self, model_id: str, models: ModelsController, parent: QWidget) -> None:
        super().__init__(parent)
        self._id = model_id
        self._c = models
        self._asked: Pending | None = None
        self._ids: list[str] = []
        self._chosen = ""
        metrics = theme.current().metrics
        title = tr("Template of {name}", name=models.name_of(model_id))
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.resize(metrics.dialog_wide, metrics.dialog_high)
        self._state = label("", wrap=True)
        self.choice = Choice(tr("Template"))
        self.choice.activated.connect(self._pick)
        self._note = label("", "muted", wrap=True)
        self.text = SafeText(tr("The sample chat as the model is sent it"), grows=False)
        set_role(self.text, "document")
        self.use = button(tr("Use this template"), self._use, "primary")
        self.use.hide()
        close = button(tr("Close"), self.close_dialog)
        lead = tr("A short sample chat, with every marker that the template writes around it:")
        buttons = row(None, close, self.use, gap=metrics.gap_small)
        layout = column(
            self._state, self.choice, label(lead, "sub", wrap=True), self.text, self._note, buttons,
            gap=metrics.gap, margins=metrics.gap_wide,
        )  # fmt: skip
        layout.setStretch(3, 1)
        self.setLayout(layout)
        self._ask(None)

    def close_dialog(self) -> None:
        """Leave everything as it is."""
        self.reject()

    def done(self, result: int) -> None:
        """Hear nothing more of what was asked."""
        if self._asked is not None:
            self._asked.drop()
        super().done(result)

    def _ask(self, template: str | None) -> None:
        if self._asked is not None:
            self._asked.drop()
        self.use.setEnabled(False)
        self._asked = self._c.preview(self._id, template, self._show, self._failed)

    def _pick(self, at: int) -> None:
        self._chosen = self._ids[at]
        self._ask(self._chosen)

    def _show(self, told: TemplateChoices) -> None:
        if not self._ids:
            self._offer(told)
        self._state.setText(state_words(told.state))
        self._show_preview(told.preview)
        approving = self._chosen == OWN and told.state == "unknown"
        self.use.setText(tr("Approve and use") if approving else tr("Use this template"))
        self.use.setAccessibleName(self.use.text())
        self.use.setEnabled(not told.preview.problem and self._chosen != told.chosen)
        self.use.show()

    def _offer(self, told: TemplateChoices) -> None:
        self._ids = [one.id for one in told.choices]
        self.choice.addItems([one.title for one in told.choices])
        self._chosen = told.chosen
        if told.chosen in self._ids:
            self.choice.setCurrentIndex(self._ids.index(told.chosen))

    def _show_preview(self, preview: TemplatePreview) -> None:
        cursor = self.text.begin(theme.current().metrics.small_line)
        self.text.write(cursor, preview.text, Style(size=theme.current().metrics.font_small))
        notes = [preview.problem] if preview.problem else []
        if preview.merges_system:
            notes.append(tr("It refuses a system role: system text goes before the question."))
        if preview.thinks:
            notes.append(tr("It lets the model think aloud first."))
        self._note.setText(" ".join(notes))
        self._note.setVisible(bool(notes))
        set_role(self._note, "error" if preview.problem else "muted")

    def _use(self) -> None:
        self.use.setEnabled(False)
        self._asked = self._c.read_preset(self._id, self._save, self._failed)

    def _save(self, told: PresetIs) -> None:
        preset = replace(told.preset, template=self._chosen)
        self._asked = self._c.save_preset(self._id, preset, self._saved, self._failed)

    def _saved(self, _told: PresetIs) -> None:
        self._c.refresh()
        self.accept()

    def _failed(self, error: UserError) -> None:
        self._note.setText(str(error))
        set_role(self._note, "error")
        self._note.show()


def state_words(state: str) -> str:
    """Say what is known of a model's own template."""
    return {
        "known": tr("Carrel knows this model's own template."),
        "unknown": tr(
            "Nobody has read this model's own template yet. A template can add words of its "
            "own to every question: look at it before you approve it."
        ),
        "none": tr("The file holds no template. Choose the one it was trained with."),
    }[state]
