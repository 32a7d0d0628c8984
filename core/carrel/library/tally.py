"""What a sync did, counted in documents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from carrel.library.sync import Left

Kind = Literal["new", "changed", "unchanged"]


class Tally:
    """Counts of documents; `left` is what is no document, `away` the folders that are not there."""

    def __init__(self, left: Sequence[Left] = (), away: Sequence[str] = ()) -> None:
        self.new = self.changed = self.missing = self.unchanged = 0
        self.moved_ids: set[int] = set()
        self.left = list(left)
        self.away = list(away)

    def count(self, kind: Kind) -> None:
        """One more document of this kind."""
        setattr(self, kind, getattr(self, kind) + 1)

    def moved_id(self, document_id: int) -> None:
        """This document's file is at another path now."""
        self.moved_ids.add(document_id)

    def join(self, other: Tally) -> None:
        """Add another collection's counts."""
        self.new += other.new
        self.changed += other.changed
        self.missing += other.missing
        self.unchanged += other.unchanged
        self.moved_ids |= other.moved_ids

    def counts(self) -> dict[str, int]:
        """The counts by name."""
        return {
            "new": self.new, "changed": self.changed, "moved": len(self.moved_ids),
            "missing": self.missing, "unchanged": self.unchanged,
        }  # fmt: skip
