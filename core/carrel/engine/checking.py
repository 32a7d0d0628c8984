"""Looks at a model file before llama.cpp does, and says in one sentence why it cannot be used."""

from __future__ import annotations

from pathlib import Path

from carrel.errors import UserError
from carrel_models.card import ModelCard, read_card
from carrel_models.gguf import BadGguf
from carrel_models.kinds import OTHER_KINDS


def check_file(path: str) -> ModelCard:
    """The card of a model file that llama.cpp may be given. Raises UserError with the reason."""
    file = Path(path)
    if not file.exists():
        raise UserError(
            f"The model file {path} is not there.",
            "Choose another model, or put the file back.",
            "model_missing",
        )
    if not file.is_file():
        raise UserError(f"{path} is not a file.", "Choose a .gguf file.", "model_missing")
    try:
        card = read_card(file)
    except BadGguf as error:
        raise broken(file.name, str(error)) from error
    except OSError as error:
        raise UserError(
            f"The model file {file.name} cannot be read ({error.strerror}).",
            "Check its permissions and the disk.",
            "model_unreadable",
        ) from error
    if card.kind != "chat model":
        what, what_to_do = OTHER_KINDS[card.kind]
        raise UserError(f"{file.name} {what}", what_to_do, "not_a_chat_model")
    return card


def broken(name: str, reason: str) -> UserError:
    """The error of a model file that is damaged or not understood."""
    sentence = reason if reason.endswith(".") else f"{reason}."
    if "unknown model architecture" in reason or "unknown pre-tokenizer" in reason:
        return UserError(
            f"The model {name} is of a kind that this version does not know ({reason}).",
            "Choose another model; a newer version of Carrel may know this one.",
            "model_unknown",
        )
    return UserError(
        f"The model {name} cannot be loaded: {sentence[:1].lower()}{sentence[1:]}",
        "Download the file again, or choose another model.",
        "model_broken",
    )
