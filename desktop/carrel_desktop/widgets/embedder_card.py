"""One embedder on its shelf: what it is, whether it serves, and the two things one does with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from carrel.desk.shelf_requests import EmbedderRow
from carrel_desktop import theme
from carrel_desktop.i18n import tr
from carrel_desktop.widgets.card import Bar, Card
from carrel_desktop.widgets.facts import fact_grid
from carrel_desktop.widgets.parts import ElidedLabel, button, label, row

_LANGUAGES = 8  # that are named; of the others only the number


class EmbedderCard(Card):
    """Signals give the embedder's id. `leaving` says that another one is being prepared, so that
    the one in use may be kept instead."""

    used = Signal(str)
    removed = Signal(str)

    def __init__(
        self, embedder: EmbedderRow, parent: QWidget | None = None, *, leaving: bool = False
    ) -> None:
        super().__init__(parent, accent=embedder.in_use)
        self.embedder = embedder
        id = embedder.id
        self.setAccessibleName(id)
        gap = theme.current().metrics.gap_small
        keep = embedder.in_use and leaving
        words = (
            (tr("Keep"), tr("Keep {name}", name=id))
            if keep
            else (tr("Use"), tr("Use {name}", name=id))
        )
        self.use_button = button(words[0], lambda: self.used.emit(id), name=words[1])
        self.remove_button = button(
            tr("Remove"), lambda: self.removed.emit(id), name=tr("Remove {name}", name=id)
        )
        self.use_button.setVisible(keep or not (embedder.preparing or embedder.in_use))
        self.remove_button.setVisible(
            not (embedder.starter or embedder.in_use or embedder.preparing)
        )
        self.bar = Bar(tr("Vectors of {name}", name=id))
        self.progress = label("", "sub", wrap=True)
        self.content.addLayout(
            row(ElidedLabel(id, "title"), *_marks(embedder), self.use_button, self.remove_button,
                gap=gap)
        )  # fmt: skip
        self.content.addLayout(fact_grid(embedder_facts(embedder)))
        self.content.addWidget(self.bar)
        self.content.addWidget(self.progress)
        self.bar.setVisible(embedder.preparing)
        self.progress.setVisible(embedder.preparing)

    def show_progress(self, done: int, total: int, serving: str) -> None:
        """Say how many passages have a vector; a total of 0 is not known yet."""
        self.bar.show_parts((done / total if total else 0.0, "accent"))
        far = tr("{done} of {total} passages have their vector.", done=f"{done:,}",
                 total=f"{total:,}") if total else tr("Its vectors are made next.")  # fmt: skip
        self.progress.setText(far + " " + tr("Until all are there, {name} serves.", name=serving))


def embedder_facts(one: EmbedderRow) -> list[tuple[str, str]]:
    """Titles and values of what is known; what is not has no row."""
    shown, more = ", ".join(one.languages[:_LANGUAGES]), len(one.languages) - _LANGUAGES
    languages = tr("{shown} and {n} more", shown=shown, n=more) if more > 0 else shown
    runners = {
        "onnx": tr("ONNX Runtime, {precision}", precision=one.precision),
        "torch": "sentence-transformers",
    }
    agreement = ""
    if one.mean_cosine is not None and one.top10_agreement is not None:
        agreement = tr(
            "mean cosine {cosine}, {share} of the ten nearest",
            cosine=f"{one.mean_cosine:.3f}", share=f"{one.top10_agreement:.0%}",
        )  # fmt: skip
    facts = [
        (tr("Languages"), languages or tr("not named")),
        (tr("Dimensions"), str(one.dimensions)),
        (tr("Reads"), tr("{n} tokens of a passage", n=one.max_tokens) if one.max_tokens else ""),
        (tr("Runs on"), runners.get(one.runner, "")),
        (tr("As the original"), agreement),
        (tr("Folder"), one.source),
        (tr("SHA-256"), one.sha256),
    ]
    return [(title, value) for title, value in facts if value]


def _marks(one: EmbedderRow) -> list[QWidget]:
    marks = [
        (one.in_use, tr("in use"), "good"),
        (one.preparing, tr("being prepared"), "warn"),
        (one.starter, tr("comes with Carrel"), "chip"),
    ]
    return [label(text, role) for holds, text, role in marks if holds]
