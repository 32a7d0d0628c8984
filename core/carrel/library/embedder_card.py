"""What is known of an embedder that was prepared for Carrel: the card.json beside its files."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from carrel.errors import UserError
from carrel.library.embedder_folder import no_safetensors

CARD = "card.json"
_CODE = "embedder"


class Parity(msgspec.Struct, frozen=True):
    """How near the served vectors are to the original's (float32, sentence-transformers) on a fixed
    set of `texts` passages: cosines, and the share of the ten nearest texts that stay the same."""

    texts: int
    minimum_cosine: float
    mean_cosine: float
    top10_agreement: float


class Card(msgspec.Struct, frozen=True):
    """An embedder: what it is, how to run it, and how that was checked.

    `runner` "onnx" means model.onnx and tokenizer.json lie beside the card; "torch" means that
    sentence-transformers loads `source`. `sha256` is that of the source weights. `prompts` are put
    in front of a "query" and a "passage". `files` gives the SHA-256 of each file beside the card.
    `languages` are the codes that the model's README names, "multilingual" among them; [] unknown.
    """

    id: str
    sha256: str
    dimensions: int
    max_tokens: int
    runner: Literal["onnx", "torch"]
    precision: Literal["int8", "float32"]
    pooling: str
    normalize: bool
    prompts: dict[str, str]
    inputs: list[str]
    pad_id: int
    files: dict[str, str]
    source: str
    parity: Parity | None
    versions: dict[str, str]
    languages: list[str] = []


def read_card(folder: Path) -> Card:
    """Return the card of a prepared embedder. Raises UserError when there is none to be read."""
    try:
        return msgspec.json.decode((folder / CARD).read_bytes(), type=Card)
    except (OSError, msgspec.DecodeError) as error:
        raise _unusable(folder, str(error)) from error


def check_files(folder: Path, card: Card) -> None:
    """Raise UserError when a file beside the card is missing or is not what was prepared."""
    for name, expected in card.files.items():
        try:
            found = sha256_of(folder / name)
        except OSError as error:
            raise _unusable(folder, str(error)) from error
        if found != expected:
            raise _unusable(folder, f"{name} is damaged")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unusable(folder: Path, why: str) -> UserError:
    return UserError(
        f"The embedder in {folder} cannot be used: {why}.",
        "Remove that folder; Carrel prepares the embedder again.",
        _CODE,
    )


def find_export(sha256: str, shelves: Sequence[Path]) -> Path | None:
    """Return the folder of the embedder made from these weights, None where no shelf has it."""
    for shelf in shelves:
        for card in sorted(shelf.glob(f"*/{CARD}")):
            if read_card(card.parent).sha256 == sha256:
                return card.parent
    return None


def weights_sha256(model_folder: Path) -> str:
    """Return the SHA-256 of a model folder's weights, over its .safetensors files in name order,
    those of its modules' folders too.

    Raises UserError when there are none: other weight formats can run code when they are opened.
    """
    files = sorted(model_folder.rglob("*.safetensors"))
    if not files:
        raise no_safetensors(model_folder)
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as weights:
            while piece := weights.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()
