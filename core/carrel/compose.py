"""Build the core of one process from its parts, in one visible function.

The desk, the command line and the tests all come through `open_core`; what differs (fakes, another
engine, read-only) are its arguments.
"""

from __future__ import annotations

import contextlib
from types import TracebackType
from typing import TYPE_CHECKING, Literal

from carrel.assistant import Assistant
from carrel.engine.hardware import Hardware
from carrel.engine.holder import ModelHolder
from carrel.engine.rates import Rates
from carrel.library.embedder_shelf import EmbedderShelf
from carrel.library.embedders import EmbedderSource
from carrel.library.library import Library
from carrel.library.upkeep import UpkeepProcess
from carrel.process import reports
from carrel.reading.tesseract import Tesseract
from carrel.settings import Settings
from carrel.store.conversations import Conversations
from carrel_models.adapters import AdapterShelf
from carrel_models.digests import identifier
from carrel_models.presets import Presets
from carrel_models.registry import Registry
from carrel_models.reliability import Reliability, reliability_of
from carrel_models.starter import starter_facts, starter_path
from carrel_models.starter_adapter import Shipped, starter_adapter

if TYPE_CHECKING:
    from carrel.desk.library_requests import Forgotten
    from carrel.library.forgetting import Wish
    from carrel.ports import LanguageModel
    from carrel.process.child import Child
    from carrel.profile import Profile
    from carrel.reading.client import ReaderProcess
    from carrel_models.card import ModelCard


class Core:
    """Everything that answers questions in this process. Close it at the end."""

    def __init__(
        self,
        profile: Profile,
        *,
        fakes: bool = False,
        model: str = "",
        engine: Literal["llama", "simple"] = "llama",
        read_only: bool = False,
        key: bytes | None = None,
    ) -> None:
        from carrel.reading.client import ReaderProcess

        if not read_only:
            profile.create()
        self.profile = profile
        self.settings = Settings(profile.settings)
        self.reader: ReaderProcess = ReaderProcess(background=True)
        self.upkeep = UpkeepProcess(
            lambda error: _keep_report(profile, error, "merging the index apart")
        )
        self.recognizer = Tesseract()
        self.embedders = embedder_shelf(profile, self.settings, fakes=fakes)
        source = embedder_source(profile, self.settings, fakes=fakes)
        self.library = Library(
            profile, self.settings, self.reader, source, read_only=read_only, key=key,
            upkeep=self.upkeep, recognizer=self.recognizer, shelf=self.embedders,
        )  # fmt: skip
        self.registry = Registry(profile.models)
        self.adapters = AdapterShelf(profile.adapters, *_shipped(fakes))
        self.presets = Presets(profile.presets)
        self.hardware = Hardware(self.settings.text("device"))
        self.language_model: LanguageModel = _language_model(fakes, self.hardware)
        self.model = ModelHolder(
            self.registry, self.language_model, adapters=self.adapters,
            presets=self.presets, rates=Rates(profile.rates, read_only=read_only),
            choice=model or self.settings.text("model"),
            context=self.settings.whole("context"), engine=engine,
            device=self.settings.text("device"), site=self.hardware.site,
            reliability=scripted if fakes else reliability_of,
        )  # fmt: skip
        self.conversations = Conversations(self.library.database)
        self.assistant = Assistant(self.library, self.model, self.conversations, self.settings)

    def forget(self, wish: Wish, *, keep_quotes: bool = False) -> Forgotten:
        """Remove for good, from the library, from no-trace conversations and from what models have
        read; see `Library.forget`."""
        before = self.library.catalogue.all_paths()
        done = self.library.forget(wish, keep_quotes=keep_quotes)
        if wish.everything:
            self.assistant.unsaved.clear()
        elif not keep_quotes:
            self.assistant.unsaved.redact(before - self.library.catalogue.all_paths())
        self.model.forget()
        return done

    def workers(self) -> dict[str, Child]:
        """The worker processes of this core by name, started or not."""
        found = {"reader": self.reader.child, "index": self.upkeep.child}
        child = getattr(self.language_model, "child", None)
        return {**found, "model": child} if child is not None else found

    def close(self) -> None:
        """End the workers and close the database."""
        self.model.close()
        self.reader.close()
        self.upkeep.rest()
        self.library.close()

    def __enter__(self) -> Core:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _keep_report(profile: Profile, error: Exception, where: str) -> None:
    """Note a failure that was made good; a disk without room for the note is no second failure."""
    with contextlib.suppress(OSError):
        reports.keep(profile.logs, error, where)


def embedder_source(profile: Profile, settings: Settings, *, fakes: bool) -> EmbedderSource:
    """The chosen embedder of a profile; the starter where that is not there any more."""
    shelf = embedder_shelf(profile, settings, fakes=fakes)
    return shelf.source(settings.text("embedder")) or shelf.require("")


def embedder_shelf(profile: Profile, settings: Settings, *, fakes: bool) -> EmbedderShelf:
    """The embedders of a profile."""
    return EmbedderShelf(profile, settings.whole("embed_threads"), fakes=fakes)


def scripted(card: ModelCard) -> Reliability:
    """A script says what it says, whatever model it stands for."""
    return Reliability(1.0, measured=False)


def _shipped(fakes: bool) -> tuple[Shipped | None, str]:
    """The adapter that came with Carrel and the id of the starter, which it is for."""
    path = starter_path()
    if fakes or path is None:
        return None, ""
    return starter_adapter(), identifier(path.stem, starter_facts().sha256)


def _language_model(fakes: bool, hardware: Hardware) -> LanguageModel:
    if fakes:
        from carrel.fakes import ScriptedModel

        return ScriptedModel()
    from carrel.engine.client import ModelProcess
    from carrel.process.child import Child

    return ModelProcess(Child("model", line="pipe", env=hardware.environment))
