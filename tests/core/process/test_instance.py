"""One writer per profile; the lock falls with its holder; a second window raises the first."""

import select
import subprocess
import sys

from carrel.process import instance
from carrel.process.instance import Instance


def test_the_second_is_refused_and_told_who_holds(tmp_path):
    with Instance.acquire(tmp_path, "the window") as first:
        assert first is not None
        assert Instance.acquire(tmp_path) is None
        assert instance.holder(tmp_path).startswith("the window (process ")
    again = Instance.acquire(tmp_path)
    assert again is not None
    again.close()


def test_a_killed_holder_leaves_no_lock(tmp_path):
    code = (
        "import sys, pathlib\nfrom carrel.process.instance import Instance\n"
        "held = Instance.acquire(pathlib.Path(sys.argv[1]))\nprint('held', flush=True)\n"
        "sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert Instance.acquire(tmp_path) is None
        holder.kill()
    again = Instance.acquire(tmp_path)
    assert again is not None
    again.close()


def test_raising_reaches_the_first(tmp_path):
    with Instance.acquire(tmp_path) as first:
        assert first is not None
        assert instance.raise_first(tmp_path)
        assert select.select([first.raise_fd], [], [], 5)[0]
        first.drain()
        assert not select.select([first.raise_fd], [], [], 0)[0]
    assert not instance.raise_first(tmp_path)
