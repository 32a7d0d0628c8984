"""`carrel lock` from the command line, and commands on a locked profile."""

import json

import pytest

from .fake_core import write_samples
from .test_cli import document, run

PASS = {"CARREL_PASSPHRASE": "correct horse battery"}


@pytest.fixture
def folder(tmp_path):
    write_samples(tmp_path / "docs")
    document(run(tmp_path, "add", str(tmp_path / "docs"), "--json"))
    return tmp_path


def test_set_use_and_remove(folder, monkeypatch):
    assert "carrel lock set" in run(folder, "lock").stdout
    assert run(folder, "lock", "remove").returncode == 1
    assert "CARREL_NEW_PASSPHRASE" in run(folder, "lock", "set").stderr
    monkeypatch.setenv("CARREL_NEW_PASSPHRASE", PASS["CARREL_PASSPHRASE"])
    assert document(run(folder, "lock", "set", "--json")) == {
        "encrypted": True,
        "remembered": False,
    }
    monkeypatch.delenv("CARREL_NEW_PASSPHRASE")
    locked = run(folder, "search", "boiler", "--json")
    assert locked.returncode == 1
    assert "locked with a passphrase" in json.loads(locked.stdout)["error"]["what"]
    monkeypatch.setenv("CARREL_PASSPHRASE", "not the passphrase")
    wrong = run(folder, "search", "boiler")
    assert (wrong.returncode, wrong.stderr.count("passphrase is not right")) == (1, 1)
    monkeypatch.setenv("CARREL_PASSPHRASE", PASS["CARREL_PASSPHRASE"])
    hits = document(run(folder, "search", "boiler", "--json"))["hits"]
    assert hits[0]["document"].endswith("lease.md")
    assert run(folder, "lock", "set").returncode == 1
    assert document(run(folder, "lock", "remove", "--json")) == {
        "encrypted": False,
        "remembered": False,
    }
    monkeypatch.delenv("CARREL_PASSPHRASE")
    assert document(run(folder, "search", "boiler", "--json"))["hits"] == hits
