"""The command line as scripts see it: one JSON document, exit codes, sentences, and the lock."""

import json
import os
import subprocess
import sys
import threading

import msgspec
import pytest

from carrel.engine.holder import ModelHolder
from carrel.engine.rates import Rates
from carrel.fakes import ScriptedModel
from carrel.process.instance import Instance
from carrel.profile import Profile
from carrel_models.registry import Registry

from .fake_core import write_samples

CARREL = [sys.executable, "-I", "-m", "carrel_desktop"]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A profile with two documents, made once by the real command."""
    folder = tmp_path_factory.mktemp("cli")
    write_samples(folder / "docs")
    (folder / "docs" / "broken.pdf").write_bytes(b"%PDF-1.7 nothing more")
    done = run(folder, "add", str(folder / "docs"), "--json")
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout)


def run(folder, *words, **more):
    return subprocess.run(
        [*CARREL, "--profile", str(folder / "profile"), "--fakes", *words],
        capture_output=True, text=True, timeout=100, check=False, **more,
    )  # fmt: skip


def document(done):
    """The one JSON document of a successful command."""
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return json.loads(done.stdout)


def test_add_says_what_it_did(library):
    _folder, added = library
    assert set(added) == {
        "collection", "documents", "passages", "skipped", "seconds", "searchable_seconds",
    }  # fmt: skip
    assert (added["collection"], added["documents"]) == ("docs", 2)
    assert [s["code"] for s in added["skipped"]] == ["broken"]


def test_search_gives_passages_word_for_word(library):
    folder, _ = library
    found = document(run(folder, "search", "who pays for the boiler", "-k", "3", "--json"))
    assert set(found) == {"query", "hits", "milliseconds"}
    hit = found["hits"][0]
    assert set(hit) == {
        "rank", "score", "passage_id", "document", "title", "headings", "page", "start", "end",
        "text", "signals",
    }  # fmt: skip
    assert set(hit["signals"]) == {"keyword_rank", "vector_rank", "cosine"}
    text = document(run(folder, "text", hit["document"], "--json"))
    assert text["text"][hit["start"] : hit["end"]] == hit["text"]


def test_ask_answers_with_citations(library):
    folder, _ = library
    answer = document(run(folder, "ask", "Who bears the cost of repair of the boiler?", "--json"))
    assert set(answer) == {
        "answer", "origin", "verdict", "citations", "unsupported", "verbatim", "passages", "model",
        "timings", "left_out", "thinking", "offered", "conversation", "turn",
    }  # fmt: skip
    assert (answer["verdict"], answer["origin"]) == ("answered", "files")
    citation = answer["citations"][0]
    assert citation["n"] == 1
    text = document(run(folder, "text", citation["document"], "--json"))["text"]
    assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_not_found_is_no_error(library):
    folder, _ = library
    answer = document(run(folder, "ask", "What is the password of the archive?", "--json"))
    assert (answer["verdict"], answer["answer"]) == ("not_found", "")


def test_people_read_what_was_searched_when_nothing_was_found(library):
    folder, _ = library
    done = run(folder, "ask", "What is the capital of Mongolia?", "--mode", "files")
    assert "Not in your files. Searched: 2 documents." in done.stdout


def test_without_generated_text_the_files_own_sentences_are_the_answer(library):
    folder, _ = library
    words = ("ask", "Who bears the cost of repair of the boiler?", "--generated", "never")
    answer = document(run(folder, *words, "--json"))
    assert (answer["verdict"], answer["origin"], answer["offered"]) == ("answered", "files", True)
    assert answer["model"] is None
    for one in answer["citations"]:
        said = answer["answer"][one["answer_start"] : one["answer_end"]]
        assert said == " ".join(one["quote"].split())
    done = run(folder, *words)
    assert done.stdout.count("lessor shall bear the cost") == 1  # quoted once, not twice
    assert "--generated always" in done.stderr


def test_people_read_words_not_json(library):
    folder, _ = library
    done = run(folder, "ask", "Who bears the cost of repair of the boiler?")
    assert done.returncode == 0
    assert "lessor shall bear" in done.stdout
    assert "lease.md" in done.stdout
    assert "[1]" in done.stdout


def test_lists_are_complete(library):
    folder, _ = library
    (collection,) = document(run(folder, "collections", "--json"))["collections"]
    assert (collection["documents"], collection["state"]) == (3, "in sync")
    rows = document(run(folder, "documents", "--json"))["documents"]
    assert {(os.path.basename(r["path"]), r["status"]) for r in rows} == {
        ("lease.md", "indexed"), ("travel.txt", "indexed"), ("broken.pdf", "failed"),
    }  # fmt: skip
    failed = document(run(folder, "documents", "--status", "failed", "--json"))["documents"]
    assert [r["reason"] != "" for r in failed] == [True]


def test_a_batch_goes_on_after_a_bad_line(library, tmp_path):
    folder, _ = library
    lines = [
        '{"id": 1, "question": "who pays for the boiler"}',
        "not json",
        '{"id": "three", "question": "hotel night", "collection": "docs"}',
        '{"id": 4, "question": "x", "collection": "nothing"}',
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(lines))
    out = tmp_path / "out.jsonl"
    for command in ("search", "ask"):
        batch = ["--batch", str(tmp_path / "in.jsonl"), "--out", str(out)]
        assert run(folder, command, *batch).returncode == 0
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        assert [row["id"] for row in rows] == [1, None, "three", 4]
        assert ["error" in row for row in rows] == [False, True, False, True]


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["add", "/nowhere/at/all"], 1),
        (["text", "/nowhere.txt"], 1),
        (["ask", ""], 1),
        (["ask", "boiler", "--collection", "nothing"], 1),
        (["models", "use", "nothing"], 1),
        (["models", "add", "/nowhere.gguf"], 1),
        (["fly"], 2),
        (["search", "x", "-k", "0"], 2),
    ],
)
def test_errors_are_one_sentence_and_a_status(library, words, status):
    folder, _ = library
    done = run(folder, *words, "--json")
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    if status == 1:
        error = json.loads(done.stdout)["error"]
        assert error["what"].endswith((".", "?"))
        assert error["what_to_do"]


def test_beside_an_open_window_reading_works_and_writing_says_who_holds_it(library):
    folder, _ = library
    with Instance.acquire(folder / "profile", "the window"):
        assert document(run(folder, "search", "boiler", "--json"))["hits"]
        answer = run(folder, "ask", "Who bears the cost of repair of the boiler?", "--json")
        assert document(answer)["verdict"] == "answered"
        assert "not saved" in answer.stderr
        refused = run(folder, "add", str(folder / "docs"), "--json")
        assert refused.returncode == 1
        assert "the window (process" in json.loads(refused.stdout)["error"]["what"]


def test_privacy_shows_every_process(library):
    folder, _ = library
    report = document(run(folder, "privacy", "--json"))
    assert report["confined"]
    assert {row["process"] for row in report["rows"]} >= {"window", "desk", "reader"}
    assert not any(row["allowed"] for row in report["rows"])


def test_doctor_names_versions_and_storage(library):
    folder, _ = library
    facts = document(run(folder, "doctor", "--json"))
    assert facts["packages"]["lancedb"] != "not installed"
    assert facts["storage"]["documents"] == 2
    assert "cpu" in {one["kind"] for one in facts["engine"]["devices"]}
    assert facts["engine"]["warnings"] == []
    assert facts["memory"]["exact"]
    assert facts["memory"]["devices"][0]["weights"] > 98_000_000


class Measured(ScriptedModel):
    """A scripted model whose speed was measured."""

    def loaded(self):
        rates = {"prefill_tokens_per_s": 123.5, "generation_tokens_per_s": 45.0}
        return super().loaded() and msgspec.structs.replace(super().loaded(), **rates)


def test_doctor_shows_how_fast_the_model_is_here(library):
    folder, _ = library
    profile = Profile.at(folder / "profile")
    assert "first loaded" in document(run(folder, "doctor", "--json"))["rates"]
    holder = ModelHolder(Registry(profile.models), Measured(), rates=Rates(profile.rates))
    assert list(holder.ensure(threading.Event()))
    assert document(run(folder, "doctor", "--json"))["rates"] == {
        "prefill": 123.5, "generation": 45.0, "together": 1,
    }  # fmt: skip


def test_a_model_is_shown_with_what_it_takes(library):
    folder, _ = library
    model_id = document(run(folder, "doctor", "--json"))["model"]
    shown = document(run(folder, "models", "show", model_id, "--json"))
    (row,), memory = shown["models"], shown["memory"]
    assert row["fits"] == "yes"
    assert memory["exact"]
    assert memory["context"] == 4096
    text = run(folder, "models", "show", model_id).stdout
    assert "llama.cpp's dry run" in text
    assert " weights + " in text


def test_a_profile_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "profile").write_text("a file stands in the way")
    done = run(tmp_path, "collections", "--json")
    assert done.returncode == 1
    assert "cannot be used" in json.loads(done.stdout)["error"]["what"]


def test_a_damaged_database_is_a_sentence(tmp_path):
    (tmp_path / "profile").mkdir()
    (tmp_path / "profile" / "carrel.db").write_bytes(b"rubbish" * 1000)
    done = run(tmp_path, "collections", "--json")
    assert done.returncode == 1
    assert "damaged" in json.loads(done.stdout)["error"]["what"]


def test_demo_answers_from_the_samples(tmp_path):
    answer = document(run(tmp_path, "demo", "--json"))
    assert answer["verdict"] == "answered"
    assert answer["citations"]
    assert not (tmp_path / "profile").exists()
