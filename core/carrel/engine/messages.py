"""The line between the desk and the model worker."""

from __future__ import annotations

from typing import Literal

from carrel.events import Message, Plain

Role = Literal["system", "user", "assistant"]


class ChatMessage(Plain, frozen=True):
    """One message of the chat. `text` is content: it never becomes control tokens."""

    role: Role
    text: str


class Sampling(Plain, frozen=True):
    """Sampler settings; temperature 0 is greedy. Names and defaults follow llama.cpp."""

    temperature: float = 0.0
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    repeat_last_n: int = 64
    seed: int = 0


class AdapterFile(Plain, frozen=True):
    """A LoRA adapter in GGUF form, and how strongly it counts (1 as it was trained)."""

    path: str
    scale: float = 1.0


class LoadModel(Message, frozen=True):
    """Load a GGUF. `context` is in tokens, 0 takes a default that fits; `threads` 0 chooses;
    `gpu_layers` -1 offloads what fits where the build has a GPU; `device` is "" (chooses), "cpu" or
    a Device's name; `engine` chooses the code.

    `template` is "" (the model's own when it is known, else a built-in family), "own" (the model's
    own though nobody has read it) or the name of a built-in family. `calibrate` measures how fast
    the model reads and writes here, which takes half a second. `together` is what Loaded said of
    this model on this machine before, -1 measures it.
    """

    path: str
    context: int = 0
    threads: int = 0
    gpu_layers: int = -1
    device: str = ""
    engine: Literal["llama", "simple"] = "llama"
    template: str = ""
    calibrate: bool = False
    together: int = -1


class SetAdapters(Message, frozen=True):
    """Attach exactly these adapters to the loaded model, in place of those before; [] detaches all.

    -> AdaptersSet. The KV cache is dropped when anything changed; nothing is loaded again.
    """

    adapters: list[AdapterFile] = []


class SaveState(Message, frozen=True):
    """Hand over what the model has read, in at most `limit` bytes. -> StateSaved

    The frame's raw bytes are llama.cpp's own form of it. The model may have forgotten the end of
    its last prompt afterwards.
    """

    limit: int


class RestoreState(Message, frozen=True):
    """Take up what StateSaved handed over, from the same model with the same adapters; the frame's
    raw bytes are its raw bytes. -> StateRestored"""

    tokens: list[int]


class Generate(Message, frozen=True):
    """Answer the chat. `stop` are texts that end the answer and are not part of it.

    `think` lets a model that can think aloud do so (as Thought, never as Piece); `lookup` lets the
    engine propose words of the prompt, which changes the speed and no token of a greedy answer.
    `role_names` replaces the template's names of roles where the family has any ("user": "Tenant").
    """

    messages: list[ChatMessage]
    sampling: Sampling = Sampling()
    max_tokens: int = 512
    stop: list[str] = []
    think: bool = False
    lookup: bool = True
    role_names: dict[str, str] = {}


class ScoreLabels(Message, frozen=True):
    """Which of these labels is the answer to each chat. -> LabelScores...

    What all the chats begin with is read once. `best` labels are named for each at most; `by` is
    the product that a label's probability is (see `carrel.engine.labels`).
    """

    chats: list[list[ChatMessage]]
    labels: list[str]
    best: int = 5
    by: Literal["whole", "step"] = "whole"


class CountTokens(Message, frozen=True):
    """How many tokens each text takes as content."""

    texts: list[str]


class PlanMemory(Message, frozen=True):
    """Find out what a model would take without loading it. -> MemoryPlan; nothing stays loaded.

    `context` 0, `gpu_layers` -1 and `device` "" choose as loading would.
    """

    path: str
    context: int
    gpu_layers: int = -1
    device: str = ""


class ListDevices(Message, frozen=True):
    """-> DeviceList: what llama.cpp can compute on here."""


class PreviewTemplate(Message, frozen=True):
    """Render a short chat as the model at `path` would be sent it. -> TemplatePreview

    `template` as in LoadModel. Nothing is loaded; bos and eos are read from the header.
    """

    path: str
    template: str = ""
    role_names: dict[str, str] = {}


class LoadProgress(Message, frozen=True):
    """`fraction` in [0, 1]. `patience` is in seconds: what may be added to the silence allowed."""

    fraction: float
    patience: float = 0.0


