"""The one question about pictures of text, above the documents: recognize them or not."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QWidget

from carrel_desktop import theme
from carrel_desktop.controllers.recognition import RecognitionController
from carrel_desktop.i18n import counted, tr
from carrel_desktop.widgets.parts import announce, button, label, row, set_role


class RecognitionBar(QFrame):
    """Shown while documents wait and the user has not answered."""

    def __init__(self, controller: RecognitionController, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        metrics = theme.current().metrics
        self._c = controller
        self.setAccessibleName(tr("Text in pictures"))
        set_role(self, "question")
        self.text = label("", wrap=True)
        self.recognize = button(tr("Recognize"), lambda: controller.answer("on"), "primary",
                                name=tr("Recognize the text in pictures"))  # fmt: skip
        self.later = button(tr("Not now"), controller.later,
                            name=tr("Ask again the next time"))  # fmt: skip
        self.never = button(tr("Never"), lambda: controller.answer("off"),
                            name=tr("Never recognize text in pictures"))  # fmt: skip
        layout = row(self.text, self.never, self.later, self.recognize, gap=metrics.gap_small)
        layout.setStretch(0, 1)
        layout.setContentsMargins(
            metrics.gap, metrics.gap_small, metrics.gap_small, metrics.gap_small
        )
        self.setLayout(layout)
        controller.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        documents = self._c.documents
        fresh = documents > 0 and self.isHidden()
        if documents:
            what = counted(
                documents, "1 file is a picture or a scan", "{n} files are pictures or scans"
            )
            said = tr("{what}. Recognize their text with tesseract, on this computer?", what=what)
            self.text.setText(said)
            self.text.setAccessibleName(said)
        self.setVisible(documents > 0)
        if fresh and self.parentWidget() is not None:
            announce(self, self.text.text())
