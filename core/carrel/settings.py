"""Every setting, declared once: type, default, limits and one line of help.

Stored as TOML with a version; a file from an older Carrel is migrated, one that cannot be read is
set aside (never deleted) and defaults apply. The settings page, `--help` and validation all come
from `SETTINGS`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from carrel.errors import UserError

VERSION = 1
Value = str | int | float | bool


class Setting(NamedTuple):
    """One setting: `choices` for words, `least` and `most` for numbers."""

    name: str
    default: Value
    help: str
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None


SETTINGS = {
    one.name: one
    for one in (
        Setting("theme", "system", "Colours of the window.", ("system", "light", "dark")),
        Setting("mode", "auto", "Where answers come from.", ("auto", "files", "model", "both")),
        Setting(
            "generated_text",
            "auto",
            "Whether a model writes answers from files: auto where it can be relied on.",
            ("auto", "always", "never"),
        ),
        Setting("model", "", "Id of the model that answers; empty takes the starter model."),
        Setting("passages", 10, "Passages that a search returns.", (), 1, 100),
        Setting("prompt_seconds", 5.0, "Seconds that reading passages may take.", (), 0.5, 120.0),
        Setting("prompt_tokens", 0, "Most tokens of passages; 0 by prompt_seconds.", (), 0, 32000),
        Setting("reply_tokens", 320, "Most tokens of an answer.", (), 16, 8000),
        Setting("context", 4096, "Context of the model in tokens.", (), 512, 131072),
        Setting(
            "device", "", "Where models run: empty chooses; cpu, or a card as doctor names it."
        ),
        Setting("temperature", 0.0, "0 takes the likeliest word each time.", (), 0.0, 2.0),
        Setting("repeat_penalty", 1.1, "Over 1 keeps small models from loops.", (), 1.0, 2.0),
        Setting("seed", 0, "Seed of the sampler where temperature is over 0.", (), 0, 2**31),
        Setting("embedder", "", "Id of the embedder; empty takes the one that comes with Carrel."),
        Setting("embed_threads", 0, "Threads that embed; 0 takes all cores.", (), 0, 64),
        Setting("index_on_battery", "yes", "Index on battery too.", ("yes", "no")),
        Setting("index_under_load", "yes", "Index while all cores are taken.", ("yes", "no")),
        Setting(
            "vector_search",
            "auto",
            "exact compares with every vector, however many.",
            ("auto", "exact"),
        ),
        Setting("ocr", "ask", "Recognize text in pictures (tesseract).", ("ask", "on", "off")),
        Setting("ocr_languages", "", "Languages in pictures, as eng+deu; empty chooses."),
        Setting("reranker", "", "Folder of a CrossEncoder for a second look; empty for none."),
        Setting("largest_file_mb", 200, "Larger files are left out.", (), 1, 2000),
        Setting(
            "lock_after_minutes",
            0,
            "Lock when nobody touched the window so long; 0 is never.",
            (),
            0,
            240,
        ),
        Setting("zoom", 1.0, "Size of text in the window.", (), 0.5, 3.0),
    )
}

MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""From a version to the next: a named function each, once there is a second version."""


class Settings:
    """The settings of one profile; `settings["theme"]` is the value in force."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._values: dict[str, Value] = {}
        self.note = ""
        if path.exists():
            self._load()

    def __getitem__(self, name: str) -> Value:
        return self._values.get(name, SETTINGS[name].default)

    def text(self, name: str) -> str:
        return str(self[name])

    def whole(self, name: str) -> int:
        return int(self[name])

    def number(self, name: str) -> float:
        return float(self[name])

    def set(self, name: str, text: str) -> None:
        """Check and store one value given as text. Raises UserError with what is allowed."""
        self._values[name] = parse(name, text)
        self._save()

    def _load(self) -> None:
        try:
            found = tomllib.loads(self._path.read_text(encoding="utf-8"))
            version = int(found.pop("version", VERSION))
            while version < VERSION:
                found, version = MIGRATIONS[version](found), version + 1
            self._values = {
                name: parse(name, str(value)) for name, value in found.items() if name in SETTINGS
            }
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValueError, UserError) as error:
            aside = self._path.with_suffix(".unreadable.toml")
            os.replace(self._path, aside)
            self.note = (
                f"The settings could not be read ({error}); defaults apply. See {aside.name}."
            )

    def _save(self) -> None:
        import tomli_w

        text = tomli_w.dumps({"version": VERSION, **self._values})
        temporary = self._path.with_suffix(".new")
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, self._path)


def parse(name: str, text: str) -> Value:
    """Turn text into the setting's value. Raises UserError for an unknown name or a bad value."""
    setting = SETTINGS.get(name)
    if setting is None:
        raise UserError(f"There is no setting called {name}.", f"Known: {', '.join(SETTINGS)}.")
    if setting.choices and text not in setting.choices:
        raise UserError(f"{name} cannot be {text!r}.", f"Choose {', '.join(setting.choices)}.")
    if isinstance(setting.default, str):
        return text
    try:
        value = type(setting.default)(text)
    except ValueError:
        raise UserError(f"{name} must be a number, not {text!r}.", setting.help) from None
    low, high = setting.least, setting.most
    if (low is not None and value < low) or (high is not None and value > high):
        raise UserError(f"{name} must be between {low} and {high}, not {text}.", setting.help)
    return value
