"""A process that is killed in mid-answer: it says one sentence, begins another, and hangs there.

    python -m tests.core.dying_asker PROFILE FOLDER

It prints "ready to die" when all of that has been said.
"""

from __future__ import annotations

import sys
import threading

from carrel.answering import saving
from carrel.desk.requests import Ask
from carrel.engine.messages import Piece
from carrel.fakes import ScriptedModel
from carrel.profile import Profile
from tests.core.fake_core import FakeCore

SENTENCE = "The lessor shall bear the cost of repair. "
QUESTION = "Who bears the cost of repair of the heating boiler?"


class HangingModel(ScriptedModel):
    """Hangs in its second sentence."""

    def stream(self, request, cancel):
        yield Piece(text=SENTENCE)
        yield Piece(text="And then the ")
        sys.stdout.write("ready to die\n")
        sys.stdout.flush()
        threading.Event().wait()


def main() -> None:
    """Add the folder, ask, hang."""
    saving._SOONEST = 0.0  # the sentence must be saved however fast it was said
    profile = Profile.at(sys.argv[1])
    profile.create()
    core = FakeCore(profile, HangingModel())
    core.library.add([sys.argv[2]], "Docs")
    for _ in core.assistant.ask(Ask(question=QUESTION)):
        pass


if __name__ == "__main__":
    main()
