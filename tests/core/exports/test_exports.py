"""A conversation as Markdown, HTML and JSON: complete, checkable, and harmless."""

import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from carrel.desk.requests import Ask
from carrel.errors import UserError
from carrel.events import AdapterUse, Answer, Citation, LeftOut, ModelUse
from carrel.exports import files, gathering, markdown, notes, webpage, writing

from ..fake_core import FakeCore, write_samples

QUESTION = "Who bears the cost of repair of the heating boiler?"
EVIL = (
    '<img src="http://evil.example/x.png"> ![p](http://evil.example/y.png) [l](http://evil.example)'
    "\n# A heading\n[r]: http://evil.example\n<script>alert(1)</script> www.evil.example\x07"
)


@pytest.fixture
def core(profile, tmp_path):
    made = FakeCore(profile)
    made.library.add([str(write_samples(tmp_path / "docs"))], "Docs")
    yield made
    made.close()


def ask(core, question=QUESTION, **more):
    events = list(core.assistant.ask(Ask(question=question, **more)))
    return events[0]


def gather(core, talk=1, **more):
    return gathering.gather(core.conversations, core.library.catalogue, talk, **more)


def stored(core, answer, question="What?"):
    talk, turn = core.conversations.start_turn(0, question, "auto")
    core.conversations.save(turn, "complete", answer)
    return talk


def test_json_holds_everything_and_its_hashes_are_right(core, tmp_path):
    ask(core)
    made = json.loads(writing.rendered(gather(core), "json"))
    assert (made["format"], made["version"]) == ("carrel-conversation", 1)
    (turn,) = made["turns"]
    citation = turn["result"]["citations"][0]
    text, _ = core.library.catalogue.text(citation["document"])
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    (file,) = [one for one in made["documents"] if one["path"] == citation["document"]]
    data = (tmp_path / "docs" / "lease.md").read_bytes()
    assert file["sha256"] == hashlib.sha256(data).hexdigest()
    assert file["when_read"] == [hashlib.blake2b(data, digest_size=32).hexdigest()]
    assert file["state"] == "as read"
    assert turn["result"]["model"].keys() == {"id", "sha256", "adapters"}


def test_a_changed_a_moved_and_a_missing_file_are_said(core, tmp_path):
    ask(core)
    lease = tmp_path / "docs" / "lease.md"
    lease.rename(tmp_path / "docs" / "moved.md")
    core.library.sync()
    (file,) = [one for one in gather(core).documents if one.path == str(lease)]
    assert (file.now, file.state) == (str(tmp_path / "docs" / "moved.md"), "as read")
    assert "lies at" in writing.rendered(gather(core), "html").decode()
    (tmp_path / "docs" / "moved.md").write_text("Something else.")
    core.library.sync()
    assert {one.path: one.state for one in gather(core).documents}[str(lease)] == "changed"
    (tmp_path / "docs" / "moved.md").unlink()
    (file,) = [one for one in gather(core).documents if one.path == str(lease)]
    assert (file.state, file.sha256) == ("missing", None)
    assert "not there any more" in writing.rendered(gather(core), "markdown").decode()


def test_the_path_that_is_read_is_exported_and_all_branches_on_request(core):
    first = ask(core)
    ask(core, "Who repairs the lift?", conversation_id=1, branch_of=first.turn_id)
    assert [turn.question for turn in gather(core).turns] == ["Who repairs the lift?"]
    everything = gather(core, all_branches=True)
    assert [turn.id for turn in everything.turns] == [1, 2]
    assert everything.path == [2]
    page = writing.rendered(everything, "html").decode()
    assert "Branch 1 of 2" in page
    assert "Branch 2 of 2" in page


