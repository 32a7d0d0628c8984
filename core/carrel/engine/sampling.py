"""The sampler chain: how the next token is chosen from the model's scores."""

from __future__ import annotations

from typing import Any

from carrel.engine.messages import Sampling
from carrel.engine.native import library


class Sampler:
    """A llama.cpp sampler chain for one generation; `close` frees it."""

    def __init__(self, sampling: Sampling, vocabulary_size: int) -> None:
        self._lib = library()
        params = self._lib.llama_sampler_chain_default_params()
        params.no_perf = True
        self._chain = self._lib.llama_sampler_chain_init(params)
        for link in _links(self._lib, sampling, vocabulary_size):
            self._lib.llama_sampler_chain_add(self._chain, link)

    def sample(self, context: Any, place: int = -1) -> int:
        """Choose a token from the scores at a place of the last batch, and note it as chosen."""
        return int(self._lib.llama_sampler_sample(self._chain, context, place))

    def close(self) -> None:
        """Free the chain; a second call does nothing."""
        if self._chain is not None:
            self._lib.llama_sampler_free(self._chain)
            self._chain = None


def _links(lib: Any, s: Sampling, vocabulary_size: int) -> list[Any]:
    """The chain's links in llama.cpp's usual order: penalties, cuts, temperature, draw.

    Penalties see generated tokens only: words of the passages in the prompt must stay usable.
    """
    links = []
    if s.repeat_penalty != 1.0 and s.repeat_last_n != 0:
        links.append(
            lib.llama_sampler_init_penalties(
                vocabulary_size, s.repeat_last_n, s.repeat_penalty, 0.0, 0.0
            )
        )
    if s.temperature <= 0:
        return [*links, lib.llama_sampler_init_greedy()]
    if s.top_k > 0:
        links.append(lib.llama_sampler_init_top_k(s.top_k))
    if s.top_p < 1:
        links.append(lib.llama_sampler_init_top_p(s.top_p, 1))
    if s.min_p > 0:
        links.append(lib.llama_sampler_init_min_p(s.min_p, 1))
    links.append(lib.llama_sampler_init_temp(s.temperature))
    return [*links, lib.llama_sampler_init_dist(s.seed & 0xFFFFFFFF)]
