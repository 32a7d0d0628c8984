"""`carrel lock remember` and `forget-key`, and commands that open a profile with the kept key."""

import json
import os
import shutil

import pytest

from tests.core.fake_core import write_samples
from tests.core.test_cli import document, run

PASS, OTHER = "correct horse battery", "another horse battery"


@pytest.fixture(scope="module")
def locked(tmp_path_factory):
    """A locked profile with two documents, made once."""
    folder = tmp_path_factory.mktemp("locked")
    write_samples(folder / "docs")
    document(run(folder, "add", str(folder / "docs"), "--json"))
    new = os.environ | {"CARREL_NEW_PASSPHRASE": PASS}
    document(run(folder, "lock", "set", "--json", env=new))
    return folder


@pytest.fixture
def folder(locked, tmp_path):
    """A copy of it, without the pipe that a window would listen to."""
    return shutil.copytree(locked, tmp_path / "copy", ignore=shutil.ignore_patterns("raise"))


def remember(folder, monkeypatch):
    monkeypatch.setenv("CARREL_PASSPHRASE", PASS)
    said = document(run(folder, "lock", "remember", "--json"))
    monkeypatch.delenv("CARREL_PASSPHRASE")
    return said


def test_a_kept_key_opens_the_profile_until_it_is_forgotten(folder, secrets_of, monkeypatch):
    assert run(folder, "search", "boiler").returncode == 1
    assert remember(folder, monkeypatch) == {"encrypted": True, "remembered": True}
    assert "logged in as you" in run(folder, "lock").stdout
    assert document(run(folder, "search", "boiler", "--json"))["hits"]
    assert document(run(folder, "lock", "forget-key", "--json"))["remembered"] is False
    assert secrets_of.entries == {}
    assert run(folder, "search", "boiler").returncode == 1
    again = run(folder, "lock", "forget-key")
    assert (again.returncode, "keeps no key" in again.stderr) == (1, True)


def test_a_changed_passphrase_renews_the_key_and_a_removed_one_drops_it(
    folder, secrets_of, monkeypatch
):
    remember(folder, monkeypatch)
    monkeypatch.setenv("CARREL_PASSPHRASE", PASS)
    monkeypatch.setenv("CARREL_NEW_PASSPHRASE", OTHER)
    document(run(folder, "lock", "change", "--json"))
    monkeypatch.delenv("CARREL_PASSPHRASE")
    assert document(run(folder, "search", "boiler", "--json"))["hits"]
    monkeypatch.setenv("CARREL_PASSPHRASE", OTHER)
    removed = document(run(folder, "lock", "remove", "--json"))
    assert removed == {"encrypted": False, "remembered": False}
    assert secrets_of.entries == {}


def test_a_stale_key_is_said_dropped_and_the_passphrase_asked_for(folder, secrets_of, monkeypatch):
    remember(folder, monkeypatch)
    ((path, (attributes, _)),) = secrets_of.entries.items()
    secrets_of.entries[path] = (attributes, bytes(32).hex().encode())
    stale = run(folder, "search", "boiler", "--json")
    assert stale.returncode == 1
    assert "does not open this profile any more" in stale.stderr
    assert json.loads(stale.stdout)["error"]["what"] == "This profile is locked with a passphrase."
    assert secrets_of.entries == {}
    assert "keyring" not in run(folder, "search", "boiler").stderr


def test_without_a_keyring_remember_says_so_and_nothing_changes(folder, monkeypatch):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    monkeypatch.setenv("CARREL_PASSPHRASE", PASS)
    refused = run(folder, "lock", "remember")
    assert refused.returncode == 1
    assert "system keyring cannot be reached" in refused.stderr
    assert document(run(folder, "lock", "--json")) == {"encrypted": True, "remembered": False}
    monkeypatch.setenv("CARREL_PASSPHRASE", "not the passphrase")
    assert "passphrase is not right" in run(folder, "lock", "remember").stderr
