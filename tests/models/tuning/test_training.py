"""Training on a tiny random llama: the tree's loss, a falling loss, resuming, and the export."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from carrel_models.adapter import pair, read_base
from carrel_models.gguf import read_header
from carrel_models.peft import convert
from carrel_models.tuning.bundles import TokenSample, bundle, common, grouped, tree_size
from carrel_models.tuning.plans import Plan, Shape
from tests.models.tiny_gguf import write_tiny

PREFIX = tuple(range(20, 60))
SAMPLES = [
    TokenSample((*PREFIX, *range(60, 60 + n)), (100 + n, 110 + n, 2)) for n in range(2, 8)
] + [TokenSample((9, 8, 7, n), (50 + n, 2)) for n in range(3, 9)]
PLAN = Plan(steps=6, rate=5e-3, tokens=60, shape=Shape(4, 8.0), seed=3)

pytestmark = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("base") / "tiny.gguf")


def fresh(base, plan=PLAN, checkpoint=None, samples=SAMPLES, begin=None):
    from carrel_models.tuning.base import load_base
    from carrel_models.tuning.training import Run

    return Run(load_base(base), samples, plan, checkpoint, begin)


def numbers(run):
    return [half.detach().numpy() for one in run.layers.values() for half in (one.a, one.b)]


# --- bundles ------------------------------------------------------------------------------------


def test_a_bundle_holds_a_common_beginning_once():
    one = bundle(SAMPLES[:3])
    assert one.samples == 3
    assert len(one.tokens) == tree_size(SAMPLES[:3]) < sum(len(s.prompt) + 3 for s in SAMPLES[:3])
    for place, wanted in zip(one.where, one.wanted, strict=True):
        seen = one.seen[place].nonzero()[0]
        assert list(one.positions[seen]) == list(range(len(seen)))  # its own sample, from the start
        assert any(
            tuple(one.tokens[seen]) == (s.prompt + s.answer)[: len(seen)]
            and (s.prompt + s.answer)[len(seen)] == wanted
            for s in SAMPLES[:3]
        )


def test_groups_keep_the_limit_and_every_sample_once():
    groups = grouped(SAMPLES, 60, seed=1)
    assert sorted(s for g in groups for s in g) == sorted(SAMPLES)
    assert all(tree_size(group) <= 60 for group in groups if len(group) > 1)
    assert groups == grouped(list(reversed(SAMPLES)), 60, seed=1)
    assert groups != grouped(SAMPLES, 60, seed=2)


def test_many_short_samples_after_one_instruction_are_mixed():
    """In the order of their tokens every group would be of texts that begin alike."""
    short = [TokenSample((*PREFIX, 60 + n // 40, 70 + n), (180 + n % 9, 2)) for n in range(160)]
    groups = grouped(short, 80, seed=1)
    assert sorted(s for g in groups for s in g) == sorted(short)
    assert all(tree_size(group) <= 80 for group in groups)
    assert len(groups) <= 21  # the instruction is in each once: eight and more fit
    beginnings = [len({s.prompt[len(PREFIX)] for s in group}) for group in groups]
    assert np.mean(beginnings) > 2.5  # of 4
    assert groups != grouped(short, 80, seed=2)


def test_samples_that_branch_deeply_stay_in_order():
    """Passages within passages: mixed, they would be read again and again."""
    deep = [TokenSample((*PREFIX, *[100 + n // 4] * 30, n), (200 + n % 50, 2)) for n in range(40)]
    groups = grouped(deep, 90, seed=1)
    read = sum(map(tree_size, groups))
    assert read < 2 * tree_size(deep)  # each group reads the beginning again, and no more


def test_a_sample_longer_than_the_limit_stands_alone():
    long = TokenSample(tuple(range(100)), (1,))
    assert (long,) in grouped([*SAMPLES, long], 60, seed=0)


def test_the_common_beginning_of_sequences():
    assert common((1, 2, 3), (1, 2, 4)) == 2
    assert common((1, 2), (1, 2, 4)) == 2
    assert common((), (1,)) == 0


def test_the_loss_of_a_bundle_is_that_of_its_samples_read_alone(base):
    from carrel_models.tuning.base import load_base
    from carrel_models.tuning.training import loss_of

    model = load_base(base)
    together = loss_of(model, bundle(SAMPLES)).item()
    alone = sum(loss_of(model, bundle([one])).item() for one in SAMPLES)
    assert together == pytest.approx(alone, rel=1e-5)


# --- training -----------------------------------------------------------------------------------


def test_training_lowers_the_loss(base):
    losses = [report.loss for report in fresh(base, PLAN._replace(steps=30)).steps()]
    assert len(losses) == 30
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])


def test_a_base_in_sixteen_bits_lowers_the_loss_too(base):
    import torch

    run = fresh(base, PLAN._replace(steps=30, bfloat16=True))
    losses = [report.loss for report in run.steps()]
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    exact = next(fresh(base).steps()).loss
    assert losses[0] == pytest.approx(exact, rel=0.02)
    assert {half.dtype for one in run.layers.values() for half in (one.a, one.b)} == {torch.float32}
    assert {one.frozen.weight.dtype for one in run.layers.values()} == {torch.bfloat16}


def test_reports_count_steps_samples_and_time(base):
    *_, last = fresh(base).steps()
    assert (last.step, last.steps, last.left) == (6, 6, 0.0)
    assert last.samples > 6
    assert last.spent > 0


def test_an_untrained_adapter_changes_nothing(base):
    from carrel_models.tuning.base import load_base
    from carrel_models.tuning.lora import attach
    from carrel_models.tuning.training import loss_of

    model = load_base(base)
    before = loss_of(model, bundle(SAMPLES)).item()
    layers = attach(model, Shape(4, 8.0), seed=0)
    assert len(layers) == 2 * 7
    assert loss_of(model, bundle(SAMPLES)).item() == before


def test_layers_under_the_lowest_stay_as_they_are(base):
    run = fresh(base, PLAN._replace(lowest=1, steps=1))
    assert len(run.layers) == 7
    assert all(name.startswith("model.layers.1.") for name in run.layers)


def test_a_run_that_was_cut_goes_on_as_if_nothing_had_happened(base, tmp_path):
    whole = fresh(base)
    losses = [report.loss for report in whole.steps()]
    checkpoint = tmp_path / "run.checkpoint"
    cut = fresh(base, checkpoint=checkpoint)
    steps = cut.steps()
    first = [next(steps).loss for _ in range(3)]
    steps.close()  # what is done is kept
    again = fresh(base, checkpoint=checkpoint)
    assert again.done == 3
    assert first + [report.loss for report in again.steps()] == losses
    for one, other in zip(numbers(whole), numbers(again), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [p.name for p in tmp_path.iterdir()] == ["run.checkpoint"]


@pytest.mark.parametrize(
    "changes", [{"plan": PLAN._replace(seed=4)}, {"samples": SAMPLES[:-1]}], ids=["plan", "samples"]
)
def test_a_checkpoint_of_another_run_is_refused(base, tmp_path, changes):
    from carrel_models.tuning.training import WrongCheckpoint

    checkpoint = tmp_path / "run.checkpoint"
    list(fresh(base, checkpoint=checkpoint).steps())
    with pytest.raises(WrongCheckpoint, match=r"run\.checkpoint is of a run with another"):
        fresh(base, checkpoint=checkpoint, **changes)


def test_a_plan_in_minutes_ends_in_time(base):
    reports = list(fresh(base, PLAN._replace(steps=10**6, minutes=0.005)).steps())
    assert 1 <= len(reports) < 10**4
    assert reports[-1].left == 0.0 or reports[-1].spent >= 0.3


def test_nothing_to_train_on(base):
    with pytest.raises(ValueError, match="nothing to train on"):
        fresh(base, samples=[])


# --- export -------------------------------------------------------------------------------------


def test_the_export_fits_its_base(base, tmp_path):
    _, adapter = exported(base, tmp_path)
    header = read_header(adapter)
    assert header.text("general.name") == "tuned"
    assert len(header.tensors) == 2 * 2 * 7
    assert pair(header, read_base(base)).fits


def test_a_training_begins_with_an_adapter_where_it_ended(base, tmp_path):
    run, adapter = exported(base, tmp_path)
    again = fresh(base, begin=partial(start_from(), adapter, base))
    for one, other in zip(numbers(run), numbers(again), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"shape": Shape(2, 4.0)}, "no change of this rank"), ({"lowest": 1}, "changes 14 matrices")],
)
def test_an_adapter_of_another_shape_is_no_beginning(base, tmp_path, changes, reason):
    from carrel_models.tuning.base import CannotTrain

    _, adapter = exported(base, tmp_path)
    with pytest.raises(CannotTrain, match=reason):
        fresh(base, PLAN._replace(**changes), begin=partial(start_from(), adapter, base))


def exported(base, tmp_path):
    run = fresh(base)
    list(run.steps())
    folder, adapter = tmp_path / "peft", tmp_path / "tuned.gguf"
    folder.mkdir()
    run.save(folder, "tiny")
    convert(folder, base, adapter, "tuned")
    return run, adapter


def start_from():
    from carrel_models.tuning.starting import start_from

    return start_from
