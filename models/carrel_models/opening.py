"""A bias on how an answer begins, in an adapter's header: where a tuned model draws its line.

A model that learned to decline tells what a passage answers from what it does not better than the
balance of its training says when to decline. The line can be moved without training: a number of
nats is added to the score of the first token of the refusal, at the first place of the answer and
nowhere else. How many is measured on questions that the model has not seen.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from carrel_models.gguf import BadGguf, Header, Tensor, read_header
from carrel_models.gguf_writer import ITEM_BYTES, OutTensor, write_gguf

TEXT, BIAS = "carrel.opening.text", "carrel.opening.bias"
MOST = 50.0
"""Nats; more than that forbids or forces an opening, which no measurement can ask for."""
_LONGEST = 200


class Opening(NamedTuple):
    """An opening of answers, and the nats that are added to the score of its first token."""

    text: str
    bias: float


def opening_of(header: Header) -> Opening | None:
    """What an adapter's header says, None when it says nothing. Raises BadGguf."""
    text, bias = header.text(TEXT), header.metadata.get(BIAS)
    if not text and bias is None:
        return None
    if isinstance(bias, float) and abs(bias) <= MOST and text.strip() and len(text) <= _LONGEST:
        return Opening(text, bias)
    raise BadGguf(f"The adapter has an opening ({TEXT}, {BIAS}) that cannot be used.")


def with_opening(source: Path, target: Path, opening: Opening) -> None:
    """Write the adapter at `source` with another opening, and all else as it is, to `target`.

    Raises BadGguf for a file with other than plain values and floats, FileExistsError, OSError.
    """
    header = read_header(source)
    metadata: dict[str, str | int | float] = {}
    for key, value in header.metadata.items():
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            raise BadGguf(f"{source.name} has a value ({key}) that cannot be copied.")
        metadata[key] = value
    metadata |= {TEXT: opening.text, BIAS: float(opening.bias)}
    write_gguf(target, metadata, [_copied(source, header, one) for one in header.tensors])


def _copied(source: Path, header: Header, tensor: Tensor) -> OutTensor:
    if tensor.type not in ITEM_BYTES:
        raise BadGguf(f"{source.name} has a tensor ({tensor.name}) that is not of floats.")

    def read() -> bytes:
        with source.open("rb") as file:
            file.seek(header.data_offset + tensor.offset)
            return file.read(tensor.elements * ITEM_BYTES[tensor.type])

    return OutTensor(tensor.name, tensor.shape, tensor.type, read)
