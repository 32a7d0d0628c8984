"""The presets of a profile: one TOML file per model, and the same file to give to others.

presets = Presets(profile / "presets")
presets.save(model_id, changed(presets.read(model_id), {"temperature": "0.7"}))
presets.write_to(model_id, Path("mine.toml"))
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from carrel_models.preset import BadPreset, Preset, check, default_of

VERSION = 1
MAX_FILE = 256 * 1024


def to_toml(preset: Preset, model: str = "") -> str:
    """The preset as a TOML file; `model` says for people which model it was made for."""
    import tomli_w

    values = msgspec.to_builtins(preset)
    said = {k: v for k, v in values.items() if v not in (None, {}) and v != default_of(k)}
    head: dict[str, Any] = {"carrel_preset": VERSION}
    return tomli_w.dumps(head | ({"model": model} if model else {}) | said, multiline_strings=True)


def from_toml(text: str) -> tuple[Preset, list[str]]:
    """The preset in a TOML file, and the names of fields in it that mean nothing here.

    Raises BadPreset with one sentence when it is no preset, of a later version, or wrong.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadPreset(f"It is not a TOML file ({error}).") from error
    version = found.pop("carrel_preset", None)
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise BadPreset("It is not a preset: it has no line carrel_preset = 1.")
    if version > VERSION:
        raise BadPreset(f"It was written by a later Carrel (preset version {version}).")
    found.pop("model", None)
    fields = set(Preset.__struct_fields__)
    unknown = sorted(set(found) - fields)
    try:
        preset = msgspec.convert({k: v for k, v in found.items() if k in fields}, Preset)
    except msgspec.ValidationError as error:
        raise BadPreset(f"A value is wrong: {error}.") from error
    return check(preset), unknown


class Presets:
    """The presets of a profile. `folder` is created when one is first saved."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, model_id: str) -> Preset:
        """The preset of a model, all defaults when it has none.

        A file that cannot be understood is set aside, never deleted, and `note` says so.
        """
        file = self._file(model_id)
        try:
            return from_toml(_text_of(file))[0]
        except FileNotFoundError:
            return Preset()
        except BadPreset:
            os.replace(file, file.with_suffix(".unreadable.toml"))
            return Preset()

    def note(self, model_id: str) -> str:
        """A sentence about a preset that was set aside and not replaced since, else ""."""
        file = self._file(model_id)
        aside = file.with_suffix(".unreadable.toml")
        if file.exists() or not aside.exists():
            return ""
        return f"The preset of this model could not be read and is kept as {aside.name}."

    def save(self, model_id: str, preset: Preset) -> Preset:
        """Keep a preset, whole or not at all. Raises BadPreset and OSError."""
        check(preset)
        _write(self._file(model_id), to_toml(preset, model_id))
        return preset

    def reset(self, model_id: str) -> None:
        """Take the defaults again."""
        self._file(model_id).unlink(missing_ok=True)

    def write_to(self, model_id: str, path: Path) -> None:
        """Export the preset of a model as one TOML file, in place of another preset if need be.

        Raises BadPreset when something else lies there, and OSError.
        """
        if path.exists() and not _is_preset(path):
            raise BadPreset(f"{path.name} is there already and is no preset: it stays as it is.")
        _write(path, to_toml(self.read(model_id), model_id))

    def read_from(self, model_id: str, path: Path) -> tuple[Preset, list[str]]:
        """Import a preset for a model; returns it and the fields that mean nothing here.

        Raises BadPreset, and OSError when the file cannot be read.
        """
        preset, unknown = from_toml(_text_of(path))
        return self.save(model_id, preset), unknown

    def _file(self, model_id: str) -> Path:
        if not re.fullmatch(r"[\w.-]+", model_id) or model_id.startswith("."):
            raise BadPreset(f"{model_id!r} is not the id of a model.")
        return self._folder / f"{model_id}.toml"


def _text_of(path: Path) -> str:
    """The text of a small file. Raises BadPreset when it is large or no text, and OSError."""
    if path.exists() and not path.is_file():
        raise BadPreset("It is not a file.")
    with path.open("rb") as file:
        data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise BadPreset("It is larger than 256 KB, so it is no preset.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadPreset("It is not a text file.") from error


def _is_preset(path: Path) -> bool:
    try:
        return "carrel_preset" in _text_of(path)
    except BadPreset:
        return False


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(target)
