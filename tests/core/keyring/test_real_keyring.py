"""The same against a real GNOME Keyring on a session bus of its own, where both are installed."""

import os
import shutil
import subprocess
import sys

import pytest

NEEDED = ("dbus-run-session", "gnome-keyring-daemon")
SCRIPT = """
import sys
from pathlib import Path
from carrel.keyring.client import Keyring
keyring = Keyring(Path(sys.argv[1]))
assert keyring.reason() == "", keyring.reason()
keyring.keep(bytes(range(32)))
assert keyring.fetch() == bytes(range(32))
keyring.keep(bytes(32))
assert keyring.fetch() == bytes(32)
keyring.drop()
assert keyring.fetch() is None and not keyring.remembered
keyring.close()
print("well")
"""


@pytest.mark.skipif(
    not all(map(shutil.which, NEEDED)), reason="needs Debian's gnome-keyring and dbus"
)
def test_a_real_keyring_keeps_gives_and_forgets(tmp_path):
    start = 'printf secret | gnome-keyring-daemon --unlock --components=secrets >"$0" && exec "$@"'
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", start, str(tmp_path / "said"),
         sys.executable, "-I", "-c", SCRIPT, str(tmp_path / "marker")],
        capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"XDG_DATA_HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout == "well\n", done.stderr
