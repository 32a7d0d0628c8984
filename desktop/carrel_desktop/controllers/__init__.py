"""What the pages know and do, without any layout: testable without a window."""

from __future__ import annotations

from dataclasses import dataclass

from carrel_desktop.controllers.adapters import AdaptersController
from carrel_desktop.controllers.ask import AskController
from carrel_desktop.controllers.compare import CompareController
from carrel_desktop.controllers.conversations import ConversationsController
from carrel_desktop.controllers.embedders import EmbeddersController
from carrel_desktop.controllers.exporting import ExportController
from carrel_desktop.controllers.importing import ImportController
from carrel_desktop.controllers.keeping import KeepingController
from carrel_desktop.controllers.lab import LabController
from carrel_desktop.controllers.library import LibraryController
from carrel_desktop.controllers.locking import LockController
from carrel_desktop.controllers.models import ModelsController
from carrel_desktop.controllers.privacy import PrivacyController
from carrel_desktop.controllers.recognition import RecognitionController
from carrel_desktop.controllers.settings import SettingsController
from carrel_desktop.controllers.source import SourceController
from carrel_desktop.controllers.surveying import SurveyController


@dataclass(frozen=True)
class Controllers:
    """All of them, as the pages get them."""

    ask: AskController
    conversations: ConversationsController
    library: LibraryController
    models: ModelsController
    source: SourceController
    privacy: PrivacyController
    settings: SettingsController
    adapters: AdaptersController
    importing: ImportController
    compare: CompareController
    keeping: KeepingController
    surveys: SurveyController
    lock: LockController
    exports: ExportController
    recognition: RecognitionController
    lab: LabController
    embedders: EmbeddersController

    def clear(self) -> None:
        """Let go of everything that was shown of the profile: it is locked."""
        self.ask.new()
        self.source.clear()
        self.library.clear()
        self.conversations.clear()
        self.surveys.clear()
        self.lab.clear()
        self.embedders.clear()

    def name_of(self, id: str) -> str:
        """Return the name of a model or an adapter, its id when neither is on the shelf."""
        adapter = self.adapters.get(id)
        return adapter.name if adapter is not None else self.models.name_of(id)
