"""kill -9 in mid-answer: the question, the quotes and what was said stand in the conversation."""

import subprocess
import sys
from pathlib import Path

from carrel.store import finding

from .dying_asker import QUESTION, SENTENCE
from .fake_core import FakeCore, write_samples

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_that_was_said_is_lost(profile, tmp_path):
    write_samples(tmp_path / "docs")
    asker = subprocess.Popen(
        [sys.executable, "-m", "tests.core.dying_asker", str(profile.data), str(tmp_path / "docs")],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert asker.stdout is not None
    for line in asker.stdout:
        if line.strip() == "ready to die":
            break
    asker.kill()
    asker.wait()
    asker.stdout.close()
    core = FakeCore(profile)
    assert core.conversations.recover() == 1
    (row,) = finding.listing(core.library.database)
    (turn,) = core.conversations.open(row.id).turns
    assert (turn.question, turn.state) == (QUESTION, "died")
    assert turn.note == "Carrel ended before the answer did."
    assert turn.result.answer.strip() == SENTENCE.strip()
    assert any("lessor" in one.text for one in turn.result.verbatim)
    assert [hit.turn_id for hit in finding.search(core.library.database, "lessor").hits] == [
        turn.id
    ]
    core.close()
