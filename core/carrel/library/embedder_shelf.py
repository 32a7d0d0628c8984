"""The embedders of a profile: the starter, and those that were added from model folders."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from carrel.errors import UserError
from carrel.library.embedder_card import CARD, Card, find_export, read_card, weights_sha256
from carrel.library.embedder_folder import check_folder
from carrel.library.embedders import (
    STARTER,
    EmbedderSource,
    export,
    fake_source,
    prepared_source,
    starter_card,
    starter_source,
)
from carrel.profile import shared_embedders

if TYPE_CHECKING:
    from carrel.profile import Profile

STARTER_LANGUAGES = ["en"]
_KEPT = 6  # signs of the SHA-256 that tell two embedders of one name apart


class EmbedderShelf:
    """What can search by meaning in one profile. `fakes` puts the hashing embedder in the starter's
    place; `threads` 0 takes all cores."""

    def __init__(self, profile: Profile, threads: int = 0, *, fakes: bool = False) -> None:
        self._profile = profile
        self._threads = threads
        self._fakes = fakes
        self._starter = fake_source() if fakes else starter_source(profile, threads)

    @property
    def starter(self) -> str:
        """The id of the embedder that comes with Carrel."""
        return self._starter.id

    def cards(self) -> list[Card]:
        """The cards of all that are prepared, the starter first; it may not be prepared yet."""
        first = None if self._fakes else starter_card(self._profile)
        added = [read_card(folder) for folder in self._folders()]
        return [*([] if first is None else [first]), *added]

    def languages(self, embedder_id: str) -> list[str]:
        """Codes of the languages that an embedder was made for, [] when that is not known."""
        if embedder_id == self.starter:
            return STARTER_LANGUAGES
        return next((c.languages for c in self.cards() if c.id == embedder_id), [])

    def source(self, embedder_id: str) -> EmbedderSource | None:
        """The embedder of this id ("" for the starter), None when it is not there."""
        if embedder_id in ("", self.starter):
            return self._starter
        folder = self._profile.embedders / embedder_id
        if embedder_id == STARTER or not (folder / CARD).is_file():
            return None
        return prepared_source(folder, self._threads)

    def require(self, embedder_id: str) -> EmbedderSource:
        """As `source`. Raises UserError when it is not there."""
        found = self.source(embedder_id)
        if found is None:
            known = ", ".join([self.starter, *(c.id for c in self.cards() if c.id != self.starter)])
            raise UserError(
                f"No embedder is called {embedder_id}.", f"Known: {known}.", "no_embedder"
            )
        return found

    def add(self, path: str) -> Card:
        """Prepare the model in a folder; takes some twenty seconds. The same weights are not
        prepared twice. Raises UserError when the folder cannot be used."""
        folder = Path(os.path.abspath(os.path.expanduser(path)))
        check_folder(folder)
        sha256 = weights_sha256(folder)
        there = find_export(sha256, [shared_embedders(), self._profile.embedders])
        if there is not None:
            return read_card(there)
        self._sweep()
        target = self._profile.embedders / self._free_id(folder.name, sha256)
        return read_card(export(folder, target))

    def remove(self, embedder_id: str, in_use: Sequence[str]) -> None:
        """Take an embedder off the shelf; the folder that it was added from stays. Raises UserError
        for the starter, and for one of `in_use`: its vectors are searched, or it makes new ones."""
        self.require(embedder_id)
        if embedder_id == self.starter:
            raise UserError(
                "The starter embedder comes with Carrel and stays on the shelf.",
                "Use another embedder; this one is then never loaded.",
                "starter",
            )
        if embedder_id in in_use:
            raise UserError(
                f"{embedder_id} is in use.",
                f"Use another first: carrel embedders use {self.starter}",
                "in_use",
            )
        shutil.rmtree(self._profile.embedders / embedder_id)

    def _folders(self) -> list[Path]:
        found = self._profile.embedders.glob(f"*/{CARD}")
        return sorted(card.parent for card in found if _is_added(card.parent.name))

    def _free_id(self, name: str, sha256: str) -> str:
        """An id after the folder's name; with signs of the SHA-256 when that is taken."""
        plain = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")[:60] or "embedder"
        taken = {STARTER, self.starter} | {folder.name for folder in self._folders()}
        return f"{plain}-{sha256[:_KEPT]}" if plain in taken else plain

    def _sweep(self) -> None:
        """Remove what preparing left behind when it was killed."""
        for folder in self._profile.embedders.glob(".*"):
            shutil.rmtree(folder, ignore_errors=True)


def _is_added(name: str) -> bool:
    return name != STARTER and not name.startswith(".")
