"""What a preset may say: how a model is used, and the limits of every value.

Where a preset says nothing the vendor's own values hold (carrel_models.vendor), then Carrel's
settings.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from carrel_models.declared import checked_examples
from carrel_models.templates import families

MAX_SYSTEM = 8_000
ROLES = ("user", "assistant", "system")
ROLE_NAME = re.compile(r"\w(?:[\w .'-]{0,38}\w)?")
"""What a role may be called: words, so that a name cannot spell a control token."""


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """How a model is used. None and "" take the default (the vendor's own, then Carrel's).

    `context` in tokens, 0 chooses; `gpu_layers` -1 and `threads` 0 choose; `template` as in
    LoadModel; `system` is added to Carrel's own rules and never replaces them; `answers` are
    examples of the questions that a fine-tuned model answers alone.
    """

    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    repeat_last_n: int | None = None
    seed: int | None = None
    reply_tokens: int | None = None
    context: int = 0
    gpu_layers: int = -1
    threads: int = 0
    template: str = ""
    think: bool = False
    system: str = ""
    role_names: dict[str, str] = {}
    answers: list[str] = []


class BadPreset(ValueError):
    """A preset or a value of one cannot be used; the message is one sentence for people."""


class Limit(NamedTuple):
    """The values a number of a preset may have, both ends included."""

    least: float
    most: float
    whole: bool = False


LIMITS: Mapping[str, Limit] = {
    "temperature": Limit(0, 5),
    "top_k": Limit(0, 1_000_000, True),
    "top_p": Limit(0, 1),
    "min_p": Limit(0, 1),
    "repeat_penalty": Limit(0.1, 3),
    "repeat_last_n": Limit(0, 1_000_000, True),
    "seed": Limit(0, 2**32 - 1, True),
    "reply_tokens": Limit(1, 1_000_000, True),
    "context": Limit(0, 16_777_216, True),
    "gpu_layers": Limit(-1, 100_000, True),
    "threads": Limit(0, 1_024, True),
}


def check(preset: Preset) -> Preset:
    """Return `preset` when every value is allowed. Raises BadPreset for the first that is not."""
    for field in LIMITS:
        value = getattr(preset, field)
        if value is not None and (problem := number_problem(field, value)):
            raise BadPreset(problem)
    if preset.template not in ("", "own", *(one.name for one in families())):
        raise BadPreset(
            f"template is {preset.template!r}, which is neither own nor a built-in family."
        )
    if len(preset.system) > MAX_SYSTEM:
        raise BadPreset(
            f"system has {len(preset.system):,} characters, and {MAX_SYSTEM:,} are the most."
        )
    for role, name in preset.role_names.items():
        if role not in ROLES:
            raise BadPreset(f"{role!r} is no role; the roles are {', '.join(ROLES)}.")
        if not ROLE_NAME.fullmatch(name):
            raise BadPreset(f"The {role} cannot be called {name!r}: up to 40 letters and digits.")
    try:
        checked_examples(preset.answers)
    except ValueError as error:
        raise BadPreset(str(error)) from error
    return preset


def changed(preset: Preset, values: Mapping[str, str]) -> Preset:
    """`preset` with values given as text; "" takes the default again, `role.user` names a role, and
    | parts examples.

    Raises BadPreset for an unknown name and for a value that is not allowed.
    """
    known = msgspec.structs.asdict(preset)
    names = dict(preset.role_names)
    for name, text in values.items():
        role = name.removeprefix("role.")
        if role != name:
            names.pop(role, None)
            names |= {role: text} if text else {}
        elif name not in known or name == "role_names":
            raise BadPreset(f"A preset has no {name}; it has {', '.join(_settable())}.")
        else:
            known[name] = _parsed(name, text)
    return check(Preset(**{**known, "role_names": names}))


def number_problem(name: str, value: float) -> str:
    """One sentence when a number is not allowed, else ""."""
    limit = LIMITS[name]
    if math.isfinite(value) and limit.least <= value <= limit.most:
        return ""
    return f"{name} is {value:g}, and must be between {limit.least:g} and {limit.most:,.0f}."


def _settable() -> list[str]:
    return [name for name in Preset.__struct_fields__ if name != "role_names"] + ["role.user"]


def default_of(name: str) -> object:
    """What a field is where a preset says nothing."""
    return getattr(Preset(), name)


def _parsed(name: str, text: str) -> object:
    default = default_of(name)
    if name in LIMITS:
        if not text:
            return default
        try:
            return int(text) if LIMITS[name].whole else float(text)
        except ValueError as error:
            raise BadPreset(f"{name} must be a number, not {text!r}.") from error
    if isinstance(default, list):
        return [one.strip() for one in text.split("|") if one.strip()]
    if not isinstance(default, bool):
        return text
    words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
    if text and text.lower() not in words:
        raise BadPreset(f"{name} must be true or false, not {text!r}.")
    return words.get(text.lower(), default)
