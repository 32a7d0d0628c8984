"""A preset as people write it: fields of text, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from carrel.desk.shelf_requests import Preset, PresetIs
from carrel.errors import UserError
from carrel_desktop.i18n import tr


@dataclass(frozen=True)
class Field:
    """A number of the preset; `chosen` is the value that lets Carrel choose, shown as empty."""

    name: str
    title: str
    help: str
    kind: type[int] | type[float]
    chosen: int | None = None


FIELDS = (
    Field("temperature", "Temperature", "0 takes the likeliest word each time", float),
    Field("top_k", "Top k", "Only the k likeliest words; 0 all", int),
    Field("top_p", "Top p", "Only the words that make up this share", float),
    Field("min_p", "Min p", "Only words at least this likely beside the likeliest", float),
    Field("repeat_penalty", "Repeat penalty", "1 is none", float),
    Field("repeat_last_n", "Repeat window", "How many words back a repeat counts", int),
    Field("seed", "Seed", "The same seed gives the same answer again", int),
    Field("reply_tokens", "Reply", "The longest answer, in tokens", int),
    Field("context", "Context", "In tokens; empty takes what fits", int, 0),
    Field("gpu_layers", "GPU layers", "Layers on the GPU; empty takes what fits", int, -1),
    Field("threads", "Threads", "Empty lets Carrel choose", int, 0),
)
ROLES = (("system", "System role"), ("user", "User role"), ("assistant", "Assistant role"))


def written(field: Field, value: float | None) -> str:
    """Return a value of the preset as text, "" for a default."""
    return "" if value is None or value == field.chosen else f"{value:g}"


def title_of(name: str) -> str:
    """Return a field's name as people read it."""
    return next((tr(field.title) for field in FIELDS if field.name == name), name)


def placeholder(field: Field, told: PresetIs) -> str:
    """Return what holds where the field is empty: "0.6, from the model's file"."""
    default = getattr(told.defaults, field.name, None)
    if field.name == "reply_tokens":
        default = told.reply_tokens
    if default is None:
        return tr("chosen by Carrel")
    if field.name in told.vendor:
        return tr("{n}, from the model's file", n=f"{default:g}")
    return f"{default:g}"


def preset_from(
    before: Preset,
    texts: Mapping[str, str],
    roles: Mapping[str, str],
    system: str,
    think: bool,
) -> Preset:
    """Return the preset that was written. Raises UserError for a field that is no number."""
    values = {field.name: _number(field, texts[field.name]) for field in FIELDS}
    names = {key: text.strip() for key, text in roles.items() if text.strip()}
    return msgspec.structs.replace(
        before, **values, role_names=names, system=system.strip(), think=think
    )


def _number(field: Field, text: str) -> float | None:
    text = text.strip().replace(",", ".")
    if not text:
        return field.chosen
    try:
        return field.kind(text)
    except ValueError as error:
        whole = tr("a whole number") if field.kind is int else tr("a number")
        what = tr("{field} must be {kind}, not “{text}”.", field=tr(field.title), kind=whole,
                  text=text)  # fmt: skip
        raise UserError(what, tr("Correct it or leave it empty."), "bad_preset") from error
