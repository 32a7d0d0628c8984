"""Looks into a sentence-transformers model folder without loading it: whether it can be used at
all, and the languages that it says it was made for.

Only small JSON files and the head of its README are read. What it takes torch to find out, the
export finds out.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from carrel.errors import UserError

_CODE = "embedder"
_OURS = "sentence_transformers."
_LARGEST_JSON, _README_HEAD = 1_000_000, 20_000  # bytes, characters
POOLING_MODES = (
    "cls", "mean", "max", "mean_sqrt_len_tokens", "weightedmean", "lasttoken",
)  # fmt: skip
"""What sentence-transformers can do; a folder that asks for something else is refused."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_].*)?|multilingual")
_KEY = re.compile(r"language:(.*)")
_ITEM = re.compile(r"\s*-\s+(.+)")


def check_folder(folder: Path) -> None:
    """Raise UserError when the folder is no sentence-transformers model that Carrel can run."""
    if not folder.is_dir():
        raise UserError(
            f"There is no folder {folder}.", "Check the spelling of the path.", "missing"
        )
    modules = _modules(folder)
    for module in modules:
        kind = str(module.get("type", ""))
        if not kind.startswith(_OURS):
            raise needs_code(folder, kind or "a module without a type")
        if ".." in Path(str(module.get("path", ""))).parts:
            raise _no_model(folder, "modules.json names a folder outside it")
        part = folder / str(module.get("path", ""))
        if any(part.glob("pytorch_model*.bin")) and not any(part.glob("*.safetensors")):
            raise no_safetensors(part)
        if kind.rsplit(".", 1)[-1] == "Pooling":
            _check_pooling(folder, _json(part / "config.json"))
    if not any(folder.rglob("*.safetensors")):
        raise no_safetensors(folder)


def languages(folder: Path) -> list[str]:
    """Codes of the languages that the README's front matter names, [] where it names none.

    "multilingual" stays as it is. The three forms in use are read line by line, because YAML takes
    the code of Norwegian, `no`, for a truth value.
    """
    try:
        with open(folder / "README.md", encoding="utf-8", errors="replace") as file:
            head = file.read(_README_HEAD)
    except OSError:
        return []
    lines = head.splitlines()
    if not lines or lines[0].strip() != "---":
        return []
    named: list[str] = []
    inside = False
    for line in lines[1:]:
        if line.strip() == "---":
            break
        if key := _KEY.match(line):
            inside = True
            named += key[1].strip().strip("[]").split(",")
        elif inside and (item := _ITEM.match(line)):
            named.append(item[1])
        else:
            inside = False
    plain = (one.split("#")[0].strip().strip("\"'").lower() for one in named)
    codes = (re.split("[-_]", one)[0] for one in plain if _LANGUAGE.fullmatch(one))
    return list(dict.fromkeys(codes))


def names_code(folder: Path) -> bool:
    """Whether the model's configuration names a program of its own. It may load without, where its
    architecture has become one of transformers' own."""
    configs = [path for path in folder.rglob("config.json") if path.is_file()]
    return any("auto_map" in found for p in configs if isinstance(found := _json(p), dict))


def needs_code(folder: Path, what: str) -> UserError:
    """The sentence for a model that brings a program of its own."""
    return UserError(
        f"{folder.name} needs code of its own to run ({what}), and Carrel runs no code of a model.",
        "Choose a model that sentence-transformers runs by itself.",
        _CODE,
    )


def no_safetensors(folder: Path) -> UserError:
    """The sentence for weights in a format that can run code when it is opened."""
    return UserError(
        f"{folder} holds no model.safetensors.",
        "Choose the folder of a sentence-transformers model saved with safetensors.",
        _CODE,
    )


def _modules(folder: Path) -> list[dict[str, Any]]:
    if not (folder / "modules.json").is_file():
        raise _no_model(folder, "it has no modules.json")
    found = _json(folder / "modules.json")
    if not isinstance(found, list) or not found or not all(isinstance(m, dict) for m in found):
        raise _no_model(folder, "its modules.json is no list of modules")
    return found


def _check_pooling(folder: Path, config: Any) -> None:
    """`pooling_mode` in newer folders, one switch a mode in older ones."""
    named = config.get("pooling_mode", "") if isinstance(config, dict) else ""
    if isinstance(named, str) and named:
        modes = named.split("+")
    else:
        switches = config.items() if isinstance(config, dict) else ()
        modes = [
            re.sub(r"^(cls|mean|max|weightedmean|lasttoken)_tokens?$", r"\1", key[13:])
            for key, on in switches
            if key.startswith("pooling_mode_") and on
        ]
    unknown = [mode for mode in modes if mode not in POOLING_MODES]
    if unknown or not modes:
        what = f"pooling {unknown[0]!r}" if unknown else "no pooling"
        raise UserError(
            f"{folder.name} asks for {what}, which Carrel does not know.",
            f"Choose a model with one of: {', '.join(POOLING_MODES)}.",
            _CODE,
        )


def _json(path: Path) -> Any:
    try:
        with open(path, "rb") as file:
            return json.loads(file.read(_LARGEST_JSON))
    except (OSError, ValueError, RecursionError) as error:
        raise _no_model(path.parent, f"its {path.name} cannot be read") from error


def _no_model(folder: Path, why: str) -> UserError:
    return UserError(
        f"{folder} is not the folder of a sentence-transformers model: {why}.",
        "Choose the folder that holds modules.json and model.safetensors.",
        _CODE,
    )
