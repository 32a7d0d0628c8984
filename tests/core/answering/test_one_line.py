"""One line by the model about one document: only when the document supports it."""

import threading

import pytest

from carrel.answering.one_line import OneLiner
from carrel.fakes import ScriptedModel

from ..fake_core import FakeCore, write_samples

QUESTION = "Who bears the cost of repair of the heating boiler?"


@pytest.fixture
def line(profile, tmp_path):
    made = []

    def say(text):
        core = FakeCore(profile, ScriptedModel(lambda messages: text))
        made.append(core)
        core.library.add([str(write_samples(tmp_path / "docs"))])
        known = core.library.catalogue.known(str(tmp_path / "docs" / "lease.md"))
        hits = core.library.search_document(QUESTION, known.document_id, 5)
        one_line = OneLiner(core.library, core.model, core.settings)
        return one_line(QUESTION, hits, threading.Event())

    yield say
    for core in made:
        core.close()


def test_a_supported_sentence_is_given_and_only_the_first(line):
    said = line("The lessor bears the cost of repair of the heating boiler. And more besides.")
    assert said == "The lessor bears the cost of repair of the heating boiler."


@pytest.mark.parametrize(
    "text", ["Not in the passages.", "", "The mayor of Porto pays 900 dollars for the boats."]
)
def test_what_the_document_does_not_say_is_not_shown(line, text):
    assert line(text) == ""
