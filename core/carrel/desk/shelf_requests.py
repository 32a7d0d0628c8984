"""The part of the line between window and desk that is about models, adapters and presets.

`carrel.desk.requests` joins these with the others; see there for how requests are answered.
"""

from __future__ import annotations

from typing import Literal

from carrel.engine.messages import Sampling, TemplatePreview
from carrel.events import Message, Plain
from carrel_models.preset import Preset as Preset

Fits = Literal["yes", "less context", "slow", "no", "unknown"]


class AdapterChoice(Plain, frozen=True):
    """An adapter (an id or a file) and its scale."""

    id: str
    scale: float = 1.0


# --- requests ---------------------------------------------------------------------------------


class ListModels(Message, frozen=True):
    """-> ModelList"""


class DescribeFile(Message, frozen=True):
    """-> FileIs: what a file is, from its header alone; nothing is added and nothing loaded."""

    path: str


class AddModel(Message, frozen=True):
    """-> ShelfProgress..., ModelList. A model or an adapter goes on its shelf; never loaded here.

    The file is linked in place, or with `copy` copied into the profile.
    """

    path: str
    copy: bool = False


class UseModel(Message, frozen=True):
    """-> ModelList; loads with the next question."""

    model_id: str


class RemoveModel(Message, frozen=True):
    """-> ModelList; a linked file stays, a copy that Carrel made goes."""

    model_id: str


class FindModels(Message, frozen=True):
    """-> FoundList: models that other programs keep on this disk. Asked only when the user asks."""


class SuggestModels(Message, frozen=True):
    """-> SuggestionList: the static page of models worth fetching by hand."""


class ListAdapters(Message, frozen=True):
    """-> AdapterList"""


class ChooseAdapters(Message, frozen=True):
    """-> AdapterList; these and no others from the next question on, kept per model."""

    adapters: list[AdapterChoice]


class RemoveAdapter(Message, frozen=True):
    """-> AdapterList; a linked file stays."""

    adapter_id: str


class PreviewOf(Message, frozen=True):
    """-> TemplateChoices: what a model is sent with one of its possible templates; None renders the
    one that its preset names, "" the one that would be chosen by itself."""

    model_id: str
    template: str | None = None


class ReadPreset(Message, frozen=True):
    """-> PresetIs"""

    model_id: str


class SavePreset(Message, frozen=True):
    """-> PresetIs"""

    model_id: str
    preset: Preset


class ExportPreset(Message, frozen=True):
    """Write the model's preset as one TOML file."""

    model_id: str
    path: str


class ImportPreset(Message, frozen=True):
    """-> PresetIs; read from a TOML file and saved for this model."""

    model_id: str
    path: str


# --- answers ----------------------------------------------------------------------------------


class ModelRow(Plain, frozen=True):
    """A model card, as `carrel models --json` prints it. Sizes in bytes, context in tokens.

    `context_that_fits` is the largest context for the memory that is free; `layers` of
    `all_layers` would go to a GPU. `sha256` is "" while it is being computed; of a model in several
    `parts` it is that of all of them one after another. `provenance` is what the file claims.
    """

    id: str
    name: str
    path: str
    kind: str
    architecture: str
    quantization: str
    size: int
    parameters: int | None
    trained_context: int | None
    licence: str
    template: str
    sha256: str
    in_use: bool
    suspect: bool
    fits: Fits
    fit_reason: str
    starter: bool = False
    base_model: str = ""
    provenance: str = ""
    copied: bool = False
    context_that_fits: int | None = None
    layers: int = 0
    all_layers: int = 0
    parts: int = 1
    template_sha256: str = ""
    tags: list[str] = []


class ModelList(Message, frozen=True):
    models: list[ModelRow]


class ShelfProgress(Message, frozen=True):
    """Reading or copying a file for the shelf: `fraction` in [0, 1]."""

    path: str
    step: Literal["copying", "checking"]
    fraction: float


class FileIs(Message, frozen=True):
    """`model` for anything but an adapter, `adapter` for one; `problem` is a sentence when the file
    cannot be used, `already` when it is on the shelf."""

    path: str
    problem: str = ""
    what_to_do: str = ""
    already: bool = False
    model: ModelRow | None = None
    adapter: AdapterRow | None = None


class FoundModel(Plain, frozen=True):
    """A model file of another program; `program` is the program's name as people know it."""

    path: str
    program: str
    name: str
    kind: str
    quantization: str
    size: int


