"""What keeping up costs: measured on a copy, or stated by a card."""

import threading

import pytest

from carrel.errors import Cancelled
from carrel.lab.costs import MARK, costs_of, stated_training
from tests.core.fake_core import FakeCore, write_samples


class Opened(FakeCore):
    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def opened(profile):
    profile.create()
    return Opened(profile)


def test_indexing_and_a_change_are_measured_on_a_copy(tmp_path):
    folder = write_samples(tmp_path / "docs")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (tmp_path / "carrel-copy-killed").mkdir()
    documents = [str(path) for path in folder.iterdir()] + [str(tmp_path / "gone.md")]
    found = costs_of(documents, {}, tmp_path, opened, threading.Event())
    assert found.documents == 2
    assert found.passages > 0
    assert found.indexing_seconds > 0
    assert found.changed_seconds > 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert not any(MARK.encode() in data for data in before.values())
    assert [path.name for path in tmp_path.iterdir()] == ["docs"]


def test_a_stop_ends_the_measuring(tmp_path):
    cancel = threading.Event()
    cancel.set()
    documents = [str(path) for path in write_samples(tmp_path / "docs").iterdir()]
    with pytest.raises(Cancelled):
        costs_of(documents, {}, tmp_path, opened, cancel)


def test_training_is_what_the_card_beside_an_adapter_states(tmp_path):
    adapter = tmp_path / "reader.gguf"
    assert stated_training(adapter) is None
    card = tmp_path / "reader.toml"
    card.write_text("training_seconds = 1500\n")
    assert stated_training(adapter) == 1500
    found = costs_of([], {"reader-1": adapter}, tmp_path, opened, threading.Event())
    assert found.training_seconds == {"reader-1": 1500}
    card.write_text("training_seconds = 'long'\n")
    assert stated_training(adapter) is None
    card.write_text("no toml [")
    assert stated_training(adapter) is None
