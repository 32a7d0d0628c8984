"""The papers of a package: its parts as a CycloneDX list, and the licences of all of them."""

from __future__ import annotations

import email.message
import email.parser
import json
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import interpreter
import places

_TEXTS = re.compile(r"^(licen[cs]e|copying|notice|authors)", re.IGNORECASE)
_CLASSIFIER = "License :: OSI Approved :: "
# These say it in their source and not in their wheel.
_KNOWN = {"llama_cpp_python": "MIT", "sqlcipher3": "Zlib"}


class Part(NamedTuple):
    """One piece of software in a package. `licence` is its own words, "" when it says none."""

    name: str
    version: str
    licence: str
    texts: tuple[Path, ...]
    kind: str = "pypi"


def parts(package: str) -> list[Part]:
    """Every part of a package, by name."""
    shelves = (places.libraries(package), places.stage(package) / places.GPU_ENGINE)
    found = [_of_wheel(folder) for shelf in shelves for folder in shelf.glob("*.dist-info")]
    if package == places.RUNTIME:
        found += [
            Part(deb.name, deb.version, "Python-2.0", (), "deb")
            for deb in interpreter.read_lock(interpreter.LOCK.read_text(encoding="utf-8"))
        ]
    if package in (places.RUNTIME, places.GPU):
        found.append(Part("llama.cpp", "in llama_cpp_python, changed", "MIT", (), "generic"))
    if package == places.STARTER:
        found.append(Part("all-minilm-l6-v2", "exported to ONNX", "Apache-2.0", (), "generic"))
    return sorted(found)


def licence_of(metadata: email.message.Message) -> str:
    """A wheel's licence: the expression (PEP 639), else the classifiers, else the first line."""
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classified = [
        one.removeprefix(_CLASSIFIER)
        for one in metadata.get_all("Classifier") or []
        if one.startswith(_CLASSIFIER)
    ]
    first = str(metadata.get("License") or "").strip().partition("\n")[0]
    return " AND ".join(classified) or first


def _of_wheel(folder: Path) -> Part:
    text = (folder / "METADATA").read_text(encoding="utf-8")
    metadata = email.parser.Parser().parsestr(text, headersonly=True)
    name = metadata["Name"]
    said = licence_of(metadata) or _KNOWN.get(name, "")
    return Part(name, metadata["Version"], said, tuple(_licence_texts(folder)))


def _licence_texts(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and (_TEXTS.match(path.name) or "licenses" in path.parts[-3:-1]):
            yield path


def write(package: str) -> None:
    """Write a package's papers into its folder of documents."""
    folder = places.papers(package)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy2(places.FILES / "copyright", folder / "copyright")
    listed = parts(package)
    (folder / "parts.cdx.json").write_text(
        json.dumps(bill(package, listed), indent=1, sort_keys=True) + "\n", encoding="utf-8"
    )
    (folder / "third-party.txt").write_text(licences(listed), encoding="utf-8")


def bill(package: str, listed: list[Part]) -> dict[str, Any]:
    """The parts as CycloneDX 1.6; its serial number is made from what it lists."""
    components = [
        {
            "type": "library",
            "name": part.name,
            "version": part.version,
            "licenses": [{"license": {"name": part.licence}}],
            "purl": f"pkg:{part.kind}/{part.name}@{part.version}".replace(" ", "%20"),
        }
        for part in listed
    ]
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([package, *components], sort_keys=True))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": package}},
        "components": components,
    }


def licences(listed: list[Part]) -> str:
    """All licence texts, one part after the other; a text that several share is given once."""
    pieces: list[str] = []
    seen: dict[str, str] = {}
    for part in listed:
        pieces.append(f"{'=' * 78}\n{part.name} {part.version}: {part.licence}\n{'=' * 78}\n")
        for path in part.texts:
            text = path.read_text(encoding="utf-8", errors="replace").strip()
            first = seen.setdefault(text, part.name)
            pieces.append(f"{text}\n" if first == part.name else f"(the text of {first})\n")
    return "\n".join(pieces)


def unlicensed(packages: Iterable[str]) -> list[str]:
    """Parts that do not say under which licence they are."""
    return [
        f"{part.name} in {package} does not say its licence."
        for package in packages
        for part in parts(package)
        if not part.licence
    ]
