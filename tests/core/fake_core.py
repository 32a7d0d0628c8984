"""A core on fakes: the real library and pipeline, a scripted model, the reader in this process."""

from __future__ import annotations

from carrel.assistant import Assistant
from carrel.compose import scripted
from carrel.engine.hardware import Hardware
from carrel.engine.holder import ModelHolder
from carrel.fakes import ScriptedModel, quote_best_sentence
from carrel.library.embedder_shelf import EmbedderShelf
from carrel.library.embedders import fake_source
from carrel.library.library import Library
from carrel.process.probing import ProbeResult
from carrel.reading.inline import InlineReader
from carrel.reading.recognized import RecognizedPage
from carrel.settings import Settings
from carrel.store.conversations import Conversations
from carrel_models.adapters import AdapterShelf
from carrel_models.presets import Presets
from carrel_models.registry import Registry

LEASE = """# Lease of the Lisbon office

## Boiler

The lessor shall bear the cost of repair or replacement of the heating boiler, unless the failure
results from misuse by the lessee. Heating failures between October and April are to be remedied
within 48 hours of written notice.

## Small repairs

Small repairs up to 150 euros in the single case are borne by the lessee.
"""
TRAVEL = "Travel policy\n\nTrains are booked in second class. A hotel may cost 120 euros a night.\n"


class ScriptedRecognizer:
    """ports.Recognizer without tesseract: page after page, what `script` says, as one line."""

    def __init__(self, script=()):
        self.script = list(script)
        self.pictures = []

    def available(self):
        return True

    def languages(self):
        return ["eng"]

    def probe(self):
        return ProbeResult(pid=0, confined="desk", rows=[])

    def recognize(self, picture, languages, cancel=None):
        width, height = (int(one) for one in picture.split(b"\n")[1].split())
        self.pictures.append((width, height))
        text = self.script.pop(0)
        if not text:
            return RecognizedPage(width=width, height=height, problem="No words were recognized.")
        words, at = [], 0
        for number, word in enumerate(text.split(" ")):
            words.append((at, at + len(word), 100 * number, 50, 90, 20))
            at += len(word) + 1
        return RecognizedPage(
            width=width,
            height=height,
            text=text,
            paragraphs=[(0, len(text))],
            words=words,
            confidence=90.0,
        )


class FakeCore:
    """What carrel.compose.Core is, with fakes."""

    def __init__(self, profile, model=None, key=None, recognizer=None):
        self.profile = profile
        self.settings = Settings(profile.settings)
        self.reader = InlineReader()
        self.recognizer = recognizer or ScriptedRecognizer()
        self.library = Library(
            profile, self.settings, self.reader, fake_source(), key=key, recognizer=self.recognizer
        )
        self.embedders = EmbedderShelf(profile, fakes=True)
        self.registry = Registry(profile.models)
        self.adapters = AdapterShelf(profile.adapters)
        self.hardware = Hardware()
        self.language_model = model or ScriptedModel(quote_best_sentence)
        self.presets = Presets(profile.presets)
        self.model = ModelHolder(
            self.registry, self.language_model, adapters=self.adapters, presets=self.presets,
            reliability=scripted,
        )  # fmt: skip
        self.conversations = Conversations(self.library.database)
        self.assistant = Assistant(self.library, self.model, self.conversations, self.settings)

    def forget(self, wish, *, keep_quotes=False):
        done = self.library.forget(wish, keep_quotes=keep_quotes)
        self.model.forget()
        return done

    def workers(self):
        return {}

    def close(self):
        self.model.close()
        self.reader.close()
        self.library.close()


def write_samples(folder):
    """Two small documents; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lease.md").write_text(LEASE, encoding="utf-8")
    (folder / "travel.txt").write_text(TRAVEL, encoding="utf-8")
    return folder
