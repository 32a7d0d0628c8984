"""A summary is the document's own sentences, section by section, each with its place."""

import pytest

from carrel.answering import summarizing
from carrel.answering.summarizing import sections_of, summarize
from carrel.errors import UserError

from ..fake_core import FakeCore, write_samples


@pytest.fixture
def core(profile):
    made = FakeCore(profile)
    yield made
    made.close()


def test_every_line_stands_word_for_word_in_its_section(core, tmp_path):
    folder = write_samples(tmp_path / "docs")
    core.library.add([str(folder)])
    path = str(folder / "lease.md")
    *lines, end = summarize(core.library, path)
    text, _ = core.library.catalogue.text(path)
    assert all(text[line.start : line.end] == line.text for line in lines)
    assert [line.headings[-1] for line in lines] == ["Boiler", "Small repairs"]
    assert "heating boiler" in lines[0].text
    assert (end.sections, end.lines) == (2, 2)


def test_the_telling_sentence_is_chosen_and_long_sections_have_more(core, tmp_path):
    filler = [f"Clause {i} speaks of item {i} and nothing else at all." for i in range(60)]
    telling = "The pump pressure must stay at two bar while the pump runs."
    filler[30:30] = [telling, "Pump pressure above two bar bursts the pump."]
    (tmp_path / "a.txt").write_text("The pump needs care.\n\n" + " ".join(filler))
    core.library.add([str(tmp_path / "a.txt")])
    *lines, _ = summarize(core.library, str(tmp_path / "a.txt"))
    assert 2 <= len(lines) <= summarizing.MOST_LINES
    assert [line.start for line in lines] == sorted(line.start for line in lines)
    assert len({line.text for line in lines}) == len(lines)


def test_deep_headings_are_joined_under_their_parents(core, tmp_path):
    parts = [f"## Part {p}\n\n### Item {i}\n\nItem {i} of part {p} is described here at length."
             for p in range(20) for i in range(5)]  # fmt: skip
    (tmp_path / "a.md").write_text("# Book\n\n" + "\n\n".join(parts))
    core.library.add([str(tmp_path / "a.md")])
    known = core.library.catalogue.known(str(tmp_path / "a.md"))
    passages = core.library.catalogue.passages_of(known.document_id)
    sections = sections_of(passages)
    assert len(sections) == 20
    assert [p for section in sections for p in section.passages] == passages


def test_what_has_no_text_says_why(core, tmp_path):
    (tmp_path / "blank.txt").write_text(" ")
    core.library.add([str(tmp_path / "blank.txt")])
    for path, words in (
        ("/nowhere.txt", "not in the library"),
        (tmp_path / "blank.txt", "no text"),
    ):
        with pytest.raises(UserError, match=words):
            list(summarize(core.library, str(path)))
