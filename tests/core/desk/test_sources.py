"""A citation's highlight in files that were edited, moved or deleted since: right or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from carrel.desk.requests import Ask, SourceView, ViewSource
from carrel.desk.sources import Sources
from carrel.events import Answered, Citation
from carrel.reading.inline import InlineReader
from tests.core.fake_core import FakeCore, write_samples

QUESTION = "Who bears the cost of repair of the heating boiler?"


@pytest.fixture
def cited(profile, tmp_path):
    """A core, the folder of its documents, and a citation of an answer."""
    core = FakeCore(profile)
    folder = write_samples(tmp_path / "docs")
    core.library.add([str(folder)], "Docs")
    end = list(core.assistant.ask(Ask(question=QUESTION)))[-1]
    assert isinstance(end, Answered)
    yield core, folder, end.result.citations[0]
    core.close()


def view(core: FakeCore, citation: Citation) -> SourceView:
    request = ViewSource(
        document=citation.document, start=citation.start, end=citation.end,
        quote=citation.quote,
    )  # fmt: skip
    return Sources(core.library.catalogue, InlineReader()).view(request)[0]


def marked(found: SourceView) -> str:
    return found.text[found.mark_start : found.mark_end]


def test_an_unchanged_source_is_marked_where_it_was(cited) -> None:
    core, _, citation = cited
    found = view(core, citation)
    assert (found.state, marked(found)) == ("stands", citation.quote)


@pytest.mark.parametrize("synced", [False, True])
def test_in_an_edited_source_the_quote_is_marked_at_its_new_place(cited, synced) -> None:
    core, folder, citation = cited
    path = folder / "lease.md"
    path.write_text("# A new beginning\n\nMore words.\n\n" + path.read_text(), encoding="utf-8")
    if synced:
        core.library.sync()
    found = view(core, citation)
    assert (found.state, marked(found)) == ("moved", citation.quote)
    assert "changed" in found.note


@pytest.mark.parametrize("synced", [False, True])
def test_a_sentence_that_was_changed_is_not_marked(cited, synced) -> None:
    core, folder, citation = cited
    path = folder / "lease.md"
    path.write_text(path.read_text().replace("lessor", "lessee"), encoding="utf-8")
    if synced:
        core.library.sync()
    found = view(core, citation)
    assert (found.state, marked(found)) == ("changed", "")
    assert "no longer in it" in found.note


def test_a_moved_source_is_marked_where_it_is_now(cited) -> None:
    core, folder, citation = cited
    (folder / "old").mkdir()
    (folder / "lease.md").rename(folder / "old" / "contract.md")
    core.library.sync()
    found = view(core, citation)
    assert marked(found) == citation.quote
    assert Path(found.document) == folder / "old" / "contract.md"


@pytest.mark.parametrize("synced", [False, True])
def test_a_deleted_source_is_shown_as_it_was_and_said_to_be_gone(cited, synced) -> None:
    core, folder, citation = cited
    (folder / "lease.md").unlink()
    if synced:
        core.library.sync()
    found = view(core, citation)
    assert (found.state, marked(found)) == ("missing", citation.quote)
    assert "no longer there" in found.note
