"""The adapter that ships with Carrel: on for questions to files, off for others, detachable."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import msgspec
import pytest

from carrel.desk.shelf_requests import AdapterChoice
from carrel.engine.holder import ModelHolder
from carrel.fakes import ScriptedModel
from carrel_models import starter_adapter as shipped_adapter
from carrel_models.adapter import pair, read_adapter, read_base
from carrel_models.adapters import AdapterShelf, ComesWithCarrel
from carrel_models.gguf import read_header
from carrel_models.registry import Registry
from carrel_models.reliability import Reliability
from carrel_models.starter import starter_facts
from carrel_models.starter_adapter import ReaderFacts, Shipped, starter_adapter, state_of_reader
from tests.models.tiny_adapter import write_adapter
from tests.models.tiny_gguf import write_tiny


class Desk:
    """Two tiny models, the first with a shipped adapter, another adapter, and a holder."""

    def __init__(self, folder, holds=0.5, by_default=True):
        folder.mkdir(exist_ok=True)
        self.registry = Registry(folder / "models")
        self.one = self.registry.add(write_tiny(folder / "one.gguf", seed=1))
        self.two = self.registry.add(write_tiny(folder / "two.gguf", seed=2))
        path = write_adapter(folder / "reader.gguf", seed=3)
        facts = ReaderFacts(
            "reader", "reader.gguf", "Reader", "mit", "a" * 64, "", holds, by_default
        )
        card = msgspec.structs.replace(
            read_adapter(path), id="reader", name="Reader", sha256="a" * 64, shipped=True
        )
        self.shelf = AdapterShelf(folder / "adapters", Shipped(card, facts), self.one.id)
        self.tone = self.shelf.add(write_adapter(folder / "tone.gguf", seed=1))
        self.registry.use(self.one.id)
        self.holder = ModelHolder(
            self.registry, ScriptedModel(), adapters=self.shelf,
            reliability=lambda card: Reliability(0.4, measured=True),
        )  # fmt: skip

    def used(self, **how):
        for _ in self.holder.ensure(threading.Event(), **how):
            pass
        return [one.id for one in self.holder.use().adapters]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_it_reads_passages_and_does_nothing_else(desk):
    assert desk.used(reading=True) == ["reader"]
    assert desk.used() == []
    assert desk.used(reading=True) == ["reader"]
    assert desk.used(reading=True, model=desk.two.id) == []


def test_one_that_does_not_win_is_put_on_by_hand_alone(tmp_path):
    desk = Desk(tmp_path, by_default=False)
    assert desk.used(reading=True) == []
    desk.shelf.attach(desk.one.id, [("reader", 1.0)])
    assert desk.used(reading=True) == ["reader"]
    assert desk.used() == []


def test_it_is_taken_off_and_put_on_again(desk):
    desk.shelf.attach(desk.one.id, [])
    assert desk.used(reading=True) == []
    assert AdapterShelf(desk.shelf.folder).attached(desk.one.id) == []
    desk.shelf.attach(desk.one.id, [("reader", 1.0), (desk.tone.id, 0.5)])
    assert desk.used(reading=True) == ["reader", desk.tone.id]
    assert desk.used() == [desk.tone.id]


def test_who_had_put_on_an_earlier_one_has_the_new_one_on(tmp_path):
    desk = Desk(tmp_path, by_default=False)
    desk.shelf.attach(desk.one.id, [("reader", 0.5), (desk.tone.id, 1.0)])
    shipped = desk.shelf._shipped
    facts = msgspec.structs.replace(shipped.facts, id="newer", replaces=["reader"])
    card = msgspec.structs.replace(shipped.card, id="newer")
    after = AdapterShelf(desk.shelf.folder, Shipped(card, facts), desk.one.id)
    assert after.attached(desk.one.id) == [("newer", 0.5), (desk.tone.id, 1.0)]
    assert after.resolve("reader").id == "newer"
    assert after.only_reads(after.attached(desk.one.id)[0][0])


def test_who_asks_for_it_by_name_gets_it_for_anything(desk):
    assert desk.used(adapters=[AdapterChoice(id="reader")]) == ["reader"]
    assert desk.used(adapters=[], reading=True) == []


def test_it_stands_first_on_the_shelf_and_stays_there(desk):
    assert [card.id for card in desk.shelf.list()] == ["reader", desk.tone.id]
    for change in (lambda: desk.shelf.remove("reader"), lambda: desk.shelf.declare("reader", [])):
        with pytest.raises(ComesWithCarrel, match="Reader comes with Carrel"):
            change()


def test_its_text_is_relied_on_by_what_was_measured(tmp_path):
    weak, strong = (Desk(tmp_path / name, holds) for name, holds in (("a", 0.5), ("b", 0.8)))
    assert not weak.holder.can_be_relied_on()
    assert strong.holder.can_be_relied_on()
    assert weak.holder.can_be_relied_on([AdapterChoice(id=weak.tone.id)])  # somebody put it on
    strong.shelf.attach(strong.one.id, [])
    assert not strong.holder.can_be_relied_on()  # the model alone


def test_the_one_in_the_box_is_what_its_card_says(starter):
    shipped = starter_adapter()
    assert shipped is not None
    card, facts = shipped.card, shipped.facts
    data = Path(card.path).read_bytes()
    assert hashlib.sha256(data).hexdigest() == facts.sha256 == card.sha256
    assert len(data) <= 20_000_000
    assert facts.base_sha256 == starter_facts().sha256
    assert pair(read_header(card.path), read_base(starter)).fits


def test_a_missing_or_broken_one_is_named(tmp_path, monkeypatch):
    card = shipped_adapter._folder() / "reader.toml"
    assert Path(state_of_reader()).name == shipped_adapter.reader_facts().file
    (tmp_path / "reader.toml").write_bytes(card.read_bytes())
    monkeypatch.setattr(shipped_adapter, "_folder", lambda: tmp_path)
    shipped_adapter.reader_facts.cache_clear()
    assert state_of_reader().startswith("not installed: ")
    assert starter_adapter() is None
    (tmp_path / shipped_adapter.reader_facts().file).write_bytes(b"GGUF and nothing more")
    assert state_of_reader().startswith("not to be used: ")
    assert starter_adapter() is None
