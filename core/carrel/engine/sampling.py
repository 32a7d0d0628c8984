"""The sampler chain: how the next token is chosen from the model's scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carrel.engine.messages import Sampling
from carrel.engine.native import library


class Sampler:
    """A llama.cpp sampler chain for one generation; `close` frees it. `opening` are tokens and the
    nats that are added to their scores at the first place of the answer alone."""

    def __init__(
        self,
        sampling: Sampling,
        vocabulary_size: int,
        opening: Sequence[tuple[int, float]] = (),
    ) -> None:
        self._lib = library()
        self._chain = self._made(_links(self._lib, sampling, vocabulary_size))
        self._first: Any = None
        if opening:
            biased = self._bias(opening, vocabulary_size)
            self._first = self._made([biased, *_links(self._lib, sampling, vocabulary_size)])

    def sample(self, context: Any, place: int = -1) -> int:
        """Choose a token from the scores at a place of the last batch, and note it as chosen."""
        if self._first is None:
            return int(self._lib.llama_sampler_sample(self._chain, context, place))
        token = int(self._lib.llama_sampler_sample(self._first, context, place))
        self._lib.llama_sampler_accept(self._chain, token)
        self._free_first()
        return token

    def close(self) -> None:
        """Free the chain; a second call does nothing."""
        self._free_first()
        if self._chain is not None:
            self._lib.llama_sampler_free(self._chain)
            self._chain = None

    def _made(self, links: Sequence[Any]) -> Any:
        params = self._lib.llama_sampler_chain_default_params()
        params.no_perf = True
        chain = self._lib.llama_sampler_chain_init(params)
        for link in links:
            self._lib.llama_sampler_chain_add(chain, link)
        return chain

    def _bias(self, opening: Sequence[tuple[int, float]], vocabulary_size: int) -> Any:
        made = (self._lib.llama_logit_bias * len(opening))()
        for place, (token, nats) in enumerate(opening):
            made[place].token, made[place].bias = token, nats
        return self._lib.llama_sampler_init_logit_bias(vocabulary_size, len(opening), made)

    def _free_first(self) -> None:
        if self._first is not None:
            self._lib.llama_sampler_free(self._first)
            self._first = None


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
