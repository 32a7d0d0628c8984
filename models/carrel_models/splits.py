"""Models in several files (`name-00001-of-00003.gguf`): finds the parts and reads their headers.

The names follow llama.cpp (llama_split_path), which finds the other parts by the name of the first.
"""

from __future__ import annotations

import re
from pathlib import Path

from carrel_models.gguf import BadGguf, Header, read_header

_NAME = re.compile(r"(?P<stem>.+)-(?P<no>\d{5})-of-(?P<count>\d{5})\.gguf", re.DOTALL)
_SHOWN = 3


def first_part(path: Path) -> Path:
    """The first part of the model that `path` belongs to, by its name; else `path` itself.

    Raises BadGguf when `path` is a later part and the first is not beside it.
    """
    first = parts_by_name(path)[0]
    if first != path and path.exists() and not first.is_file():
        raise BadGguf(
            f"The file is a part of a model whose first file, {first.name}, is missing.",
            f"Put it into the folder {path.parent}.",
        )
    return first


def parts_by_name(path: Path) -> list[Path]:
    """All parts of a split model, by the name of one of them; [path] when it names no part."""
    match = _NAME.fullmatch(path.name)
    if match is None or not 1 <= int(match["no"]) <= int(match["count"]):
        return [path]
    count = match["count"]
    return [
        path.with_name(f"{match['stem']}-{no:05d}-of-{count}.gguf")
        for no in range(1, int(count) + 1)
    ]


def plain_stem(path: Path) -> str:
    """The file's name without its ending and without the count of parts."""
    match = _NAME.fullmatch(path.name)
    return match["stem"] if match else path.name.removesuffix(".gguf")


def read_parts(path: Path, header: Header) -> list[tuple[Path, Header]]:
    """All parts of the model whose first part is `path`, with their headers.

    Raises BadGguf naming the parts that are missing, or that belong to another model.
    """
    count = header.integer("split.count") or 1
    if count <= 1:
        return [(path, header)]
    paths = parts_by_name(path)
    if len(paths) != count:
        raise BadGguf(
            f"The file is a part of a model in {count} files, and its name does not say so, "
            "so that the others cannot be found.",
            f"Give the parts their names back: NAME-00001-of-{count:05d}.gguf and so on.",
        )
    missing = [part.name for part in paths if not part.is_file()]
    if missing:
        names = ", ".join(missing[:_SHOWN])
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise BadGguf(
            f"Of the model's {count} files {len(missing)} are missing: {names}{more}.",
            f"Put them into the folder {path.parent}.",
        )
    parts = [(part, header if part == path else read_header(part)) for part in paths]
    for number, (part, head) in enumerate(parts):
        found = (head.integer("split.no"), head.integer("split.count"))
        if found != (number, count):
            raise BadGguf(f"The file {part.name} is not part {number + 1} of {count} of the model.")
    return parts
