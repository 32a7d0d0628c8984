"""`carrel conversations` as scripts see it, and a question that goes on in a conversation."""

import json

import pytest

from carrel.desk.requests import Ask
from carrel.profile import Profile

from .fake_core import FakeCore, write_samples
from .test_cli import document, run

QUESTION = "Who bears the cost of repair of the heating boiler?"


@pytest.fixture(scope="module")
def talks(tmp_path_factory):
    """A profile with a conversation of two turns, the first of them asked twice."""
    folder = tmp_path_factory.mktemp("talks")
    profile = Profile.at(folder / "profile")
    profile.create()
    core = FakeCore(profile)
    core.library.add([str(write_samples(folder / "docs"))], "docs")
    for wish in (
        Ask(question=QUESTION),
        Ask(question="And small repairs?", conversation_id=1),
        Ask(question=QUESTION, conversation_id=1, branch_of=1),
    ):
        list(core.assistant.ask(wish))
    core.close()
    return folder


def talk(folder, *words):
    return run(folder, "conversations", *words)


def test_list_show_search_and_branch(talks):
    (row,) = document(talk(talks, "--json"))["conversations"]
    assert (row["id"], row["title"], row["turns"]) == (1, QUESTION, 3)
    shown = document(talk(talks, "show", "1", "--json"))
    assert [(turn["id"], turn["branches"]) for turn in shown["turns"]] == [(3, [1, 3])]
    everything = document(talk(talks, "show", "1", "--all-branches", "--json"))
    assert len(everything["turns"]) == 3
    back = document(talk(talks, "branch", "1", "--json"))
    assert [turn["id"] for turn in back["turns"]] == [1, 2]
    found = document(talk(talks, "search", "small", "repairs", "--json"))
    hit = found["hits"][0]
    assert (hit["conversation_id"], hit["turn_id"], hit["part"]) == (1, 2, "question")
    assert [hit["snippet"][a:b] for a, b in hit["marks"]] == ["small", "repairs"]
    for words in ((), ("show", "1"), ("search", "repairs")):
        assert QUESTION in talk(talks, *words).stdout


def test_names_pins_and_folders(talks):
    row = document(talk(talks, "rename", "1", "Boiler", "money", "--json"))["conversation"]
    assert row["title"] == "Boiler money"
    assert document(talk(talks, "pin", "1", "--json"))["conversation"]["pinned"] is True
    assert document(talk(talks, "unpin", "1", "--json"))["conversation"]["pinned"] is False
    assert (
        document(talk(talks, "move", "1", "Leases", "--json"))["conversation"]["folder"] == "Leases"
    )
    listed = document(talk(talks, "list", "--folder", "Leases", "--json"))["conversations"]
    assert [one["id"] for one in listed] == [1]
    assert document(talk(talks, "list", "--folder", "", "--json"))["conversations"] == []
    assert document(talk(talks, "move", "1", "--json"))["conversation"]["folder"] == ""


def test_exports_of_every_format(talks):
    for format, begins in (("markdown", b"# "), ("html", b"<!DOCTYPE"), ("json", b"{"),
                           ("pdf", b"%PDF-")):  # fmt: skip
        path = talks / f"talk.{format}"
        done = document(
            talk(talks, "export", "1", "--format", format, "--out", str(path), "--json")
        )
        assert (done["path"], done["format"]) == (str(path), format)
        data = path.read_bytes()
        assert data.startswith(begins)
        assert len(data) == done["bytes"]
        again = talk(talks, "export", "1", "--format", format, "--out", str(path))
        assert (again.returncode, "exists already" in again.stderr) == (1, True)
        assert path.read_bytes() == data
    path = talks / "talk.markdown"
    path.write_text("old")
    document(talk(talks, "export", "1", "--out", str(path), "--force", "--json"))
    assert path.read_text().startswith("# ")
    printed = talk(talks, "export", "1", "--format", "json")
    assert json.loads(printed.stdout)["format"] == "carrel-conversation"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "77"), "There is no conversation 77"),
        (("show",), "Name the number of a conversation"),
        (("show", "9" * 40), "is not the number of a conversation"),
        (("show", "-1"), "is not the number"),
        (("branch", "77"), "There is no turn 77"),
        (("rename", "1"), "There is no title"),
        (("rename", "1", "x" * 10_000), "The title has 10,000 characters"),
        (("move", "1", "x" * 10_000), "The folder has 10,000 characters"),
        (("move", "1", "a\x1b[31mb"), "characters that cannot be shown"),
        (("search",), "nothing to search for"),
        (("export", "77", "--out", "x.md"), "There is no conversation 77"),
        (("export", "1", "--out", "/nowhere/x.md"), "cannot be written"),
        (("export", "1", "--format", "pdf"), "needs a file"),
        (("delete", "1"), "Carrel forgets 1 conversation"),
    ],
)
def test_bad_input_is_one_sentence(talks, words, sentence):
    done = talk(talks, *words)
    assert done.returncode in (1, 2)
    assert sentence in done.stderr or "unrecognized arguments: -1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_script_branches_and_deletes(talks):
    words = ("ask", QUESTION, "--conversation", "1", "--branch-of", "2", "--json")
    assert document(run(talks, *words))["conversation"] == 1
    number = document(run(talks, "ask", "Hello there", "--json"))["conversation"]
    assert number > 1
    assert document(talk(talks, "delete", str(number), "--yes", "--json"))["conversations"] == 1
    assert "no conversation" in talk(talks, "show", str(number)).stderr
    assert document(run(talks, "ask", "Hello", "--no-trace", "--json"))["conversation"] is None
