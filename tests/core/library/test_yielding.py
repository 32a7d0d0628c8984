"""Indexing makes way for a question within 200 ms: what is under way is broken off or stands still,
and is done afterwards."""

import threading
import time

import pytest

from carrel.errors import Cancelled
from carrel.library.embedders import starter_source
from carrel.library.library import Library
from carrel.reading.inline import InlineReader
from carrel.settings import Settings

from ..fake_core import FakeCore, write_samples

PARAGRAPH = "The lessor shall bear the cost of repair of the boiler in the house number NN. " * 8


class Sessions:
    """The runs of a session: how many there are now, and when the last one ended."""

    def __init__(self, real):
        self.real = real
        self.running = 0
        self.ended = 0.0
        self.lock = threading.Lock()

    def run(self, *args):
        with self.lock:
            self.running += 1
        try:
            return self.real.run(*args)
        finally:
            with self.lock:
                self.running -= 1
                self.ended = time.perf_counter()


class Indexing:
    """A library that embeds many long passages in a thread, and what it says."""

    def __init__(self, profile, folder):
        self.source = starter_source(profile)
        self.sessions = Sessions(self.source.get()._session)
        self.source.get()._session = self.sessions
        self.library = Library(profile, Settings(profile.settings), InlineReader(), self.source)
        self.library.gate.told_to(self.told)
        self.embedding, self.waiting, self.cancel = (threading.Event() for _ in range(3))
        self.waits_since = 0.0
        folder.mkdir()
        for number in range(10):
            text = "\n\n".join(PARAGRAPH.replace("NN", str(number * 100 + i)) for i in range(30))
            (folder / f"{number}.txt").write_text(text)
        self.thread = threading.Thread(target=self.add, args=[folder])
        self.thread.start()

    def add(self, folder):
        try:
            self.library.add([str(folder)], report=self.report, cancel=self.cancel)
        except Cancelled:
            assert self.cancel.is_set()

    def report(self, progress):
        if progress.passages_by_meaning:
            self.embedding.set()

    def told(self, reason):
        if reason == "question":
            self.waits_since = time.perf_counter()
            self.waiting.set()

    def until_it_yields(self):
        """Seconds from a question's begin until the last piece of work has ended."""
        self.embedding.clear()
        assert self.embedding.wait(60)
        self.waiting.clear()
        start = time.perf_counter()
        with self.library.question_first():
            assert self.waiting.wait(60)
            assert self.sessions.running == 0
            return max(self.waits_since, self.sessions.ended) - start

    def close(self):
        self.cancel.set()
        self.thread.join()
        self.library.close()
        self.source.get().close()


@pytest.mark.embedder
def test_embedding_yields_to_a_question_within_200_ms(profile, tmp_path):
    indexing = Indexing(profile, tmp_path / "docs")
    try:
        times = sorted(indexing.until_it_yields() for _ in range(5))
    finally:
        indexing.close()
    assert times[3] < 0.2, times  # one of five may meet a computer that does something else


def test_what_was_broken_off_is_embedded_once_afterwards(profile, tmp_path, monkeypatch):
    """A question begins in every second part; nothing is lost and nothing is there twice."""
    core = FakeCore(profile)
    embedder, texts, questions, said = core.library.any_embedder(), [], [], []
    real = embedder.encode_passages

    def with_questions(some):
        texts.extend(some)
        if not questions and len(said) < 3:
            questions.append(core.library.question_first())
            questions[0].__enter__()
        return real(some)

    def told(reason):
        said.append(reason)
        if reason == "question":
            questions.pop().__exit__(None, None, None)

    core.library.gate.told_to(told)
    monkeypatch.setattr(embedder, "encode_passages", with_questions)
    docs = write_samples(tmp_path / "docs")
    for number in range(60):
        (docs / f"{number}.txt").write_text(f"Number {number} is written on this page.")
    added = core.library.add([str(docs)])
    assert said == ["question", "", "question", ""]
    assert len(set(texts)) == len(texts) == added.passages > 60
    assert core.library._index.counts() == (added.passages, added.passages)
    assert core.library.verify().ok
    core.close()
