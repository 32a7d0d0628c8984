"""Keeping the library from the command line: sync, rules, retry, pause, forget, verify, rebuild."""

import json
import os

import pytest

from .fake_core import write_samples
from .test_cli import document, run


@pytest.fixture
def folder(tmp_path):
    write_samples(tmp_path / "docs")
    document(run(tmp_path, "add", str(tmp_path / "docs"), "--json"))
    return tmp_path


def test_sync_rules_and_left_out(folder):
    (folder / "docs" / "boats.txt").write_text("Boats are moored at the pier.")
    os.rename(folder / "docs" / "travel.txt", folder / "docs" / "trips.txt")
    done = document(run(folder, "sync", "--json"))
    assert (done["new"], done["moved"], done["unchanged"], done["away"]) == (1, 1, 1, [])
    ruled = document(run(folder, "rules", "docs", "--add", "trips.*", "--json"))
    assert ruled["rules"]["patterns"] == ["trips.*"]
    assert document(run(folder, "sync", "docs", "--json"))["documents"] == 2
    (row,) = document(run(folder, "left-out", "--json"))["left_out"]
    assert (row["code"], row["collection"]) == ("pattern", "docs")
    assert row["path"] == str(folder / "docs" / "trips.txt")
    unknown = run(folder, "rules", "docs", "--remove", "x")
    assert (unknown.returncode, unknown.stderr.count("There is no rule x")) == (1, 1)


def test_forget_asks_first_and_leaves_the_files(folder):
    path = str(folder / "docs" / "travel.txt")
    asked = run(folder, "forget", path)
    assert asked.returncode == 1
    assert "Carrel forgets 1 document" in asked.stderr
    assert "--yes" in asked.stderr
    done = document(run(folder, "forget", path, "--yes", "--json"))
    assert (done["documents"], done["conversations"]) == (1, 0)
    assert os.path.exists(path)
    assert document(run(folder, "sync", "--json"))["documents"] == 1
    again = run(folder, "forget", path, "--yes", "--json")
    assert again.returncode == 1
    assert "not in the library" in json.loads(again.stdout)["error"]["what"]
    everything = document(run(folder, "forget", "--everything", "--yes", "--json"))
    assert everything["documents"] == 1
    assert document(run(folder, "collections", "--json"))["collections"] == []


def test_verify_finds_damage_and_rebuild_mends_it(folder):
    assert document(run(folder, "verify", "--json"))["ok"]
    done = document(run(folder, "rebuild", "--json"))
    assert done["documents"] == 2
    assert "ok" in run(folder, "verify").stdout


def test_retry_and_pause(folder):
    path = str(folder / "docs" / "lease.md")
    assert document(run(folder, "retry", path, "--json"))["changed"] == 1
    assert document(run(folder, "pause", "--json")) == {"paused": True}
    assert document(run(folder, "resume", "--json")) == {"paused": False}
    assert run(folder, "retry", "/nothing").returncode == 1