class FoundList(Message, frozen=True):
    """`searched` are the folders that were looked at, for people to read."""

    found: list[FoundModel]
    searched: list[str]


class Suggestion(Plain, frozen=True):
    """A model worth fetching; `memory` is the class in GB, `file` and `source` are text to copy."""

    name: str
    memory: int
    file: str
    source: str
    size: int
    sha256: str
    licence: str
    why: str


class SuggestionList(Message, frozen=True):
    suggestions: list[Suggestion]


class ListEmbedders(Message, frozen=True):
    """-> EmbedderList."""


class AddEmbedder(Message, frozen=True):
    """-> EmbedderList with what lies in a sentence-transformers folder: it is prepared for this
    machine and compared with the original, which takes some twenty seconds."""

    path: str


class UseEmbedder(Message, frozen=True):
    """-> EmbedderList: its vectors are made in the background; until all are there, the one that
    serves goes on serving."""

    embedder_id: str


class RemoveEmbedder(Message, frozen=True):
    """-> EmbedderList without one that is neither in use nor being prepared."""

    embedder_id: str


class EmbedderRow(Plain, frozen=True):
    """An embedder as `carrel embedders --json` prints it. `languages` are codes, "multilingual"
    among them, [] when the model names none. `in_use`: its vectors are searched; `preparing`: it
    was chosen, and its vectors are being made. `mean_cosine` and `top10_agreement` compare what
    runs with the original; null for the original itself, and while it is not prepared.
    """

    id: str
    dimensions: int
    languages: list[str]
    starter: bool
    in_use: bool
    preparing: bool
    max_tokens: int = 0
    runner: str = ""
    precision: str = ""
    pooling: str = ""
    normalize: bool = True
    prompts: dict[str, str] = {}
    sha256: str = ""
    source: str = ""
    mean_cosine: float | None = None
    top10_agreement: float | None = None


class EmbedderList(Message, frozen=True):
    """The embedders, the one that comes with Carrel first. `added` is the one that was asked to be
    added, also where it had been there before."""

    embedders: list[EmbedderRow]
    added: str = ""


class AdapterRow(Plain, frozen=True):
    """An adapter on the shelf. `fits` and `reason` speak of the model in use; `scale` is None when
    it is not attached."""

    id: str
    name: str
    path: str
    architecture: str
    base_model: str
    rank: int | None
    size: int
    licence: str
    sha256: str
    fits: bool
    reason: str
    scale: float | None = None
    bases: list[str] = []
    copied: bool = False
    answers: list[str] = []
    opening: str = ""


class AdapterList(Message, frozen=True):
    """`model_id` is the model in use, which `fits` and `scale` speak of."""

    model_id: str
    adapters: list[AdapterRow]


class TemplateChoice(Plain, frozen=True):
    """`id` is what LoadModel.template takes."""

    id: str
    title: str


class TemplateChoices(Message, frozen=True):
    """The templates a model can be used with, the one in force, and one of them rendered."""

    model_id: str
    chosen: str
    choices: list[TemplateChoice]
    state: Literal["known", "unknown", "none"]
    preview: TemplatePreview


class PresetIs(Message, frozen=True):
    """`defaults` and `reply_tokens` are what holds where the preset says nothing; `vendor` names
    what comes from the model's file (general.sampling.*). `unknown` are fields of an imported file
    that mean nothing here; `note` is a sentence when a preset was unreadable and set aside."""

    model_id: str
    preset: Preset
    defaults: Sampling
    vendor: list[str] = []
    reply_tokens: int = 0
    unknown: list[str] = []
    note: str = ""


ShelfRequest = (
    ListModels
    | DescribeFile
    | AddModel
    | UseModel
    | RemoveModel
    | FindModels
    | SuggestModels
    | ListAdapters
    | ChooseAdapters
    | RemoveAdapter
    | PreviewOf
    | ReadPreset
    | SavePreset
    | ExportPreset
    | ImportPreset
    | ListEmbedders
    | AddEmbedder
    | UseEmbedder
    | RemoveEmbedder
)
ShelfReply = (
    ModelList
    | ShelfProgress
    | FileIs
    | FoundList
    | SuggestionList
    | AdapterList
    | TemplateChoices
    | PresetIs
    | EmbedderList
)
