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


class LoadModel(Message, frozen=True):
    """Load a GGUF. `context` is in tokens, 0 takes a default that fits; `threads` 0 chooses;
    `gpu_layers` -1 offloads what fits where the build has a GPU; `engine` chooses the code."""

    path: str
    context: int = 0
    threads: int = 0
    gpu_layers: int = -1
    engine: Literal["llama", "simple"] = "llama"


class Generate(Message, frozen=True):
    """Answer the chat. `stop` are texts that end the answer and are not part of it."""

    messages: list[ChatMessage]
    sampling: Sampling = Sampling()
    max_tokens: int = 512
    stop: list[str] = []


class CountTokens(Message, frozen=True):
    """How many tokens each text takes as content."""

    texts: list[str]


class LoadProgress(Message, frozen=True):
    fraction: float


class Loaded(Message, frozen=True):
    """What was loaded: context in tokens, the template in use, and the build's own words."""

    description: str
    context: int
    trained_context: int
    vocabulary: int
    template: str
    device: str
    system_info: str


class PromptProgress(Message, frozen=True):
    """Tokens of the prompt processed so far, those reused from the KV cache included."""

    done: int
    total: int


class Piece(Message, frozen=True):
    """Generated text; always whole characters."""

    text: str


class Generated(Message, frozen=True):
    """The end of a generation. Milliseconds count from the request."""

    reason: Literal["end", "length", "stop", "cancelled"]
    prompt_tokens: int
    cached_tokens: int
    generated_tokens: int
    prompt_ms: float
    first_token_ms: float | None
    total_ms: float
    tokens_per_s: float | None


class TokenCounts(Message, frozen=True):
    counts: list[int]


EngineRequest = LoadModel | Generate | CountTokens
EngineReply = LoadProgress | Loaded | PromptProgress | Piece | Generated | TokenCounts
