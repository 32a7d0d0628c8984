"""Models in several files: any part stands for the whole, and a missing one is named."""

from __future__ import annotations

import hashlib

import pytest

from carrel_models.card import read_card
from carrel_models.gguf import BadGguf
from carrel_models.registry import Registry
from carrel_models.splits import first_part, parts_by_name
from tests.models.tiny_gguf import Short, Signed, metadata, tensors, write_gguf


def write_split(folder, stem="big", count=3):
    """A tiny model in `count` files, the way llama.cpp splits one; returns the paths."""
    weights = list(tensors().items())
    paths = [folder / f"{stem}-{n:05d}-of-{count:05d}.gguf" for n in range(1, count + 1)]
    for number, path in enumerate(paths):
        values = metadata() if number == 0 else {}
        values |= {"split.no": Short(number), "split.count": Short(count)}
        values |= {"split.tensors.count": Signed(len(weights))}
        write_gguf(path, values, dict(weights[number::count]))
    return paths


@pytest.fixture
def parts(tmp_path):
    return write_split(tmp_path)


def test_the_card_speaks_of_all_parts(parts):
    card = read_card(parts[0])
    assert (card.kind, card.parts, card.path) == ("chat model", 3, str(parts[0]))
    assert card.size == sum(path.stat().st_size for path in parts)
    assert card.parameters == sum(array.size for array in tensors().values())


def test_any_part_adds_the_whole(parts, tmp_path):
    registry = Registry(tmp_path / "models")
    card = registry.add(parts[2])
    assert card.path == str(parts[0])
    assert card.id.startswith("big-")
    assert registry.add(parts[1]) == card
    joined = b"".join(path.read_bytes() for path in parts)
    assert registry.identify(card.id).sha256 == hashlib.sha256(joined).hexdigest()


def test_a_copy_takes_all_parts(parts, tmp_path):
    card = Registry(tmp_path / "models").add(parts[1], copy=True)
    folder = tmp_path / "models" / "files" / card.id
    assert sorted(path.name for path in folder.iterdir()) == [path.name for path in parts]
    joined = b"".join(path.read_bytes() for path in parts)
    assert card.sha256 == hashlib.sha256(joined).hexdigest()


def test_missing_parts_are_named(parts, tmp_path):
    registry = Registry(tmp_path / "models")
    card = registry.add(parts[0])
    parts[1].unlink()
    assert parts[1].name in registry.get(card.id).problem
    with pytest.raises(BadGguf, match=f"Of the model's 3 files 1 are missing: {parts[1].name}"):
        registry.add(parts[0])
    parts[0].unlink()
    with pytest.raises(BadGguf, match=rf"first file, {parts[0].name}, is missing"):
        registry.add(parts[2])


def test_parts_of_another_model_and_renamed_parts_are_refused(parts, tmp_path):
    parts[1].write_bytes(parts[2].read_bytes())
    with pytest.raises(BadGguf, match="is not part 2 of 3"):
        read_card(parts[0])
    renamed = parts[0].rename(tmp_path / "model.gguf")
    with pytest.raises(BadGguf, match="a part of a model in 3 files, and its name"):
        read_card(renamed)
    later = parts[2].rename(tmp_path / "later.gguf")
    with pytest.raises(BadGguf, match="later part"):
        Registry(tmp_path / "models").add(later)


def test_a_cut_part_says_what_is_missing(parts):
    parts[2].write_bytes(parts[2].read_bytes()[:-5000])
    with pytest.raises(BadGguf, match=r"of about [\d,]+ bytes [\d,]+ are missing"):
        read_card(parts[0])


def test_names(tmp_path):
    alone = tmp_path / "model-00007-of-00003.gguf"
    assert parts_by_name(alone) == [alone]
    assert first_part(tmp_path / "model.gguf") == tmp_path / "model.gguf"