class Loaded(Message, frozen=True):
    """What was loaded: context in tokens, the template in use, and the build's own words.

    The overheads are the tokens that the template puts around a system text and a question, and
    around each earlier question with its answer; 0 where that is not known. The rates of reading a
    prompt and of writing are in tokens per second, 0 where nobody asked to measure them. `together`
    tokens give the same scores in one batch as one by one (see `carrel.engine.drafting`).
    """

    description: str
    context: int
    trained_context: int
    vocabulary: int
    template: str
    device: str
    system_info: str
    chat_overhead: int = 0
    turn_overhead: int = 0
    prefill_tokens_per_s: float = 0.0
    generation_tokens_per_s: float = 0.0
    together: int = 1


class AdaptersSet(Message, frozen=True):
    """`milliseconds` is what attaching took, `reading_ms` what reading new files took before that;
    `changed` is False when they were attached already."""

    milliseconds: float
    changed: bool
    reading_ms: float = 0.0


class StateSaved(Message, frozen=True):
    """The tokens whose state the raw bytes hold; [] when there is nothing worth keeping."""

    tokens: list[int]


class StateRestored(Message, frozen=True):
    """How many tokens need not be read again, 0 when the state did not fit."""

    tokens: int


class DeviceMemory(Plain, frozen=True):
    """What a model takes on one device, in bytes. `name` is "CPU" for main memory; `free` is what
    the device has left now, None where it does not say."""

    name: str
    description: str
    weights: int
    cache: int
    compute: int
    free: int | None = None


class MemoryPlan(Message, frozen=True):
    """What loading would take: `exact` when llama.cpp's dry run said so, else estimated from the
    header. `layers` of the model's `all_layers` would go to a GPU, `context` in tokens."""

    devices: list[DeviceMemory]
    layers: int
    all_layers: int
    exact: bool
    context: int = 0


class Device(Plain, frozen=True):
    """Something that llama.cpp can compute on. `name` is what LoadModel.device takes; bytes `free`
    and `total` are None where the driver does not say."""

    name: str
    description: str
    kind: Literal["cpu", "gpu", "integrated gpu", "accelerator"]
    free: int | None = None
    total: int | None = None


class DeviceList(Message, frozen=True):
    """`offloads` is whether the build can use a GPU at all; `warnings` are sentences about the
    build."""

    devices: list[Device]
    offloads: bool
    system_info: str
    warnings: list[str] = []


class TemplatePreview(Message, frozen=True):
    """`name` is the template that would be used; `text` the rendered sample chat. `problem` is a
    sentence when it cannot be rendered; `merges_system` tells that the template refuses a system
    role, so that system text is put in front of the first question."""

    name: str
    text: str
    problem: str = ""
    merges_system: bool = False
    thinks: bool = False


class PromptProgress(Message, frozen=True):
    """Tokens of the prompt processed so far, those reused from the KV cache included."""

    done: int
    total: int


class Piece(Message, frozen=True):
    """Generated text; always whole characters."""

    text: str


class Thought(Message, frozen=True):
    """Text that the model thinks aloud before or between its answer; not part of the answer."""

    text: str


class Generated(Message, frozen=True):
    """The end of a generation. Milliseconds count from the request.

    `generated_tokens` counts thoughts too; of `drafted` tokens proposed by prompt lookup `accepted`
    were what the model would have said.
    """

    reason: Literal["end", "length", "stop", "cancelled"]
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    prompt_ms: float
    first_token_ms: float | None
    total_ms: float
    tokens_per_s: float | None
    thought_tokens: int = 0
    drafted: int = 0
    accepted: int = 0


class LabelScore(Plain, frozen=True):
    """The likeliest labels of one chat as places in the labels, best first, with their
    probabilities; `rest` is that of all others, of which `unseen` may belong to no label (see
    `carrel.engine.labels`)."""

    labels: list[int]
    probabilities: list[float]
    rest: float
    unseen: float = 0.0


class LabelScores(Message, frozen=True):
    """The scores of the chats from place `first` on; none as a sign of life."""

    first: int
    scores: list[LabelScore]


class TokenCounts(Message, frozen=True):
    counts: list[int]


EngineRequest = (
    LoadModel
    | SetAdapters
    | SaveState
    | RestoreState
    | Generate
    | ScoreLabels
    | CountTokens
    | PlanMemory
    | ListDevices
    | PreviewTemplate
)
EngineReply = (
    LoadProgress
    | Loaded
    | AdaptersSet
    | StateSaved
    | StateRestored
    | PromptProgress
    | Piece
    | Thought
    | Generated
    | LabelScores
    | TokenCounts
    | MemoryPlan
    | DeviceList
    | TemplatePreview
)
