"""The key in the system keyring: kept, fetched, dropped, and every way in which that fails."""

import sys

import msgspec
import pytest

from carrel.errors import UserError
from carrel.keyring.client import Keyring
from carrel.process.child import Child
from carrel.process.probing import ProbeResult, ProbeSelf

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the Secret Service is Linux's"
)
KEY = bytes(range(32))


@pytest.fixture
def keyring(tmp_path):
    made = Keyring(tmp_path / "keyring")
    yield made
    made.close()


def test_a_key_is_kept_fetched_replaced_and_dropped(secrets_of, keyring, tmp_path):
    assert keyring.reason() == ""
    assert not keyring.remembered
    assert keyring.fetch() is None
    keyring.keep(KEY)
    assert keyring.remembered
    assert (tmp_path / "keyring").stat().st_mode & 0o777 == 0o600
    assert Keyring(tmp_path / "keyring").remembered  # another start of the program
    assert keyring.fetch() == KEY
    keyring.keep(KEY[::-1])
    assert keyring.fetch() == KEY[::-1]
    assert len(secrets_of.entries) == 1
    keyring.drop()
    assert secrets_of.entries == {}
    assert not keyring.remembered


def test_an_entry_names_a_random_profile_and_no_place(secrets_of, keyring, tmp_path):
    keyring.keep(KEY)
    other = Keyring(tmp_path / "other")
    other.keep(KEY)
    other.close()
    attributes = [found for found, _ in secrets_of.entries.values()]
    assert [set(one) for one in attributes] == [{"application", "profile"}] * 2
    assert attributes[0]["profile"] != attributes[1]["profile"]
    assert not any("/" in text for one in attributes for text in one.values())
    assert all(label.startswith("Carrel profile ") for label in secrets_of.labels)


def test_a_key_that_went_away_is_none(secrets_of, keyring):
    keyring.keep(KEY)
    secrets_of.entries.clear()
    assert keyring.fetch() is None
    keyring.drop()  # nothing to drop there is no error
    assert not keyring.remembered


def test_an_entry_that_holds_something_else_is_none(secrets_of, keyring):
    keyring.keep(KEY)
    ((path, (attributes, _)),) = secrets_of.entries.items()
    secrets_of.entries[path] = (attributes, b"not hexadecimal")
    assert keyring.fetch() is None


def test_a_keyring_that_stays_closed_is_said(secrets_of, keyring):
    keyring.keep(KEY)
    secrets_of.locked = True
    for call in (keyring.fetch, keyring.drop, lambda: keyring.keep(KEY)):
        with pytest.raises(UserError, match="stayed closed") as caught:
            call()
        assert caught.value.code == "keyring_refused"
    assert keyring.remembered


def test_a_first_key_that_could_not_be_kept_leaves_nothing(secrets_of, keyring, tmp_path):
    secrets_of.locked = True
    with pytest.raises(UserError):
        keyring.keep(KEY)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address", [None, "unix:path=/nowhere/bus", "tcp:host=127.0.0.1,port=4", "nonsense"]
)
def test_without_a_session_bus_one_sentence_says_so(keyring, monkeypatch, address):
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    if address is not None:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    assert "system keyring" in keyring.reason()
    with pytest.raises(UserError) as caught:
        keyring.keep(KEY)
    assert caught.value.code == "no_keyring"


def test_a_bus_without_a_keyring_is_said(secrets_of, keyring):
    secrets_of.offered = False
    assert keyring.reason() == "No program on this computer offers a system keyring."


def test_a_marker_that_is_damaged_counts_as_none(secrets_of, keyring, tmp_path):
    (tmp_path / "keyring").write_bytes(b"\xff\xfe nothing of ours")
    assert not keyring.remembered
    assert keyring.fetch() is None


def test_the_process_opens_local_sockets_alone_and_starts_no_program():
    child = Child("keyring")
    try:
        (frame,) = child.ensure().call(ProbeSelf(), timeout=20)
    finally:
        child.close()
    found = msgspec.json.decode(bytes(frame.body), type=ProbeResult)
    rows = {row.attempt: row for row in found.rows}
    assert found.confined == "window"
    assert not any(row.allowed and row.must_refuse for row in found.rows)
    assert rows["start a program"].outcome == "refused by the kernel"
    assert rows["open a local (AF_UNIX) socket"].allowed