def test_notes_are_numbered_with_file_page_quote_and_hash(core, tmp_path):
    path = str(tmp_path / "docs" / "lease.md")
    citation = Citation(
        n=1, passage_id=1, document=path, page=3, quote="The lessor\npays.", start=10, end=26,
        answer_start=0, answer_end=16, support=0.9,
    )  # fmt: skip
    model = ModelUse(
        id="tiny", sha256="ab" * 32, adapters=[AdapterUse(id="law", sha256="cd" * 32, scale=0.5)]
    )
    answer = Answer(
        answer="The lessor pays. It is 7 euros.", origin="files", verdict="answered",
        citations=[citation], unsupported=[(17, 31)], model=model,
        left_out=[LeftOut(kind="turn", id=1, tokens=9), LeftOut(kind="passage", id=2, tokens=9)],
    )  # fmt: skip
    export = gather(core, stored(core, answer))
    digest = hashlib.sha256((tmp_path / "docs" / "lease.md").read_bytes()).hexdigest()
    for text in (markdown.as_markdown(export), webpage.as_html(export)):
        plain = re.sub(r"<[^>]*>", "", text).replace("\\", "")
        assert "The lessor pays." in plain
        assert "pays. [1]" in plain or "pays.[1]" in plain
        assert f"[1] {path}, page 3, characters 10–26" in plain
        assert "“The lessor pays.”" in plain
        assert digest in plain
        assert "ab" * 32 in plain
        assert f"Adapter law × 0.5, SHA-256 {'cd' * 32}" in plain
        assert "not found in the files" in plain
        assert "Left out of the prompt: 1 passages, 1 earlier turns." in plain


@pytest.mark.parametrize("answer", ["", "a", "One. Two.  Three.", "émoji 🔥 x"])
def test_pieces_are_the_answer(answer):
    spans = [(0, 1), (3, 40)] if len(answer) > 4 else []
    made = Answer(answer=answer, origin="files", verdict="answered", unsupported=spans)
    assert "".join(piece.text for piece in notes.pieces(made)) == answer


class Loads(HTMLParser):
    """Notes every tag and attribute that could load or run something."""

    def __init__(self):
        super().__init__()
        self.tags = set()
        self.bad = []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("src", "srcset", "background", "data", "action") or name.startswith("on"):
                self.bad.append((tag, name))
            if name == "href" and not (value or "").startswith("#"):
                self.bad.append((tag, value))


def evil(core):
    answer = Answer(answer=EVIL, origin="model", verdict="from_model")
    return gather(core, stored(core, answer, EVIL))


def test_html_loads_nothing_whatever_was_said(core):
    page = webpage.as_html(evil(core))
    found = Loads()
    found.feed(page)
    assert found.bad == []
    assert found.tags <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "b", "a", "sup", "span",
    }  # fmt: skip
    assert "default-src 'none'" in page
    assert "\x07" not in page


def test_markdown_loads_nothing_whatever_was_said(core):
    text = markdown.as_markdown(evil(core))
    for sign in ("<", "["):
        assert re.search(rf"(?<!\\)\{sign}", text) is None, sign
    assert "://" not in text
    assert not re.search(r"^# A heading", text, re.MULTILINE)
    assert "www.evil" not in text


def test_code_stays_code_and_cannot_be_left():
    text = "Do:\n```python\na[0] < b\n```\nand\n```\nnever ended ````\n![x](y)"
    shown = markdown.escaped(text)
    assert "a[0] < b" in shown
    assert shown.endswith("`````\nnever ended ````\n![x](y)\n`````")


def test_a_file_is_overwritten_only_by_force(core, tmp_path):
    ask(core)
    export = gather(core)
    path = str(tmp_path / "talk.md")
    data = writing.rendered(export, "markdown")
    done = writing.write(export, "markdown", data, path, force=False)
    assert (done.bytes, done.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    with pytest.raises(UserError, match="exists already"):
        writing.write(export, "markdown", b"other", path, force=False)
    assert (tmp_path / "talk.md").read_bytes() == data
    writing.write(export, "markdown", b"other", path, force=True)
    assert (tmp_path / "talk.md").read_bytes() == b"other"
    for place in (tmp_path, tmp_path / "talk.md" / "x", tmp_path / "no" / "x", "/proc/x"):
        with pytest.raises(UserError, match="cannot be written"):
            writing.write(export, "markdown", data, str(place), force=False)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["docs", "profile", "talk.md"]


def test_a_disk_that_fills_leaves_nothing_behind(core, tmp_path, monkeypatch):
    def full(_fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(UserError, match="disk is full"):
        files.write_new(str(tmp_path / "talk.md"), b"x", force=False)
    assert not (tmp_path / "talk.md").exists()


def test_a_conversation_that_is_gone_and_a_pdf_are_sentences(core):
    with pytest.raises(UserError, match="no conversation 9"):
        gather(core, 9)
    ask(core)
    with pytest.raises(UserError, match="window's part"):
        writing.rendered(gather(core), "pdf")
