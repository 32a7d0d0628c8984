"""Looks at a model file before llama.cpp does, and says in one sentence why it cannot be used."""

from __future__ import annotations

from pathlib import Path

from carrel.errors import UserError
from carrel_models.card import ModelCard, read_card
from carrel_models.fit import DEFAULT_CONTEXT, available_memory, fit
from carrel_models.gguf import BadGguf

_OTHER_KINDS = {
    "adapter": (
        "is an adapter, not a whole model.",
        "Choose the model that it was made for; the adapter is attached to it.",
    ),
    "embedder": (
        "is an embedding model: it compares texts and cannot write answers.",
        "Choose a chat model.",
    ),
    "encoder-decoder": (
        "is an encoder-decoder model, which Carrel cannot chat with.",
        "Choose a chat model.",
    ),
    "projector": (
        "is the picture part of a model, not a whole model.",
        "Choose the model file that it belongs to.",
    ),
    "vocabulary": ("holds a vocabulary and no weights.", "Choose a complete model."),
    "part": (
        "is a later part of a model in several files.",
        "Choose the first part; the others are found beside it.",
    ),
    "other": ("is a GGUF file, but not a chat model.", "Choose a chat model."),
}


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
        what, what_to_do = _OTHER_KINDS[card.kind]
        raise UserError(f"{file.name} {what}", what_to_do, "not_a_chat_model")
    return card


def choose_context(card: ModelCard, wanted: int) -> int:
    """The context in tokens to load with; `wanted` 0 takes a default that fits the memory.

    Raises UserError when the weights alone do not fit.
    """
    if wanted > 0:
        return min(wanted, card.trained_context or wanted)
    verdict = fit(card, available_memory(), DEFAULT_CONTEXT)
    if verdict.verdict == "no":
        raise UserError(
            f"{card.name} does not fit into the memory of this machine. {verdict.reason}",
            "Close other programs, or choose a smaller model.",
            "model_too_large",
        )
    return verdict.context


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
