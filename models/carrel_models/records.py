"""The files in a profile's models folder: one TOML file per model, and `state.toml`.

Everything is written whole or not at all; two threads that change the state wait for each other.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from carrel_models.card import ModelCard
from carrel_models.files import read_toml, write_toml

_ENDING = ".card.toml"


class State(msgspec.Struct):
    """`state.toml`: the model in use ("" is the starter) and models that died while loading."""

    in_use: str = ""
    suspects: dict[str, str] = {}


class Records:
    """Reads and writes the records in `folder`, which is created when something is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.guard = threading.RLock()

    def cards(self) -> list[ModelCard]:
        """Every card as it was written; a file that cannot be read as a card is left alone."""
        found = (read_toml(file, ModelCard) for file in sorted(self.folder.glob(f"*{_ENDING}")))
        return [card for card in found if card is not None]

    def card(self, model_id: str) -> ModelCard | None:
        """The card with this id as it was written."""
        return read_toml(self._file(model_id), ModelCard) if _is_name(model_id) else None

    def keep(self, card: ModelCard) -> None:
        """Write a card, without what is only true now."""
        lasting = msgspec.structs.replace(card, suspect=False, problem="")
        write_toml(self._file(card.id), lasting)

    def drop(self, model_id: str) -> None:
        """Remove a card; nothing happens when there is none."""
        self._file(model_id).unlink(missing_ok=True)

    def starter(self) -> ModelCard | None:
        """The starter's card as it was written."""
        return read_toml(self.folder / "starter.toml", ModelCard)

    def keep_starter(self, card: ModelCard) -> None:
        """Write the starter's card."""
        write_toml(self.folder / "starter.toml", card)

    def state(self) -> State:
        """The state; the default when there is none or it cannot be read."""
        return read_toml(self.folder / "state.toml", State) or State()

    def change(self, how: Callable[[State], None]) -> None:
        """Change the state and write it."""
        with self.guard:
            state = self.state()
            how(state)
            write_toml(self.folder / "state.toml", state)

    def _file(self, model_id: str) -> Path:
        return self.folder / f"{model_id}{_ENDING}"


def _is_name(model_id: str) -> bool:
    """Whether an id can name a file of this folder, and no other."""
    return bool(model_id) and not set(model_id) & set('/\\:\0<>|"?*')
