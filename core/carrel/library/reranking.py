"""An optional second look at the best passages: a CrossEncoder that reads question and passage
together. None comes with Carrel; the setting `reranker` names its folder."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carrel.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from carrel.ports import Reranker


def reranker_in(folder: str) -> Reranker | None:
    """The reranker in a folder, not loaded yet; None for ""."""
    return CrossEncoderReranker(Path(folder).expanduser()) if folder else None


class CrossEncoderReranker:
    """ports.Reranker over sentence-transformers, loaded with the first question."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._model: Any = None
        self._loading = threading.Lock()

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """One score a text, higher is better. Raises UserError when the folder has no CrossEncoder
        that gives one number."""
        from carrel.library.embedding import cross_encoder_scores, load_cross_encoder

        with self._loading:
            if self._model is None:
                try:
                    self._model = load_cross_encoder(self._folder)
                except (OSError, ValueError, KeyError, RuntimeError) as error:
                    raise UserError(
                        f"{self._folder} holds no reranker that can be used: {error}",
                        "Name the folder of a CrossEncoder with one label in the setting reranker,"
                        " or leave it empty.",
                        "no_reranker",
                    ) from error
        return cross_encoder_scores(self._model, question, texts)
