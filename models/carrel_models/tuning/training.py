"""Trains a low-rank adapter on samples: the loop, its checkpoints and its progress.

    run = Run(load_base(path), samples, Plan(minutes=60), checkpoint)
    for report in run.steps(): ...
    run.save(folder)

The same seed, samples and plan give the same adapter on the same machine, also when the run was
killed and goes on from its checkpoint (a plan in minutes depends on the clock by its nature).
Only the tokens of answers count in the loss. The bundles of a step are computed side by side, each
on one thread: on a busy machine two threads that work for themselves get further than two that wait
for each other in every multiplication.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import torch

from carrel_models.tuning.bundles import Bundle, TokenSample, bundle, grouped
from carrel_models.tuning.lora import LoraLinear, attach, parameters, save_peft, shorten
from carrel_models.tuning.plans import Plan

_SECONDS_BETWEEN_CHECKPOINTS = 120.0
_WARM_UP = 0.04
_LAST_RATE = 0.05
_LONGEST_GRADIENT = 1.0


class WrongCheckpoint(ValueError):
    """The checkpoint belongs to another run; the message is one sentence for people."""


class Report(NamedTuple):
    """After a step: how many of how many are done, the step's loss (nats per weighted token), the
    samples read so far, and seconds spent and left."""

    step: int
    steps: int
    loss: float
    samples: int
    spent: float
    left: float


class Run:
    """One training. `begin` may give the attached layers other numbers than random ones.

    Raises WrongCheckpoint when `checkpoint` exists and is of another training.
    """

    def __init__(
        self,
        model: Any,
        samples: Sequence[TokenSample],
        plan: Plan,
        checkpoint: Path | None,
        begin: Callable[[dict[str, LoraLinear]], None] | None = None,
    ) -> None:
        if not samples:
            raise ValueError("There is nothing to train on.")
        self._model, self._plan, self._checkpoint = model, plan, checkpoint
        self.layers: dict[str, LoraLinear] = attach(model, plan.shape, plan.seed, plan.lowest)
        if begin is not None:
            begin(self.layers)
        beginning = [model.model.embed_tokens.weight[-1], *parameters(self.layers)]
        self._identity = _identity(beginning, samples, plan)
        if plan.bfloat16:
            shorten(model, self.layers)
        self._parameters = parameters(self.layers)
        self._optimizer = torch.optim.AdamW(
            self._parameters, lr=plan.rate, betas=(0.9, 0.98), weight_decay=0.0
        )
        self._groups = [
            group
            for epoch in range(max(1, plan.epochs))
            for group in grouped(samples, plan.tokens, plan.seed + epoch)
        ]
        self.steps_planned = plan.steps or math.ceil(len(self._groups) / plan.groups)
        self._step, self._samples, self._spent = 0, 0, 0.0
        if checkpoint is not None and checkpoint.exists():
            self._restore(checkpoint)

    @property
    def done(self) -> int:
        """Steps that were taken, those before a resume included."""
        return self._step

    def steps(self) -> Iterator[Report]:
        """Train to the end of the plan; a Report after every step. A checkpoint is kept every two
        minutes, at the end, and when the caller closes the iterator."""
        try:
            yield from self._steps()
        except GeneratorExit:
            self._keep()
            raise
        self._keep()

    def _steps(self) -> Iterator[Report]:
        saved = begun = time.monotonic()
        before = self._spent
        while self._step < self.steps_planned and self._progress() < 1.0:
            loss = self._one()
            now = time.monotonic()
            self._step, self._spent = self._step + 1, before + now - begun
            if now - saved > _SECONDS_BETWEEN_CHECKPOINTS:
                self._keep()
                saved = now
            yield Report(
                self._step, self.steps_planned, loss, self._samples, self._spent, self._left()
            )

    def save(self, folder: Path, base: str) -> None:
        """Write the adapter as a PEFT folder for the base model of this name."""
        save_peft(self.layers, folder, self._plan.shape, base)

    def _progress(self) -> float:
        """The share of the plan that is done, by steps or by time, whichever is more."""
        by_time = self._spent / (60 * self._plan.minutes) if self._plan.minutes else 0.0
        return max(self._step / self.steps_planned, by_time)

    def _left(self) -> float:
        done = self._progress()
        return self._spent * (1 - done) / done if done else math.inf

    def _rate(self) -> float:
        """Rises over the first 4 %, then falls along a cosine."""
        done = min(1.0, self._progress())
        fall = _LAST_RATE + (1 - _LAST_RATE) * (1 + math.cos(math.pi * done)) / 2
        begun = max(done, (self._step + 1) / self.steps_planned)
        return self._plan.rate * min(1.0, begun / _WARM_UP) * fall

    def _one(self) -> float:
        first = self._step * self._plan.groups
        chosen = [self._groups[(first + i) % len(self._groups)] for i in range(self._plan.groups)]
        bundles = [bundle(group) for group in chosen]
        total = float(sum(one.weight.sum() for one in bundles))
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        with ThreadPoolExecutor(
            len(bundles), initializer=torch.set_num_threads, initargs=(1,)
        ) as side:
            results = list(side.map(self._gradients, bundles))
        for at, parameter in enumerate(self._parameters):
            parameter.grad = torch.stack([each[at] for _, each in results]).sum(0) / total
        torch.nn.utils.clip_grad_norm_(self._parameters, _LONGEST_GRADIENT)
        self._optimizer.step()
        self._samples += sum(one.samples for one in bundles)
        return sum(loss for loss, _ in results) / total

    def _gradients(self, one: Bundle) -> tuple[float, tuple[torch.Tensor, ...]]:
        loss = loss_of(self._model, one)
        return loss.item(), torch.autograd.grad(loss, self._parameters)

    def _keep(self) -> None:
        if self._checkpoint is None:
            return
        state = {
            "identity": self._identity,
            "step": self._step,
            "samples": self._samples,
            "spent": self._spent,
            "parameters": [one.detach() for one in self._parameters],
            "optimizer": self._optimizer.state_dict(),
        }
        part = self._checkpoint.with_name(self._checkpoint.name + ".part")
        with part.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._checkpoint)

    def _restore(self, checkpoint: Path) -> None:
        state = torch.load(checkpoint, weights_only=True)
        if state["identity"] != self._identity:
            raise WrongCheckpoint(
                f"{checkpoint.name} is of a run with another base, other samples or another plan."
            )
        with torch.no_grad():
            for parameter, kept in zip(self._parameters, state["parameters"], strict=True):
                parameter.copy_(kept)
        self._optimizer.load_state_dict(state["optimizer"])
        self._step, self._samples, self._spent = state["step"], state["samples"], state["spent"]


def loss_of(model: Any, one: Bundle) -> torch.Tensor:
    """The weighted sum of cross-entropies (nats) at the places of a bundle."""
    kind = model.lm_head.weight.dtype
    mask = torch.zeros(one.seen.shape, dtype=kind)
    mask.masked_fill_(~torch.from_numpy(one.seen), -torch.inf)
    hidden = model.model(
        input_ids=torch.from_numpy(one.tokens)[None],
        attention_mask=mask[None, None],
        position_ids=torch.from_numpy(one.positions)[None],
        use_cache=False,
    ).last_hidden_state[0]
    scores = model.lm_head(hidden[torch.from_numpy(one.where)]).float()
    each = torch.nn.functional.cross_entropy(scores, torch.from_numpy(one.wanted), reduction="none")
    return (each * torch.from_numpy(one.weight)).sum()


def _identity(beginning: Sequence[torch.Tensor], samples: Sequence[TokenSample], plan: Plan) -> str:
    """A digest of what a run is: samples, plan, a row of the base and the adapter's beginning."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(repr(plan).encode())
    for numbers in beginning:
        digest.update(numbers.detach().numpy().tobytes())
    for sample in samples:
        digest.update(repr(sample).encode())
    return digest.hexdigest()
