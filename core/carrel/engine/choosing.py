"""Which chat template a model is used with: its own where that is known or approved, else a
built-in family that writes the same, or that its vocabulary was made for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from carrel.engine.messages import ChatMessage
from carrel.engine.templates import Manner, Template, render
from carrel.errors import UserError
from carrel_models.templates import PLAIN, Family, families, family, family_of, resembling
from carrel_models.templates import of_vocabulary as family_of_vocabulary

State = Literal["known", "unknown", "none"]
PATIENCE = 1.0  # seconds for comparing a template with a family; honest ones take milliseconds


class Tokens(Protocol):
    """What is asked of a vocabulary, loaded or read from a header."""

    @property
    def bos(self) -> str: ...
    @property
    def eos(self) -> str: ...
    @property
    def tokenizer(self) -> str: ...
    def has(self, text: str) -> bool: ...


class Candidate(NamedTuple):
    """A model as far as templates are concerned: its own template ("" when it has none), its
    architecture and its vocabulary."""

    own: str
    architecture: str
    tokens: Tokens

    @property
    def state(self) -> State:
        """Whether a person has read the model's own template."""
        return "none" if not self.own else "known" if family_of(self.own) else "unknown"


def choose(model: Candidate, wanted: str = "") -> Template:
    """The template for `model`; `wanted` as in LoadModel.template.

    Raises UserError when `wanted` is neither "", "own" nor the name of a family.
    """
    if wanted not in ("", "own"):
        return _named(wanted)
    known = family_of(model.own) if model.own else ""
    if known:
        return _own(model.own, known)
    if wanted == "own" and model.own:
        return Template("the model's own (unknown)", model.own)
    return _best(model)


def _named(name: str) -> Template:
    found = family(name)
    if found is None:
        names = ", ".join(one.name for one in families())
        raise UserError(
            f"There is no chat template called {name}.", f"Choose own, or {names}.", "no_template"
        )
    return built_in(found)


def built_in(one: Family, more: str = "") -> Template:
    """The template of a family; `more` is added to its name."""
    return Template(f"built-in {one.name}{more}", one.text, one.stops, one.marks, one.roles)


def _own(text: str, name: str) -> Template:
    kin = family(name)
    label = f"the model's own ({name})"
    return Template(label, text, kin.stops, kin.marks) if kin else Template(label, text)


def _best(model: Candidate) -> Template:
    """The family that writes what the model's own template writes, else the one most like it."""
    if model.own:
        alike = resembling(model.own, model.tokens.has)
        written = _samples(model.own, model) if alike else None
        for one in alike:
            if written is not None and _samples(one.text, model) == written:
                return built_in(one, ", which writes what the model's own does")
        if alike:
            return built_in(alike[0])
    tokens = model.tokens
    found = family_of_vocabulary(tokens.has, model.architecture, tokens.tokenizer)
    plain = family(PLAIN)
    assert plain is not None, "the family without tokens ships with Carrel"
    return built_in(found or plain)


_ONE_TURN = (ChatMessage(role="user", text="a"),)
_SAMPLES = (
    _ONE_TURN,
    (ChatMessage(role="system", text="b"), *_ONE_TURN),
    (
        ChatMessage(role="system", text="b"),
        *_ONE_TURN,
        ChatMessage(role="assistant", text="c"),
        *_ONE_TURN,
    ),
)


def _samples(template: str, model: Candidate) -> list[list[str]] | None:
    """What a template writes for a few chats, None when it cannot be rendered.

    Each message stands there as its number, so that only the scaffold and the order count.
    """
    manner = Manner(bos=model.tokens.bos, eos=model.tokens.eos)
    begun, written = time.monotonic(), []
    try:
        for chat in _SAMPLES:
            written.append(_written(template, chat, manner))
            if time.monotonic() - begun > PATIENCE:
                return None
    except UserError:
        return None  # its preview says why; here another family is taken
    return written


def _written(template: str, chat: Sequence[ChatMessage], manner: Manner) -> list[str]:
    segments = render(template, chat, manner).segments
    return [s.text if s.message is None else f"\0{s.message}" for s in segments]
