"""What a card may declare: examples of the questions that its model or adapter answers alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

FEWEST, MOST = 3, 200
"""With one or two examples nobody can tell what they have in common."""
LONGEST = 2_000
"""Characters of an example; an embedder reads only its beginning anyway."""


class Declared(NamedTuple):
    """What a card declares: `examples` of the questions that the adapter `id`, or the model in use
    (`adapter` False), answers alone."""

    id: str
    examples: tuple[str, ...]
    adapter: bool = True


def checked_examples(examples: Sequence[str]) -> list[str]:
    """The examples without blanks and repetitions. Raises ValueError with one sentence."""
    kept = list(dict.fromkeys(text for one in examples if (text := " ".join(one.split()))))
    if kept and not FEWEST <= len(kept) <= MOST:
        raise ValueError(f"{len(kept)} examples were given; {FEWEST} to {MOST} different ones do.")
    if any(len(one) > LONGEST for one in kept):
        raise ValueError(f"An example has over {LONGEST:,} characters; give the question alone.")
    return kept
