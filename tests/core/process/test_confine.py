"""The filter refuses what it promises; without it the same attempts succeed."""

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")

CODE = """
import json, sys
from carrel.process import confine
before = [a._asdict() for a in confine.probe()]
if sys.argv[1] != "none":
    assert getattr(confine, "confine_" + sys.argv[1])()
import threading
after = []
t = threading.Thread(target=lambda: after.extend(a._asdict() for a in confine.probe()))
t.start(); t.join()
import socket
a, b = socket.socketpair(); a.send(b"x"); assert b.recv(1) == b"x"
print(json.dumps([before, after]))
"""


def probe(kind):
    done = subprocess.run(
        [sys.executable, "-I", "-c", CODE, kind], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def allowed(rows):
    return {row["attempt"] for row in rows if row["allowed"]}


def test_an_unconfined_process_can_open_sockets():
    _, after = probe("none")
    assert "open a TCP socket (IPv4)" in allowed(after)
    assert "open a local datagram pair" in allowed(after)


def test_the_desk_opens_nothing_and_pairs_still_work():
    _, after = probe("desk")
    assert allowed(after) == set()
    assert all(row["must_refuse"] for row in after)


def test_the_window_keeps_local_sockets_only():
    _, after = probe("window")
    assert allowed(after) == {"open a local (AF_UNIX) socket", "open a local datagram pair"}


@pytest.mark.parametrize("kind", ["desk", "window"])
def test_a_child_inherits_the_filter(kind):
    code = (
        "import subprocess, sys\nfrom carrel.process import confine\n"
        f"confine.confine_{kind}()\n"
        "inner = 'import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM)'\n"
        "sys.exit(subprocess.run([sys.executable, '-I', '-c', inner]).returncode)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)
    assert done.returncode != 0
    assert "PermissionError" in done.stderr
